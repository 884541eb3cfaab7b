/** Parked events, by key, in a table beside the log. */
import { DateTime, Effect } from "effect"
import { type ProjectionStore, StoreRefusal, type StoreService } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import * as LeaseStatements from "./LeaseStatements.ts"
import type { RowAccess } from "./RowAccess.ts"
import * as RowColumns from "./RowColumns.ts"
import { sameKey } from "./RowTable.ts"
import { columns as eventColumns, decode } from "../read/StoredEvent.ts"
import * as TruncatedStream from "../read/TruncatedStream.ts"
import { quote } from "../schema/StoreSchema.ts"

const maxErrorCharacters = 10_000

/**
 * Returns the part of an error message that a column can hold: a message may have any characters
 * and any length.
 */
const textOf = (error: string): string => error.replaceAll("\0", "").toWellFormed().slice(0, maxErrorCharacters)

/** Encodes parked events as an array for each column. */
export const toColumns = (parked: ReadonlyArray<ProjectionStore.Parking>): ReadonlyArray<unknown> => {
  const ordinals = new Map<number, number>()
  const rows = parked.map(({ error, eventId, key, position, type }) => {
    const ordinal = ordinals.get(position) ?? 0
    ordinals.set(position, ordinal + 1)
    const text = error === undefined ? null : textOf(error)
    return [String(position), String(ordinal), JSON.stringify(key), eventId, type, text] as const
  })
  return [0, 1, 2, 3, 4, 5].map((i) => RowColumns.texts(rows.map((row) => row[i]!)))
}

type ParkedTable = Pick<
  NonNullable<StoreService.Operations["projections"]>,
  "parked" | "parkedKeys" | "retry" | "row" | "unpark" | "waiting"
>

/** The columns of a parked key: its first event `k`, joined with the log as `e`. */
const headColumns = `k.stage, k.key, k.position::float8, k.event_id::text, k.type, e.stream_id, e.version::float8, k.error,
    k.attempts, k.parked_at::float8, k.is_due`
const headWidth = 11

const headOf = (row: ReadonlyArray<unknown>): ProjectionStore.ParkedKey => {
  const [stage, key, position, eventId, type, stream, version, error, attempts, parkedAt, isDue] = row
  return {
    stage: stage as ProjectionStore.Stage,
    key: StoredJson.parse(String(key)) as string,
    position: Number(position),
    eventId: String(eventId),
    type: String(type),
    stream: String(stream),
    version: Number(version),
    error: String(error),
    attempts: Number(attempts),
    parkedAt: DateTime.makeUnsafe(Number(parkedAt)),
    isDue: isDue === true
  }
}

/** Creates the part that the operator uses: it lists parked keys, and requests a retry. */
const listed = ({ schemaName, values }: RowAccess): Pick<ParkedTable, "parked" | "retry"> => {
  const schema = quote(schemaName)
  const parked = `${schema}.parked`
  const checkName = Effect.fnUntraced(function* (operation: `projections.${string}`, name: string) {
    const [row] = yield* values(`select 1 from ${schema}.projections p where p.name = $1 limit 1`, [name])
    if (row === undefined) return yield* StoreRefusal.unknown(operation, name)
  })
  // The leases are ended first: the holder of a lease loses it once keys are due, and its next turn
  // finds them.
  const retryText = `with heads as (
      select k.stage, k.position, k.ordinal from ${parked} k
      where k.name = $1 and k.stage in ('serving', 'next') and k.error is not null and ($2::text is null or k.key = $2)
    ), ended as (
      ${LeaseStatements.end(schema, "p.name = $1 and p.stage in (select stage from heads)")}
      returning p.stage
    ), due as (
      update ${parked} k set is_due = true from heads h
      where k.name = $1 and k.stage = h.stage and k.position = h.position and k.ordinal = h.ordinal
        and h.stage in (select stage from ended)
      returning 1
    )
    select count(*)::int from due`
  return {
    parked: Effect.fnUntraced(function* (name, { after, limit, stage }) {
      yield* checkName("projections.parked", name)
      const rows = yield* values(
        `select ${headColumns}, (select count(*)::float8 from ${parked} w where w.name = k.name and w.stage = k.stage
            and hashtextextended(w.key, 0) = hashtextextended(k.key, 0) and w.key = k.key)
          from ${parked} k join ${schema}.events e on e.position = k.position
          where k.name = $1 and k.stage = $2 and k.error is not null and (k.position, k.key) > ($3, $4 collate "C")
          order by k.position, k.key limit $5`,
        [name, stage, BigInt(after?.position ?? -1), JSON.stringify(after?.key ?? ""), limit]
      )
      return rows.map((row) => ({ ...headOf(row), events: Number(row.at(-1)) }))
    }),
    retry: Effect.fnUntraced(function* (name, key) {
      yield* checkName("projections.retry", name)
      const [row] = yield* values(retryText, [name, key === undefined ? null : JSON.stringify(key)])
      return Number(row?.[0])
    })
  }
}

