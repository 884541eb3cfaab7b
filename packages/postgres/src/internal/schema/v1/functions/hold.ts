import { positionsOf, quoteBody } from "../../../sql/Quoting.ts"

/**
 * Takes the horizon lock, the lock that keeps the log without gaps, and returns its position. A
 * position that is drawn afterwards has to be above it, and above the greatest visible position:
 * see `findPassed` in `AppendSql`.
 *
 * The lock is shared, and stands on the last position that was drawn. All positions that this
 * transaction draws are greater, so a reader that stops below the least such lock misses nothing.
 * `pg_sequence_last_value` and not "select last_value": the latter reads without the sequence's
 * lock, and sometimes sees a value from 32 draws ahead.
 *
 * A rollback to a savepoint drops the lock; the transaction-local setting is undone by exactly the
 * same rollback. The setting holds the transaction's id, since a setting of the session would
 * outlive the transaction on a pooled connection.
 */
export const hold = (schema: string): string =>
  `create function ${schema}.hold() returns bigint language plpgsql volatile as ${quoteBody(`
declare
  space bigint := ${schema}.lock_space();
  setting text := 'eventfold.hold_' || space;
  xid text := pg_current_xact_id()::text;
  held text := current_setting(setting, true);
  place bigint;
begin
  if split_part(held, ' ', 1) = xid then
    -- Any role may write the setting: the lock is taken in any case, and a position that is not above the place is refused.
    place := greatest(0, split_part(held, ' ', 2)::bigint);
    perform pg_advisory_xact_lock_shared(place | (space << 48));
  else
    place := coalesce(pg_sequence_last_value(${positionsOf(schema)}), 0);
    perform
      pg_advisory_xact_lock_shared((space << 48) | place),
      set_config(setting, xid || ' ' || place, true);
    -- A client that stops in the middle of an append would block all readers: its transaction ends after a minute.
    if current_setting('idle_in_transaction_session_timeout') = '0' then
      perform set_config('idle_in_transaction_session_timeout', '60s', true);
    end if;
    -- With synchronous_commit off, a crash can lose positions that readers have seen, and draw them again.
    if current_setting('synchronous_commit') = 'off' then
      perform set_config('synchronous_commit', 'local', true);
    end if;
  end if;
  return place;
end `)}`
