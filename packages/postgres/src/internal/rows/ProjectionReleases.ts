/** Opens projections, and rebuilds and promotes their rows. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { EventStoreError, Projection } from "eventfold"
import { type ProjectionStore, RowVersions, StoreRefusal, type StoreService } from "eventfold/store"
import type * as ProjectionStatuses from "./ProjectionStatuses.ts"
import type { ReleaseOrder } from "./ReleaseOrder.ts"
import type * as RowLease from "./RowLease.ts"
import type { RowStages } from "./RowStages.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { quote } from "../schema/StoreSchema.ts"
import { causeIn, codeIn, type Place, serverMessage, unavailable } from "../sql/SqlFailure.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** Options of {@link ProjectionReleases}. */
export interface Options {
  readonly sql: PgClient
  /** The name of the store's schema, not quoted. */
  readonly schemaName: string
  readonly place: Place
  readonly statuses: ReturnType<typeof ProjectionStatuses.make>
  readonly leases: RowLease.Leases
  readonly order: ReleaseOrder
  readonly stages: RowStages
}

/** Opens projections, and begins and promotes the rows of their releases. */
export class ProjectionReleases implements Pick<
  NonNullable<StoreService.Operations["projections"]>,
  "begin" | "compare" | "enroll" | "open" | "serve"
