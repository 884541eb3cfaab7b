/** Who keeps the rows of each partition of a projection, and until when. Times are the server's. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { ProjectionRequest, type ProjectionStore } from "eventfold/store"
import * as LeaseTime from "../sql/LeaseTime.ts"
import { nowMs } from "../sql/ServerTime.ts"
import type { Values } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"

/** Ends leases: who holds one has none any more. In one order, as others do. `schema` is quoted already; `which` is about `p`. */
export const end = (schema: string, which: string): string => `update ${schema}.projection_partitions p
  set token = p.token + 1, leased_until = 0
  from (
    select p.name, p.stage, p.partition from ${schema}.projection_partitions p
    where ${which} order by p.stage, p.partition for update
  ) o
  where p.name = o.name and p.stage = o.stage and p.partition = o.partition`

/** Of all stages, in the caller's transaction: with a token that none of them ever had, since stages are about to change places. */
export const endAll = (sql: PgClient, schemaName: string, name: string): Effect.Effect<unknown, SqlError> =>
  sql.unsafe(
    `update ${quote(schemaName)}.projection_partitions p set leased_until = 0, token = 1 + (
        select max(t.token) from ${quote(schemaName)}.projection_partitions t where t.name = $1
      ) where p.name = $1`,
    [name]
  ).values

export interface Leases extends Pick<
  ProjectionStore.Service,
  "acquire" | "pause" | "release" | "renew" | "seize" | "stop"
> {
  /** Makes places for so many partitions, in the caller's transaction. */
  readonly open: (
    sql: PgClient,
    name: string,
    stage: ProjectionStore.Stage,
    count: number
  ) => Effect.Effect<unknown, SqlError>
  /** Divides rows that are served, in the caller's transaction, where nobody has ever kept them. */
  readonly divide: (sql: PgClient, name: string, count: number) => Effect.Effect<void, SqlError>
  /** Columns of a status, `width` of them, of what is `joined` to the projections `p` as `a`. */
  readonly places: string
  readonly width: number
  readonly joined: string
  readonly placesOf: (
    columns: ReadonlyArray<unknown>
  ) => Pick<ProjectionStore.Status, "checkpoint" | "owner" | "partitions" | "savedAt">
}

