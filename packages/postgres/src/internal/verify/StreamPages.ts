/** Reads whole streams for a verification, in the order of their names: of each page a row for each stream, which the server puts together. */
import type { Schema } from "effect"
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import type { Values } from "../read/StoredEvent.ts"
import * as TruncatedStream from "../read/TruncatedStream.ts"
import { StoredJson } from "eventfold/store"

type Failing<A> = Effect.Effect<A, EventStoreError.EventStoreError>

/** Events of one stream in a row. */
export interface Group {
  readonly stream: string
  readonly first: number
  readonly last: number
  readonly count: number
  /** How many of them have their content. */
  readonly present: number
  /** Places in the log of the first and the last of them, and whether all between rise with the versions. */
  readonly from: number
  readonly to: number
  readonly isInOrder: boolean
  /** Undefined where they are to be read one by one. */
  readonly types: ReadonlyArray<string> | undefined
  readonly data: ReadonlyArray<Schema.Json> | undefined
}

/** An event on its own; `data` is null where it was truncated. */
export interface Single {
  readonly version: number
  readonly type: string
  readonly data: string | null
}

/** A snapshot, and whether its event is the one at its version. */
export interface Taken {
  readonly stream: string
  readonly fingerprint: string
  readonly version: number
  readonly state: string
  readonly fits: boolean
}

/** Streams after one, up to another one. */
export interface Range {
  readonly after: string
  readonly to: string
}

export interface StreamPages {
  /** The range of some events behind a stream; undefined where there is none. */
  readonly range: (after: string) => Failing<Range | undefined>
  /** Page by page, each with the stream and version that the next begins after. */
  readonly page: (
    range: Range,
    after: { readonly stream: string; readonly version: number },
    size: number
  ) => Failing<{ readonly groups: ReadonlyArray<Group>; readonly events: number; readonly characters: number }>
  readonly singles: (stream: string, after: number, to: number) => Failing<ReadonlyArray<Single>>
  readonly snapshots: (range: Range) => Failing<ReadonlyArray<Taken>>
  /** The first version of a stream that stands before an earlier one in the log. */
  readonly firstAstray: (stream: string) => Failing<number | undefined>
  /** From which version on a stream has its content; 1 where it was never truncated. */
  readonly firstVersion: (stream: string) => Failing<number>
}

const parsed = (data: string | null, count: number): ReadonlyArray<Schema.Json> | undefined => {
  if (data === null) return undefined
  try {
    const all = StoredJson.parse(`[${data}]`) as ReadonlyArray<Schema.Json>
    return all.length === count ? all : undefined
  } catch (error) {
    // One by one they say which it is.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

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

/** `schema` is quoted already. */
export const make = (values: Values, schema: string, rangeSize: number): StreamPages => {
  const { firstVersion } = TruncatedStream.make(values, schema)
  const rangeText = `select coalesce(
      (select e.stream_id from ${schema}.events e where e.stream_id > $1 order by e.stream_id, e.version
        offset (select $2::bigint) limit 1),
      (select max(e.stream_id) from ${schema}.events e where e.stream_id > $1))`
  // The server puts the events of a stream together: a row for each event takes the driver as long as all the rest.
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
  const astrayText = `select o.version::float8 from (
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
    firstAstray: (stream) =>
      Effect.map(values(astrayText, [stream]), ([row]) => (row === undefined ? undefined : Number(row[0]))),
    firstVersion
  }
}
