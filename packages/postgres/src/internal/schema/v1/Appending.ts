/**
 * The functions that append. Each first takes the horizon lock (see `hold`), then draws positions.
 *
 * The order of locks is the same everywhere: streams, then the horizon, then rows by stream and version.
 */
import { definer, positionsOf, quoteBody } from "../Quoting.ts"

export const appending = (schema: string): ReadonlyArray<string> => {
  const positions = positionsOf(schema)
  return [
    // One event for one stream, the shortest way. Gives no row values where the expected version was not met, or where the
    // stream is archived, which its last event says: only $unarchived goes into such a stream, and into no other.
    // expected: a version, -1 for any, -2 for a stream that exists.
    `create function ${schema}.append_one(
  stream text, expected bigint, id uuid, kind text, shape int, body text, about text, happened bigint,
  out new_version bigint, out new_position bigint
) language plpgsql volatile ${definer} as ${quoteBody(`
declare
  now_ms bigint;
begin
  if expected < 0 then perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream)); end if;
  perform ${schema}.hold();
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  insert into ${schema}.events as t
    (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  select nextval(${positions}), h.version + 1, greatest(now_ms, h.recorded_at),
    coalesce(happened, greatest(now_ms, h.recorded_at)), id, shape, stream, kind, body, about
  from (
    -- "offset 0" keeps the planner from looking at the last version more than once.
    select coalesce(l.version, 0) as version, l.recorded_at, l.type
    from (select 1) one left join lateral (
      select e.version, e.recorded_at, e.type from ${schema}.events e where e.stream_id = stream order by e.version desc limit 1
    ) l on true offset 0
  ) h
  where (expected = h.version or expected = -1 or (expected = -2 and h.version > 0))
    and (h.type is not distinct from '$archived') = (kind = '$unarchived')
  on conflict (stream_id, version) do nothing
  returning t.version, t.position into new_version, new_position;
end `)}`,

    // A batch: one array element an event, its append given by number, its place in it by k from 1. An append without
    // events is one element with k = 0: only its expected version is looked at. One row per append comes back, without
    // version where the append lost.
    // Each statement of a volatile function sees what was committed before it: the versions are read after the locks.
    `create function ${schema}.append_batch(
  numbers int[], streams text[], expecteds bigint[], ks int[], ids uuid[], kinds text[], shapes int[], bodies text[],
  abouts text[], happeneds bigint[]
) returns table (number int, new_version bigint, new_position bigint) language plpgsql volatile ${definer} as ${quoteBody(`
#variable_conflict use_column
declare
  now_ms bigint;
  lost int;
begin
  -- These locks only keep appends that never conflict from overtaking each other again and again; correctness rests on
  -- the unique key. So a giant append does without, instead of filling the server's lock table.
  if (select count(distinct s) <= 256 from unnest(streams, expecteds) u(s, e) where e < 0) then
    perform pg_advisory_xact_lock(${schema}.lock_space()::int, h)
    from (select distinct hashtext(s) as h from unnest(streams, expecteds) u(s, e) where e < 0 order by 1) o;
  end if;
  perform ${schema}.hold();
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  return query
  with asked as materialized (
    select u.number, u.stream, u.expected, u.k, u.id, u.kind, u.shape, u.body, u.about, u.happened,
      coalesce(l.version, 0) as version, coalesce(l.position, 0) as position, greatest(now_ms, l.recorded_at) as recorded_at,
      (u.expected = coalesce(l.version, 0) or u.expected = -1 or (u.expected = -2 and l.version > 0))
        and (u.k = 0 or (l.type is not distinct from '$archived') = (u.kind = '$unarchived')) as is_met
    from unnest(numbers, streams, expecteds, ks, ids, kinds, shapes, bodies, abouts, happeneds)
      u(number, stream, expected, k, id, kind, shape, body, about, happened)
    left join lateral (
      select e.version, e.position, e.recorded_at, e.type from ${schema}.events e
      where e.stream_id = u.stream order by e.version desc limit 1
    ) l on true
  ), written as (
    insert into ${schema}.events
      (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
    select nextval(${positions}), o.version + o.k, o.recorded_at, coalesce(o.happened, o.recorded_at), o.id, o.shape,
      o.stream, o.kind, o.body, o.about
    from (
      -- In the order of streams, so that two batches wait for each other's rows in one direction only.
      select * from asked a
      where a.k > 0 and a.is_met
      order by a.stream collate "C", a.k
    ) o
    on conflict (stream_id, version) do nothing
    returning event_id, version, position
  )
  select a.number,
    case when ${schema}.is_whole(count(w.version), count(*) filter (where a.k > 0))
      and (max(w.version) is not null or bool_and(a.is_met))
      then coalesce(max(w.version), max(a.version)) end,
    coalesce(max(w.position), max(a.position))
  from asked a left join written w on w.event_id = a.id
  group by a.number;
end `)}`,

    // Whether all events of an append were written; part of them is never kept.
    `create function ${schema}.is_whole(got bigint, wanted bigint) returns boolean language plpgsql immutable as ${quoteBody(`
begin
  if got = wanted then return true; end if;
  if got = 0 then return false; end if;
  raise exception 'eventfold: the append was overtaken' using errcode = '40001';
end `)}`,

    // All of a batch or nothing: a single loser undoes everything (error EF001).
    `create function ${schema}.append_all(
  numbers int[], streams text[], expecteds bigint[], ks int[], ids uuid[], kinds text[], shapes int[], bodies text[],
  abouts text[], happeneds bigint[]
) returns table (number int, new_version bigint, new_position bigint) language plpgsql volatile ${definer} as ${quoteBody(`
#variable_conflict use_column
begin
  return query select b.number, ${schema}.whole_or_none(b.new_version), b.new_position
  from ${schema}.append_batch(numbers, streams, expecteds, ks, ids, kinds, shapes, bodies, abouts, happeneds) b;
end `)}`,
    `create function ${schema}.whole_or_none(version bigint) returns bigint language plpgsql immutable as ${quoteBody(`
begin
  if version is null then raise exception 'eventfold: an expected version was not met' using errcode = 'EF001'; end if;
  return version;
end `)}`
  ]
}
