/** Rows of projections in tables, each written with the lease of one projector. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { EventStoreError, type Projection } from "eventfold"
import { ProjectionRequest, type ProjectionStore, RowVersions, StoreRequest } from "eventfold/store"
import * as LogScan from "./LogScan.ts"
import * as ParkedTable from "./ParkedTable.ts"
import * as ReleaseOrder from "./ReleaseOrder.ts"
import * as RowColumns from "./RowColumns.ts"
import * as RowLease from "./RowLease.ts"
import * as RowRanges from "./RowRanges.ts"
import * as RowStages from "./RowStages.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { causeIn, codeIn, codeOf, isAboutData, type Place, serverMessage, unavailable } from "../sql/SqlFailure.ts"
import { type Rows, valuesOf } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

const invalid = (operation: string, problem: string) =>
  EventStoreError.EventStoreError.invalidRequest(operation, problem)

/** What a column can't hold is told, and nothing is written. */
const tried = <A>(projection: string, make: () => A) =>
  RowColumns.tried(make, ({ message }) => invalid(`projection ${projection}`, message))

/** `schemaName` is the store's; the tables of each domain are in schemas beside it. */
export const make = (sql: PgClient, schemaName: string, storeId: string, place: Place): ProjectionStore.Service => {
  const schema = quote(schemaName)
  const registry = `${schema}.projections`
  const values = valuesOf(sql, place)

  const statementsOf = RowTable.prepare(schemaName)
  const keyed = (statements: RowTable.Statements, rows: Effect.Effect<Rows, EventStoreError.EventStoreError>) =>
    Effect.map(rows, (found) => found.map(statements.read))

  /** On a table of rows: that it is not there, or has other columns, can be mended, and says how. */
  const ofTable = <A>(name: string, statement: Effect.Effect<A, EventStoreError.EventStoreError>) =>
    Effect.mapError(statement, (error) => {
      const cause = causeIn(error)
      if (cause === undefined || !["42P01", "3F000", "42703"].includes(codeOf(cause))) return error
      return EventStoreError.EventStoreError.unavailable({
        problem: `the table of the rows of ${name} is not as it was made (${serverMessage(cause)}): somebody has changed it. Have it made anew: eventfold projections rebuild ${StoreRequest.shellWord(name)}`,
        retryable: false,
        cause
      })
    })

  /** Of rows: what the server can't store is told, as what no column can hold; and nothing is written. */
  const rowsOf = (name: string, text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(ofTable(name, values(text, parameters)), (error) => {
      // A value out of range, a constraint, or too much for an index.
      const cause = causeIn(error)
      if (cause === undefined || !isAboutData(cause)) return error
      return invalid(`projection ${name}`, `the server can't store a row: ${serverMessage(cause)}`)
    })
  const columnsOf = ({ name, table }: ProjectionStore.Described, rows: ReadonlyArray<ProjectionStore.KeyedRow>) =>
    tried(name, () => RowColumns.toColumns(table, rows))
  const releases = ReleaseOrder.make(values, schema)
  const stages = RowStages.make(sql, schemaName, place, releases)
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
    if (cause !== undefined && isAboutData(cause)) return `the server can't store the row: ${serverMessage(cause)}`
    return yield* failure
  })

  const leases = RowLease.make(values, schema, storeId)
  /** False where the lease is another's since: then their table may be gone, since somebody has given the rows up. */
  const unlessLost = (
    { name, partition, stage, token }: ProjectionStore.Lease,
    written: Effect.Effect<boolean, EventStoreError.EventStoreError>
  ) =>
    Effect.catchIf(
      written,
      (error) => codeIn(error) === "42P01",
      (error) =>
        Effect.flatMap(
          values(
            `select 1 from ${schema}.projection_partitions t where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4`,
            [name, stage, partition.index, BigInt(token)]
          ),
          ([row]) => (row === undefined ? Effect.succeed(false) : Effect.fail(error))
        )
    )
  const selected = `p.name, p.stage, p.fingerprint, p.is_paused, p.problem, p.is_inline,
    ${ReleaseOrder.placeColumn(schema)}, ${leases.places},
    ${RowStages.standing(schema)} from ${registry} p ${leases.joined}`
  const selectStatuses = `select ${selected}`
  const statusOf = (row: ReadonlyArray<unknown>): ProjectionStore.Status => {
    const [name, stage, fingerprint, isPaused, problem, isInline, release, ...rest] = row
    const [places, standing] = [rest.slice(0, leases.width), rest.slice(leases.width)]
    return {
      name: String(name),
      stage: stage as ProjectionStore.Stage,
      fingerprint: String(fingerprint),
      release: release === null ? undefined : Number(release),
      ...leases.placesOf(places),
      isInline: isInline === true,
      isPaused: isPaused === true,
      problem: problem === null ? undefined : String(problem),
      ...RowStages.standingOf(standing)
    }
  }
  const status = (name: string, stage: ProjectionStore.Stage = "serving") =>
    Effect.map(values(`${selectStatuses} where p.name = $1 and p.stage = $2`, [name, stage]), ([row]) =>
      row === undefined ? undefined : statusOf(row)
    )

  /** How the rows stand; fails where they are those of another domain's projection. */
  const standing = Effect.fnUntraced(function* ({ name, table }: ProjectionStore.Described) {
    const [row] = yield* values(`select p.domain from ${registry} p where p.name = $1 and p.stage = 'serving'`, [name])
    const domain = row === undefined ? table.domain : String(row[0])
    if (domain !== table.domain) return yield* ProjectionRequest.othersName(name, domain, table.domain)
    return yield* status(name)
  })

  const inOrder = "order by p.name, array_position(array['serving', 'next', 'old'], p.stage)"
  const stagesOf = (name: string) =>
    Effect.map(values(`${selectStatuses} where p.name = $1 ${inOrder}`, [name]), (rows) => rows.map(statusOf))

  const alone = <A>(work: Effect.Effect<A, EventStoreError.EventStoreError | SqlError>) =>
    inTransaction(sql, Effect.andThen(RowSwitch.takeTurn(sql, schemaName), work)).pipe(
      Effect.mapError((error) => (isSqlError(error) ? unavailable(place)(error) : error))
    )
  const run = (text: string) => sql.unsafe(text).unprepared
  const createTable = (table: Projection.Table, stage: ProjectionStore.Stage) =>
    Effect.gen(function* () {
      const name = RowTable.nameOf(schemaName, table, stage)
      yield* run(`create schema if not exists ${quote(RowTable.schemaOf(schemaName, table, stage))}`)
      yield* run(`drop table if exists ${name}`)
      yield* run(RowTable.create(name, table))
    })
  const register = Effect.fnUntraced(function* (
    { fingerprint, name, table }: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    partitions: number
  ) {
    yield* sql.unsafe(
      `insert into ${registry} (name, stage, fingerprint, domain, table_name, partitions) values ($1, $2, $3, $4, $5, $6)`,
      [name, stage, fingerprint, table.domain, table.name, partitions]
    ).values
    yield* leases.open(sql, name, stage, partitions)
  })

  /** A change of all stages of a projection; fails where there is none of that name. */
  const change = (operation: string, name: string, set: string) =>
    Effect.flatMap(values(`update ${registry} p set ${set} where p.name = $1 returning 1`, [name]), ([row]) =>
      row === undefined ? Effect.fail(ProjectionRequest.noneSuch(operation, name)) : Effect.void
    )

  /** What a range of an index is asked for. */
  const ranged = Effect.fnUntraced(function* (
    projection: ProjectionStore.Described,
    range: ProjectionStore.IndexRange,
    make: typeof RowRanges.page
  ) {
    const refused = ProjectionRequest.checkRange(projection, range)
    if (refused !== undefined) return yield* refused
    const { name, table } = projection
    const { parameters, text } = yield* tried(name, () =>
      make(RowTable.nameOf(schemaName, table, "serving"), table, range)
    )
    return yield* Effect.mapError(ofTable(name, values(text, parameters)), (error) => {
      const cause = causeIn(error)
      if (cause === undefined || !isAboutData(cause)) return error
      return invalid(`projection ${name}`, `the server can't compare rows with these values: ${serverMessage(cause)}`)
    })
  })

  return {
    open: Effect.fnUntraced(function* (projection, partitions) {
      const { name, table } = projection
      const before = yield* standing(projection)
      if (before !== undefined) {
        if (partitions === undefined || before.partitions.length === partitions) return before
        yield* alone(leases.divide(sql, name, partitions))
        return (yield* standing(projection))!
      }
      if (!RowTable.fits(schemaName, table)) {
        return yield* EventStoreError.EventStoreError.storeRefused(
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
          yield* register(projection, "serving", partitions ?? 1)
          yield* releases.enroll(name, projection.fingerprint)
        })
      ).pipe(
        Effect.mapError((error) =>
          codeIn(error) === "42501"
            ? EventStoreError.EventStoreError.storeRefused(
                `there are no rows of ${name} yet, and ${JSON.stringify(place.user)} may not make their table: ${serverMessage(causeIn(error)!)}`,
                `Start a projector first, with a role that may (eventfold store grants --role … --project), or grant that to this one`
              )
            : error
        )
      )
      return (yield* standing(projection))!
    }),
    enroll: Effect.fnUntraced(function* ({ fingerprint, name }) {
      const place = yield* releases.placeOf(name, fingerprint)
      return place ?? (yield* alone(releases.enroll(name, fingerprint)))
    }),
    versions: Effect.fnUntraced(function* ({ fingerprint, name }) {
      const own = `(
        select r.place::float8 from ${schema}.projection_releases r where r.name = p.name and r.fingerprint = $2
      )`
      const rows = yield* values(`select ${own}, ${selected} where p.name = $1 ${inOrder}`, [name, fingerprint])
      const place = rows[0]?.[0]
      return {
        stages: rows.map(([, ...row]) => statusOf(row)),
        release: typeof place === "number" ? place : undefined
      }
    }),
    begin: Effect.fnUntraced(function* (projection, policy = RowVersions.projector) {
      const { fingerprint, name, table } = projection
      yield* alone(
        Effect.gen(function* () {
          // Another process may have begun or served rows since the caller looked.
          const stages = yield* stagesOf(name)
          if (stages.length === 0) return yield* ProjectionRequest.noneSuch("begin", name)
          const me = { fingerprint, release: yield* releases.enroll(name, fingerprint) }
          if (RowVersions.next(stages, me, policy)._tag !== "Begin") return
          yield* sql.unsafe(`delete from ${registry} where name = $1 and stage = 'next'`, [name]).values
          yield* createTable(table, "next")
          yield* register(projection, "next", policy.partitions)
          yield* sql.unsafe(
            `update ${registry} p set wants_rebuild = false where p.name = $1 and p.stage = 'serving' and p.fingerprint = $2`,
            [name, fingerprint]
          ).values
        })
      )
      const stages = yield* stagesOf(name)
      const next = stages.find((one) => one.stage === "next" && one.fingerprint === fingerprint)
      return next ?? stages[0] ?? (yield* ProjectionRequest.noneSuch("begin", name))
    }),
    serve: (projection, lease) =>
      Effect.gen(function* () {
        // Looked at before anybody is kept waiting.
        const before = yield* RowSwitch.standings(sql, schemaName, projection.name, false)
        if (
          before.next !== undefined &&
          before.serving !== undefined &&
          !RowSwitch.isAsFar(before.next, before.serving)
        )
          return "behind" as const
        yield* RowSwitch.createIndexes(sql, schemaName, projection)
        return yield* alone(
          Effect.gen(function* () {
            const { next, serving } = yield* RowSwitch.lock(sql, schemaName, projection)
            // Only together with the log can rows take the place of those that are written with the events (see `InlineTables`).
            if (lease.stage !== "next" || next === undefined || serving === undefined || serving.isInline)
              return "lost" as const
            if (!RowSwitch.isHeld(next, lease)) return "lost" as const
            if (!RowSwitch.isAsFar(next, serving)) return "behind" as const
            if (!next.acceptsParked && (yield* stages.parksMore(projection.name))) return "parked" as const
            yield* RowSwitch.replace(sql, schemaName, projection)
            return "served" as const
          })
        )
      }).pipe(
        Effect.mapError((error) => (isSqlError(error) ? unavailable(place)(error) : error)),
        Effect.catch((error) => {
          const code = codeIn(error)
          if (code === "55P03" || code === "40P01") return Effect.succeed("busy" as const)
          // Its table was served, or begun anew, by another one.
          return code === "42P01" ? Effect.succeed("lost" as const) : Effect.fail(error)
        })
      ),
    acquire: leases.acquire,
    renew: leases.renew,
    release: leases.release,
    seize: leases.seize,
    compare: Effect.fnUntraced(function* ({ name, table }, lease) {
      const { position } = lease.checkpoint
      const at = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
      const text = `with d as materialized (
            select coalesce(s._key, n._key) as k from ${at("serving")} s full join ${at("next")} n on n._key = s._key
            where row(s.*) is distinct from row(n.*)
          )
          select (select count(*)::float8 from ${at("next")}), (select count(*)::float8 from d),
            array(select k from d order by k limit 20)`
      const [row] = yield* inTransaction(
        sql,
        Effect.andThen(sql.unsafe(RowSwitch.unhurried).unprepared, sql.unsafe(text).values)
      ).pipe(Effect.mapError(unavailable(place)))
      const [rows, differing, keys] = row as readonly [number, number, ReadonlyArray<string>]
      const compared = { position, rows, differing, keys }
      const kept = yield* values(
        `update ${registry} p set compared = $4 where p.name = $1 and p.stage = 'next' and exists (
            select from ${schema}.projection_partitions t
            where t.name = p.name and t.stage = p.stage and t.partition = $2 and t.token = $3
          ) returning 1`,
        [name, lease.partition.index, BigInt(lease.token), JSON.stringify(compared)]
      )
      return kept.length === 0 ? undefined : compared
    }),
    save: Effect.fnUntraced(function* ({ name, table }, lease, from, to, changes, waiting = []) {
      const { partition, stage, token } = lease
      const { gone, there } = RowColumns.parted(changes)
      const columns = yield* tried(name, () => RowColumns.toColumns(table, there))
      const statements = statementsOf(table, stage)
      const saved = rowsOf(name, waiting.length === 0 ? statements.save : statements.park, [
        name,
        stage,
        partition.index,
        BigInt(token),
        BigInt(from.position),
        BigInt(to.position),
        to.eventId,
        RowColumns.texts(gone),
        RowColumns.texts(there.map(({ key }) => key)),
        ...columns,
        ...(waiting.length === 0 ? [] : ParkedTable.toColumns(waiting))
      ])
      return yield* unlessLost(
        lease,
        Effect.map(saved, ([row]) => row?.[0] === 1)
      )
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
    unpark: (projection, lease, retried) => unlessLost(lease, parking.unpark(projection, lease, retried)),
    rebuild: stages.rebuild,
    drop: stages.drop,
    remove: stages.remove,
    rollback: (name) =>
      Effect.andThen(
        stages.rollback(name),
        Effect.map(status(name), (now) => now!)
      ),
    stop: leases.stop,
    pause: leases.pause,
    resume: (name, { acceptParked = false } = {}) =>
      change(
        "resume",
        name,
        `is_paused = false, problem = null${acceptParked ? ", accepts_parked = p.stage = 'next'" : ""}`
      ),
    status: (name) => status(name),
    stages: stagesOf,
    statuses: Effect.map(values(`${selectStatuses} ${inOrder}`, []), (rows) => rows.map(statusOf)),
    rows: ({ name, table }, stage, keys) => {
      const statements = statementsOf(table, stage)
      // No other one's row: the driver would make a text of them.
      const own = RowColumns.texts(keys.filter(RowColumns.isText))
      return keyed(statements, ofTable(name, values(statements.rows, [own])))
    },
    range: (projection, range) =>
      keyed(statementsOf(projection.table, "serving"), ranged(projection, range, RowRanges.page)),
    count: (projection, range) =>
      Effect.map(ranged(projection, range, RowRanges.count), ([row]) => Number(row?.[0] ?? 0)),
    scan: LogScan.make(values, schema),
    page: ({ name, table }, after, limit) => {
      const statements = statementsOf(table, "serving")
      // No key has a NUL in it, so what is after it is after what stands before it.
      const from = after?.split("\0", 1)[0]?.toWellFormed() ?? null
      return keyed(statements, ofTable(name, values(statements.page, [from, limit])))
    },
    find: Effect.fnUntraced(function* ({ name, table }, where) {
      const statements = statementsOf(table, "serving")
      const unknown = Object.keys(where).find((field) => table.columns.every((column) => column.field !== field))
      if (unknown !== undefined) {
        return yield* invalid(`projection ${name}`, `there is no column for the field ${JSON.stringify(unknown)}`)
      }
      const found = RowColumns.toConditions(table, where)
      if (found === undefined) return []
      const text = `${statements.select} where ${found.conditions} order by r._key`
      return yield* Effect.catchIf(
        keyed(statements, ofTable(name, values(text, found.parameters))),
        // What no column can hold no row has.
        (error) => {
          const cause = causeIn(error)
          return cause !== undefined && isAboutData(cause)
        },
        () => Effect.succeed([])
      )
    })
  }
}
