/** Rows of inline projections, written in the transaction of the append. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { type Event, type EventStore, EventStoreError } from "eventfold"
import { type ProjectionStore, StoreRefusal, type StoreService } from "eventfold/store"
import type { AppendStatements } from "../append/AppendStatements.ts"
import type { Encoded } from "../append/AppendBatch.ts"
import { type Attempt, reportSession, type StreamHeld } from "../append/HeldStreams.ts"
import * as RowColumns from "./RowColumns.ts"
import * as RowLease from "./RowLease.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { literal } from "../sql/Quoting.ts"
import { nowMs } from "../sql/ServerTime.ts"
import { codeOf, isAboutData, type Place, serverMessage, unavailable } from "../sql/SqlFailure.ts"
import { columns, decode, type Values, valuesOf } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"
import { pause } from "../sql/SystemTimer.ts"
import { inTransaction } from "../sql/Transaction.ts"

type Inline = NonNullable<NonNullable<StoreService.Operations["projections"]>["inline"]>
type Works = Parameters<Inline["append"]>[1]
type FoldRows = Works[number]["fold"]
type Served = Effect.Success<ReturnType<Inline["enlist"]>>

/**
 * With more keys, an append locks the whole projection: each lock takes a place in the server's
 * table of locks.
 */
const maxLockedKeys = 256

/** Maximum number of attempts to discharge a projection while appends hold the log. */
const maxDischargeAttempts = 20
const dischargePauseMs = 50

const failed = (projection: string, problem: string, cause: unknown): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.inlineFailed({ projection, problem, cause })

/** Fails the append if a column or a key can't hold a value. */
const checked = <A>(projection: string, encode: () => A) =>
  RowColumns.tried(encode, (error) => failed(projection, error.message, error))

/**
 * Encodes the projections of an append, and the keys that it locks, as parameters of
 * `enter_inline`.
 */
const enterParameters = (works: Works, attempt: Attempt) => {
  const isWhole = works.map(({ keys }) => keys === undefined || keys.length > maxLockedKeys)
  const keys = works.flatMap(({ keys = [], projection }, i) =>
    isWhole[i] === true ? [] : keys.map((key) => `${projection.name}/${key}`.replaceAll("\0", "").toWellFormed())
  )
  return [
    RowColumns.texts(works.map(({ projection }) => projection.name)),
    RowColumns.texts(works.map(({ projection }) => projection.fingerprint)),
    RowColumns.flags(isWhole),
    RowColumns.texts(keys),
    attempt.lockTimeoutMs
  ]
}

/** Writes rows of inline projections. */
export class InlineTables implements Omit<Inline, "append"> {
  readonly #sql: PgClient
  /** The name of the store's schema, not quoted. */
  readonly #schemaName: string
  readonly #place: Place
  readonly #statements: AppendStatements
  readonly #values: Values
  readonly #statementsOf: ReturnType<typeof RowTable.prepare>
  readonly #schema: string
  readonly #registry: string
  readonly #events: string

  constructor(sql: PgClient, schemaName: string, place: Place, statements: AppendStatements) {
    this.#sql = sql
    this.#schemaName = schemaName
    this.#place = place
    this.#statements = statements
    this.#values = valuesOf(sql, place)
    this.#statementsOf = RowTable.prepare(schemaName)
    this.#schema = quote(schemaName)
    this.#registry = `${this.#schema}.projections`
    this.#events = `${this.#schema}.events`
  }

