/** Protocol of a process that folds histories to their states, or logs to their rows. */
import { Result, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import { CanonicalJson } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import { createHash } from "node:crypto"
import * as ProjectionTools from "../subject/ProjectionTools.ts"
import { logOf } from "../subject/StoredLog.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import * as EventJson from "../subject/EventJson.ts"

/** Request to fold histories. */
export interface Request {
  /** URL of the module that exports the subject. */
  readonly module: string
  /** Name of the exported subject. */
  readonly name: string
  /** Events in stored form; for a projection, with their streams and times. */
  readonly histories: ReadonlyArray<ReadonlyArray<Schema.Json>>
  /** `true` to return whole states instead of their hashes. */
  readonly isWhole: boolean
}

/**
 * States after each event of each history, or their hashes. If a handler throws, its error is the
 * last item.
 */
export interface Answer {
  readonly histories: ReadonlyArray<ReadonlyArray<string>>
}

/** Reason why there is no answer. */
export interface Refusal {
  readonly problem: string
}

/** Folds a history, and returns its states in canonical form. */
export const statesOf = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate, codec, fold }: Subject<State, Event, Command>,
  history: ReadonlyArray<Schema.Json>
): ReadonlyArray<string> => {
  const decode = EventJson.decoder(codec.events)
  // Encodes by the declaration: a field that the codec omits would be missing in every process.
  const encode = Schema.encodeUnknownSync(StoredForm.codec(aggregate.state))
  const states: Array<string> = []
  let state = fold.initial
  for (const stored of history) {
    try {
      state = fold.apply(
        state,
        Result.getOrThrowWith(decode(stored), (problem) => new Error(problem))
      )
      states.push(CanonicalJson.text(encode(state) as Schema.Json))
    } catch (error) {
      return [...states, `threw: ${error instanceof Error ? error.message : String(error)}`]
    }
  }
  return states
}

const decodeLogged = Schema.decodeUnknownSync(
  Schema.Struct({ stream: Schema.String, at: Schema.String, event: Schema.Json })
)

/**
 * Folds a log, and returns the rows that each event changes in canonical form; a removed row is
 * null.
 */
export const rowsOf = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  log: ReadonlyArray<Schema.Json>
): ReadonlyArray<string> => {
  const tools = ProjectionTools.make(subject)
  const changed: Array<string> = []
  let rows = tools.none
  for (const entry of logOf(
    tools,
    log.map((entry) => decodeLogged(entry))
  )) {
    const keys = tools.keysOf(entry)
    const next = keys.ok ? tools.step(rows, entry, keys.keys) : keys
    if (!next.ok) return [...changed, `failed: ${next.because}`]
    rows = ProjectionTools.after(rows, next.changes)
    const texts = [...next.changes].map(([key, row]) => [
      key,
      row === undefined ? null : StoredJson.parse(tools.rowText(row))
    ])
    changed.push(CanonicalJson.text(Object.fromEntries(texts) as Schema.Json))
  }
  return changed
}

/** Returns the hash of a state. */
export const hash = (state: string): string => createHash("sha256").update(state).digest("base64")

const isSubject = (value: unknown): value is Subject<unknown, Tagged, Tagged> =>
  typeof value === "object" && value !== null && "fold" in value && "codec" in value && "aggregate" in value

const isProjection = (value: unknown): value is ProjectionSubject<unknown, Tagged, unknown, unknown> =>
  typeof value === "object" && value !== null && "definition" in value && "from" in value

/** Answers a request with the subject that the module exports. */
export const answer = async ({ histories, isWhole, module, name }: Request): Promise<Answer | Refusal> => {
  const found: unknown = Reflect.get(await import(module), name)
  const replay = isSubject(found)
    ? (history: ReadonlyArray<Schema.Json>) => statesOf(found, history)
    : isProjection(found)
      ? (log: ReadonlyArray<Schema.Json>) => rowsOf(found, log)
      : undefined
  if (replay === undefined) return { problem: `it does not export ${name}: pass the generated \`.laws.ts\` that does` }
  const all = histories.map(replay)
  return { histories: isWhole ? all : all.map((states) => states.map(hash)) }
}
