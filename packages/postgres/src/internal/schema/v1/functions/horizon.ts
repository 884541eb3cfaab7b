import { definer, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Returns the horizon: the position up to which the log can be read without missing an event.
 *
 * The order of the steps is the proof: (a) the greatest visible position; (b) the least lock; then
 * the caller reads events in a later snapshot. As one statement, as STABLE, or in a transaction
 * with one snapshot, it skips events.
 */
export const horizon = (schema: string): string =>
  `create function ${schema}.horizon() returns bigint language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  greatest_visible bigint;
  least_lock bigint;
begin
  if pg_is_in_recovery() then
    -- Advisory locks are not replicated. The primary commits the published position after all events up to it, and a
    -- replica applies commits in their order: a reader that sees the position here sees those events in the next statement.
    return (select p.position from ${schema}.published p);
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'eventfold: the log is read in READ COMMITTED' using errcode = '25001';
  end if;
  select coalesce(max(e.position), 0) into greatest_visible from ${schema}.events e; -- (a)
  select min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1)) into least_lock -- (b)
  from pg_locks l
  -- The lock of an append is shared and granted. Other locks in this space of numbers are not the store's.
  where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock' and l.granted
    and (l.classid::bigint >> 16) = ${schema}.lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database());
  return least(greatest_visible, coalesce(least_lock, greatest_visible));
end `)}`
