/**
 * Rows of projections that are written with the events.
 *
 * Who appends takes the gate, the lock that every INSERT takes on the events; what is said of projections is changed by who has it
 * to itself. So what is read after the gate was taken holds until the transaction ends, and nothing of it needs to be remembered.
 *
 * The order of locks: the gate, projections and keys by their numbers, and then what appending takes.
 */
import { definer, enterGate, quoteBody } from "../../sql/Quoting.ts"

export const inlining = (schema: string): ReadonlyArray<string> => [
  // Begins a transaction that appends and writes rows. Gives a projection that is not kept so any more, or by other handlers, if
  // there is one. Of each projection either the keys are locked, or, where they are not known, all of it: before positions are
  // drawn, so that the events of a key are folded in the order of their positions.
  `create function ${schema}.enter_inline(
  names text[], fingerprints text[], is_whole boolean[], keys text[], patience int default null, out other text, out other_fingerprint text
) language plpgsql volatile ${definer} as ${quoteBody(`
declare
  -- Of a space of its own: stream locks are pairs of numbers, these are single ones.
  space bigint := ${schema}.lock_space() << 32;
begin
  ${enterGate(schema)}
  -- For the whole transaction, after the gate: an append that waits for a switch waits until it is over.
  if patience is not null then perform set_config('lock_timeout', patience::text, true); end if;
  -- A client that went to sleep would hold up readers and writers.
  if current_setting('idle_in_transaction_session_timeout') = '0' then
    perform set_config('idle_in_transaction_session_timeout', '10s', true);
  end if;
  select u.name, case when p.is_inline then p.fingerprint end into other, other_fingerprint
  from unnest(names, fingerprints) u(name, fingerprint)
  left join ${schema}.projections p on p.name = u.name and p.stage = 'serving'
  where p.is_inline is not true or p.fingerprint <> u.fingerprint
  limit 1;
  if other is not null then return; end if;
  perform set_config('eventfold.inline', array_to_string(names, ','), true);
  perform case when o.whole then pg_advisory_xact_lock(o.k) else pg_advisory_xact_lock_shared(o.k) end
  from (
    select space | (hashtextextended(name, 1) & 4294967295) as k, bool_or(whole) as whole
    from unnest(names, is_whole) u(name, whole) group by 1 order by 1
  ) o;
  perform pg_advisory_xact_lock(o.k)
  from (select distinct space | (hashtextextended(u.key, 2) & 4294967295) as k from unnest(keys) u(key) order by 1) o;
end `)}`,

  // Before a row of events: refuses one that such a projection listens to, where its rows are not written with it (error EF002).
  `create function ${schema}.refuse_uninlined() returns trigger language plpgsql volatile as ${quoteBody(`
declare
  missing text;
begin
  select p.name into missing
  from ${schema}.projections p
  where p.is_inline and p.stage = 'serving' and new.type = any(p.types)
    and split_part(new.stream_id, '-', 1) = any(p.aggregates)
    and p.name <> all(string_to_array(coalesce(current_setting('eventfold.inline', true), ''), ','))
  limit 1;
  if missing is not null then raise exception '%', missing using errcode = 'EF002'; end if;
  return new;
end `)}`
]
