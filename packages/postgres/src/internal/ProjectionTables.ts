/** Rows of projections in tables, each written with the lease of one projector. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect, Result } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { EventStoreError, type Projection, ProjectionRequest, type ProjectionStore } from "eventfold"
import * as LogScan from "./LogScan.ts"
import * as ParkedTable from "./ParkedTable.ts"
import * as RowColumns from "./RowColumns.ts"
import * as RowStages from "./RowStages.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { codeOf, isAboutData, type Place, refused, serverSays, unavailable } from "./SqlFailure.ts"
import { type Rows, valuesOf } from "./StoredEvent.ts"
import { quote } from "./StoreSchema.ts"
import { inTransaction } from "./Transaction.ts"

const invalid = (operation: string, problem: string) =>
  new EventStoreError.EventStoreError({ reason: new EventStoreError.InvalidRequest({ operation, problem }) })

/** What a column can't hold is told, and nothing is written. */
const tried = <A>(projection: string, make: () => A) =>
  RowColumns.tried(make, ({ message }) => invalid(`projection ${projection}`, message))

/** What the server said, where it was asked. */
const causeIn = ({ reason }: EventStoreError.EventStoreError): SqlError | undefined =>
  reason._tag === "Unavailable" && isSqlError(reason.cause) ? reason.cause : undefined

/** The server's code for what failed. */
const codeIn = (error: EventStoreError.EventStoreError): string => {
  const cause = causeIn(error)
  return cause === undefined ? "" : codeOf(cause)
}

