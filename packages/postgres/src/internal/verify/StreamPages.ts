/**
 * Reads whole streams for a verification, in the order of their names. The server aggregates each
 * page to one row for each stream.
 */
import type { Schema } from "effect"
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import type { Values } from "../read/StoredEvent.ts"
import * as TruncatedStream from "../read/TruncatedStream.ts"
import { StoredJson } from "eventfold/tables"

type Failable<A> = Effect.Effect<A, EventStoreError.EventStoreError>

/** Consecutive events of one stream. */
export interface Group {
  readonly stream: string
  readonly first: number
  readonly last: number
  readonly count: number
  /** Number of events that have content. */
  readonly present: number
  /**
   * Least and greatest position of the events; `isInOrder` is true if their positions rise with
   * their versions.
   */
  readonly from: number
  readonly to: number
  readonly isInOrder: boolean
  /** Types and data; `undefined` if the events have to be read one by one. */
  readonly types: ReadonlyArray<string> | undefined
  readonly data: ReadonlyArray<Schema.Json> | undefined
}

/** A single event; `data` is null if it was truncated. */
export interface Single {
  readonly version: number
  readonly type: string
  readonly data: string | null
}

/** A snapshot; `fits` is true if its event is the one at its version. */
export interface Taken {
  readonly stream: string
  readonly fingerprint: string
  readonly version: number
  readonly state: string
  readonly fits: boolean
}

/** The streams after one name, up to another name. */
export interface Range {
  readonly after: string
  readonly to: string
}

/** Reads streams. */
export interface StreamPages {
  /** Returns the next range behind a stream; `undefined` at the end. */
  readonly range: (after: string) => Failable<Range | undefined>
  /** Reads the next page of a range, behind a stream and version. */
  readonly page: (
    range: Range,
    after: { readonly stream: string; readonly version: number },
    size: number
  ) => Failable<{ readonly groups: ReadonlyArray<Group>; readonly events: number; readonly characters: number }>
  /** Reads events of a stream one by one, a limited number at a time. */
  readonly singles: (stream: string, after: number, to: number) => Failable<ReadonlyArray<Single>>
  /** Reads the snapshots of a range. */
  readonly snapshots: (range: Range) => Failable<ReadonlyArray<Taken>>
  /** Returns the first version of a stream that stands before an earlier version in the log. */
  readonly firstMisplaced: (stream: string) => Failable<number | undefined>
  /** Returns the version from which a stream has content; 1 if it was never truncated. */
  readonly firstVersion: (stream: string) => Failable<number>
}

const parsed = (data: string | null, count: number): ReadonlyArray<Schema.Json> | undefined => {
  if (data === null) return undefined
  try {
    const all = StoredJson.parse(`[${data}]`) as ReadonlyArray<Schema.Json>
    return all.length === count ? all : undefined
  } catch (error) {
    // The check event by event names the event.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A row of a page. */
type Row = readonly [
  stream: string,
  first: number,
  last: number,
  count: number,
  present: number,
  types: string,
  data: string | null,
  from: number,
  to: number,
  isInOrder: boolean
]

/** `schema` is already quoted; `rangeSize` is the number of events of a range. */
export const make = (values: Values, schema: string, rangeSize: number): StreamPages => {
  const { firstVersion } = TruncatedStream.make(values, schema)
  const rangeText = `select coalesce(
      (select e.stream_id from ${schema}.events e where e.stream_id > $1 order by e.stream_id, e.version
        offset (select $2::bigint) limit 1),
      (select max(e.stream_id) from ${schema}.events e where e.stream_id > $1))`
  // The server aggregates the events of a stream: with a row for each event, the driver would take
  // as long as all other work.
  const pageText = `select s.stream_id, min(s.version)::float8, max(s.version)::float8, count(*)::float8, count(s.data)::float8,
      string_agg(s.type, E'\\n' order by s.version), string_agg(s.data, ',' order by s.version),
      min(s.position)::float8, max(s.position)::float8, bool_and(s.position > s.before)
    from (
      select p.*, lag(p.position, 1, 0::bigint) over (partition by p.stream_id order by p.version) as before from (
        select e.stream_id, e.version, e.type, e.data, e.position from ${schema}.events e
        where (e.stream_id, e.version) > ($1, $2) and e.stream_id <= $3
        order by e.stream_id, e.version limit (select $4::bigint)
      ) p
    ) s group by s.stream_id order by s.stream_id`
  const misplacedText = `select o.version::float8 from (
      select e.version, e.position, lag(e.position) over (order by e.version) as before from ${schema}.events e where e.stream_id = $1
    ) o where o.position < o.before order by o.version limit (select 1::bigint)`
  const singlesText = `select e.version::float8, e.type, e.data from ${schema}.events e
    where e.stream_id = $1 and e.version > $2 and e.version <= $3 order by e.version limit (select 1000::bigint)`
  const snapshotsText = `select s.stream_id, s.fingerprint, s.version::float8, s.state,
      coalesce(e.event_id = s.event_id, false)
    from ${schema}.snapshots s left join ${schema}.events e on e.stream_id = s.stream_id and e.version = s.version
    where s.stream_id > $1 and s.stream_id <= $2 order by s.stream_id, s.version`
  return {
    range: Effect.fnUntraced(function* (after) {
      const [row] = yield* values(rangeText, [after, BigInt(rangeSize)])
      const to = row?.[0]
      return typeof to === "string" ? { after, to } : undefined
    }),
    page: Effect.fnUntraced(function* ({ to }, { stream, version }, size) {
      const rows = yield* values(pageText, [stream, BigInt(version), to, BigInt(size)])
      let [events, characters] = [0, 0]
      const groups = rows.map((row): Group => {
        const [stream, first, last, count, present, typesText, dataText, from, to, isInOrder] = row as Row
        events += count
        characters += dataText?.length ?? 0
        const types = typesText.split("\n")
        return {
          stream,
          first,
          last,
          count,
          present,
          from,
          to,
          isInOrder,
          types: types.length === count ? types : undefined,
          data: present === count ? parsed(dataText, count) : undefined
        }
      })
      return { groups, events, characters }
    }),
    singles: (stream, after, to) =>
      Effect.map(values(singlesText, [stream, BigInt(after), BigInt(to)]), (rows) =>
        rows.map(([version, type, data]) => ({
          version: Number(version),
          type: String(type),
          data: data === null ? null : String(data)
        }))
      ),
    snapshots: ({ after, to }) =>
      Effect.map(values(snapshotsText, [after, to]), (rows) =>
        rows.map(([stream, fingerprint, version, state, fits]) => ({
          stream: String(stream),
          fingerprint: String(fingerprint),
          version: Number(version),
          state: String(state),
          fits: fits === true
        }))
      ),
    firstMisplaced: (stream) =>
      Effect.map(values(misplacedText, [stream]), ([row]) => (row === undefined ? undefined : Number(row[0]))),
    firstVersion
  }
}
