import { definer, quoteBody } from "../../../sql/Quoting.ts"
import { nowMs } from "../../../sql/ServerTime.ts"
import { setLockTimeout } from "../fragments/AppendSql.ts"

/**
 * Stores a snapshot, unless one of a later version is stored and `replace` is false. Stores nothing
 * for a stream that was truncated: the state would hold the deleted content. The lock of the stream
 * keeps a truncation from running at the same time.
 *
 * `lock_timeout_ms` as for an append, so that snapshots of streams that other transactions hold do
 * not take all connections.
 */
export const saveSnapshot = (schema: string): string => `create function ${schema}.save_snapshot(
  stream text, fingerprint text, version bigint, event_id uuid, state text, replace boolean, lock_timeout_ms int default null
) returns void language plpgsql volatile ${definer} as ${quoteBody(`
begin${setLockTimeout}
  perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream));
  if exists (select from ${schema}.truncations t where t.stream_id = stream) then return; end if;
  insert into ${schema}.snapshots as s (stream_id, fingerprint, version, event_id, taken_at, state)
  values (stream, fingerprint, version, event_id, ${nowMs}, state)
  on conflict on constraint snapshots_pkey do update
  set version = excluded.version, event_id = excluded.event_id, taken_at = excluded.taken_at, state = excluded.state
  where s.version <= excluded.version or replace;
end `)}`
