/** Rows of projections that are written in the transaction of the append. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { type Event, type EventStore, EventStoreError } from "eventfold"
import { ProjectionRequest, ProjectionRules, type ProjectionStore } from "eventfold/store"
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
import { columns, decode, valuesOf } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"
import { pause } from "../sql/SystemTimer.ts"
import { inTransaction } from "../sql/Transaction.ts"

type Failure = EventStoreError.EventStoreError

/** With more keys than this, the projection is locked whole: each lock takes a place in the server's table. */
const mostKeys = 256

const failed = (projection: string, problem: string, cause: unknown): Failure =>
  EventStoreError.EventStoreError.inlineFailed({ projection, problem, cause })

/** What a column or key can't hold fails the append. */
const tried = <A>(projection: string, make: () => A) =>
  RowColumns.tried(make, (error) => failed(projection, error.message, error))

export interface InlineTables extends Omit<ProjectionStore.Inline, "append"> {
  /** All of it or nothing. */
  readonly append: (
    appends: ReadonlyArray<Encoded>,
    works: ReadonlyArray<ProjectionStore.InlineWork>,
    attempt: Attempt
  ) => Effect.Effect<ReadonlyArray<EventStore.Appended>, Failure | StreamHeld>
}

export const make = (sql: PgClient, schemaName: string, place: Place, appending: AppendStatements): InlineTables => {
  const schema = quote(schemaName)
  const registry = `${schema}.projections`
  const events = `${schema}.events`
  const values = valuesOf(sql, place)
  const enterText = `select (e.row).mismatch, (e.row).mismatch_fingerprint
    from (select ${schema}.enter_inline($1, $2, $3, $4, $5) as row offset 0) e`
  const writtenText = `select ${columns} from ${events} e where e.event_id = any($1::uuid[]) order by e.position`
  const placeText = `update ${schema}.projection_partitions p
    set position = $2, event_id = $3::uuid, saved_at = ${nowMs} where p.name = $1 and p.stage = 'serving'`
  const lastText = `select e.position::float8, e.event_id::text from ${events} e order by e.position desc limit 1`

  const statementsOf = RowTable.prepare(schemaName)

  /** Folds events and writes what they make of the rows, in the transaction that this is called in. */
  const foldRows = Effect.fnUntraced(function* (
    { name, table }: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    recorded: ReadonlyArray<Event.RecordedEvent>,
    fold: ProjectionStore.FoldRows
  ): Effect.fn.Return<void, Failure | SqlError> {
    const statements = statementsOf(table, stage)
    const load = Effect.fnUntraced(function* (keys: ReadonlyArray<string>) {
      yield* tried(name, () => RowColumns.checkKeys(keys))
      return (yield* values(statements.rows, [RowColumns.texts(keys)])).map(statements.read)
    })
    const changes = yield* fold(recorded, load)
    if (changes.length === 0) return
    const { gone, there } = RowColumns.parted(changes)
    const sent = yield* tried(name, () => RowColumns.toColumns(table, there))
    yield* Effect.catchIf(
      sql.unsafe(statements.write, [RowColumns.texts(gone), RowColumns.texts(there.map(({ key }) => key)), ...sent])
        .values,
      isAboutData,
      (error) => Effect.fail(failed(name, serverMessage(error), error))
    )
  })

  const append: InlineTables["append"] = (appends, works, attempt) => {
    const names: Array<string> = []
    const fingerprints: Array<string> = []
    const isWhole: Array<boolean> = []
    const keys: Array<string> = []
    for (const { keys: known, projection } of works) {
      names.push(projection.name)
      fingerprints.push(projection.fingerprint)
      const whole = known === undefined || known.length > mostKeys
      isWhole.push(whole)
      if (!whole) for (const key of known) keys.push(`${projection.name}/${key}`)
    }
    const parameters = [
      RowColumns.texts(names),
      RowColumns.texts(fingerprints),
      RowColumns.flags(isWhole),
      RowColumns.texts(keys.map((key) => key.replaceAll("\0", "").toWellFormed())),
      attempt.lockTimeoutMs
    ]
    return appending.all(appends, attempt, (send, open) =>
      inTransaction(
        sql,
        Effect.gen(function* () {
          yield* reportSession(sql, attempt)
          const [[mismatch, fingerprint] = []] = yield* sql.unsafe(enterText, parameters).values
          if (typeof mismatch === "string") {
            const work = works.find(({ projection }) => projection.name === mismatch)!
            return yield* ProjectionRequest.othersKeep(
              work.projection,
              fingerprint === null ? undefined : String(fingerprint)
            )
          }
          const sent = yield* send
          const ids = open.flatMap(({ events }) => events.map(({ id }) => id))
          const { events } = yield* decode(yield* sql.unsafe(writtenText, [ids]).values)
          for (const { fold, projection } of works) yield* foldRows(projection, "serving", events, fold)
          return sent
        })
      )
    )
  }

  /** Alone with the log: whoever appends waits for it, and it does not wait long for those who do. */
  const gated = <A>(work: Effect.Effect<A, Failure | SqlError>) =>
    inTransaction(
      sql,
      Effect.gen(function* () {
        yield* sql.unsafe("set local lock_timeout = '500ms'").unprepared
        yield* sql.unsafe("set local idle_in_transaction_session_timeout = '5s'").unprepared
        yield* RowSwitch.takeTurn(sql, schemaName)
        yield* sql.unsafe(`lock table ${events} in share row exclusive mode`).unprepared
        return yield* work
      })
    )

  /** Has events refused whose rows are not written with them, for all projections that are kept so now. */
  const refuseOthers = Effect.gen(function* () {
    const types = yield* sql.unsafe(
      `select distinct t from ${registry} p, unnest(p.types) t where p.is_inline and p.stage = 'serving' order by 1`
    ).values
    yield* sql.unsafe(`drop trigger if exists refuse_uninlined on ${events}`).unprepared
    if (types.length === 0) return
    const list = types.map(([type]) => literal(String(type))).join(", ")
    yield* sql.unsafe(
      `create trigger refuse_uninlined before insert on ${events} for each row when (new.type in (${list}))
        execute function ${schema}.refuse_uninlined()`
    ).unprepared
  })

  const enlist: InlineTables["enlist"] = (projection, lease, fold) => {
    const { stage } = lease
    const { aggregates, name, types } = projection
    const switched = gated(
      Effect.gen(function* () {
        const standing = yield* stage === "next"
          ? RowSwitch.lock(sql, schemaName, projection)
          : RowSwitch.standings(sql, schemaName, name)
        const [serving, own] = [standing.serving, standing[stage]]
        if (serving === undefined || own === undefined || !RowSwitch.isHeld(own, lease)) return "lost" as const
        const left = yield* sql.unsafe(
          `select ${columns} from ${events} e
            where e.position > $1 and e.type = any($2::text[]) and split_part(e.stream_id, '-', 1) = any($3::text[])
            order by e.position limit ${ProjectionRules.maxEventsToEnlist + 1}`,
          [BigInt(Math.min(...own.positions)), RowColumns.texts(types), RowColumns.texts(aggregates)]
        ).values
        if (left.length > ProjectionRules.maxEventsToEnlist) return "behind" as const
        const { events: recorded, truncated } = yield* decode(left)
        if (truncated !== undefined) {
          return yield* failed(name, `events of stream ${JSON.stringify(truncated)} were truncated`, undefined)
        }
        yield* foldRows(projection, stage, recorded, fold)
        const [[position, eventId] = [0, null]] = yield* sql.unsafe(lastText).values
        if (stage === "next") yield* RowSwitch.replace(sql, schemaName, projection)
        else yield* RowLease.endAll(sql, schemaName, name)
        yield* sql.unsafe(
          `update ${registry} p set is_inline = true, types = $2::text[], aggregates = $3::text[]
            where p.name = $1 and p.stage = 'serving'`,
          [name, RowColumns.texts(types), RowColumns.texts(aggregates)]
        ).values
        yield* sql.unsafe(placeText, [name, BigInt(Number(position)), eventId]).values
        yield* refuseOthers
        return "served" as const
      })
    )
    const indexed = stage === "next" ? RowSwitch.createIndexes(sql, schemaName, projection) : Effect.void
    return Effect.andThen(indexed, switched).pipe(
      Effect.catch((error): Effect.Effect<ProjectionStore.Served, Failure> => {
        if (!isSqlError(error)) return Effect.fail(error)
        const code = codeOf(error)
        if (code === "55P03" || code === "40P01") return Effect.succeed("busy" as const)
        // Its table was served, or begun anew, by another one.
        return code === "42P01" ? Effect.succeed("lost" as const) : Effect.fail(unavailable(place)(error))
      })
    )
  }

  const discharge: InlineTables["discharge"] = (name) =>
    Effect.gen(function* () {
      for (let attempt = 1; ; attempt++) {
        const done = yield* Effect.result(
          gated(
            Effect.gen(function* () {
              const { serving } = yield* RowSwitch.standings(sql, schemaName, name)
              if (serving === undefined) {
                const problem = `there is no projection ${JSON.stringify(name)} in this store`
                return yield* EventStoreError.EventStoreError.invalidRequest("projections.discharge", problem)
              }
              if (!serving.isInline) return
              const [[position, eventId] = [0, null]] = yield* sql.unsafe(lastText).values
              yield* sql.unsafe(
                `update ${registry} p set is_inline = false where p.name = $1 and p.stage = 'serving'`,
                [name]
              ).values
              yield* sql.unsafe(placeText, [name, BigInt(Number(position)), eventId]).values
              yield* refuseOthers
            })
          )
        )
        if (done._tag === "Success") return
        const error = done.failure
        if (!isSqlError(error)) return yield* error
        if (!["55P03", "40P01"].includes(codeOf(error)) || attempt === 20) return yield* unavailable(place)(error)
        yield* pause(50)
      }
    })

  return { append, enlist, discharge }
}
