/**
 * Program of another process that the laws `processes` start. It reads a request from its input,
 * and writes the answer as the last line of its output. No module imports it.
 */
import { text } from "node:stream/consumers"
import { answer, type Refusal, type Request } from "./ReplayProcess.ts"
import { StoredJson } from "eventfold/tables"

const request: unknown = StoredJson.parse(await text(process.stdin))
const given = await answer(request as Request).catch((error: unknown): Refusal => ({ problem: String(error) }))
process.stdout.write(`\n${JSON.stringify(given)}\n`)
