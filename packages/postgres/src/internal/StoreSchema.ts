/**
 * The tables and functions of the store, as SQL. A change here is a new step in `migrations`, never an edit of an old
 * one: databases remember which steps they have taken.
 */

/** The version of the store's schema that this code works with. */
export const schemaVersion = 1

/** Quotes an identifier. The only thing ever put into SQL text; all data travels as parameters. */
export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

/** Puts text between single quotes, for the few places where PostgreSQL takes a name as text. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Quotes the body of a function with a tag that is not in it: a schema's name may hold anything. */
const quoteBody = (text: string): string => {
  let tag = "$body$"
  while (text.includes(tag)) tag = `${tag.slice(0, -1)}_$`
  return `${tag}${text}${tag}`
}

const tables = (schema: string): ReadonlyArray<string> => [
  `create table ${schema}.store (
    singleton boolean primary key default true check (singleton),
    id uuid not null default gen_random_uuid(),
    schema_version int not null
  )`,
  // Cache 1: a session that keeps numbers in reserve would hand out positions below ones that readers have passed.
  `create sequence ${schema}.positions as bigint increment 1 minvalue 1 start 1 cache 1 no cycle`,
  // Times are milliseconds since 1970, since a timestamptz begins in 4713 BC and a JavaScript date long before.
  // data and meta are text: it comes back byte for byte, and is twice as fast to insert as jsonb.
  `create table ${schema}.events (
    position bigint not null,
    version bigint not null,
    recorded_at bigint not null,
    occurred_at bigint not null,
    event_id uuid not null,
    schema_version smallint not null,
    stream_id text collate "C" not null,
    type text collate "C" not null,
    data text collate "C" not null,
    meta text collate "C" not null,
    constraint events_pkey primary key (position),
    constraint events_stream_version unique (stream_id, version),
    constraint events_event_id unique (event_id)
  )`,
  `comment on column ${schema}.events.recorded_at is 'milliseconds since 1970 in UTC: to_timestamp(recorded_at / 1000.0)'`,
  `comment on column ${schema}.events.occurred_at is 'milliseconds since 1970 in UTC: to_timestamp(occurred_at / 1000.0)'`,
  `comment on column ${schema}.events.data is 'JSON as it was sent: data::json ->> ''key'''`,
  `revoke all on ${schema}.store, ${schema}.events from public`,
  `revoke all on sequence ${schema}.positions from public`
]

/** What every function has in common: it runs with the owner's rights and looks up names nowhere but in the catalogue. */
const definer = "security definer set search_path = pg_catalog, pg_temp"

/**
 * Functions. Each appending one first takes the horizon lock (see `hold`), then draws positions.
 *
 * The order of locks is the same everywhere: streams, then the horizon, then rows by stream and version.
 */
const functions = (schema: string): ReadonlyArray<string> => {
  const positions = `${literal(`${schema}.positions`)}::regclass`
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
end `)}`,

    // One event for one stream, the shortest way. Gives no row values where the expected version was not met.
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
    select coalesce(l.version, 0) as version, l.recorded_at
    from (select 1) one left join lateral (
      select e.version, e.recorded_at from ${schema}.events e where e.stream_id = stream order by e.version desc limit 1
    ) l on true offset 0
  ) h
  where expected = h.version or expected = -1 or (expected = -2 and h.version > 0)
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
      coalesce(l.version, 0) as version, coalesce(l.position, 0) as position, greatest(now_ms, l.recorded_at) as recorded_at
    from unnest(numbers, streams, expecteds, ks, ids, kinds, shapes, bodies, abouts, happeneds)
      u(number, stream, expected, k, id, kind, shape, body, about, happened)
    left join lateral (
      select e.version, e.position, e.recorded_at from ${schema}.events e
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
      where a.k > 0 and (a.expected = a.version or a.expected = -1 or (a.expected = -2 and a.version > 0))
      order by a.stream, a.k
    ) o
    on conflict (stream_id, version) do nothing
    returning event_id, version, position
  )
  select a.number,
    case when ${schema}.is_whole(count(w.version), count(*) filter (where a.k > 0))
      and (max(w.version) is not null or bool_and(a.expected = a.version or a.expected = -1 or (a.expected = -2 and a.version > 0)))
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
end `)}`,

    // How far the log can be read without missing anything.
    // The order of the steps is the proof: (a) the greatest visible position; (b) the least lock; and the caller reads
    // events in a later snapshot. As one statement, as STABLE, or in a transaction with one snapshot it skips events.
    `create function ${schema}.horizon() returns bigint language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  greatest_visible bigint;
  least_lock bigint;
begin
  if pg_is_in_recovery() then
    raise exception 'eventfold: the log is read on the primary' using errcode = '25006';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'eventfold: the log is read in READ COMMITTED' using errcode = '25001';
  end if;
  select coalesce(max(e.position), 0) into greatest_visible from ${schema}.events e; -- (a)
  select min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1)) into least_lock -- (b)
  from pg_locks l
  where l.locktype = 'advisory' and l.objsubid = 1 and (l.classid::bigint >> 16) = ${schema}.lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database());
  return least(greatest_visible, coalesce(least_lock, greatest_visible));
end `)}`,

    // The last event that can be read, for readers that keep the id of the event they stopped at. Each statement has a
    // snapshot of its own, later than the horizon's, which is what makes everything up to it visible.
    // known: a position that held an event when last looked at; its id now tells whether the log is still the same.
    `create function ${schema}.head(
  known bigint, out head_position bigint, out head_id uuid, out known_id uuid, out last_position bigint
) language plpgsql volatile parallel unsafe ${definer} as ${quoteBody(`
declare
  readable bigint;
begin
  readable := ${schema}.horizon();
  select e.position, e.event_id into head_position, head_id
  from ${schema}.events e where e.position <= readable order by e.position desc limit 1;
  select e.event_id into known_id from ${schema}.events e where e.position = known;
  select max(e.position) into last_position from ${schema}.events e;
end `)}`,
    // A page of the log in position order, up to a horizon that an earlier statement found. The planner is held to the
    // index on position, in its order: without statistics (PGlite never has any, a new table has none yet) it takes a
    // range or a filter for a few rows, and reads and sorts all that is left of the log for each page.
    // "always": the position of an event that is wanted whatever the filters say; -1 for none.
    `create function ${schema}.slice(
  start_at bigint, stop_at bigint, size int, prefixes text[], kinds text[], always bigint
) returns table (
  event_id text, stream_id text, version float8, "position" float8, type text, schema_version smallint, data text, meta text,
  recorded_at float8, occurred_at float8
) language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off as ${quoteBody(`
#variable_conflict use_column
begin
  return query
  select e.event_id::text, e.stream_id::text, e.version::float8, e.position::float8, e.type::text, e.schema_version,
    e.data::text, e.meta::text, e.recorded_at::float8, e.occurred_at::float8
  from ${schema}.events e
  where e.position >= start_at and e.position <= stop_at and (
    e.position = always
    or ((prefixes is null or e.stream_id ^@ any(prefixes)) and (kinds is null or e.type = any(kinds)))
  )
  order by e.position limit size;
end `)}`
  ]
}

const revokes = (schema: string): ReadonlyArray<string> => [
  `revoke all on all functions in schema ${schema} from public`
]

/** The statements of each step, for a schema name that is quoted already; step `i` leads to version `i + 1`. */
export const migrations: ReadonlyArray<(schema: string) => ReadonlyArray<string>> = [
  (schema) => [...tables(schema), ...functions(schema), ...revokes(schema)]
]
