import { definer, enterGate, positionsOf, quoteBody } from "../../../sql/Quoting.ts"
import { nowMs } from "../../../sql/ServerTime.ts"
import { eventColumns, findPassed, setLockTimeout } from "../fragments/AppendSql.ts"

/**
 * Deletes the content of a stream's events before a version permanently, and appends an event that
 * records it. Their positions, versions and ids remain. A stream that is archived stays archived:
 * its reason is appended again behind that event.
 *
 * Returns the stream's last version and position, and whether there was anything to truncate.
 * Writes nothing if the stream has no event, or none before that version; fails (22023) if the
 * version is beyond the next one.
 *
 * Like an append that never conflicts, it takes the gate, the lock of the stream, then that of the
 * horizon. An append that expects an exact version may still write at the same time; then one of
 * the two violates the key of stream and version.
 */
export const truncateStream = (schema: string): string => `create function ${schema}.truncate_stream(
  stream text, before bigint, id uuid, data text, archived_id uuid, metadata text,
  lock_timeout_ms int default null, out last_version bigint, out last_position bigint, out truncated boolean
) language plpgsql volatile ${definer} as ${quoteBody(`
declare
  last record;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
  first_position bigint;
begin
  ${enterGate(schema)}${setLockTimeout}
  perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream));
  held := ${schema}.hold();
  select max(e.position) into visible from ${schema}.events e;${findPassed(schema)}
  select e.version, e.position, e.recorded_at, e.type, e.data into last
  from ${schema}.events e where e.stream_id = stream order by e.version desc limit 1;
  last_version := coalesce(last.version, 0);
  last_position := coalesce(last.position, 0);
  truncated := false;
  if last.version is null then return; end if;
  if before > last.version + 1 then
    raise exception 'eventfold: the stream is at version %', last.version using errcode = '22023';
  end if;
  if before <= coalesce((select t.first_version from ${schema}.truncations t where t.stream_id = stream), 1) then
    return;
  end if;
  delete from ${schema}.snapshots s where s.stream_id = stream;
  update ${schema}.events e set data = null, meta = null
  where e.stream_id = stream and e.version < before and e.data is not null;
  insert into ${schema}.truncations as t (stream_id, first_version) values (stream, before)
  on conflict (stream_id) do update set first_version = excluded.first_version;
  now_ms := greatest(${nowMs}, last.recorded_at);
  insert into ${schema}.events as t (${eventColumns})
  values (nextval(${positionsOf(schema)}), last.version + 1, now_ms, now_ms, id, 1, stream, '$truncated', data, metadata)
  returning t.version, t.position into last_version, last_position;
  first_position := last_position;
  if last.type = '$archived' then
    insert into ${schema}.events as t (${eventColumns})
    values (nextval(${positionsOf(schema)}), last_version + 1, now_ms, now_ms, archived_id, 1, stream, '$archived', last.data,
      metadata)
    returning t.version, t.position into last_version, last_position;
  end if;
  if least(first_position, last_position) <= passed then perform ${schema}.refuse_position(); end if;
  truncated := true;
end `)}`
