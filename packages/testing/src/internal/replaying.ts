/**
 * A process of its own, which the laws `processes` run in other time zones and locales: it reads a request from its input, and writes the
 * answer as the last line of its output. No module imports it: those that it is asked for may import this package.
 */
import { text } from "node:stream/consumers"
import { answer, type Refusal, type Request } from "./ReplayProcess.ts"

const request = JSON.parse(await text(process.stdin)) as Request
const given = await answer(request).catch((error: unknown): Refusal => ({ problem: String(error) }))
process.stdout.write(`\n${JSON.stringify(given)}\n`)
