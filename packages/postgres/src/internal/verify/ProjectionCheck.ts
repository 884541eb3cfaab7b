/**
 * Rebuilds the rows of a stored projection in memory, up to the checkpoint of the stored rows, and
 * compares both.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result, type Schema } from "effect"
import type { EventStoreError, Projection as ProjectionRows } from "eventfold"
import type { StoredProjection } from "eventfold/generated"
import { CanonicalJson, KeyPartition, ProjectionReplay, type ProjectionStore, StoreRequest } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import { type Rows, type Values, valuesOf } from "../read/StoredEvent.ts"
import * as LogScan from "../rows/LogScan.ts"
import * as RowTable from "../rows/RowTable.ts"
import { codeIn, type Place, unavailable } from "../sql/SqlFailure.ts"
import { quote } from "../schema/StoreSchema.ts"
import type { Mismatch } from "./Mismatch.ts"
import { differing, type Pair } from "./RowPairs.ts"
import type { ReadOnly } from "./ReadOnly.ts"

type Projection = StoredProjection.Runnable

/** The result of one projection. */
export interface Outcome {
  readonly name: string
  /** Numbers of the comparison; undefined if nothing was compared, for the reasons in `left`. */
  readonly compared?: { readonly rows: number; readonly events: number; readonly position: number }
  /** The parts that were not compared, with the reasons. */
  readonly left: ReadonlyArray<string>
  readonly mismatches: ReadonlyArray<Mismatch>
}

interface Options {
  readonly sql: PgClient
  readonly schema: string
  readonly place: Place
  readonly readOnly: ReadOnly
  /** Maximum number of rows in memory. */
  readonly maxRows: number
  readonly progress: (events: number) => void
}

const pageEvents = 10_000
const pageRows = 2_000

/** The keys that are rebuilt in one reading of the log, up to a position. */
interface Pass {
  readonly partition: KeyPartition.KeyPartition
  readonly end: number
}

/** Returns the outcome of a projection whose table can't be read: no row is compared. */
const unfit = (name: string, problem: string): Outcome => ({
  name,
  left: ["its rows"],
  mismatches: [{ kind: "projection", projection: name, problem }]
})

/**
 * `true` for undefined column, datatype mismatch and undefined function: the table does not have
 * the declared columns.
 */
const isOfAnotherShape = (error: EventStoreError.EventStoreError): boolean =>
  ["42703", "42804", "42883"].includes(codeIn(error) ?? "")

/** `true` if the role lacks a right. */
export const isDenied = (error: EventStoreError.EventStoreError): boolean => codeIn(error) === "42501"

