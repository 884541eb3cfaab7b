/**
 * The functions that append. Each first takes the horizon lock (see `hold`), then draws positions, in the order of the
 * events that it was given. No position that readers may have passed is written (error EF003, see `passed`).
 *
 * The order of locks is the same everywhere: the gate, streams, then the horizon, then rows by stream and version. Rows are
 * inserted in that order, and not in the order of their positions: two appends that insert the same rows in opposite orders
 * would wait for each other. The gate is the lock that an INSERT takes on the events. An append that came to it with a
 * stream's lock, behind a switch of rows that waits there, would stop the switch, if it waits for an append past the gate
 * that waits for that stream.
 *
 * What an append expects is held against the last version, in a snapshot taken after the locks. Another transaction may write that
 * stream's next version between that look and the insert, or have it under way: then the insert waits for it, and fails with
 * a violation of events_stream_version, which undoes everything. "On conflict do nothing" would spare the neighbours in a
 * batch, and costs every append a quarter more.
 *
 * "patience" is how many milliseconds an append may wait for a lock that another transaction holds, before it fails with 55P03:
 * a store waits for a held stream in many short attempts, so that the wait takes no connection from other appends. Callers
 * that leave it out wait as long as their session's lock_timeout says.
 *
 * Into a stream that is archived, which its last event says, goes $unarchived only, alone, and into no other stream.
 */
import { passed } from "./Locking.ts"
import { definer, enterGate, positionsOf, quoteBody } from "../../sql/Quoting.ts"

