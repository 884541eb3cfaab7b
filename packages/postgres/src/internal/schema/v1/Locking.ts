/** The lock that keeps the log without gaps. */
import { literal, positionsOf, quoteBody } from "../../sql/Quoting.ts"

/**
 * In a function that appends, which has called `hold` ("held") and then read the greatest visible position ("visible"): the
 * position up to which readers may have read ("passed").
 *
 * A sequence that was set back, by a setval or by a failover that does not replicate sequences, draws positions that readers have
 * passed. The greatest visible position is read after the lock was taken: a reader that computed its horizon before has passed
 * no more than that, and a later one stops at the lock, so the lock's own position counts too. Other appends may have drawn and
 * committed since the lock was taken; the sequence is then ahead of them.
 */
export const passed = (schema: string): string => `
  if held < visible and (pg_sequence_last_value(${positionsOf(schema)}) >= visible) is not true then
    perform ${schema}.refuse_position();
  end if;
  passed := greatest(held, visible, 0);`

export const locking = (schema: string): ReadonlyArray<string> => {
  const positions = positionsOf(schema)
  return [
    // The upper 16 bits of this store's horizon locks: from the sequence's oid, so that two stores in one database do
    // not hold each other up, and never 0 or 65535, where an app's own locks on small numbers would be.
    `create function ${schema}.lock_space() returns bigint language sql stable parallel safe as
    ${quoteBody(` select 1 + (${positions}::oid::bigint % 65534) `)}`,

    // Takes the horizon lock: shared, on the last position drawn so far. Whatever this transaction draws is greater, so
    // a reader who stops below the least such lock misses nothing. pg_sequence_last_value, not "select last_value":
    // that one reads without the sequence's lock and now and then sees a value from 32 draws ahead.
    // A rollback to a savepoint drops the lock; the transaction-local setting is undone by exactly the same rollback.
    // It bears the transaction's id, since a session's setting would outlive the transaction on a pooled connection.
    //
    // Returns the lock's position. What is drawn now has to be above it, and above the greatest visible position: see "passed"
    // in Appending.
    `create function ${schema}.hold() returns bigint language plpgsql volatile as ${quoteBody(`
declare
  space bigint := ${schema}.lock_space();
  setting text := 'eventfold.hold_' || space;
  xid text := pg_current_xact_id()::text;
  held text := current_setting(setting, true);
  place bigint;
begin
  if split_part(held, ' ', 1) = xid then
    -- Any role may write the setting: the lock is taken in any case, and what is drawn is refused if it is not above the place.
    place := greatest(0, split_part(held, ' ', 2)::bigint);
    perform pg_advisory_xact_lock_shared(place | (space << 48));
  else
    place := coalesce(pg_sequence_last_value(${positions}), 0);
    perform
      pg_advisory_xact_lock_shared((space << 48) | place),
      set_config(setting, xid || ' ' || place, true);
    -- An appender that went to sleep would hold up all readers: it is given a minute.
    if current_setting('idle_in_transaction_session_timeout') = '0' then
      perform set_config('idle_in_transaction_session_timeout', '60s', true);
    end if;
    -- With synchronous_commit off a crash can lose positions that were seen, and give them out again.
    if current_setting('synchronous_commit') = 'off' then
      perform set_config('synchronous_commit', 'local', true);
    end if;
  end if;
  return place;
end `)}`,

    // Refuses a position that readers may have passed (error EF003). Volatile, or the planner would call it.
    `create function ${schema}.refuse_position() returns bigint language plpgsql volatile as ${quoteBody(`
begin
  raise exception 'eventfold: the sequence of positions is behind the log' using errcode = 'EF003',
    hint = format('SELECT setval(%L, (SELECT max(position) FROM %s))', ${literal(`${schema}.positions`)}, ${literal(`${schema}.events`)});
end `)}`
  ]
}
