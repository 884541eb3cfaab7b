/** The functions that keep and drop snapshots. */
import { definer, quoteBody } from "../../sql/Quoting.ts"

export const snapshotting = (schema: string): ReadonlyArray<string> => [
  // Keeps a state, unless one of a later version is there that is not to be replaced. Nothing is kept of a stream that was
  // truncated: the state would hold what was taken away. The stream's lock sees to it that none slips in meanwhile.
  // patience: as of an append, so that snapshots of streams that other transactions hold don't take all connections.
  `create function ${schema}.save_snapshot(
  stream text, print text, at_version bigint, last_id uuid, body text, instead boolean, patience int default null
) returns void language plpgsql volatile ${definer} as ${quoteBody(`
begin
  if patience is not null then perform set_config('lock_timeout', patience::text, true); end if;
  perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream));
  if exists (select from ${schema}.truncations t where t.stream_id = stream) then return; end if;
  insert into ${schema}.snapshots as s (stream_id, fingerprint, version, event_id, taken_at, state)
  values (stream, print, at_version, last_id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint, body)
  on conflict (stream_id, fingerprint) do update
  set version = excluded.version, event_id = excluded.event_id, taken_at = excluded.taken_at, state = excluded.state
  where s.version <= excluded.version or instead;
end `)}`,
  // Drops the snapshots of one stream, of the streams that begin with a prefix, or (both null) all; gives how many there were.
  `create function ${schema}.drop_snapshots(stream text, prefix text)
returns bigint language plpgsql volatile ${definer} as ${quoteBody(`
declare
  dropped bigint;
begin
  delete from ${schema}.snapshots s
  where (stream is null or s.stream_id = stream) and (prefix is null or s.stream_id ^@ prefix);
  get diagnostics dropped = row_count;
  return dropped;
end `)}`
]