export const appending = (schema: string): ReadonlyArray<string> => {
  const positions = positionsOf(schema)
  const events = `${schema}.events`
  const columns = "position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta"
  const now = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint"
  // After the gate: an append that waits for a switch of rows waits until it is over, and is not held by another stream.
  const bePatient = `
  if patience is not null then perform set_config('lock_timeout', patience::text, true); end if;`
  // Of one stream: its lock, the horizon's, and what its last event says. "isOpening" says in SQL whether $unarchived is appended.
  const lookAtOne = (isOpening: string) => `
  ${enterGate(schema)}${bePatient}
  if expected < 0 then perform pg_advisory_xact_lock(${schema}.lock_space()::int, hashtext(stream)); end if;
  held := ${schema}.hold();
  select u.visible, l.version, l.recorded_at, l.type into visible, last_version, last_at, last_type
  from (select max(e.position) as visible from ${events} e) u
  left join lateral (
    select e.version, e.recorded_at, e.type from ${events} e where e.stream_id = stream order by e.version desc limit 1
  ) l on true;${passed(schema)}
  last_version := coalesce(last_version, 0);
  if expected <> last_version and expected <> -1 and (expected <> -2 or last_version = 0)
    or (last_type is not distinct from '$archived') <> (${isOpening}) then
    return;
  end if;
  now_ms := greatest(${now}, last_at);`
  const variables = `
  last_version bigint;
  last_at bigint;
  last_type text;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;`
  // Of many streams: a lateral part "l" with the last event of "u.stream", and whether that meets what is expected.
  const last = `left join lateral (
      select e.version, e.position, e.recorded_at, e.type from ${events} e
      where e.stream_id = u.stream order by e.version desc limit 1
    ) l on true`
  const isMet = `(u.expected = coalesce(l.version, 0) or u.expected = -1 or (u.expected = -2 and l.version > 0))
        and (u.k = 0 or (l.type is not distinct from '$archived') = (u.kind = '$unarchived'))`
  const ofMany = `
  numbers int[], streams text[], expecteds bigint[], ks int[], ids uuid[], kinds text[], shapes int[], bodies text[],
  abouts text[], happeneds bigint[], patience int default null`
  // These locks only keep appends that never conflict from overtaking each other again and again; correctness rests on
  // the unique key. So a giant append does without, instead of filling the server's lock table.
  const lockMany = `
  ${enterGate(schema)}${bePatient}
  if -1 = any(expecteds) or -2 = any(expecteds) then
    if (select count(distinct s) <= 256 from unnest(streams, expecteds) u(s, e) where e < 0) then
      perform pg_advisory_xact_lock(${schema}.lock_space()::int, h)
      from (select distinct hashtext(s) as h from unnest(streams, expecteds) u(s, e) where e < 0 order by 1) o;
    end if;
  end if;
  held := ${schema}.hold();
  select max(e.position) into visible from ${events} e;${passed(schema)}`
  // A position drawn by the sub-select "o": an inline condition, since a function called for each row would cost.
  const above = `case when o.drawn > passed then o.drawn else ${schema}.refuse_position() end`
  // A plan for any number of elements, made once: planning anew for each number costs as much as appending ten events.
  const planned = `${definer} set plan_cache_mode = force_generic_plan`
  return [
    // One event for one stream, the shortest way. Gives no row values where the expected version was not met, or where
    // the stream is archived or is not (see above).
    // expected: a version, -1 for any, -2 for a stream that exists.
    `create function ${schema}.append_one(
  stream text, expected bigint, id uuid, kind text, shape int, body text, about text, happened bigint,
  patience int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile ${definer} as ${quoteBody(`
declare${variables}
begin${lookAtOne("kind = '$unarchived'")}
  insert into ${events} as t (${columns})
  values (nextval(${positions}), last_version + 1, now_ms, coalesce(happened, now_ms), id, shape, stream, kind, body, about)
  returning t.version, t.position into new_version, new_position;
  if new_position <= passed then perform ${schema}.refuse_position(); end if;
end `)}`,

    // Several events for one stream, an array element each. Gives version and position of the last one, or none as above.
    `create function ${schema}.append_many(
  stream text, expected bigint, ids uuid[], kinds text[], shapes int[], bodies text[], abouts text[], happeneds bigint[],
  patience int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile ${planned} as ${quoteBody(`
declare${variables}
begin${lookAtOne("'$unarchived' = any(kinds)")}
  -- A scan of unnest gives the elements in their order, so positions are drawn in the order of versions.
  insert into ${events} (${columns})
  select ${above}, last_version + o.k, now_ms, coalesce(o.happened, now_ms), o.id, o.shape, stream, o.kind, o.body, o.about
  from (
    select nextval(${positions}) as drawn, u.*
    from unnest(ids, kinds, shapes, bodies, abouts, happeneds) with ordinality u(id, kind, shape, body, about, happened, k)
  ) o;
  new_version := last_version + cardinality(ids);
  new_position := currval(${positions});
end `)}`,

    // A batch: one array element an event, its place behind the stream's last event by k from 1: appends that never conflict
    // may share a stream. Gives the events that were written, which are all or none of each append.
    `create function ${schema}.append_batch(
  streams text[], expecteds bigint[], ks int[], ids uuid[], kinds text[], shapes int[], bodies text[], abouts text[],
  happeneds bigint[], patience int default null
) returns table (id uuid, new_version bigint, new_position bigint) language plpgsql volatile ${planned} as ${quoteBody(`
#variable_conflict use_column
declare
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin${lockMany}
  now_ms := ${now};
  return query
  insert into ${events} as t (${columns})
  select ${above}, o.version + o.k, o.recorded_at, coalesce(o.happened, o.recorded_at), o.id, o.shape,
    o.stream, o.kind, o.body, o.about
  from (
    select nextval(${positions}) as drawn, a.*
    from (
      select u.stream, u.k, u.id, u.kind, u.shape, u.body, u.about, u.happened, coalesce(l.version, 0) as version,
        greatest(now_ms, l.recorded_at) as recorded_at
      from unnest(streams, expecteds, ks, ids, kinds, shapes, bodies, abouts, happeneds) with ordinality
        u(stream, expected, k, id, kind, shape, body, about, happened, ordinal)
      ${last}
      where ${isMet}
      order by u.ordinal
    ) a
  ) o
  order by o.stream collate "C", o.k
  returning t.event_id, t.version, t.position;
end `)}`,

    // All of a batch or nothing: a single loser undoes everything (error EF001). The append that an event belongs to is given
    // by number. One without events is one element with k = 0: only its expected version is looked at. Gives a row for
    // each append.
    `create function ${schema}.append_all(${ofMany}
) returns table (number int, new_version bigint, new_position bigint) language plpgsql volatile ${planned} as ${quoteBody(`
#variable_conflict use_column
declare
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin${lockMany}
  now_ms := ${now};
  return query
  with asked as materialized (
    select u.ordinal, u.number, u.stream, u.k, u.id, u.kind, u.shape, u.body, u.about, u.happened,
      coalesce(l.version, 0) as version, coalesce(l.position, 0) as position, greatest(now_ms, l.recorded_at) as recorded_at,
      case when ${isMet}
        then true else ${schema}.refuse_all() end as is_met
    from unnest(numbers, streams, expecteds, ks, ids, kinds, shapes, bodies, abouts, happeneds) with ordinality
      u(number, stream, expected, k, id, kind, shape, body, about, happened, ordinal)
    ${last}
  ), written as (
    insert into ${events} (${columns})
    select ${above}, o.version + o.k, o.recorded_at, coalesce(o.happened, o.recorded_at), o.id, o.shape,
      o.stream, o.kind, o.body, o.about
    from (
      select nextval(${positions}) as drawn, m.*
      from (select * from asked a where a.is_met and a.k > 0 order by a.ordinal) m
    ) o
    order by o.stream collate "C", o.k
    returning event_id, version, position
  )
  select a.number, coalesce(max(w.version), max(a.version)), coalesce(max(w.position), max(a.position))
  from asked a left join written w on w.event_id = a.id
  group by a.number;
end `)}`,
    // Volatile, or the planner would call it.
    `create function ${schema}.refuse_all() returns boolean language plpgsql volatile as ${quoteBody(`
begin
  raise exception 'eventfold: an expected version was not met' using errcode = 'EF001';
end `)}`
  ]
}
