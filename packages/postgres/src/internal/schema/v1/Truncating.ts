/** The function that truncates a stream. */
import { passed } from "./Locking.ts"
import { definer, enterGate, positionsOf, quoteBody } from "../../sql/Quoting.ts"

export const truncating = (schema: string): ReadonlyArray<string> => {
  const positions = positionsOf(schema)
  return [
    // Takes the content of a stream's events before a version away, for good, and puts an event into the stream that says
    // so; a stream that is archived stays so, for the reason it was, by another one behind it. Their places and ids remain.
    // Gives the stream's last version and position, and whether anything was left to truncate. It writes nothing where the
    // stream has no event or none before that version, and fails (22023) where the version is beyond the next one.
    // patience: as of an append. Like an append that never conflicts it takes the gate, the stream's lock, then the horizon's; an append that expects an exact
    // version may still come in between, and then one of both violates the key of stream and version.
    `create function ${schema}.truncate_stream(
  stream text, before bigint, id uuid, body text, closing_id uuid, about text,
  patience int default null, out last_version bigint, out last_position bigint, out truncated boolean
) language plpgsql volatile ${definer} as ${quoteBody(`
declare
  last record;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
  first_position bigint;
begin
  ${enterGate(schema)}
  if patience is not null then perform set_config('lock_timeout', patience::text, true); end if;
  perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream));
  held := ${schema}.hold();
  select max(e.position) into visible from ${schema}.events e;${passed(schema)}
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
  update ${schema}.events e set data = null, meta = '{}'
  where e.stream_id = stream and e.version < before and e.data is not null;
  insert into ${schema}.truncations as t (stream_id, first_version) values (stream, before)
  on conflict (stream_id) do update set first_version = excluded.first_version;
  now_ms := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, last.recorded_at);
  insert into ${schema}.events as t
    (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  values (nextval(${positions}), last.version + 1, now_ms, now_ms, id, 1, stream, '$truncated', body, about)
  returning t.version, t.position into last_version, last_position;
  first_position := last_position;
  if last.type = '$archived' then
    insert into ${schema}.events as t
      (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
    values (nextval(${positions}), last_version + 1, now_ms, now_ms, closing_id, 1, stream, '$archived', last.data, about)
    returning t.version, t.position into last_version, last_position;
  end if;
  if least(first_position, last_position) <= passed then perform ${schema}.refuse_position(); end if;
  truncated := true;
end `)}`
  ]
}
