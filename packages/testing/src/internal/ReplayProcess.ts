/**
 * A process of its own that folds histories: what `Laws.processes` runs, in other time zones and locales. It reads a request from its input,
 * and writes the states as the last line of its output.
 */
import { Schema } from "effect"
import { CanonicalJson } from "eventfold"
import { createHash } from "node:crypto"
import { text } from "node:stream/consumers"
import type { Subject, Tagged } from "../Subject.ts"

export interface Request {
  /** A URL. */
  readonly module: string
  /** What the module calls the subject. */
  readonly name: string
  /** Events in stored form. */
  readonly histories: ReadonlyArray<ReadonlyArray<Schema.Json>>
  /** Whether whole states are asked for, and not only their hashes. */
  readonly isWhole: boolean
}

/** Of each history the states after its events, in one form or the other; where a handler throws, it ends with what it threw. */
export interface Answer {
  readonly histories: ReadonlyArray<ReadonlyArray<string>>
}

/** Why there is no answer. */
export interface Refusal {
  readonly problem: string
}

/** The states of a history in canonical form. */
export const statesOf = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate, codec, fold }: Subject<State, Event, Command>,
  history: ReadonlyArray<Schema.Json>
): ReadonlyArray<string> => {
  const decode = Schema.decodeUnknownSync(codec.event)
  // By the declaration: what a codec forgets would be missing in every process.
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(aggregate.state))
  const states: Array<string> = []
  let state = fold.initial
  for (const stored of history) {
    try {
      state = fold.apply(state, decode(stored))
      states.push(CanonicalJson.text(encode(state) as Schema.Json))
    } catch (error) {
      return [...states, `it throws: ${error instanceof Error ? error.message : String(error)}`]
    }
  }
  return states
}

export const hash = (state: string): string => createHash("sha256").update(state).digest("base64")

const isSubject = (value: unknown): value is Subject<unknown, Tagged, Tagged> =>
  typeof value === "object" && value !== null && "fold" in value && "codec" in value && "aggregate" in value

const answer = async ({ histories, isWhole, module, name }: Request): Promise<Answer | Refusal> => {
  const found: unknown = Reflect.get(await import(module), name)
  if (!isSubject(found)) return { problem: `it exports no ${name}, as a generated \`.laws.ts\` does` }
  const all = histories.map((history) => statesOf(found, history))
  return { histories: isWhole ? all : all.map((states) => states.map(hash)) }
}

if (process.argv[2] === "--replay") {
  const request = JSON.parse(await text(process.stdin)) as Request
  const given = await answer(request).catch((error: unknown): Refusal => ({ problem: String(error) }))
  process.stdout.write(`\n${JSON.stringify(given)}\n`)
}
