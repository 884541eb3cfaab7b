/** Makes the rows of a stored projection anew in memory, up to the place where the stored ones are, and holds those against them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result, type Schema } from "effect"
import type { EventStoreError } from "eventfold"
import type { StoredProjection } from "eventfold/generated"
import { CanonicalJson, KeyPartition, ProjectionReplay, StoredJson, StoreRequest } from "eventfold/store"
import * as LogScan from "../rows/LogScan.ts"
import * as RowColumns from "../rows/RowColumns.ts"
import * as RowTable from "../rows/RowTable.ts"
import { codeIn, type Place, unavailable } from "../sql/SqlFailure.ts"
import { quote } from "../schema/StoreSchema.ts"
import type { Mismatch } from "./Mismatch.ts"
import type { ReadOnly } from "./ReadOnly.ts"

type Projection = StoredProjection.Runnable

/** What came of one projection. */
export interface Outcome {
  readonly name: string
  /** Undefined where nothing was compared, which `left` says why. */
  readonly compared?: { readonly rows: number; readonly events: number; readonly position: number }
  /** What was not compared, and why. */
  readonly left: ReadonlyArray<string>
  readonly mismatches: ReadonlyArray<Mismatch>
}

interface Options {
  readonly sql: PgClient
  readonly schema: string
  readonly place: Place
  readonly readOnly: ReadOnly
  /** Rows in memory at most. */
  readonly maxRows: number
  readonly progress: (events: number) => void
}

const pageSize = 10_000
const rowsAtOnce = 2_000

/** What the rows of some keys hold. */
interface Pass {
  readonly partition: KeyPartition.KeyPartition
  readonly end: number
}

/** Where the table itself is not as it should be, no row is compared. */
const unfit = (name: string, problem: string): Outcome => ({
  name,
  left: ["its rows"],
  mismatches: [{ kind: "projection", projection: name, problem }]
})

/** PostgreSQL's "undefined column" and "datatype mismatch": the table is another than is declared. */
const isOfAnotherShape = (error: EventStoreError.EventStoreError): boolean =>
  ["42703", "42804", "42883"].includes(codeIn(error) ?? "")

/** PostgreSQL's "insufficient privilege". */
export const isDenied = (error: EventStoreError.EventStoreError): boolean => codeIn(error) === "42501"

export const check = (
  projection: Projection,
  options: Options
): Effect.Effect<Outcome, EventStoreError.EventStoreError> =>
  Effect.gen(function* () {
    const { place, readOnly, schema, sql } = options
    const table = RowTable.nameOf(schema, projection.table, "serving")
    const [row] = yield* Effect.mapError(
      sql.unsafe("select to_regclass($1) is null", [table]).values,
      unavailable(place)
    )
    if (row?.[0] === true) {
      const kept = yield* Effect.mapError(
        sql.unsafe(`select true from ${quote(schema)}.projections p where p.name = $1 and p.stage = 'serving'`, [
          projection.name
        ]).values,
        unavailable(place)
      )
      if (kept.length === 0) return { name: projection.name, left: ["no rows of it are stored"], mismatches: [] }
      const problem = `a projector keeps its rows, but there is no table ${table}`
      return unfit(projection.name, problem)
    }
    // What is served and what was folded into it are seen as of one moment; until the end, no other rows take their place.
    return yield* readOnly("one snapshot", compare(projection, options), `lock table ${table} in access share mode`)
  }).pipe(
    Effect.catchIf(isOfAnotherShape, (error) =>
      Effect.succeed(unfit(projection.name, `its table is not of the shape that is declared: ${error.message}`))
    ),
    Effect.catchIf(isDenied, () => {
      const { schema } = options
      const tables = [
        `${quote(schema)}.projections`,
        `${quote(schema)}.projection_partitions`,
        `${quote(schema)}.parked`,
        RowTable.nameOf(schema, projection.table, "serving")
      ]
      const domain = quote(RowTable.schemaOf(schema, projection.table, "serving"))
      const role = quote(options.place.user)
      return Effect.succeed({
        name: projection.name,
        left: [
          `its rows, which this role may not read: GRANT USAGE ON SCHEMA ${domain} TO ${role}; GRANT SELECT ON ${tables.join(", ")} TO ${role}`
        ],
        mismatches: []
      })
    })
  )

/** What the types of its columns allow, its schema may not: a time of infinity. */
const readRow = (statements: { readonly read: RowTable.Statements["read"] }, columns: ReadonlyArray<unknown>) =>
  Result.try({
    try: () => statements.read(columns),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })

