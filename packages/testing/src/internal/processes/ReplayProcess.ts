/** What is asked of a process of its own, and how it comes to the answer: it folds histories, or logs, to their states or rows. */
import { Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import { CanonicalJson, StoredJson } from "eventfold/store"
import { createHash } from "node:crypto"
import * as ProjectionTools from "../subject/ProjectionTools.ts"
import { logOf } from "../subject/StoredLog.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

export interface Request {
  /** A URL. */
  readonly module: string
  /** What the module calls the subject. */
  readonly name: string
  /** Events in stored form; of a projection, with their streams and times. */
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
  const encode = Schema.encodeUnknownSync(StoredForm.codec(aggregate.state))
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

const decodeLogged = Schema.decodeUnknownSync(
  Schema.Struct({ stream: Schema.String, at: Schema.String, event: Schema.Json })
)

/** The rows that the events of a log change, each time in canonical form; a row that is gone is null. */
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
    if (!next.ok) return [...changed, `it fails: ${next.because}`]
    rows = ProjectionTools.after(rows, next.changes)
    const texts = [...next.changes].map(([key, row]) => [
      key,
      row === undefined ? null : StoredJson.parse(tools.rowText(row))
    ])
    changed.push(CanonicalJson.text(Object.fromEntries(texts) as Schema.Json))
  }
  return changed
}

export const hash = (state: string): string => createHash("sha256").update(state).digest("base64")

const isSubject = (value: unknown): value is Subject<unknown, Tagged, Tagged> =>
  typeof value === "object" && value !== null && "fold" in value && "codec" in value && "aggregate" in value

const isProjection = (value: unknown): value is ProjectionSubject<unknown, Tagged, unknown, unknown> =>
  typeof value === "object" && value !== null && "definition" in value && "from" in value

/** What is asked for, of whatever the module exports. */
export const answer = async ({ histories, isWhole, module, name }: Request): Promise<Answer | Refusal> => {
  const found: unknown = Reflect.get(await import(module), name)
  const replay = isSubject(found)
    ? (history: ReadonlyArray<Schema.Json>) => statesOf(found, history)
    : isProjection(found)
      ? (log: ReadonlyArray<Schema.Json>) => rowsOf(found, log)
      : undefined
  if (replay === undefined) return { problem: `it exports no ${name}, as a generated \`.laws.ts\` does` }
  const all = histories.map(replay)
  return { histories: isWhole ? all : all.map((states) => states.map(hash)) }
}