/** Compares the rows of a projection. */
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
      return unfit(projection.name, `its rows are registered, but there is no table ${table}`)
    }
    // Rows and checkpoint are read in one snapshot, and no other rows are promoted until the end.
    return yield* readOnly(
      "one snapshot",
      Effect.suspend(() => new ProjectionCheck(projection, options).run),
      `lock table ${table} in access share mode`
    )
  }).pipe(
    Effect.catchIf(isOfAnotherShape, (error) =>
      Effect.succeed(unfit(projection.name, `its table does not have the declared columns: ${error.message}`))
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

/**
 * Decodes a stored row. A column can hold values that the schema does not allow, such as an
 * infinite time.
 */
const readRow = ({ read }: Pick<RowTable.Statements, "read">, columns: ReadonlyArray<unknown>) =>
  Result.try({
    try: () => read(columns),
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })

/** The comparison of one projection, in a transaction with one snapshot. */
class ProjectionCheck {
  readonly #projection: Projection
  readonly #options: Options
  readonly #schema: string
  readonly #values: Values
  readonly #mismatches: Array<Mismatch> = []
  readonly #left: Array<string> = []
  /** The rebuilt rows. */
  readonly #rows = new Map<string, Schema.Json>()
  #parked: ReadonlySet<string> = new Set()
  #events = 0

  constructor(projection: Projection, options: Options) {
    this.#projection = projection
    this.#options = options
    this.#schema = quote(options.schema)
    this.#values = valuesOf(options.sql, options.place)
  }

  #report(problem: string, more: Partial<Mismatch> = {}): void {
    this.#mismatches.push({ kind: "projection", projection: this.#projection.name, ...more, problem })
  }

  /** Returns the outcome of a projection whose rows are not compared for a reason. */
  #without(reason: string): Outcome {
    return { name: this.#projection.name, left: [reason], mismatches: this.#mismatches }
  }

  /** Finds the position of each partition; an outcome if the rows can't be compared. */
  #passes(): Effect.Effect<ReadonlyArray<Pass> | Outcome, EventStoreError.EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const { fingerprint, name } = this.#projection
      const schema = this.#schema
      const [found] = yield* this.#values(
        `select p.fingerprint, p.is_inline from ${schema}.projections p where p.name = $1 and p.stage = 'serving'`,
        [name]
      )
      if (found === undefined) return this.#without("no rows of it are stored")
      if (found[0] !== fingerprint) {
        return this.#without(
          "its rows, which another release of its handlers folded: a projector of this release rebuilds them"
        )
      }
      // Inline rows include all committed events.
      const checkpoints =
        found[1] === true
          ? yield* this.#values(`select 0, coalesce(max(e.position), 0)::float8, true from ${schema}.events e`, [])
          : yield* this.#values(
              `select t.partition, t.position::float8, t.position = 0 or exists (
                  select from ${schema}.events e where e.position = t.position and e.event_id = t.event_id
                )
                from ${schema}.projection_partitions t where t.name = $1 and t.stage = 'serving' order by t.partition`,
              [name]
            )
      const lost = checkpoints.find(([, , exists]) => exists !== true)
      if (lost !== undefined) {
        this.#report(`its checkpoint is an event of position ${String(lost[1])} that the log does not have`)
        return this.#without("its rows, which belong to another log")
      }
      if (checkpoints.length === 0) {
        this.#report("it has rows, and no checkpoint")
        return this.#without("its rows")
      }
      const ends = checkpoints.map(([, position]) => Number(position))
      // On an idle store all partitions have the same position, and one reading of the log
      // suffices.
      return ends.every((one) => one === ends[0])
        ? [{ partition: { index: 0, of: 1 }, end: ends[0]! }]
        : ends.map((end, index) => ({ partition: { index, of: ends.length }, end }))
    })
  }

  #readParked(): Effect.Effect<void, EventStoreError.EventStoreError> {
    const text = `select distinct k.key from ${this.#schema}.parked k where k.name = $1 and k.stage = 'serving'`
    return Effect.map(this.#values(text, [this.#projection.name]), (rows) => {
      this.#parked = new Set(rows.map(([key]) => StoredJson.parse(String(key)) as string))
      const count = this.#parked.size
      if (count > 0) this.#left.push(`the rows of ${count} parked ${count === 1 ? "key" : "keys"}`)
    })
  }

  readonly #load = (keys: ReadonlyArray<string>) =>
    Effect.succeed(
      keys.flatMap((key) => {
        const row = this.#rows.get(key)
        return row === undefined ? [] : [{ key, row }]
      })
    )

  #set({ key, row }: ProjectionStore.Change): void {
    if (row === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
  }

  /** Names the event of a range that can't be read. */
  #unreadable(after: number, end: number): Effect.Effect<Outcome, EventStoreError.EventStoreError> {
    const { aggregates, types } = this.#projection
    const truncatedText = `select e.stream_id from ${this.#schema}.events e
      where e.position > $1 and e.position <= $2 and e.data is null
        and e.type = any($3::text[]) and e.stream_id ^@ any($4::text[])
      order by e.position limit (select 1::bigint)`
    const prefixes = aggregates.map((aggregate) => `${aggregate}-`)
    return Effect.map(this.#values(truncatedText, [BigInt(after), BigInt(end), types, prefixes]), ([truncated]) =>
      this.#without(
        truncated === undefined
          ? "its rows, because one of its events is not JSON"
          : `its rows, because they can't be rebuilt: ${String(truncated[0])} was truncated`
      )
    )
  }

  #foldFailed(failure: ProjectionRows.QueryError): Outcome {
    if (failure._tag === "ProjectionFailed") {
      const { key, problem, stream, type, version } = failure
      this.#report(`can't be folded: ${problem}`, { stream, version, type, ...(key === undefined ? {} : { key }) })
      return this.#without("its rows, because not all of its events can be folded")
    }
    this.#report(`the log can't be folded: ${failure.message}`)
    return this.#without("its rows, because the log can't be folded")
  }

  #tooMany(): Outcome {
    const { maxRows } = this.#options
    const name = StoreRequest.shellWord(this.#projection.name)
    return {
      name: this.#projection.name,
      left: [
        `its rows, which are more than --max-rows ${maxRows.toLocaleString("en-US")}: raise it, or compare them with eventfold projections rebuild ${name}`
      ],
      mismatches: []
    }
  }

  /** Rebuilds the rows of some keys; returns an outcome if that is not possible. */
  #rebuild(
    scan: NonNullable<ProjectionStore.Service["scan"]>,
    { end, partition }: Pass
  ): Effect.Effect<Outcome | undefined, EventStoreError.EventStoreError> {
    const { aggregates, types } = this.#projection
    const replay = ProjectionReplay.of(this.#projection)
    const { maxRows, progress } = this.#options
    return Effect.gen({ self: this }, function* () {
      const owns = KeyPartition.owner(partition)
      const writeBack = replay.writeBack(Infinity, true)
      const folding = replay.folding(0, owns)
      const hasParked = this.#parked.size > 0
      for (let after = 0; after < end;) {
        const page = yield* scan.page({
          aggregates,
          types,
          after,
          readable: end,
          width: 16 * pageEvents,
          size: pageEvents,
          ...(replay.isKeyedByStream ? { partition } : {})
        })
        if (page === undefined) return yield* this.#unreadable(after, end)
        const folded = yield* Effect.result(
          hasParked
            ? // Handlers use only the position and the times of an event, besides its data.
              folding.fold(
                page.events.map((event) => ({ ...event, id: "", metadata: {} })),
                this.#load,
                this.#parked
              )
            : Effect.as(writeBack.fold(page.events, this.#load, page.isPartitioned ? undefined : owns), undefined)
        )
        if (Result.isFailure(folded)) return this.#foldFailed(folded.failure)
        if (folded.success !== undefined) {
          folding.keep()
          for (const change of folded.success.changes) this.#set(change)
        }
        this.#events += page.events.length
        progress(page.events.length)
        if (this.#rows.size > maxRows || writeBack.pending() > maxRows) return this.#tooMany()
        after = page.through
      }
      if (hasParked) return undefined
      const changes = writeBack.changes()
      if (changes === undefined) {
        this.#report("a row does not fit its schema")
        return this.#without("its rows, because one of them can't be encoded")
      }
      for (const change of changes) if (change.row !== undefined) this.#set(change)
      return undefined
    })
  }

  /**
   * Compares a stored row, and removes it from the rebuilt ones; returns a pair if the values are
   * different JSON.
   */
  #compareRow(statements: RowTable.Statements, columns: ReadonlyArray<unknown>): Pair | undefined {
    const key = String(columns[0])
    const row = this.#rows.get(key)
    this.#rows.delete(key)
    const read = readRow(statements, columns)
    if (Result.isFailure(read)) {
      this.#report(`the stored row can't be read: ${read.failure}`, { key })
      return undefined
    }
    const stored = read.success.row
    if (row === undefined) {
      this.#report("this row is stored, and the events give none", { key })
      return undefined
    }
    return CanonicalJson.text(row) === CanonicalJson.text(stored) ? undefined : { key, stored, row }
  }

  /** Compares all rows; returns their number. */
  #compareRows(): Effect.Effect<number, EventStoreError.EventStoreError> {
    const statements = RowTable.prepare(this.#options.schema)(this.#projection.table, "serving")
    return Effect.gen({ self: this }, function* () {
      let count = 0
      for (let after: string | null = null; ;) {
        const page: Rows = yield* this.#values(statements.page, [after, pageRows])
        const compared = page.filter((columns) => !this.#parked.has(String(columns[0])))
        count += compared.length
        const pairs = compared.flatMap((columns) => this.#compareRow(statements, columns) ?? [])
        for (const { key, row, stored } of yield* differing(
          this.#values,
          this.#options.schema,
          this.#projection.table,
          pairs
        )) {
          const differences = CanonicalJson.differences(stored, row, "row")
          this.#report("the row is not what the events give (stored → events)", { key, differences })
        }
        if (page.length < pageRows) break
        after = String(page.at(-1)![0])
      }
      for (const key of this.#rows.keys()) {
        if (!this.#parked.has(key)) this.#report("the events give a row, and none is stored", { key })
      }
      return count
    })
  }

  readonly run: Effect.Effect<Outcome, EventStoreError.EventStoreError> = Effect.gen({ self: this }, function* () {
    const passes = yield* this.#passes()
    if ("mismatches" in passes) return passes
    yield* this.#readParked()
    const scan = LogScan.make(this.#values, this.#schema)
    for (const pass of passes) {
      const outcome = yield* this.#rebuild(scan, pass)
      if (outcome !== undefined) return outcome
    }
    const rows = yield* this.#compareRows()
    const position = Math.max(...passes.map(({ end }) => end))
    return {
      name: this.#projection.name,
      compared: { rows, events: this.#events, position },
      left: this.#left,
      mismatches: this.#mismatches
    }
  })
}