/** Creates the table of parked events. */
export const make = (access: RowAccess): ParkedTable => {
  const { values } = access
  const schema = quote(access.schemaName)
  const parked = `${schema}.parked`
  const truncated = TruncatedStream.make(values, schema)
  return {
    ...listed(access),
    parkedKeys: ({ name, stage }) =>
      Effect.map(
        values(`select k.key, k.is_due from ${parked} k where k.name = $1 and k.stage = $2 and k.error is not null`, [
          name,
          stage
        ]),
        (rows) => rows.map(([key, isDue]) => ({ key: StoredJson.parse(String(key)) as string, isDue: isDue === true }))
      ),
    waiting: Effect.fnUntraced(function* ({ name, stage }, key, limit) {
      const rows = yield* values(
        `select ${eventColumns} from ${parked} k join ${schema}.events e on e.position = k.position
          where k.name = $1 and k.stage = $2 and ${sameKey("$3")} order by k.position limit $4`,
        [name, stage, JSON.stringify(key), limit]
      )
      const { events, truncated: stream } = yield* decode(rows)
      return stream !== undefined && events.length === 0 ? yield* truncated.fail(stream) : events
    }),
    unpark: Effect.fnUntraced(function* (
      projection,
      { name, partition, stage, token },
      { change, head, key, through }
    ) {
      const there = change?.row === undefined ? [] : [{ key, row: change.row }]
      const gone = change !== undefined && change.row === undefined && RowColumns.isText(key) ? [key] : []
      const columns = yield* access.columnsOf(projection, there)
      const [row] = yield* access.write(name, access.statementsOf(projection.table, stage).unpark, [
        name,
        stage,
        partition.index,
        BigInt(token),
        JSON.stringify(key),
        BigInt(through),
        head === undefined ? null : textOf(head.error),
        head?.isDue === true,
        RowColumns.texts(gone),
        RowColumns.texts(there.map(({ key }) => key)),
        ...columns
      ])
      return row?.[0] === 1
    }),
    row: Effect.fnUntraced(function* ({ name, table }, key) {
      const { read, select } = access.statementsOf(table, "serving")
      const [row] = yield* access.write(
        name,
        `select h.*, s.* from (select 1) one
          left join lateral (${select} where r._key = $1) s on true
          left join lateral (
            select ${headColumns} from ${parked} k join ${schema}.events e on e.position = k.position
            where k.name = $2 and k.stage = 'serving' and ${sameKey("$3")} and k.error is not null
            order by k.position limit 1
          ) h on true`,
        [RowColumns.isText(key) ? key : null, name, JSON.stringify(key)]
      )
      const [head, found] = [row!.slice(0, headWidth), row!.slice(headWidth)]
      return {
        row: found[0] === null ? undefined : read(found),
        parked: head[0] === null ? undefined : headOf(head)
      }
    })
  }
}
