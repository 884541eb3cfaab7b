/** The statements of leases of partitions. */
import * as LeaseTime from "../sql/LeaseTime.ts"
import { nowMs } from "../sql/ServerTime.ts"

/** The columns of a lease `t` of a projection `p`. */
const leaseColumns = "t.stage, t.partition, p.partitions, t.token::float8, t.position::float8, t.event_id::text"

/**
 * The statement that ends leases: their holders can no longer write. `condition` selects partitions
 * `p`, which are locked in the order that all statements use. `schema` is already quoted.
 */
export const end = (schema: string, condition: string): string => `update ${schema}.projection_partitions p
  set token = p.token + 1, leased_until = 0
  from (
    select p.name, p.stage, p.partition from ${schema}.projection_partitions p
    where ${condition} order by p.stage, p.partition for update
  ) o
  where p.name = o.name and p.stage = o.stage and p.partition = o.partition`

/** Counts the other projectors that could run partitions of `p`. */
const others = (projectors: string, owner: string, more = "") => `(
      select count(*)::int from ${projectors} o
      where o.name = p.name and o.stage = p.stage and o.owner <> ${owner} and o.present_until > ${nowMs}${more}
    )`

/**
 * Counts the partitions of `p` that an owner may hold: an equal share, and one more for the first
 * owners if there is a rest.
 */
const share = (projectors: string, owner: string) => `(
      select p.partitions / l.live
        + case when ${others(projectors, owner, ` and o.owner < ${owner}`)} < p.partitions % l.live then 1 else 0 end
      from (select 1 + ${others(projectors, owner)} as live) l
    )`

/** Counts the partitions of `p` that an owner holds. */
const held = (partitions: string, owner: string, more = "") => `(
      select count(*) from ${partitions} h
      where h.name = p.name and h.stage = p.stage and h.owner = ${owner} and h.leased_until > ${nowMs}${more}
    )`

/** Takes the lease of a free partition: name, stage, fingerprint, owner and length. */
const acquire = (registry: string, partitions: string, projectors: string): string => `with p as (
      select p.name, p.stage, p.partitions from ${registry} p
      where p.name = $1 and p.stage = $2 and p.fingerprint = $3
        and not p.is_paused and not p.is_inline and p.problem is null
      -- A statement that pauses, stops or enlists the projection waits, and then ends this lease too.
      for share
    ), present as (
      insert into ${projectors} (name, stage, owner, present_until, lease_millis)
      select p.name, p.stage, $4, ${nowMs} + $5, $5 from p where p.partitions > 1
      on conflict (name, stage, owner) do update
      set present_until = excluded.present_until, lease_millis = excluded.lease_millis
    ), shortened as (
      ${LeaseTime.shorten(`${partitions} t`, "(t.name, t.stage) in (select p.name, p.stage from p)")}
    ), shortened_present as (
      ${LeaseTime.shorten(`${projectors} o`, "(o.name, o.stage) in (select p.name, p.stage from p) and o.owner <> $4", "present_until")}
    ), gone as (
      delete from ${projectors} o using p
      where o.name = p.name and o.stage = p.stage and o.owner <> $4 and o.present_until <= ${nowMs}
    ), free as (
      select t.partition from ${partitions} t join p on p.name = t.name and p.stage = t.stage
      where t.leased_until <= ${nowMs} and (p.partitions = 1 or ${held(partitions, "$4")} < ${share(projectors, "$4")})
      order by t.partition limit 1 for update of t skip locked
    )
    update ${partitions} t set token = t.token + 1, owner = $4, leased_until = ${nowMs} + $5, lease_millis = $5
    from p, free
    where t.name = p.name and t.stage = p.stage and t.partition = free.partition
    returning ${leaseColumns}`

/**
 * Renews a lease, unless its owner holds more than its share: name, stage, partition, token and
 * length.
 */
const renew = (registry: string, partitions: string, projectors: string): string => `with present as (
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
      and (p.partitions = 1 or ${held(partitions, "t.owner", " and h.partition < t.partition")} < ${share(projectors, "t.owner")})
    returning 1`

/** Releases a lease: name, stage, partition and token. */
const release = (partitions: string, projectors: string): string => `with ended as (
      update ${partitions} t set leased_until = 0
      where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4 returning t.owner
    )
    delete from ${projectors} o using ended where o.name = $1 and o.stage = $2 and o.owner = ended.owner`

/**
 * Takes the leases of all other partitions of the served and the rebuilt rows from their holders:
 * name, fingerprint, own partition, its token, and length.
 */
const seize = (registry: string, partitions: string): string => `with p as (
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

/** Creates the statements. `schema` is already quoted. */
export const make = (schema: string) => {
  const registry = `${schema}.projections`
  const partitions = `${schema}.projection_partitions`
  const projectors = `${schema}.projectors`
  return {
    acquire: acquire(registry, partitions, projectors),
    renew: renew(registry, partitions, projectors),
    release: release(partitions, projectors),
    seize: seize(registry, partitions)
  }
}