/** `schema` is quoted already. */
export const make = (values: Values, schema: string, storeId: string): Leases => {
  const registry = `${schema}.projections`
  const partitions = `${schema}.projection_partitions`
  const projectors = `${schema}.projectors`
  const checkpoint = (position: unknown, eventId: unknown) => ({
    storeId,
    position: Number(position),
    eventId: eventId === null ? null : String(eventId)
  })
  const leaseOf = (name: string, row: ReadonlyArray<unknown>): ProjectionStore.Lease => {
    const [stage, index, of, token, position, eventId] = row
    return {
      name,
      stage: stage as ProjectionStore.Stage,
      partition: { index: Number(index), of: Number(of) },
      token: Number(token),
      checkpoint: checkpoint(position, eventId)
    }
  }
  const leaseColumns = "t.stage, t.partition, p.partitions, t.token::float8, t.position::float8, t.event_id::text"
  const changed = (
    operation: string,
    name: string,
    rows: Effect.Effect<ReadonlyArray<unknown>, EventStoreError.EventStoreError>
  ) =>
    Effect.flatMap(rows, (found) =>
      found.length === 0 ? Effect.fail(ProjectionRequest.noneSuch(operation, name)) : Effect.void
    )

  const open: Leases["open"] = (sql, name, stage, count) =>
    // Rows of this stage may have been discarded under a projector that still has a lease of them: no later lease may have its token. A
    // token rises by one in a transaction, so it is below the id of each later transaction if it began with one.
    sql.unsafe(
      `insert into ${partitions} (name, stage, partition, token)
        select $1, $2, generate_series(0, $3 - 1), greatest(pg_current_xact_id()::text::bigint, (
          select max(t.token) from ${partitions} t where t.name = $1
        ))`,
      [name, stage, count]
    ).values

  const others = (owner: string, more = "") => `(
      select count(*)::int from ${projectors} o
      where o.name = p.name and o.stage = p.stage and o.owner <> ${owner} and o.present_until > ${nowMs}${more}
    )`
  /** How many partitions of `p` an owner may keep: as many as the others that are there, or one more for the first of them. */
  const share = (owner: string) => `(
      select p.partitions / l.live + case when ${others(owner, ` and o.owner < ${owner}`)} < p.partitions % l.live then 1 else 0 end
      from (select 1 + ${others(owner)} as live) l
    )`
  /** How many partitions of `p` an owner has. */
  const held = (owner: string, more: string) => `(
      select count(*) from ${partitions} h
      where h.name = p.name and h.stage = p.stage and h.owner = ${owner} and h.leased_until > ${nowMs}${more}
    )`

  const acquireText = `with p as (
      select p.name, p.stage, p.partitions from ${registry} p
      where p.name = $1 and p.stage = $2 and p.fingerprint = $3
        and not p.is_paused and not p.is_inline and p.problem is null
      -- Who pauses, stops or enlists it waits, and then ends this lease too.
      for share
    ), present as (
      insert into ${projectors} (name, stage, owner, present_until, lease_millis)
      select p.name, p.stage, $4, ${nowMs} + $5, $5 from p where p.partitions > 1
      on conflict (name, stage, owner) do update
      set present_until = excluded.present_until, lease_millis = excluded.lease_millis
    ), cut as (
      ${LeaseTime.shorten(`${partitions} t`, "(t.name, t.stage) in (select p.name, p.stage from p)")}
    ), cut_present as (
      ${LeaseTime.shorten(`${projectors} o`, "(o.name, o.stage) in (select p.name, p.stage from p) and o.owner <> $4", "present_until")}
    ), gone as (
      delete from ${projectors} o using p
      where o.name = p.name and o.stage = p.stage and o.owner <> $4 and o.present_until <= ${nowMs}
    ), free as (
      select t.partition from ${partitions} t join p on p.name = t.name and p.stage = t.stage
      where t.leased_until <= ${nowMs} and (p.partitions = 1 or ${held("$4", "")} < ${share("$4")})
      order by t.partition limit 1 for update of t skip locked
    )
    update ${partitions} t set token = t.token + 1, owner = $4, leased_until = ${nowMs} + $5, lease_millis = $5
    from p, free
    where t.name = p.name and t.stage = p.stage and t.partition = free.partition
    returning ${leaseColumns}`

  const renewText = `with present as (
      insert into ${projectors} (name, stage, owner, present_until, lease_millis)
      select t.name, t.stage, t.owner, ${nowMs} + $5, $5
      from ${partitions} t join ${registry} p on p.name = t.name and p.stage = t.stage
      where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4 and p.partitions > 1
      on conflict (name, stage, owner) do update
      set present_until = excluded.present_until, lease_millis = excluded.lease_millis
    )
    update ${partitions} t set leased_until = ${nowMs} + $5, lease_millis = $5
    from ${registry} p
    where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4
      and p.name = t.name and p.stage = t.stage and not p.is_paused
      and (p.partitions = 1 or ${held("t.owner", " and h.partition < t.partition")} < ${share("t.owner")})
    returning 1`

  const releaseText = `with ended as (
      update ${partitions} t set leased_until = 0
      where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4 returning t.owner
    )
    delete from ${projectors} o using ended where o.name = $1 and o.stage = $2 and o.owner = ended.owner`

  const seizeText = `with p as (
      select p.name, p.stage, p.partitions from ${registry} p
      where p.name = $1 and p.stage = 'serving' and p.fingerprint = $2
        and not p.is_paused and not p.is_inline and p.problem is null
        and exists (
          select from ${partitions} n where n.name = $1 and n.stage = 'next' and n.partition = $3 and n.token = $4
        )
      for share
    ), taken as (
      select t.stage, t.partition from ${partitions} t join p on p.name = t.name
      where t.stage = 'serving' or (t.stage = 'next' and t.partition <> $3)
      order by t.stage, t.partition for update of t
    )
    update ${partitions} t
    set token = t.token + 1, owner = 'comparing ' || t.name, leased_until = ${nowMs} + $5, lease_millis = $5
    from taken, ${registry} p
    where t.name = $1 and t.stage = taken.stage and t.partition = taken.partition
      and p.name = t.name and p.stage = t.stage
    returning ${leaseColumns}`

  return {
    open,
    divide: Effect.fnUntraced(function* (sql, name, count) {
      const places = yield* sql.unsafe(
        `select t.owner from ${partitions} t where t.name = $1 and t.stage = 'serving' for update`,
        [name]
      ).values
      if (places.some(([owner]) => owner !== null)) return
      yield* sql.unsafe(`delete from ${partitions} t where t.name = $1 and t.stage = 'serving'`, [name]).values
      yield* sql.unsafe(`update ${registry} p set partitions = $2 where p.name = $1 and p.stage = 'serving'`, [
        name,
        count
      ]).values
      yield* open(sql, name, "serving", count)
    }),
    width: 5,
    places: "a.event_id, a.saved_at, a.positions, a.owners, a.position::float8",
    joined: `cross join lateral (
        select min(t.position) as position, (array_agg(t.event_id::text order by t.position))[1] as event_id,
          max(t.saved_at)::float8 as saved_at, array_agg(t.position::float8 order by t.partition) as positions,
          array_agg(case when ${LeaseTime.isLive("t")} then t.owner end order by t.partition) as owners
        from ${partitions} t where t.name = p.name and t.stage = p.stage
      ) a`,
    placesOf: ([eventId, savedAt, positions, owners, position]) => {
      const all = (positions as ReadonlyArray<number>).map((position, i) => ({
        position,
        owner: (owners as ReadonlyArray<string | null>)[i] ?? undefined
      }))
      const known = [...new Set(all.flatMap(({ owner }) => owner ?? []))]
      return {
        checkpoint: checkpoint(position, eventId),
        partitions: all,
        owner: known.length === 0 ? undefined : known.join(", "),
        savedAt: savedAt === null ? undefined : DateTime.makeUnsafe(Number(savedAt))
      }
    },
    acquire: ({ fingerprint, name }, stage, owner, milliseconds) =>
      Effect.map(values(acquireText, [name, stage, fingerprint, owner, BigInt(Math.ceil(milliseconds))]), ([row]) =>
        row === undefined ? undefined : leaseOf(name, row)
      ),
    renew: ({ name, partition, stage, token }, milliseconds) =>
      Effect.map(
        values(renewText, [name, stage, partition.index, BigInt(token), BigInt(Math.ceil(milliseconds))]),
        ([row]) => row !== undefined
      ),
    release: ({ name, partition, stage, token }) =>
      Effect.asVoid(values(releaseText, [name, stage, partition.index, BigInt(token)])),
    seize: ({ fingerprint, name }, { partition, token }, milliseconds) =>
      Effect.map(
        values(seizeText, [name, fingerprint, partition.index, BigInt(token), BigInt(Math.ceil(milliseconds))]),
        (rows) => (rows.length === 0 ? undefined : rows.map((row) => leaseOf(name, row)))
      ),
    stop: ({ name, partition, stage, token }, problem) =>
      Effect.asVoid(
        values(
          `with stopped as (
              update ${registry} p set problem = $5
              where p.name = $1 and p.stage = $2 and exists (
                select from ${partitions} t where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4
              ) returning p.name, p.stage
            )
            ${end(schema, "(p.name, p.stage) in (select s.name, s.stage from stopped s)")}`,
          [name, stage, partition.index, BigInt(token), problem.replaceAll("\0", "").toWellFormed()]
        )
      ),
    pause: (name) =>
      changed(
        "pause",
        name,
        values(
          `with paused as (update ${registry} p set is_paused = true where p.name = $1 returning p.name, p.stage)
            ${end(schema, "(p.name, p.stage) in (select s.name, s.stage from paused s)")} returning 1`,
          [name]
        )
      )
  }
}