> {
  readonly #options: Options
  readonly #schema: string
  readonly #registry: string

  constructor(options: Options) {
    this.#options = options
    this.#schema = quote(options.schemaName)
    this.#registry = `${this.#schema}.projections`
  }

  readonly #unavailable = <A>(
    work: Effect.Effect<A, EventStoreError.EventStoreError | SqlError>
  ): Effect.Effect<A, EventStoreError.EventStoreError> =>
    Effect.mapError(work, (error) => (isSqlError(error) ? unavailable(this.#options.place)(error) : error))

  /** Runs work in a transaction while no other process changes projections. */
  #alone<A>(
    work: Effect.Effect<A, EventStoreError.EventStoreError | SqlError>
  ): Effect.Effect<A, EventStoreError.EventStoreError> {
    const { schemaName, sql } = this.#options
    return this.#unavailable(inTransaction(sql, Effect.andThen(RowSwitch.takeTurn(sql, schemaName), work)))
  }

  #createTable(table: Projection.Table, stage: ProjectionStore.Stage): Effect.Effect<void, SqlError> {
    const { schemaName, sql } = this.#options
    const name = RowTable.nameOf(schemaName, table, stage)
    return Effect.gen(function* () {
      yield* sql.unsafe(`create schema if not exists ${quote(RowTable.schemaOf(schemaName, table, stage))}`).unprepared
      yield* sql.unsafe(`drop table if exists ${name}`).unprepared
      yield* sql.unsafe(RowTable.create(name, table)).unprepared
    })
  }

  #register(
    { fingerprint, name, table }: ProjectionStore.Described,
    stage: ProjectionStore.Stage,
    partitions: number
  ): Effect.Effect<unknown, SqlError> {
    const { leases, sql } = this.#options
    const text = `insert into ${this.#registry} (name, stage, fingerprint, domain, table_name, partitions)
      values ($1, $2, $3, $4, $5, $6)`
    return Effect.andThen(
      sql.unsafe(text, [name, stage, fingerprint, table.domain, table.name, partitions]).values,
      leases.open(sql, name, stage, partitions)
    )
  }

  /** Creates the served rows of a projection, unless another process has created them. */
  #create(
    projection: ProjectionStore.Described,
    partitions: number
  ): Effect.Effect<void, EventStoreError.EventStoreError> {
    const { order, place, schemaName, sql } = this.#options
    const { fingerprint, name, table } = projection
    const create = Effect.gen({ self: this }, function* () {
      const [existing] = yield* sql.unsafe(`select 1 from ${this.#registry} where name = $1`, [name]).values
      if (existing !== undefined) return
      yield* this.#createTable(table, "serving")
      yield* RowSwitch.createIndexes(sql, schemaName, projection, "serving")
      yield* this.#register(projection, "serving", partitions)
      yield* order.enroll(name, fingerprint)
    })
    return Effect.mapError(this.#alone(create), (error) =>
      codeIn(error) === "42501"
        ? EventStoreError.EventStoreError.storeRefused(
            `there are no rows of ${name} yet, and ${JSON.stringify(place.user)} may not create their table: ${serverMessage(causeIn(error)!)}`,
            `Start a projector first, with a role that may (eventfold store grants --role … --project), or grant the right to this role`
          )
        : error
    )
  }

  readonly open: ProjectionStore.Service["open"] = Effect.fnUntraced(
    { self: this },
    function* (projection: ProjectionStore.Described, partitions?: number) {
      const { leases, schemaName, sql, statuses } = this.#options
      const { name, table } = projection
      const before = yield* statuses.serving(projection)
      if (before !== undefined) {
        if (partitions === undefined || before.partitions.length === partitions) return before
        yield* this.#alone(leases.divide(sql, name, partitions))
        return (yield* statuses.serving(projection))!
      }
      if (!RowTable.fits(schemaName, table)) {
        return yield* EventStoreError.EventStoreError.storeRefused(
          `the tables of domain ${JSON.stringify(table.domain)} would be in schema ${quote(RowTable.schemaOf(schemaName, table, "next"))}, a name too long for PostgreSQL`,
          "Shorten the name of the store's schema, or of the domain's folder"
        )
      }
      yield* this.#create(projection, partitions ?? 1)
      return (yield* statuses.serving(projection))!
    }
  )

  readonly enroll: ProjectionStore.Service["enroll"] = Effect.fnUntraced(
    { self: this },
    function* ({ fingerprint, name }: ProjectionStore.Described) {
      const { order } = this.#options
      const place = yield* order.placeOf(name, fingerprint)
      return place ?? (yield* this.#alone(order.enroll(name, fingerprint)))
    }
  )

  readonly begin: NonNullable<StoreService.Operations["projections"]>["begin"] = Effect.fnUntraced(
    { self: this },
    function* (projection: ProjectionStore.Described, policy: ProjectionStore.Policy) {
      const { order, sql, statuses } = this.#options
      const { fingerprint, name, table } = projection
      yield* this.#alone(
        Effect.gen({ self: this }, function* () {
          // Another process may have begun or promoted rows since the caller looked.
          const stages = yield* statuses.stages(name)
          if (stages.length === 0) return yield* StoreRefusal.unknown("projections.begin", name)
          const me = { fingerprint, release: yield* order.enroll(name, fingerprint) }
          if (RowVersions.next(stages, me, policy)._tag !== "Begin") return
          yield* sql.unsafe(`delete from ${this.#registry} where name = $1 and stage = 'next'`, [name]).values
          yield* this.#createTable(table, "next")
          yield* this.#register(projection, "next", policy.partitions)
          yield* sql.unsafe(
            `update ${this.#registry} p set wants_rebuild = false
              where p.name = $1 and p.stage = 'serving' and p.fingerprint = $2`,
            [name, fingerprint]
          ).values
        })
      )
      const stages = yield* statuses.stages(name)
      const next = stages.find((one) => one.stage === "next" && one.fingerprint === fingerprint)
      return next ?? stages[0] ?? (yield* StoreRefusal.unknown("projections.begin", name))
    }
  )

  /** Promotes the rebuilt rows, in a transaction in which no other process reads or writes them. */
  #promote(
    projection: ProjectionStore.Described,
    lease: ProjectionStore.Lease
  ): ReturnType<ProjectionStore.Service["serve"]> {
    const { schemaName, sql, stages } = this.#options
    return this.#alone(
      Effect.gen(function* () {
        const { next, serving } = yield* RowSwitch.lock(sql, schemaName, projection)
        // Inline rows can only be replaced while the log is locked (see `InlineTables`).
        if (lease.stage !== "next" || next === undefined || serving === undefined || serving.isInline)
          return "lost" as const
        if (!RowSwitch.isHeld(next, lease)) return "lost" as const
        if (!RowSwitch.isAsFar(next, serving)) return "behind" as const
        if (!next.acceptsParked && (yield* stages.parksMore(projection.name))) return "parked" as const
        yield* RowSwitch.replace(sql, schemaName, projection)
        return "served" as const
      })
    )
  }

  readonly serve: ProjectionStore.Service["serve"] = (projection, lease) => {
    const { schemaName, sql } = this.#options
    const served = Effect.gen({ self: this }, function* () {
      // A first check that makes no other process wait.
      const before = yield* RowSwitch.standings(sql, schemaName, projection.name, false)
      if (before.next !== undefined && before.serving !== undefined && !RowSwitch.isAsFar(before.next, before.serving))
        return "behind" as const
      yield* RowSwitch.createIndexes(sql, schemaName, projection)
      return yield* this.#promote(projection, lease)
    })
    return Effect.catch(this.#unavailable(served), (error) => {
      const code = codeIn(error)
      if (RowSwitch.isBusy(code)) return Effect.succeed("busy" as const)
      // Another process has promoted its table, or begun another rebuild.
      return code === "42P01" ? Effect.succeed("lost" as const) : Effect.fail(error)
    })
  }

  readonly compare: ProjectionStore.Service["compare"] = Effect.fnUntraced(
    { self: this },
    function* ({ name, table }: ProjectionStore.Described, lease: ProjectionStore.Lease) {
      const { schemaName, sql } = this.#options
      const { position } = lease.checkpoint
      const at = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
      const text = `with d as materialized (
            select coalesce(s._key, n._key) as k from ${at("serving")} s full join ${at("next")} n on n._key = s._key
            where row(s.*) is distinct from row(n.*)
          )
          select (select count(*)::float8 from ${at("next")}), (select count(*)::float8 from d),
            array(select k from d order by k limit 20)`
      const [row] = yield* this.#unavailable(
        inTransaction(sql, Effect.andThen(sql.unsafe(RowSwitch.noStatementTimeout).unprepared, sql.unsafe(text).values))
      )
      const [rows, differing, keys] = row as readonly [number, number, ReadonlyArray<string>]
      const compared = { position, rows, differing, keys }
      const saveText = `update ${this.#registry} p set compared = $4 where p.name = $1 and p.stage = 'next' and exists (
            select from ${this.#schema}.projection_partitions t
            where t.name = p.name and t.stage = p.stage and t.partition = $2 and t.token = $3
          ) returning 1`
      const saved = yield* this.#unavailable(
        sql.unsafe(saveText, [name, lease.partition.index, BigInt(lease.token), JSON.stringify(compared)]).values
      )
      return saved.length === 0 ? undefined : compared
    }
  )
}