  /** Folds events and writes the changed rows, in the caller's transaction. */
  #foldRows(
    { name, table }: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    recorded: ReadonlyArray<Event.RecordedEvent>,
    fold: FoldRows
  ): Effect.Effect<void, EventStoreError.EventStoreError | SqlError> {
    const [sql, values] = [this.#sql, this.#values]
    const statements = this.#statementsOf(table, stage)
    return Effect.gen(function* () {
      const load = Effect.fnUntraced(function* (keys: ReadonlyArray<string>) {
        yield* checked(name, () => RowColumns.checkKeys(keys))
        return (yield* values(statements.rows, [RowColumns.texts(keys)])).map(statements.read)
      })
      const changes = yield* fold(recorded, load)
      if (changes.length === 0) return
      const { gone, there } = RowColumns.parted(changes)
      const sent = yield* checked(name, () => RowColumns.toColumns(table, there))
      yield* Effect.catchIf(
        sql.unsafe(statements.write, [RowColumns.texts(gone), RowColumns.texts(there.map(({ key }) => key)), ...sent])
          .values,
        isAboutData,
        (error) => Effect.fail(failed(name, serverMessage(error), error))
      )
    })
  }

  /** Appends events and writes the rows of projections, all or nothing. */
  append(
    appends: ReadonlyArray<Encoded>,
    works: Works,
    attempt: Attempt
  ): Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError | StreamHeld> {
    const parameters = enterParameters(works, attempt)
    const enterText = `select (e.row).mismatch, (e.row).mismatch_fingerprint
      from (select ${this.#schema}.enter_inline($1, $2, $3, $4, $5) as row offset 0) e`
    const writtenText = `select ${columns} from ${this.#events} e
      where e.event_id = any($1::uuid[]) order by e.position`
    return this.#statements.all(appends, attempt, (send, open) =>
      inTransaction(
        this.#sql,
        Effect.gen({ self: this }, function* () {
          yield* reportSession(this.#sql, attempt)
          const [[mismatch, fingerprint] = []] = yield* this.#sql.unsafe(enterText, parameters).values
          if (typeof mismatch === "string") {
            const work = works.find(({ projection }) => projection.name === mismatch)!
            return yield* StoreRefusal.inline(mismatch, {
              own: work.projection.fingerprint,
              stored: fingerprint === null ? undefined : String(fingerprint)
            })
          }
          const sent = yield* send
          const ids = open.flatMap(({ events }) => events.map(({ id }) => id))
          const { events } = yield* decode(yield* this.#sql.unsafe(writtenText, [ids]).values)
          for (const { fold, projection } of works) yield* this.#foldRows(projection, "serving", events, fold)
          return sent
        })
      )
    )
  }

  /**
   * Runs work while the log is locked against appends. Appends wait for it, and it waits only
   * briefly for running appends.
   */
  #locked<A>(
    work: Effect.Effect<A, EventStoreError.EventStoreError | SqlError>
  ): Effect.Effect<A, EventStoreError.EventStoreError | SqlError> {
    const sql = this.#sql
    return inTransaction(
      sql,
      Effect.gen({ self: this }, function* () {
        yield* sql.unsafe("set local lock_timeout = '500ms'").unprepared
        yield* sql.unsafe("set local idle_in_transaction_session_timeout = '5s'").unprepared
        yield* RowSwitch.takeTurn(sql, this.#schemaName)
        yield* sql.unsafe(`lock table ${this.#events} in share row exclusive mode`).unprepared
        return yield* work
      })
    )
  }

  /**
   * Creates the trigger that refuses events whose inline rows are not written with them, for all
   * projections that are inline now.
   */
  #createTrigger(): Effect.Effect<void, SqlError> {
    const sql = this.#sql
    const typesText = `select distinct t from ${this.#registry} p, unnest(p.types) t
      where p.is_inline and p.stage = 'serving' order by 1`
    return Effect.gen({ self: this }, function* () {
      const types = yield* sql.unsafe(typesText).values
      yield* sql.unsafe(`drop trigger if exists refuse_uninlined on ${this.#events}`).unprepared
      if (types.length === 0) return
      const list = types.map(([type]) => literal(String(type))).join(", ")
      yield* sql.unsafe(
        `create trigger refuse_uninlined before insert on ${this.#events} for each row when (new.type in (${list}))
          execute function ${this.#schema}.refuse_uninlined()`
      ).unprepared
    })
  }

  /** Moves the checkpoint of a projection to the end of the log, which is locked. */
  #moveToEnd(name: string): Effect.Effect<void, SqlError> {
    const sql = this.#sql
    const lastText = `select e.position::float8, e.event_id::text from ${this.#events} e order by e.position desc limit 1`
    const moveText = `update ${this.#schema}.projection_partitions p
      set position = $2, event_id = $3::uuid, saved_at = ${nowMs} where p.name = $1 and p.stage = 'serving'`
    return Effect.gen(function* () {
      const [[position, eventId] = [0, null]] = yield* sql.unsafe(lastText).values
      yield* sql.unsafe(moveText, [name, BigInt(Number(position)), eventId]).values
    })
  }

  /** Folds the rest of the log while it is locked, and makes the projection inline. */
  #enlist(
    projection: Parameters<Inline["enlist"]>[0],
    lease: ProjectionStore.Lease,
    fold: FoldRows,
    maxEvents: number
  ): Effect.Effect<Served, EventStoreError.EventStoreError | SqlError> {
    const { stage } = lease
    const { aggregates, name, types } = projection
    const [sql, schemaName] = [this.#sql, this.#schemaName]
    return Effect.gen({ self: this }, function* () {
      const standing = yield* stage === "next"
        ? RowSwitch.lock(sql, schemaName, projection)
        : RowSwitch.standings(sql, schemaName, name)
      const [serving, own] = [standing.serving, standing[stage]]
      if (serving === undefined || own === undefined || !RowSwitch.isHeld(own, lease)) return "lost" as const
      const left = yield* sql.unsafe(
        `select ${columns} from ${this.#events} e
          where e.position > $1 and e.type = any($2::text[]) and split_part(e.stream_id, '-', 1) = any($3::text[])
          order by e.position limit ${maxEvents + 1}`,
        [BigInt(Math.min(...own.positions)), RowColumns.texts(types), RowColumns.texts(aggregates)]
      ).values
      if (left.length > maxEvents) return "behind" as const
      const { events: recorded, truncated } = yield* decode(left)
      if (truncated !== undefined) {
        return yield* failed(name, `events of stream ${JSON.stringify(truncated)} were truncated`, undefined)
      }
      yield* this.#foldRows(projection, stage, recorded, fold)
      if (stage === "next") yield* RowSwitch.replace(sql, schemaName, projection)
      else yield* RowLease.endAll(sql, schemaName, name)
      yield* sql.unsafe(
        `update ${this.#registry} p set is_inline = true, types = $2::text[], aggregates = $3::text[]
          where p.name = $1 and p.stage = 'serving'`,
        [name, RowColumns.texts(types), RowColumns.texts(aggregates)]
      ).values
      yield* this.#moveToEnd(name)
      yield* this.#createTrigger()
      return "served" as const
    })
  }

  readonly enlist: Inline["enlist"] = (projection, lease, fold, maxEvents) => {
    const indexed =
      lease.stage === "next" ? RowSwitch.createIndexes(this.#sql, this.#schemaName, projection) : Effect.void
    return Effect.andThen(indexed, this.#locked(this.#enlist(projection, lease, fold, maxEvents))).pipe(
      Effect.catch((error): Effect.Effect<Served, EventStoreError.EventStoreError> => {
        if (!isSqlError(error)) return Effect.fail(error)
        const code = codeOf(error)
        if (RowSwitch.isBusy(code)) return Effect.succeed("busy" as const)
        // Another process has promoted its table, or begun another rebuild.
        return code === "42P01" ? Effect.succeed("lost" as const) : Effect.fail(unavailable(this.#place)(error))
      })
    )
  }

  /** Makes a projection a stored projection again, in one attempt. */
  #discharge(name: string): Effect.Effect<void, EventStoreError.EventStoreError | SqlError> {
    const sql = this.#sql
    return Effect.gen({ self: this }, function* () {
      const { serving } = yield* RowSwitch.standings(sql, this.#schemaName, name)
      if (serving === undefined) return yield* StoreRefusal.unknown("projections.discharge", name)
      if (!serving.isInline) return
      yield* sql.unsafe(`update ${this.#registry} p set is_inline = false where p.name = $1 and p.stage = 'serving'`, [
        name
      ]).values
      yield* this.#moveToEnd(name)
      yield* this.#createTrigger()
    })
  }

  readonly discharge: Inline["discharge"] = (name) =>
    Effect.gen({ self: this }, function* () {
      for (let attempt = 1; ; attempt++) {
        const done = yield* Effect.result(this.#locked(this.#discharge(name)))
        if (done._tag === "Success") return
        const error = done.failure
        if (!isSqlError(error)) return yield* error
        if (!RowSwitch.isBusy(codeOf(error)) || attempt === maxDischargeAttempts) {
          return yield* unavailable(this.#place)(error)
        }
        yield* pause(dischargePauseMs)
      }
    })
}
