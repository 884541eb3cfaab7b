/**
 * SQL that the functions which append have in common.
 *
 * Each of them first takes the horizon lock (see `hold`), and then draws positions in the order of
 * the events that it was given. It never writes a position that readers may have passed (error
 * EF003, see {@link findPassed}).
 *
 * All of them take locks in one order: the gate, streams, the horizon, then rows by stream and
 * version. Rows are inserted in that order and not in the order of their positions: two appends
 * that insert the same rows in opposite orders would wait for each other. The gate is the lock that
 * an INSERT takes on the events. The gate comes before the lock of a stream, because a switch of
 * rows waits at the gate until the appends that have passed it end. An append that held a stream's
 * lock while it queues at the gate behind that switch would block an append past the gate that
 * needs the stream, and so the switch.
 *
 * The expected version is compared with the last version, in a snapshot taken after the locks.
 * Another transaction may have written that stream's next version between that comparison and the
 * insert, or may be writing it: then the insert waits for it, and fails with a violation of
 * events_stream_version, which undoes everything. "On conflict do nothing" would spare the other
 * appends of a batch, and makes every append a quarter slower.
 *
 * `lock_timeout_ms` is the time that an append may wait for a lock of another transaction before it
 * fails with 55P03. A store waits for a held stream in many short attempts, so that the wait takes
 * no connection from other appends. Without it, the lock_timeout of the session applies.
 *
 * A stream is archived if its last event is $archived. Such a stream accepts only $unarchived,
 * alone in its append; no other stream accepts it.
 */
import { definer, enterGate, positionsOf } from "../../../sql/Quoting.ts"
import { nowMs } from "../../../sql/ServerTime.ts"

/** The columns of the events, in the order in which the functions insert them. */
export const eventColumns =
  "position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta"

/**
 * Sets the lock timeout for the rest of the transaction. It stands after the gate: an append waits
 * without that limit at the gate, for a switch of rows to end.
 */
export const setLockTimeout = `
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;`

/**
 * Computes `passed`, the position up to which readers may have read, in a function that has called
 * `hold` (`held`) and then read the greatest visible position (`visible`).
 *
 * A sequence that was set back, by a setval or by a failover that does not replicate sequences,
 * draws positions that readers have passed. The greatest visible position is read after the lock
 * was taken: a reader that computed its horizon earlier has passed no more than that, and a later
 * reader stops at the lock, so the lock's own position counts too. Other appends may have drawn and
 * committed since the lock was taken; the sequence is then ahead of them.
 */
export const findPassed = (schema: string): string => `
  if held < visible and (pg_sequence_last_value(${positionsOf(schema)}) >= visible) is not true then
    perform ${schema}.refuse_position();
  end if;
  passed := greatest(held, visible, 0);`

/** Variables of a function that appends to one stream. */
export const oneStreamVariables = `
  last_version bigint;
  last_at bigint;
  last_type text;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;`

/**
 * Takes the locks of an append to one stream, and returns from the function if the expected version
 * is not met or the stream is archived. `isUnarchiving` is an SQL condition: `true` if $unarchived
 * is appended.
 */
export const enterOneStream = (schema: string, isUnarchiving: string): string => `
  ${enterGate(schema)}${setLockTimeout}
  if expected < 0 then perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream)); end if;
  held := ${schema}.hold();
  select u.visible, l.version, l.recorded_at, l.type into visible, last_version, last_at, last_type
  from (select max(e.position) as visible from ${schema}.events e) u
  left join lateral (
    select e.version, e.recorded_at, e.type from ${schema}.events e where e.stream_id = stream order by e.version desc limit 1
  ) l on true;${findPassed(schema)}
  last_version := coalesce(last_version, 0);
  if expected <> last_version and expected <> -1 and (expected <> -2 or last_version = 0)
    or (last_type is not distinct from '$archived') <> (${isUnarchiving}) then
    return;
  end if;
  now_ms := greatest(${nowMs}, last_at);`

/** Variables of a function that appends to many streams. */
export const manyStreamsVariables = `
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;`

/**
 * Takes the locks of appends to many streams.
 *
 * The locks of streams only keep appends that never conflict from overtaking each other again and
 * again; correctness rests on the unique key. So a very large append takes none, instead of filling
 * the server's lock table.
 */
export const enterManyStreams = (schema: string): string => `
  ${enterGate(schema)}${setLockTimeout}
  if -1 = any(expecteds) or -2 = any(expecteds) then
    if (select count(distinct s) <= 256 from unnest(streams, expecteds) u(s, e) where e < 0) then
      perform pg_advisory_xact_lock(${schema}.lock_space()::int, h)
      from (select distinct hashtext(s) as h from unnest(streams, expecteds) u(s, e) where e < 0 order by 1) o;
    end if;
  end if;
  held := ${schema}.hold();
  select max(e.position) into visible from ${schema}.events e;${findPassed(schema)}
  now_ms := ${nowMs};`

/** Joins the last event of `u.stream` as `l`, for each element `u`. */
export const joinLastEvent = (schema: string): string => `left join lateral (
      select e.version, e.position, e.recorded_at, e.type from ${schema}.events e
      where e.stream_id = u.stream order by e.version desc limit 1
    ) l on true`

/**
 * `true` if the stream of the element `u`, whose last event is `l`, has the expected version and
 * accepts the event.
 */
export const isMet = `(u.expected = coalesce(l.version, 0) or u.expected = -1 or (u.expected = -2 and l.version > 0))
        and (u.ordinal = 0 or (l.type is not distinct from '$archived') = (u.type = '$unarchived'))`

/**
 * The position `o.drawn`, which the subquery `o` has drawn, unless readers may have passed it. An
 * inline condition, since a function that is called for each row would be slower.
 */
export const safePosition = (schema: string): string =>
  `case when o.drawn > passed then o.drawn else ${schema}.refuse_position() end`

/**
 * Options of a function with one plan for any number of elements. A new plan for each number takes
 * as long as appending ten events.
 */
export const plannedOnce = `${definer} set plan_cache_mode = force_generic_plan`
