import { definer, enterGate, quoteBody } from "../../../sql/Quoting.ts"
import { setLockTimeout } from "../fragments/AppendSql.ts"

/**
 * Begins a transaction that appends events and writes the rows of inline projections. Returns the
 * first projection that is no longer inline, or whose rows other handlers write, if there is one.
 *
 * An append takes the gate, the lock that every INSERT takes on the events, and the registry of
 * projections is changed only by a transaction that locks the gate exclusively. So the registry
 * does not change between the gate and the end of the transaction, and nothing of it has to be
 * cached.
 *
 * Of each projection the keys are locked or, if they are not known, the whole projection: before
 * positions are drawn, so that the events of a key are folded in the order of their positions. The
 * order of locks: the gate, projections and keys by their numbers, and then the locks of an append.
 */
export const enterInline = (schema: string): string => `create function ${schema}.enter_inline(
  names text[], fingerprints text[], is_whole boolean[], keys text[], lock_timeout_ms int default null,
  out mismatch text, out mismatch_fingerprint text
) language plpgsql volatile ${definer} as ${quoteBody(`
declare
  -- A space of its own: locks of streams are pairs of numbers, these are single numbers.
  space bigint := ${schema}.lock_space() << 32;
begin
  ${enterGate(schema)}${setLockTimeout}
  -- A client that stops in the middle would block readers and writers.
  if current_setting('idle_in_transaction_session_timeout') = '0' then
    perform set_config('idle_in_transaction_session_timeout', '10s', true);
  end if;
  select u.name, case when p.is_inline then p.fingerprint end into mismatch, mismatch_fingerprint
  from unnest(names, fingerprints) u(name, fingerprint)
  left join ${schema}.projections p on p.name = u.name and p.stage = 'serving'
  where p.is_inline is not true or p.fingerprint <> u.fingerprint
  limit 1;
  if mismatch is not null then return; end if;
  perform set_config('eventfold.inline', array_to_string(names, ','), true);
  perform case when o.whole then pg_advisory_xact_lock(o.k) else pg_advisory_xact_lock_shared(o.k) end
  from (
    select space | (hashtextextended(name, 1) & 4294967295) as k, bool_or(whole) as whole
    from unnest(names, is_whole) u(name, whole) group by 1 order by 1
  ) o;
  perform pg_advisory_xact_lock(o.k)
  from (select distinct space | (hashtextextended(u.key, 2) & 4294967295) as k from unnest(keys) u(key) order by 1) o;
end `)}`
