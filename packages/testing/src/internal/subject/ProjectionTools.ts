/** The tools that laws of projections work with: rows in stored form, and one careful step of their fold. */
import { DateTime, Result, Schema, type SchemaIssue } from "effect"
import type { Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "./AggregateTools.ts"
import * as Differences from "./Divergence.ts"
import type { ProjectionSubject, StoredEvent } from "./ProjectionSubject.ts"
import type { Tagged } from "./Subject.ts"
import { StoredJson } from "eventfold/store"

/** An event of a log, in stored form: what a failure prints, and what the option `log` takes. */
export interface Logged {
  readonly stream: string
  readonly at: string
  readonly event: Schema.Json
}

/** Something that happened in a stream at a time, in milliseconds since 1970. */
export interface Happened {
  readonly stream: string
  readonly at: number
  readonly stored: StoredEvent
}

/** What handlers are given of an event. */
export interface Heard<Event, Id> {
  readonly event: Event
  readonly origin: Projection.Origin<Id>
}

/** An event in its place in the log; `heard` is undefined where the projection does not listen to it. */
export interface Entry<Event, Id> extends Happened {
  readonly heard: Heard<Event, Id> | undefined
}

/** Rows by the text of their keys. */
export type Rows<Row> = ReadonlyMap<string, Row>

export type Stepped<Row> = { readonly ok: true; readonly changes: ReadonlyMap<string, Row | undefined> } | Failed

export type Routed<Key> = { readonly ok: true; readonly keys: ReadonlyMap<string, Key> } | Failed

/** What a handler or a key function did instead. */
export interface Failed {
  readonly ok: false
  readonly because: string
  readonly error: unknown
  /** Whether it is a defect whatever came before: a row may be missing for want of another aggregate's event, but never of another type. */
  readonly isDefect: boolean
}

export interface ProjectionTools<Row, Event extends Tagged, Id, Key> {
  readonly subject: ProjectionSubject<Row, Event, Id, Key>
  /** An empty log: each call gives the entry that something would be as its next one, to be kept or not. */
  readonly begin: () => (happened: Happened) => { readonly entry: Entry<Event, Id>; readonly keep: () => void }
  /** No rows: what a fold begins with. */
  readonly none: Rows<Row>
  readonly keyText: (key: Key) => string
  /** The bytes a row is stored as; throws where it does not fit its schema exactly. */
  readonly rowText: (row: Row) => string
  /** The row, stored and read back. */
  readonly reload: (row: Row) => Row
  /** An event and its place as text, to see whether they were changed. */
  readonly heardText: (heard: Heard<Event, Id>) => string
  readonly keysOf: (entry: Entry<Event, Id>) => Routed<Key>
  /** What an event makes of the rows with these keys, and whether the rows fit their schema. */
  readonly step: (rows: Rows<Row>, entry: Entry<Event, Id>, keys: ReadonlyMap<string, Key>) => Stepped<Row>
  /** The rows after every event, those before the first one included. */
  readonly fold: (log: Log<Event, Id>) => Folded<Row>
  /** One line for each place in which the rows of these keys differ; all keys unless given. */
  readonly differences: (a: Rows<Row>, b: Rows<Row>, keys?: Iterable<string> | undefined) => ReadonlyArray<string>
}

export type Log<Event, Id> = ReadonlyArray<Entry<Event, Id>>

export type Folded<Row> =
  | { readonly ok: true; readonly rows: ReadonlyArray<Rows<Row>> }
  | { readonly ok: false; readonly divergence: Differences.Divergence }

export const make = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>
): ProjectionTools<Row, Event, Id, Key> => {
  const { key, projector, row, sources, table } = subject.definition
  const encodeKey = Schema.encodeUnknownSync(StoredForm.codec(key))
  const codec = StoredForm.codec(row)
  const encodeRow = Schema.encodeUnknownSync(codec, AggregateTools.strict)
  const decodeRow = Schema.decodeUnknownSync(codec)
  const sourceOf = new Map(sources.map((source) => [source.aggregate, source]))
  const keyText = (value: Key) => {
    const encoded = encodeKey(value)
    return table.key === "text" ? String(encoded) : JSON.stringify(encoded)
  }
  const rowText = (value: Row) => JSON.stringify(encodeRow(value))
  const begin = () => {
    const versions = new Map<string, number>()
    let position = 0
    const heardOf = ({ at, stream, stored: { data, type } }: Happened): Heard<Event, Id> | undefined => {
      const hyphen = stream.indexOf("-")
      const source = sourceOf.get(stream.slice(0, hyphen))
      if (source === undefined || !source.types.includes(type)) return undefined
      const version = (versions.get(stream) ?? 0) + 1
      const event = Result.getOrThrowWith(source.decode({ stream, version, type, data }), (error) => error)
      const id = Result.getOrThrowWith(source.decodeId(stream.slice(hyphen + 1)), (error) => error)
      const occurredAt = DateTime.makeUnsafe(at)
      // Recorded a while after it occurred, so that a handler which takes one for the other is found out.
      const recordedAt = DateTime.makeUnsafe(at + 60_000)
      return { event, origin: { id, version, position: position + 1, occurredAt, recordedAt } }
    }
    return (happened: Happened) => ({
      entry: { ...happened, heard: heardOf(happened) },
      keep: () => {
        position++
        versions.set(happened.stream, (versions.get(happened.stream) ?? 0) + 1)
      }
    })
  }
  const keysOf = ({ heard }: Entry<Event, Id>): Routed<Key> => {
    if (heard === undefined) return { ok: true, keys: new Map() }
    try {
      return {
        ok: true,
        keys: new Map(projector.keys(heard.event, heard.origin).map((each) => [keyText(each), each]))
      }
    } catch (error) {
      // A key is known from the event and its place alone.
      return { ok: false, because: `the key function ${AggregateTools.failing(error)}`, error, isDefect: true }
    }
  }
  const step = (rows: Rows<Row>, { heard }: Entry<Event, Id>, keys: ReadonlyMap<string, Key>): Stepped<Row> => {
    const changes = new Map<string, Row | undefined>()
    if (heard === undefined) return { ok: true, changes }
    for (const [text, each] of keys) {
      let next: Row | undefined
      try {
        next = projector.project(rows.get(text), heard.event, heard.origin, each)
      } catch (error) {
        return { ok: false, because: `the handler ${AggregateTools.failing(error)}`, error, isDefect: false }
      }
      try {
        if (next !== undefined) rowText(next)
      } catch (error) {
        return {
          ok: false,
          because: `the row ${JSON.stringify(text)} does not fit its schema: ${AggregateTools.messageOf(error)}`,
          error,
          isDefect: Schema.isSchemaError(error) && isOfAnotherShape(error.issue)
        }
      }
      changes.set(text, next)
    }
    return { ok: true, changes }
  }
  const shown = (row: Row | undefined) => (row === undefined ? undefined : encodeRow(row))
  return {
    subject,
    begin,
    none: new Map(),
    keyText,
    rowText,
    reload: (value) => decodeRow(StoredJson.parse(rowText(value))),
    heardText: (heard) => JSON.stringify(heard, readable),
    keysOf,
    step,
    fold: (log) => {
      const all: Array<Rows<Row>> = [new Map()]
      for (const [at, entry] of log.entries()) {
        const keys = keysOf(entry)
        if (!keys.ok) return { ok: false, divergence: { at, because: keys.because } }
        const next = step(all[at]!, entry, keys.keys)
        if (!next.ok) return { ok: false, divergence: { at, because: next.because } }
        all.push(after(all[at]!, next.changes))
      }
      return { ok: true, rows: all }
    },
    differences: (a, b, keys = new Set([...a.keys(), ...b.keys()])) =>
      [...keys].flatMap((text) =>
        Differences.between(shown(a.get(text)), shown(b.get(text)), "the row").map(
          (line) => `${JSON.stringify(text)}: ${line}`
        )
      )
  }
}

/** Whether a value is of another type, or has other fields: a number that is too small is neither. */
const isOfAnotherShape = (issue: SchemaIssue.Issue): boolean => {
  switch (issue._tag) {
    case "InvalidType":
    case "MissingKey":
    case "UnexpectedKey":
      return true
    case "Encoding":
    case "Pointer":
      return isOfAnotherShape(issue.issue)
    case "Composite":
      return issue.issues.some(isOfAnotherShape)
    case "AnyOf":
      return issue.issues.every(isOfAnotherShape)
    default:
      return false
  }
}

/** The rows, with what has become of some. */
export const after = <Row>(rows: Rows<Row>, changes: ReadonlyMap<string, Row | undefined>): Rows<Row> => {
  if (changes.size === 0) return rows
  const next = new Map(rows)
  for (const [key, row] of changes) {
    if (row === undefined) next.delete(key)
    else next.set(key, row)
  }
  return next
}

/** What JSON leaves out. */
const readable = (_key: string, value: unknown): unknown =>
  typeof value === "bigint"
    ? `${value}n`
    : value instanceof Map || value instanceof Set
      ? [...(value as Iterable<unknown>)]
      : value