/** `schemaName` is the store's; the tables of each domain are in schemas beside it. */
export const make = (sql: PgClient, schemaName: string, storeId: string, place: Place): ProjectionStore.Service => {
  const schema = quote(schemaName)
  const registry = `${schema}.projections`
  const parked = `${schema}.parked`
  const { now } = RowTable
  const values = valuesOf(sql, place)

  const statementsOf = RowTable.prepare(schemaName)
  const keyed = (statements: RowTable.Statements, rows: Effect.Effect<Rows, EventStoreError.EventStoreError>) =>
    Effect.map(rows, (found) => found.map(statements.read))

  /** Of rows: what the server can't store is told, as what no column can hold; and nothing is written. */
  const rowsOf = (name: string, text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(values(text, parameters), (error) => {
      // A value out of range, a constraint, or too much for an index.
      const cause = causeIn(error)
      if (cause === undefined || !isAboutData(cause)) return error
      return invalid(`projection ${name}`, `the server can't store a row: ${serverSays(cause)}`)
    })
  const columnsOf = ({ name, table }: ProjectionStore.Described, rows: ReadonlyArray<ProjectionStore.KeyedRow>) =>
    tried(name, () => RowColumns.toColumns(table, rows))
  const stages = RowStages.make(sql, schemaName, place)
  const parking = ParkedTable.make(schema, values, rowsOf, ({ table }, stage) => statementsOf(table, stage), columnsOf)
  /** What a row can't be stored for. */
  const problemOf = Effect.fnUntraced(function* (
    projection: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    { key, row }: ProjectionStore.Change
  ) {
    if (row === undefined) return undefined
    const trial = Effect.flatMap(columnsOf(projection, [{ key, row }]), (columns) =>
      values(statementsOf(projection.table, stage).trial, [RowColumns.texts([key]), ...columns])
    )
    const outcome = yield* Effect.result(trial)
    if (Result.isSuccess(outcome)) return undefined
    const { failure } = outcome
    // It ends with a division by zero, so that nothing stays of it.
    if (codeIn(failure) === "22012") return undefined
    const { reason } = failure
    if (reason._tag === "InvalidRequest") return reason.problem
    const cause = causeIn(failure)
    if (cause !== undefined && isAboutData(cause)) return `the server can't store the row: ${serverSays(cause)}`
    return yield* failure
  })

  const statusColumns = `p.name, p.stage, p.fingerprint, p.position::float8, p.event_id::text,
    case when p.leased_until > ${now} then p.owner end, p.is_paused, p.problem, p.saved_at::float8, p.is_inline,
    ${RowStages.standing(schema)}`
  const checkpoint = (position: unknown, eventId: unknown) => ({
    storeId,
    position: Number(position),
    eventId: eventId === null ? null : String(eventId)
  })
  const statusOf = (row: ReadonlyArray<unknown>): ProjectionStore.Status => {
    const [name, stage, fingerprint, position, eventId, owner, isPaused, problem, savedAt, isInline, ...standing] = row
    return {
      name: String(name),
      stage: stage as ProjectionStore.Stage,
      fingerprint: String(fingerprint),
      checkpoint: checkpoint(position, eventId),
      isInline: isInline === true,
      owner: owner === null ? undefined : String(owner),
      isPaused: isPaused === true,
      problem: problem === null ? undefined : String(problem),
      savedAt: savedAt === null ? undefined : DateTime.makeUnsafe(Number(savedAt)),
      ...RowStages.standingOf(standing)
    }
  }
  const status = (name: string, stage: ProjectionStore.Stage = "serving") =>
    Effect.map(
      values(`select ${statusColumns} from ${registry} p where p.name = $1 and p.stage = $2`, [name, stage]),
      ([row]) => (row === undefined ? undefined : statusOf(row))
    )

  const selectStatuses = `select ${statusColumns} from ${registry} p`
  const inOrder = "order by p.name, array_position(array['serving', 'next', 'old'], p.stage)"

  const alone = <A>(work: Effect.Effect<A, Parameters<ReturnType<typeof unavailable>>[0]>) =>
    inTransaction(sql, Effect.andThen(RowSwitch.takeTurn(sql, schemaName), work)).pipe(
      Effect.mapError(unavailable(place))
    )
  const run = (text: string) => sql.unsafe(text).unprepared
  const createTable = (table: Projection.Table, stage: ProjectionStore.Stage) =>
    Effect.gen(function* () {
      const name = RowTable.nameOf(schemaName, table, stage)
      yield* run(`create schema if not exists ${quote(RowTable.schemaOf(schemaName, table, stage))}`)
      yield* run(`drop table if exists ${name}`)
      yield* run(RowTable.create(name, table))
    })
  const register = ({ fingerprint, name, table }: ProjectionStore.Described, stage: ProjectionStore.Stage) =>
    sql.unsafe(`insert into ${registry} (name, stage, fingerprint, domain, table_name) values ($1, $2, $3, $4, $5)`, [
      name,
      stage,
      fingerprint,
      table.domain,
      table.name
    ]).values

  /** A change of all stages of a projection; fails where there is none of that name. */
  const change = (operation: string, name: string, set: string) =>
    Effect.flatMap(values(`update ${registry} p set ${set} where p.name = $1 returning 1`, [name]), ([row]) =>
      row === undefined ? Effect.fail(ProjectionRequest.noneSuch(operation, name)) : Effect.void
    )

  return {
    open: Effect.fnUntraced(function* (projection) {
      const { name, table } = projection
      const before = yield* status(name)
      if (before !== undefined) return before
      if (!RowTable.fits(schemaName, table)) {
        return yield* refused(
          `the tables of domain ${JSON.stringify(table.domain)} would be in schema ${quote(RowTable.schemaOf(schemaName, table, "next"))}, a name too long for PostgreSQL`,
          "Give the store's schema, or the folder of the domain, a shorter name"
        )
      }
      yield* alone(
        Effect.gen(function* () {
          const [there] = yield* sql.unsafe(`select 1 from ${registry} where name = $1`, [name]).values
          if (there !== undefined) return
          yield* createTable(table, "serving")
          yield* RowSwitch.createIndexes(sql, schemaName, projection, "serving")
          yield* register(projection, "serving")
        })
      )
      return (yield* status(name))!
    }),
    begin: Effect.fnUntraced(function* (projection) {
      const { fingerprint, name, table } = projection
      yield* alone(
        Effect.gen(function* () {
          const [begun] = yield* sql.unsafe(
            `select p.fingerprint from ${registry} p where p.name = $1 and p.stage = 'next'`,
            [name]
          ).values
          if (begun?.[0] === fingerprint) return
          for (const one of [registry, parked]) {
            yield* sql.unsafe(`delete from ${one} where name = $1 and stage = 'next'`, [name]).values
          }
          yield* createTable(table, "next")
          yield* register(projection, "next")
          yield* sql.unsafe(
            `update ${registry} p set is_paused = s.is_paused from ${registry} s
              where p.name = $1 and p.stage = 'next' and s.name = $1 and s.stage = 'serving'`,
            [name]
          ).values
          yield* sql.unsafe(
            `update ${registry} p set wants_rebuild = false where p.name = $1 and p.stage = 'serving' and p.fingerprint = $2`,
            [name, fingerprint]
          ).values
        })
      )
      return (yield* status(name, "next"))!
    }),
    serve: (projection, { stage, token }) =>
      RowSwitch.createIndexes(sql, schemaName, projection).pipe(
        Effect.mapError(unavailable(place)),
        Effect.andThen(
          alone(
            Effect.gen(function* () {
              const places = yield* RowSwitch.lock(sql, schemaName, projection)
              const { next, serving } = places
              // Only together with the log can rows take the place of those that are written with the events (see `InlineTables`).
              if (stage !== "next" || next?.token !== token || serving === undefined || serving.isInline)
                return "lost" as const
              if (next.position < serving.position) return "behind" as const
              if (!next.acceptsParked && (yield* stages.parksMore(projection.name))) return "parked" as const
              yield* RowSwitch.replace(sql, schemaName, projection, Math.max(serving.token, next.token) + 1)
              return "served" as const
            })
          )
        ),
        Effect.catch((error) => {
          const code = codeIn(error)
          if (code === "55P03") return Effect.succeed("busy" as const)
          // Its table was served, or begun anew, by another one.
          return code === "42P01" ? Effect.succeed("lost" as const) : Effect.fail(error)
        })
      ),
    acquire: ({ fingerprint, name }, stage, owner, milliseconds) =>
      Effect.map(
        values(
          `update ${registry} p
            set token = p.token + 1, owner = $4, leased_until = ${now} + $5
            where p.name = $1 and p.stage = $2 and p.fingerprint = $3 and p.leased_until <= ${now}
              and not p.is_paused and not p.is_inline and p.problem is null
            returning p.token::float8, p.position::float8, p.event_id::text`,
          [name, stage, fingerprint, owner, BigInt(Math.ceil(milliseconds))]
        ),
        ([row]) => {
          if (row === undefined) return undefined
          const [token, position, eventId] = row
          return { name, stage, token: Number(token), checkpoint: checkpoint(position, eventId) }
        }
      ),
    seize: ({ fingerprint, name }, { token }, milliseconds) =>
      Effect.map(
        values(
          `update ${registry} p
            set token = p.token + 1, owner = 'comparing ' || p.name, leased_until = ${now} + $4
            where p.name = $1 and p.stage = 'serving' and p.fingerprint = $2
              and not p.is_paused and not p.is_inline and p.problem is null
              and exists (select from ${registry} n where n.name = $1 and n.stage = 'next' and n.token = $3)
            returning p.token::float8, p.position::float8, p.event_id::text`,
          [name, fingerprint, BigInt(token), BigInt(Math.ceil(milliseconds))]
        ),
        ([row]) =>
          row === undefined
            ? undefined
            : { name, stage: "serving", token: Number(row[0]), checkpoint: checkpoint(row[1], row[2]) }
      ),
    compare: Effect.fnUntraced(function* ({ name, table }, { checkpoint: { position }, token }) {
      const at = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
      const [row] = yield* values(
        `with d as materialized (
            select coalesce(s._key, n._key) as k from ${at("serving")} s full join ${at("next")} n on n._key = s._key
            where row(s.*) is distinct from row(n.*)
          )
          select (select count(*)::float8 from ${at("next")}), (select count(*)::float8 from d),
            array(select k from d order by k limit 20)`,
        []
      )
      const [rows, differing, keys] = row as readonly [number, number, ReadonlyArray<string>]
      const compared = { position, rows, differing, keys }
      const kept = yield* values(
        `update ${registry} p set compared = $3 where p.name = $1 and p.stage = 'next' and p.token = $2 returning 1`,
        [name, BigInt(token), JSON.stringify(compared)]
      )
      return kept.length === 0 ? undefined : compared
    }),
    renew: ({ name, stage, token }, milliseconds) =>
      Effect.map(
        values(
          `update ${registry} p set leased_until = ${now} + $4
            where p.name = $1 and p.stage = $2 and p.token = $3 and not p.is_paused returning 1`,
          [name, stage, BigInt(token), BigInt(Math.ceil(milliseconds))]
        ),
        ([row]) => row !== undefined
      ),
    release: ({ name, stage, token }) =>
      Effect.asVoid(
        values(`update ${registry} p set leased_until = 0 where p.name = $1 and p.stage = $2 and p.token = $3`, [
          name,
          stage,
          BigInt(token)
        ])
      ),
    save: Effect.fnUntraced(function* ({ name, table }, { stage, token }, from, to, changes, waiting = []) {
      const { gone, there } = RowColumns.parted(changes)
      const columns = yield* tried(name, () => RowColumns.toColumns(table, there))
      const statements = statementsOf(table, stage)
      const [row] = yield* rowsOf(name, waiting.length === 0 ? statements.save : statements.park, [
        name,
        stage,
        BigInt(token),
        BigInt(from.position),
        BigInt(to.position),
        to.eventId,
        RowColumns.texts(gone),
        RowColumns.texts(there.map(({ key }) => key)),
        ...columns,
        ...(waiting.length === 0 ? [] : ParkedTable.toColumns(waiting))
      ])
      return row?.[0] === 1
    }),
    refused: Effect.fnUntraced(function* (projection, stage, changes) {
      const refused: Array<{ readonly key: string; readonly problem: string }> = []
      for (const change of changes) {
        const problem = yield* problemOf(projection, stage, change)
        if (problem !== undefined) refused.push({ key: change.key, problem })
      }
      return refused
    }),
    ...parking,
    rebuild: stages.rebuild,
    drop: stages.drop,
    rollback: (name) =>
      Effect.andThen(
        stages.rollback(name),
        Effect.map(status(name), (now) => now!)
      ),
    stop: ({ name, stage, token }, problem) =>
      Effect.asVoid(
        values(
          `update ${registry} p set problem = $4, leased_until = 0 where p.name = $1 and p.stage = $2 and p.token = $3`,
          [name, stage, BigInt(token), problem.replaceAll("\0", "").toWellFormed()]
        )
      ),
    pause: (name) => change("pause", name, "is_paused = true"),
    resume: (name, { acceptParked = false } = {}) =>
      change(
        "resume",
        name,
        `is_paused = false, problem = null${acceptParked ? ", accepts_parked = p.stage = 'next'" : ""}`
      ),
    status: (name) => status(name),
    stages: (name) =>
      Effect.map(values(`${selectStatuses} where p.name = $1 ${inOrder}`, [name]), (rows) => rows.map(statusOf)),
    statuses: Effect.map(values(`${selectStatuses} ${inOrder}`, []), (rows) => rows.map(statusOf)),
    rows: ({ table }, stage, keys) => {
      const statements = statementsOf(table, stage)
      // No other one's row: the driver would make a text of them.
      return keyed(statements, values(statements.rows, [RowColumns.texts(keys.filter(RowColumns.isText))]))
    },
    scan: LogScan.make(values, schema),
    page: ({ table }, after, limit) => {
      const statements = statementsOf(table, "serving")
      return keyed(statements, values(statements.page, [after ?? null, limit]))
    },
    find: Effect.fnUntraced(function* ({ name, table }, where) {
      const statements = statementsOf(table, "serving")
      const { conditions, parameters } = yield* tried(name, () => RowColumns.toConditions(table, where))
      return yield* keyed(statements, values(`${statements.select} where ${conditions} order by r._key`, parameters))
    })
  }
}