const compare = Effect.fnUntraced(function* (
  projection: Projection,
  { maxRows, place, progress, schema: schemaName, sql }: Options
): Effect.fn.Return<Outcome, EventStoreError.EventStoreError> {
  const { aggregates, fingerprint, name, table, types } = projection
  const schema = quote(schemaName)
  const values = (text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))
  const nothing = (why: string): Outcome => ({ name, left: [why], mismatches: [] })

  const [found] = yield* values(
    `select p.fingerprint, p.is_inline from ${schema}.projections p where p.name = $1 and p.stage = 'serving'`,
    [name]
  )
  if (found === undefined) return nothing("no rows of it are stored")
  if (found[0] !== fingerprint) {
    return nothing("its rows, which handlers of another version made: a projector of these makes them anew")
  }
  const left: Array<string> = []
  const mismatches: Array<Mismatch> = []
  const wrong = (problem: string, more: Partial<Mismatch> = {}) =>
    mismatches.push({ kind: "projection", projection: name, ...more, problem })

  // Rows that are written with the events hold all that is committed.
  const isInline = found[1] === true
  const places = isInline
    ? yield* values(`select 0, coalesce(max(e.position), 0)::float8, true from ${schema}.events e`, [])
    : yield* values(
        `select t.partition, t.position::float8,
            t.position = 0 or exists (select from ${schema}.events e where e.position = t.position and e.event_id = t.event_id)
          from ${schema}.projection_partitions t where t.name = $1 and t.stage = 'serving' order by t.partition`,
        [name]
      )
  const lost = places.find(([, , isThere]) => isThere !== true)
  if (lost !== undefined) {
    wrong(`its rows stand at an event of position ${String(lost[1])} that the log does not have`)
    return { name, left: ["its rows, which belong to another log"], mismatches }
  }
  if (places.length === 0) {
    wrong("it has rows, and no place in the log up to which they are made")
    return { name, left: ["its rows"], mismatches }
  }
  const ends = places.map(([, position]) => Number(position))
  const end = Math.max(...ends)
  // At rest all partitions are as far, and one reading does for all.
  const passes: ReadonlyArray<Pass> = ends.every((one) => one === end)
    ? [{ partition: KeyPartition.whole, end }]
    : ends.map((end, index) => ({ partition: { index, of: ends.length }, end }))

  const parked = new Set(
    (yield* values(`select distinct k.key from ${schema}.parked k where k.name = $1 and k.stage = 'serving'`, [
      name
    ])).map(([key]) => StoredJson.parse(String(key)) as string)
  )
  if (parked.size > 0) left.push(`the rows of ${parked.size} parked ${parked.size === 1 ? "key" : "keys"}`)

  const scan = LogScan.make(values, schema)
  const rows = new Map<string, Schema.Json>()
  const load = (keys: ReadonlyArray<string>) =>
    Effect.succeed(
      keys.flatMap((key) => {
        const row = rows.get(key)
        return row === undefined ? [] : [{ key, row }]
      })
    )
  let events = 0
  /** Makes the rows of some keys; what was left instead, where they can't be made. */
  const make = Effect.fnUntraced(function* ({
    end,
    partition
  }: Pass): Effect.fn.Return<Outcome | undefined, EventStoreError.EventStoreError> {
    const owns = KeyPartition.owner(partition)
    const writeBack = ProjectionReplay.of(projection).writeBack(Infinity, true)
    const folding = ProjectionReplay.of(projection).folding(0, owns)
    for (let after = 0; after < end;) {
      const page = yield* scan.page({
        aggregates,
        types,
        after,
        readable: end,
        width: 16 * pageSize,
        size: pageSize,
        ...(ProjectionReplay.of(projection).isKeyedByStream ? { partition } : {})
      })
      if (page === undefined) {
        const [gone] = yield* values(
          `select e.stream_id from ${schema}.events e
          where e.position > $1 and e.position <= $2 and e.data is null and e.type = any($3::text[]) and e.stream_id ^@ any($4::text[])
          order by e.position limit (select 1::bigint)`,
          [BigInt(after), BigInt(end), types, aggregates.map((aggregate) => `${aggregate}-`)]
        )
        return {
          name,
          left: [
            gone === undefined
              ? "its rows, since an event that it is made from is not JSON"
              : `its rows, since they can't be made again: ${String(gone[0])} was truncated`
          ],
          mismatches
        }
      }
      const folded = yield* Effect.result(
        parked.size === 0
          ? Effect.as(writeBack.fold(page.events, load, page.isPartitioned ? undefined : owns), undefined)
          : // Places and times are all that handlers are given of an event, besides itself.
            folding.fold(
              page.events.map((event) => ({ ...event, id: "", metadata: {} })),
              load,
              parked
            )
      )
      if (Result.isFailure(folded)) {
        const { failure } = folded
        if (failure._tag === "ProjectionFailed") {
          const { key, problem, stream, type, version } = failure
          wrong(`can't be folded: ${problem}`, { stream, version, type, ...(key === undefined ? {} : { key }) })
          return { name, left: ["its rows, since not all of its events can be folded"], mismatches }
        }
        wrong(`the log can't be folded: ${failure.message}`)
        return { name, left: ["its rows, since the log can't be folded"], mismatches }
      }
      if (folded.success !== undefined) {
        folding.keep()
        for (const { key, row } of folded.success.changes) {
          if (row === undefined) rows.delete(key)
          else rows.set(key, row)
        }
      }
      events += page.events.length
      progress(page.events.length)
      if (rows.size > maxRows || writeBack.pending() > maxRows) {
        return nothing(
          `its rows, which are more than --max-rows ${maxRows.toLocaleString("en-US")}: give more, or compare them with eventfold projections rebuild ${StoreRequest.shellWord(name)}`
        )
      }
      after = page.through
    }
    if (parked.size === 0) {
      const changes = writeBack.changes()
      if (changes === undefined) {
        wrong("a row does not fit its schema")
        return { name, left: ["its rows, since one of them can't be encoded"], mismatches }
      }
      for (const { key, row } of changes) if (row !== undefined) rows.set(key, row)
    }
    return undefined
  })
  for (const pass of passes) {
    const instead = yield* make(pass)
    if (instead !== undefined) return instead
  }

  const statements = RowTable.prepare(schemaName)(table, "serving")
  /** Which of them are another row also to PostgreSQL, which knows several texts for a number or a time. */
  const differing = Effect.fnUntraced(function* (
    pairs: ReadonlyArray<{ readonly key: string; readonly stored: Schema.Json; readonly row: Schema.Json }>
  ) {
    if (pairs.length === 0) return []
    const columns = RowColumns.valueColumns(table)
    const given = yield* RowColumns.tried(
      () => [RowColumns.texts(pairs.map(({ key }) => key)), ...RowColumns.toColumns(table, pairs)],
      () => undefined
    ).pipe(Effect.catch(() => Effect.succeed(undefined)))
    if (given === undefined) return pairs
    const casts = columns.map(({ type }, i) => (type === "text" ? `u.c${i}` : `u.c${i}::${type}`))
    const found = yield* values(
      `select u.k from unnest(${given.map((_, i) => `$${i + 1}::text[]`).join(", ")}) u(k, ${columns.map((_, i) => `c${i}`).join(", ")})
        join ${RowTable.nameOf(schemaName, table, "serving")} r on r._key = u.k
        where ${columns.map(({ name }, i) => `r.${quote(name)} is distinct from ${casts[i]}`).join(" or ")}`,
      given
    )
    const keys = new Set(found.map(([key]) => String(key)))
    return pairs.filter(({ key }) => keys.has(key))
  })

  let compared = 0
  for (let after: string | null = null; ;) {
    const page: ReadonlyArray<ReadonlyArray<unknown>> = yield* values(statements.page, [after, rowsAtOnce])
    const pairs: Array<{ readonly key: string; readonly stored: Schema.Json; readonly row: Schema.Json }> = []
    for (const columns of page) {
      const read = readRow(statements, columns)
      const key = String(columns[0])
      if (parked.has(key)) continue
      const row = rows.get(key)
      rows.delete(key)
      compared++
      if (Result.isFailure(read)) {
        wrong(`the stored row can't be read: ${read.failure}`, { key })
        continue
      }
      const stored = read.success.row
      if (row === undefined) wrong("this row is stored, and the events give none", { key })
      else if (CanonicalJson.text(row) !== CanonicalJson.text(stored)) pairs.push({ key, stored, row })
    }
    for (const { key, row, stored } of yield* differing(pairs)) {
      const differences = CanonicalJson.differences(stored, row, "row")
      wrong("the row is not what the events give (stored → events)", { key, differences })
    }
    if (page.length < rowsAtOnce) break
    after = String(page.at(-1)![0])
  }
  for (const key of rows.keys()) if (!parked.has(key)) wrong("the events give a row, and none is stored", { key })
  return { name, compared: { rows: compared, events, position: end }, left, mismatches }
})
