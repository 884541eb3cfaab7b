/** The functions that read the log. */
import { definer, quoteBody } from "../../sql/Quoting.ts"

export const reading = (schema: string): ReadonlyArray<string> => {
  return [
    // How far the log can be read without missing anything.
    // The order of the steps is the proof: (a) the greatest visible position; (b) the least lock; and the caller reads
    // events in a later snapshot. As one statement, as STABLE, or in a transaction with one snapshot it skips events.
    `create function ${schema}.horizon() returns bigint language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  greatest_visible bigint;
  least_lock bigint;
begin
  if pg_is_in_recovery() then
    -- Advisory locks are not replicated. What the primary published was committed after all that it speaks of, and a
    -- replica shows commits in their order: whoever sees the number here sees those events in the next statement.
    return (select p.position from ${schema}.published p);
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'eventfold: the log is read in READ COMMITTED' using errcode = '25001';
  end if;
  select coalesce(max(e.position), 0) into greatest_visible from ${schema}.events e; -- (a)
  select min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1)) into least_lock -- (b)
  from pg_locks l
  -- An append's lock is shared and granted. Others in this space of numbers are not the store's.
  where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock' and l.granted
    and (l.classid::bigint >> 16) = ${schema}.lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database());
  return least(greatest_visible, coalesce(least_lock, greatest_visible));
end `)}`,

    // Publishes the horizon for replicas. In a transaction of its own, never in one that appends: that one's own lock would
    // hold it back. Nobody waits for the disk: what is lost is published again.
    `create function ${schema}.publish() returns void language plpgsql volatile ${definer} as ${quoteBody(`
declare
  readable bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  readable := ${schema}.horizon();
  update ${schema}.published p set position = readable where p.position < readable;
end `)}`,

    // The last event that can be read, for readers that keep the id of the event they stopped at. Each statement has a
    // snapshot of its own, later than the horizon's, which is what makes everything up to it visible.
    // known: a position that held an event when last looked at; its id now tells whether the log is still the same.
    `create function ${schema}.head(
  known bigint, out head_position bigint, out head_id uuid, out known_id uuid, out last_position bigint
) language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  readable bigint;
begin
  readable := ${schema}.horizon();
  select e.position, e.event_id into head_position, head_id
  from ${schema}.events e where e.position <= readable order by e.position desc limit 1;
  select e.event_id into known_id from ${schema}.events e where e.position = known;
  select max(e.position) into last_position from ${schema}.events e;
end `)}`,
    // A page of the log in position order, up to a horizon that an earlier statement found. The planner is held to the
    // index on position, in its order: without statistics (PGlite never has any, a new table has none yet) it takes a
    // range or a filter for a few rows, and reads and sorts all that is left of the log for each page.
    // "always": the position of an event that is wanted whatever the filters say; -1 for none. erased: whether events that
    // were truncated come too, without data.
    `create function ${schema}.slice(
  start_at bigint, stop_at bigint, size int, prefixes text[], kinds text[], always bigint, erased boolean
) returns table (
  event_id text, stream_id text, version float8, "position" float8, type text, schema_version smallint, data text, meta text,
  recorded_at float8, occurred_at float8
) language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off as ${quoteBody(`
#variable_conflict use_column
begin
  return query
  select e.event_id::text, e.stream_id::text, e.version::float8, e.position::float8, e.type::text, e.schema_version,
    e.data::text, e.meta::text, e.recorded_at::float8, e.occurred_at::float8
  from ${schema}.events e
  where e.position >= start_at and e.position <= stop_at and (
    e.position = always
    or ((prefixes is null or e.stream_id ^@ any(prefixes)) and (kinds is null or e.type = any(kinds))
      and (erased or e.data is not null))
  )
  order by e.position limit size;
end `)}`
  ]
}
