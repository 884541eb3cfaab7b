/**
 * Tools of the laws of a projection: the stored forms of its rows and keys, and checked steps of
 * its fold.
 */
import { DateTime, Result, Schema, type SchemaIssue } from "effect"
import type { Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "./AggregateTools.ts"
import * as Divergence from "./Divergence.ts"
import type { StoredEvent } from "./EventJson.ts"
import type { ProjectionSubject } from "./ProjectionSubject.ts"
import type { Tagged } from "./Subject.ts"
import { StoredJson } from "eventfold/tables"

/** An event of a log in stored form, as a failure prints it and as the option `log` takes it. */
export interface Logged {
  readonly stream: string
  readonly at: string
  readonly event: Schema.Json
}

/** An event of a stream. */
export interface Happened {
  readonly stream: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly stored: StoredEvent
}

/** Arguments that handlers get for an event. */
export interface Heard<Event, Id> {
  readonly event: Event
  readonly origin: Projection.Origin<Id>
}

/**
 * An event at its position in the log; `heard` is `undefined` if the projection does not read it.
 */
export interface Entry<Event, Id> extends Happened {
  readonly heard: Heard<Event, Id> | undefined
}

/** Rows by the text of their keys. */
export type Rows<Row> = ReadonlyMap<string, Row>

/** Result of a step of the fold: the changed rows. */
export type Stepped<Row> = { readonly ok: true; readonly changes: ReadonlyMap<string, Row | undefined> } | Failed

/** Keys of an event, by their text. */
export type Routed<Key> = { readonly ok: true; readonly keys: ReadonlyMap<string, Key> } | Failed

/** Failure of a handler or of a key function. */
export interface Failed {
  readonly ok: false
  readonly because: string
  readonly error: unknown
  /**
   * `true` if no order of events excuses the failure. A row can be missing because an event of
   * another aggregate is missing, but a row never has a wrong type for that reason.
   */
  readonly isDefect: boolean
}

/** Tools for one projection. */
export interface ProjectionTools<Row, Event extends Tagged, Id, Key> {
  readonly subject: ProjectionSubject<Row, Event, Id, Key>
  /**
   * Begins an empty log. The result returns the next entry for an event; `keep` adds the entry to
   * the log.
   */
  readonly begin: () => (happened: Happened) => { readonly entry: Entry<Event, Id>; readonly keep: () => void }
  /** Initial rows of a fold: none. */
  readonly none: Rows<Row>
  readonly keyText: (key: Key) => string
  /** Returns the stored text of a row. Throws if the row does not fit its schema exactly. */
  readonly rowText: (row: Row) => string
  /** Stores a row and reads it back. */
  readonly reload: (row: Row) => Row
  /** Returns an event and its origin as text, to detect that a handler changed them. */
  readonly heardText: (heard: Heard<Event, Id>) => string
  readonly keysOf: (entry: Entry<Event, Id>) => Routed<Key>
  /**
   * Projects an event into the rows of these keys, and checks that the new rows fit their schema.
   */
  readonly step: (rows: Rows<Row>, entry: Entry<Event, Id>, keys: ReadonlyMap<string, Key>) => Stepped<Row>
  /** Folds a log, and returns the rows before the first event and after each event. */
  readonly fold: (log: Log<Event, Id>) => Folded<Row>
  /**
   * Returns one line for each place in which the rows of these keys differ. Defaults to all keys.
   */
  readonly differences: (a: Rows<Row>, b: Rows<Row>, keys?: Iterable<string> | undefined) => ReadonlyArray<string>
}

/** A log of a projection. */
export type Log<Event, Id> = ReadonlyArray<Entry<Event, Id>>

/** Result of folding a log. */
export type Folded<Row> =
  | { readonly ok: true; readonly rows: ReadonlyArray<Rows<Row>> }
  | { readonly ok: false; readonly divergence: Divergence.Divergence }

/** Creates the tools of a projection. */
export const make = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>
): ProjectionTools<Row, Event, Id, Key> => {
  const { key, bodies, row, table } = subject.definition
  const encodeKey = Schema.encodeUnknownSync(StoredForm.codec(key))
  const codec = StoredForm.codec(row)
  const encodeRow = Schema.encodeUnknownSync(codec, AggregateTools.strict)
  const decodeRow = Schema.decodeUnknownSync(codec)
  const keyText = (value: Key) => {
    const encoded = encodeKey(value)
    return table.key === "text" ? String(encoded) : JSON.stringify(encoded)
  }
  const rowText = (value: Row) => JSON.stringify(encodeRow(value))
  const keysOf = ({ heard }: Entry<Event, Id>): Routed<Key> => {
    if (heard === undefined) return { ok: true, keys: new Map() }
    try {
      return {
        ok: true,
        keys: new Map(bodies.keys(heard.event, heard.origin).map((each) => [keyText(each), each]))
      }
    } catch (error) {
      // Keys depend on the event and its origin alone, so that no order of events excuses this.
      return { ok: false, because: `the key function ${AggregateTools.failureOf(error)}`, error, isDefect: true }
    }
  }
  const step = (rows: Rows<Row>, { heard }: Entry<Event, Id>, keys: ReadonlyMap<string, Key>): Stepped<Row> => {
    const changes = new Map<string, Row | undefined>()
    if (heard === undefined) return { ok: true, changes }
    for (const [text, each] of keys) {
      let next: Row | undefined
      try {
        next = bodies.project(rows.get(text), heard.event, heard.origin, each)
      } catch (error) {
        return { ok: false, because: `the handler ${AggregateTools.failureOf(error)}`, error, isDefect: false }
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
    begin: () => beginLog(subject),
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
        Divergence.between(shown(a.get(text)), shown(b.get(text)), "the row").map(
          (line) => `${JSON.stringify(text)}: ${line}`
        )
      )
  }
}

/** Begins an empty log of a projection. */
const beginLog = <Row, Event extends Tagged, Id, Key>({ definition }: ProjectionSubject<Row, Event, Id, Key>) => {
  const sourceOf = new Map(definition.sources.map((source) => [source.aggregate, source]))
  const versions = new Map<string, number>()
  let position = 0
  const heardOf = ({ at, stored: { data, type }, stream }: Happened): Heard<Event, Id> | undefined => {
    const hyphen = stream.indexOf("-")
    const source = sourceOf.get(stream.slice(0, hyphen))
    if (source === undefined || !source.types.includes(type)) return undefined
    const version = (versions.get(stream) ?? 0) + 1
    const event = Result.getOrThrowWith(source.decode({ stream, version, type, data }), (error) => error)
    const id = Result.getOrThrowWith(source.decodeId(stream.slice(hyphen + 1)), (error) => error)
    const occurredAt = DateTime.makeUnsafe(at)
    // Recorded a while after it occurred, so that a law finds a handler that takes one time for the
    // other.
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

/** Checks that a value has a wrong type or wrong fields. A number that is too small has neither. */
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

/** Returns rows with changes applied. */
export const after = <Row>(rows: Rows<Row>, changes: ReadonlyMap<string, Row | undefined>): Rows<Row> => {
  if (changes.size === 0) return rows
  const next = new Map(rows)
  for (const [key, row] of changes) {
    if (row === undefined) next.delete(key)
    else next.set(key, row)
  }
  return next
}

/** Replaces values that JSON omits. */
const readable = (_key: string, value: unknown): unknown =>
  typeof value === "bigint"
    ? `${value}n`
    : value instanceof Map || value instanceof Set
      ? [...(value as Iterable<unknown>)]
      : value
