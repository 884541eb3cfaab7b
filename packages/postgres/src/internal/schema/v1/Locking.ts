/** The lock that keeps the log without gaps. */
import { positionsOf, quoteBody } from "../Quoting.ts"

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
    `create function ${schema}.hold() returns void language plpgsql volatile as ${quoteBody(`
declare
  space bigint := ${schema}.lock_space();
  setting text := 'eventfold.hold_' || space;
  xid text := pg_current_xact_id()::text;
begin
  if current_setting(setting, true) is not distinct from xid then return; end if;
  perform
    pg_advisory_xact_lock_shared((space << 48) | coalesce(pg_sequence_last_value(${positions}), 0)),
    set_config(setting, xid, true);
  -- An appender that went to sleep would hold up all readers: it is given a minute.
  if current_setting('idle_in_transaction_session_timeout') = '0' then
    perform set_config('idle_in_transaction_session_timeout', '60s', true);
  end if;
  -- With synchronous_commit off a crash can lose positions that were seen, and give them out again.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'local', true);
  end if;
end `)}`
  ]
}
