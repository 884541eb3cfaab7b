-- 1 of 59
create schema "eventfold";

-- 2 of 59
create table "eventfold".migrations (
  migration_id integer primary key,
  created_at timestamp with time zone not null default now(),
  name text not null
);

-- 3 of 59
create table "eventfold".store (
    singleton boolean primary key default true check (singleton),
    id uuid not null default gen_random_uuid(),
    schema_version int not null,
    -- The oldest Eventfold that works with these tables, as the schema version it was made for.
    compatible_from int not null default 1
  );

-- 4 of 59
create sequence "eventfold".positions as bigint increment 1 minvalue 1 start 1 cache 1 no cycle;

-- 5 of 59
create table "eventfold".events (
    position bigint not null,
    version bigint not null,
    recorded_at bigint not null,
    occurred_at bigint not null,
    event_id uuid not null,
    schema_version smallint not null,
    stream_id text collate "C" not null,
    type text collate "C" not null,
    data text collate "C",
    meta text collate "C",
    constraint events_pkey primary key (position),
    constraint events_stream_version unique (stream_id, version),
    constraint events_event_id unique (event_id)
  );

-- 6 of 59
comment on column "eventfold".events.recorded_at is 'milliseconds since 1970 in UTC: to_timestamp(recorded_at / 1000.0)';

-- 7 of 59
comment on column "eventfold".events.occurred_at is 'milliseconds since 1970 in UTC: to_timestamp(occurred_at / 1000.0)';

-- 8 of 59
comment on column "eventfold".events.data is 'JSON as it was sent: data::json ->> ''key''; null in a truncated event';

-- 9 of 59
create table "eventfold".published (
    singleton boolean primary key default true check (singleton),
    position bigint not null
  );

-- 10 of 59
insert into "eventfold".published (position) values (0);

-- 11 of 59
create table "eventfold".truncations (
    stream_id text collate "C" primary key,
    first_version bigint not null
  );

-- 12 of 59
create table "eventfold".snapshots (
    stream_id text collate "C" not null,
    fingerprint text collate "C" not null,
    version bigint not null,
    event_id uuid not null,
    taken_at bigint not null,
    state text collate "C" not null,
    constraint snapshots_pkey primary key (stream_id, fingerprint)
  );

-- 13 of 59
alter table "eventfold".events set (vacuum_truncate = off);

-- 14 of 59
alter table "eventfold".events alter column meta set storage plain;

-- 15 of 59
insert into "eventfold".events select -n, -n, 0, 0, gen_random_uuid(), 0, '', '', null, repeat(' ', 8000) from generate_series(1, 128) n;

-- 16 of 59
delete from "eventfold".events;

-- 17 of 59
alter table "eventfold".events alter column meta set storage extended;

-- 18 of 59
alter table "eventfold".truncations set (vacuum_truncate = off);

-- 19 of 59
alter table "eventfold".truncations alter column stream_id set storage plain;

-- 20 of 59
insert into "eventfold".truncations select repeat(' ', 2600) || n, 0 from generate_series(1, 48) n;

-- 21 of 59
delete from "eventfold".truncations;

-- 22 of 59
alter table "eventfold".truncations alter column stream_id set storage extended;

-- 23 of 59
alter table "eventfold".snapshots set (vacuum_truncate = off);

-- 24 of 59
alter table "eventfold".snapshots alter column state set storage plain;

-- 25 of 59
insert into "eventfold".snapshots select n, '', 0, gen_random_uuid(), 0, repeat(' ', 8000) from generate_series(1, 16) n;

-- 26 of 59
delete from "eventfold".snapshots;

-- 27 of 59
alter table "eventfold".snapshots alter column state set storage extended;

-- 28 of 59
revoke all on "eventfold".store, "eventfold".events, "eventfold".truncations, "eventfold".snapshots, "eventfold".published from public;

-- 29 of 59
revoke all on sequence "eventfold".positions from public;

-- 30 of 59
create table "eventfold".projections (
    name text collate "C" not null,
    -- 'serving'; 'next' for rows that are rebuilt beside those; 'old' for those that were served before.
    stage text collate "C" not null,
    domain text collate "C" not null,
    table_name text collate "C" not null,
    -- Of the handlers that folded the rows.
    fingerprint text collate "C" not null,
    -- The number of parts that the keys are divided into.
    partitions int not null,
    is_paused boolean not null default false,
    problem text collate "C",
    -- True if the rows are written with the events; then, what it listens to (see enter_inline).
    is_inline boolean not null default false,
    aggregates text[] collate "C",
    types text[] collate "C",
    -- A rebuild by the same handlers was requested, and no projector has begun it.
    wants_rebuild boolean not null default false,
    -- Rebuilt rows are promoted even if keys are parked in them that are not parked in the served rows.
    accepts_parked boolean not null default false,
    -- The result of comparing the rows with those that they replaced or will replace: JSON.
    compared text collate "C",
    constraint projections_pkey primary key (name, stage)
  );

-- 31 of 59
create table "eventfold".projection_releases (
    name text collate "C" not null,
    fingerprint text collate "C" not null,
    -- Rises with every release. A release that an operator returns to becomes the greatest, one that is given up the least.
    place bigint not null,
    constraint projection_releases_pkey primary key (name, fingerprint),
    constraint projection_releases_place unique (name, place)
  );

-- 32 of 59
create table "eventfold".projection_partitions (
    name text collate "C" not null,
    stage text collate "C" not null,
    -- From 0.
    partition int not null,
    -- All events up to this one are in the rows.
    position bigint not null default 0,
    event_id uuid,
    -- Rises with every lease: a write with an older token is refused.
    token bigint not null default 0,
    owner text collate "C",
    leased_until bigint not null default 0,
    -- Length of that lease: one that ends later than this from now was taken before the server's clock was set back.
    lease_millis bigint not null default 0,
    saved_at bigint,
    constraint projection_partitions_pkey primary key (name, stage, partition),
    constraint projection_partitions_of foreign key (name, stage) references "eventfold".projections
      on update cascade on delete cascade
  );

-- 33 of 59
create table "eventfold".projectors (
    name text collate "C" not null,
    stage text collate "C" not null,
    owner text collate "C" not null,
    present_until bigint not null,
    lease_millis bigint not null,
    constraint projectors_pkey primary key (name, stage, owner),
    constraint projectors_of foreign key (name, stage) references "eventfold".projections
      on update cascade on delete cascade
  );

-- 34 of 59
create table "eventfold".parked (
    name text collate "C" not null,
    stage text collate "C" not null,
    position bigint not null,
    -- Among the keys of the same event.
    ordinal int not null,
    -- As JSON: a key may hold what PostgreSQL's text can't, and be parked for it.
    key text collate "C" not null,
    event_id uuid not null,
    type text collate "C" not null,
    -- Of the first event of each key, and of no other event.
    error text collate "C",
    attempts int not null,
    parked_at bigint not null,
    is_due boolean not null default false,
    constraint parked_pkey primary key (name, stage, position, ordinal),
    constraint parked_of foreign key (name, stage) references "eventfold".projections on update cascade on delete cascade
  );

-- 35 of 59
create index parked_by_key on "eventfold".parked (name, stage, hashtextextended(key, 0), position);

-- 36 of 59
create index parked_heads on "eventfold".parked (name, stage, position) where error is not null;

-- 37 of 59
revoke all on "eventfold".projections, "eventfold".projection_releases, "eventfold".projection_partitions, "eventfold".projectors,
    "eventfold".parked from public;

-- 38 of 59
create table "eventfold".reactions (
    name text collate "C" not null,
    -- All events up to this one were delivered or parked.
    position bigint not null,
    event_id uuid,
    -- Rises with every lease: a write with an older token is refused.
    token bigint not null default 0,
    owner text collate "C",
    leased_until bigint not null default 0,
    -- Length of that lease: one that ends later than this from now was taken before the server's clock was set back.
    lease_millis bigint not null default 0,
    is_paused boolean not null default false,
    problem text collate "C",
    saved_at bigint,
    constraint reactions_pkey primary key (name)
  );

-- 39 of 59
create table "eventfold".parked_deliveries (
    reaction text collate "C" not null,
    event_id uuid not null,
    position bigint not null,
    stream_id text collate "C" not null,
    version bigint not null,
    type text collate "C" not null,
    attempts int not null,
    problem text collate "C" not null,
    parked_at bigint not null,
    -- True if another delivery was requested.
    is_asked boolean not null default false,
    constraint parked_deliveries_pkey primary key (reaction, position)
  );

-- 40 of 59
revoke all on "eventfold".reactions, "eventfold".parked_deliveries from public;

-- 41 of 59
create function "eventfold".lock_space() returns bigint language sql stable parallel safe as
    $body$ select 1 + ('"eventfold".positions'::regclass::oid::bigint % 65534) $body$;

-- 42 of 59
create function "eventfold".hold() returns bigint language plpgsql volatile as $body$
declare
  space bigint := "eventfold".lock_space();
  setting text := 'eventfold.hold_' || space;
  xid text := pg_current_xact_id()::text;
  held text := current_setting(setting, true);
  place bigint;
begin
  if split_part(held, ' ', 1) = xid then
    -- Any role may write the setting: the lock is taken in any case, and a position that is not above the place is refused.
    place := greatest(0, split_part(held, ' ', 2)::bigint);
    perform pg_advisory_xact_lock_shared(place | (space << 48));
  else
    place := coalesce(pg_sequence_last_value('"eventfold".positions'::regclass), 0);
    perform
      pg_advisory_xact_lock_shared((space << 48) | place),
      set_config(setting, xid || ' ' || place, true);
    -- A client that stops in the middle of an append would block all readers: its transaction ends after a minute.
    if current_setting('idle_in_transaction_session_timeout') = '0' then
      perform set_config('idle_in_transaction_session_timeout', '60s', true);
    end if;
    -- With synchronous_commit off, a crash can lose positions that readers have seen, and draw them again.
    if current_setting('synchronous_commit') = 'off' then
      perform set_config('synchronous_commit', 'local', true);
    end if;
  end if;
  return place;
end $body$;

-- 43 of 59
create function "eventfold".refuse_position() returns bigint language plpgsql volatile as $body$
begin
  raise exception 'eventfold: the sequence of positions is behind the log' using errcode = 'EF003',
    hint = format('SELECT setval(%L, (SELECT max(position) FROM %s))', '"eventfold".positions', '"eventfold".events');
end $body$;

-- 44 of 59
create function "eventfold".append_one(
  stream text, expected bigint, id uuid, type text, schema_version int, data text, metadata text, occurred_at bigint,
  lock_timeout_ms int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  last_version bigint;
  last_at bigint;
  last_type text;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  if expected < 0 then perform pg_advisory_xact_lock("eventfold".lock_space()::int, hashtext(stream)); end if;
  held := "eventfold".hold();
  select u.visible, l.version, l.recorded_at, l.type into visible, last_version, last_at, last_type
  from (select max(e.position) as visible from "eventfold".events e) u
  left join lateral (
    select e.version, e.recorded_at, e.type from "eventfold".events e where e.stream_id = stream order by e.version desc limit 1
  ) l on true;
  if held < visible and (pg_sequence_last_value('"eventfold".positions'::regclass) >= visible) is not true then
    perform "eventfold".refuse_position();
  end if;
  passed := greatest(held, visible, 0);
  last_version := coalesce(last_version, 0);
  if expected <> last_version and expected <> -1 and (expected <> -2 or last_version = 0)
    or (last_type is not distinct from '$archived') <> (type = '$unarchived') then
    return;
  end if;
  now_ms := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, last_at);
  insert into "eventfold".events as t (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  values (nextval('"eventfold".positions'::regclass), last_version + 1, now_ms, coalesce(occurred_at, now_ms), id, schema_version, stream,
    type, data, metadata)
  returning t.version, t.position into new_version, new_position;
  if new_position <= passed then perform "eventfold".refuse_position(); end if;
end $body$;

-- 45 of 59
create function "eventfold".append_many(
  stream text, expected bigint, ids uuid[], types text[], schema_versions int[], data text[], metadata text[],
  occurred_ats bigint[], lock_timeout_ms int default null, out new_version bigint, out new_position bigint
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $body$
declare
  last_version bigint;
  last_at bigint;
  last_type text;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  if expected < 0 then perform pg_advisory_xact_lock("eventfold".lock_space()::int, hashtext(stream)); end if;
  held := "eventfold".hold();
  select u.visible, l.version, l.recorded_at, l.type into visible, last_version, last_at, last_type
  from (select max(e.position) as visible from "eventfold".events e) u
  left join lateral (
    select e.version, e.recorded_at, e.type from "eventfold".events e where e.stream_id = stream order by e.version desc limit 1
  ) l on true;
  if held < visible and (pg_sequence_last_value('"eventfold".positions'::regclass) >= visible) is not true then
    perform "eventfold".refuse_position();
  end if;
  passed := greatest(held, visible, 0);
  last_version := coalesce(last_version, 0);
  if expected <> last_version and expected <> -1 and (expected <> -2 or last_version = 0)
    or (last_type is not distinct from '$archived') <> ('$unarchived' = any(types)) then
    return;
  end if;
  now_ms := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, last_at);
  -- A scan of unnest returns the elements in their order, so positions are drawn in the order of versions.
  insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  select case when o.drawn > passed then o.drawn else "eventfold".refuse_position() end, last_version + o.ordinal, now_ms, coalesce(o.occurred_at, now_ms), o.id, o.schema_version,
    stream, o.type, o.data, o.metadata
  from (
    select nextval('"eventfold".positions'::regclass) as drawn, u.*
    from unnest(ids, types, schema_versions, data, metadata, occurred_ats) with ordinality
      u(id, type, schema_version, data, metadata, occurred_at, ordinal)
  ) o;
  new_version := last_version + cardinality(ids);
  new_position := currval('"eventfold".positions'::regclass);
end $body$;

-- 46 of 59
create function "eventfold".append_batch(
  streams text[], expecteds bigint[], ordinals int[], ids uuid[], types text[], schema_versions int[], data text[],
  metadata text[], occurred_ats bigint[], lock_timeout_ms int default null
) returns table (id uuid, new_version bigint, new_position bigint) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $body$
#variable_conflict use_column
declare
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  if -1 = any(expecteds) or -2 = any(expecteds) then
    if (select count(distinct s) <= 256 from unnest(streams, expecteds) u(s, e) where e < 0) then
      perform pg_advisory_xact_lock("eventfold".lock_space()::int, h)
      from (select distinct hashtext(s) as h from unnest(streams, expecteds) u(s, e) where e < 0 order by 1) o;
    end if;
  end if;
  held := "eventfold".hold();
  select max(e.position) into visible from "eventfold".events e;
  if held < visible and (pg_sequence_last_value('"eventfold".positions'::regclass) >= visible) is not true then
    perform "eventfold".refuse_position();
  end if;
  passed := greatest(held, visible, 0);
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  return query
  insert into "eventfold".events as t (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  select case when o.drawn > passed then o.drawn else "eventfold".refuse_position() end, o.version + o.ordinal, o.recorded_at, coalesce(o.occurred_at, o.recorded_at), o.id,
    o.schema_version, o.stream, o.type, o.data, o.metadata
  from (
    select nextval('"eventfold".positions'::regclass) as drawn, a.*
    from (
      select u.stream, u.ordinal, u.id, u.type, u.schema_version, u.data, u.metadata, u.occurred_at,
        coalesce(l.version, 0) as version, greatest(now_ms, l.recorded_at) as recorded_at
      from unnest(streams, expecteds, ordinals, ids, types, schema_versions, data, metadata, occurred_ats) with ordinality
        u(stream, expected, ordinal, id, type, schema_version, data, metadata, occurred_at, element)
      left join lateral (
      select e.version, e.position, e.recorded_at, e.type from "eventfold".events e
      where e.stream_id = u.stream order by e.version desc limit 1
    ) l on true
      where (u.expected = coalesce(l.version, 0) or u.expected = -1 or (u.expected = -2 and l.version > 0))
        and (u.ordinal = 0 or (l.type is not distinct from '$archived') = (u.type = '$unarchived'))
      order by u.element
    ) a
  ) o
  order by o.stream collate "C", o.ordinal
  returning t.event_id, t.version, t.position;
end $body$;

-- 47 of 59
create function "eventfold".append_all(
  numbers int[], streams text[], expecteds bigint[], ordinals int[], ids uuid[], types text[], schema_versions int[],
  data text[], metadata text[], occurred_ats bigint[], lock_timeout_ms int default null
) returns table (number int, new_version bigint, new_position bigint) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $body$
#variable_conflict use_column
declare
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  if -1 = any(expecteds) or -2 = any(expecteds) then
    if (select count(distinct s) <= 256 from unnest(streams, expecteds) u(s, e) where e < 0) then
      perform pg_advisory_xact_lock("eventfold".lock_space()::int, h)
      from (select distinct hashtext(s) as h from unnest(streams, expecteds) u(s, e) where e < 0 order by 1) o;
    end if;
  end if;
  held := "eventfold".hold();
  select max(e.position) into visible from "eventfold".events e;
  if held < visible and (pg_sequence_last_value('"eventfold".positions'::regclass) >= visible) is not true then
    perform "eventfold".refuse_position();
  end if;
  passed := greatest(held, visible, 0);
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  return query
  with asked as materialized (
    select u.element, u.number, u.stream, u.ordinal, u.id, u.type, u.schema_version, u.data, u.metadata, u.occurred_at,
      coalesce(l.version, 0) as version, coalesce(l.position, 0) as position, greatest(now_ms, l.recorded_at) as recorded_at,
      case when (u.expected = coalesce(l.version, 0) or u.expected = -1 or (u.expected = -2 and l.version > 0))
        and (u.ordinal = 0 or (l.type is not distinct from '$archived') = (u.type = '$unarchived'))
        then true else "eventfold".refuse_all() end as is_met
    from unnest(numbers, streams, expecteds, ordinals, ids, types, schema_versions, data, metadata, occurred_ats)
      with ordinality
      u(number, stream, expected, ordinal, id, type, schema_version, data, metadata, occurred_at, element)
    left join lateral (
      select e.version, e.position, e.recorded_at, e.type from "eventfold".events e
      where e.stream_id = u.stream order by e.version desc limit 1
    ) l on true
  ), written as (
    insert into "eventfold".events (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
    select case when o.drawn > passed then o.drawn else "eventfold".refuse_position() end, o.version + o.ordinal, o.recorded_at, coalesce(o.occurred_at, o.recorded_at), o.id,
      o.schema_version, o.stream, o.type, o.data, o.metadata
    from (
      select nextval('"eventfold".positions'::regclass) as drawn, m.*
      from (select * from asked a where a.is_met and a.ordinal > 0 order by a.element) m
    ) o
    order by o.stream collate "C", o.ordinal
    returning event_id, version, position
  )
  select a.number, coalesce(max(w.version), max(a.version)), coalesce(max(w.position), max(a.position))
  from asked a left join written w on w.event_id = a.id
  group by a.number;
end $body$;

-- 48 of 59
create function "eventfold".refuse_all() returns boolean language plpgsql volatile as $body$
begin
  raise exception 'eventfold: an expected version was not met' using errcode = 'EF001';
end $body$;

-- 49 of 59
create function "eventfold".horizon() returns bigint language plpgsql volatile parallel unsafe security definer set search_path = pg_catalog, pg_temp as $body$
declare
  greatest_visible bigint;
  least_lock bigint;
begin
  if pg_is_in_recovery() then
    -- Advisory locks are not replicated. The primary commits the published position after all events up to it, and a
    -- replica applies commits in their order: a reader that sees the position here sees those events in the next statement.
    return (select p.position from "eventfold".published p);
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'eventfold: the log is read in READ COMMITTED' using errcode = '25001';
  end if;
  select coalesce(max(e.position), 0) into greatest_visible from "eventfold".events e; -- (a)
  select min(((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1)) into least_lock -- (b)
  from pg_locks l
  -- The lock of an append is shared and granted. Other locks in this space of numbers are not the store's.
  where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock' and l.granted
    and (l.classid::bigint >> 16) = "eventfold".lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database());
  return least(greatest_visible, coalesce(least_lock, greatest_visible));
end $body$;

-- 50 of 59
create function "eventfold".publish() returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  readable bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  readable := "eventfold".horizon();
  update "eventfold".published p set position = readable where p.position < readable;
end $body$;

-- 51 of 59
create function "eventfold".head(
  known bigint, out head_position bigint, out head_id uuid, out known_id uuid, out last_position bigint
) language plpgsql volatile parallel unsafe security definer set search_path = pg_catalog, pg_temp as $body$
declare
  readable bigint;
begin
  readable := "eventfold".horizon();
  select e.position, e.event_id into head_position, head_id
  from "eventfold".events e where e.position <= readable order by e.position desc limit 1;
  select e.event_id into known_id from "eventfold".events e where e.position = known;
  select max(e.position) into last_position from "eventfold".events e;
end $body$;

-- 52 of 59
create function "eventfold".slice(
  start_at bigint, stop_at bigint, size int, prefixes text[], types text[], always bigint, with_truncated boolean
) returns table (
  event_id text, stream_id text, version float8, "position" float8, type text, schema_version smallint, data text, meta text,
  recorded_at float8, occurred_at float8
) language plpgsql stable set search_path = pg_catalog, pg_temp
  set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off as $body$
#variable_conflict use_column
begin
  return query
  select e.event_id::text, e.stream_id::text, e.version::float8, e.position::float8, e.type::text, e.schema_version,
    e.data::text, e.meta::text, e.recorded_at::float8, e.occurred_at::float8
  from "eventfold".events e
  where e.position >= start_at and e.position <= stop_at and (
    e.position = always
    or ((prefixes is null or e.stream_id ^@ any(prefixes)) and (types is null or e.type = any(types))
      and (with_truncated or e.data is not null))
  )
  order by e.position limit size;
end $body$;

-- 53 of 59
create function "eventfold".truncate_stream(
  stream text, before bigint, id uuid, data text, archived_id uuid, metadata text,
  lock_timeout_ms int default null, out last_version bigint, out last_position bigint, out truncated boolean
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  last record;
  now_ms bigint;
  held bigint;
  visible bigint;
  passed bigint;
  first_position bigint;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  perform pg_advisory_xact_lock("eventfold".lock_space()::int, hashtext(stream));
  held := "eventfold".hold();
  select max(e.position) into visible from "eventfold".events e;
  if held < visible and (pg_sequence_last_value('"eventfold".positions'::regclass) >= visible) is not true then
    perform "eventfold".refuse_position();
  end if;
  passed := greatest(held, visible, 0);
  select e.version, e.position, e.recorded_at, e.type, e.data into last
  from "eventfold".events e where e.stream_id = stream order by e.version desc limit 1;
  last_version := coalesce(last.version, 0);
  last_position := coalesce(last.position, 0);
  truncated := false;
  if last.version is null then return; end if;
  if before > last.version + 1 then
    raise exception 'eventfold: the stream is at version %', last.version using errcode = '22023';
  end if;
  if before <= coalesce((select t.first_version from "eventfold".truncations t where t.stream_id = stream), 1) then
    return;
  end if;
  delete from "eventfold".snapshots s where s.stream_id = stream;
  update "eventfold".events e set data = null, meta = null
  where e.stream_id = stream and e.version < before and e.data is not null;
  insert into "eventfold".truncations as t (stream_id, first_version) values (stream, before)
  on conflict (stream_id) do update set first_version = excluded.first_version;
  now_ms := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, last.recorded_at);
  insert into "eventfold".events as t (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
  values (nextval('"eventfold".positions'::regclass), last.version + 1, now_ms, now_ms, id, 1, stream, '$truncated', data, metadata)
  returning t.version, t.position into last_version, last_position;
  first_position := last_position;
  if last.type = '$archived' then
    insert into "eventfold".events as t (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
    values (nextval('"eventfold".positions'::regclass), last_version + 1, now_ms, now_ms, archived_id, 1, stream, '$archived', last.data,
      metadata)
    returning t.version, t.position into last_version, last_position;
  end if;
  if least(first_position, last_position) <= passed then perform "eventfold".refuse_position(); end if;
  truncated := true;
end $body$;

-- 54 of 59
create function "eventfold".save_snapshot(
  stream text, fingerprint text, version bigint, event_id uuid, state text, replace boolean, lock_timeout_ms int default null
) returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
begin
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  perform pg_advisory_xact_lock("eventfold".lock_space()::int, hashtext(stream));
  if exists (select from "eventfold".truncations t where t.stream_id = stream) then return; end if;
  insert into "eventfold".snapshots as s (stream_id, fingerprint, version, event_id, taken_at, state)
  values (stream, fingerprint, version, event_id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint, state)
  on conflict on constraint snapshots_pkey do update
  set version = excluded.version, event_id = excluded.event_id, taken_at = excluded.taken_at, state = excluded.state
  where s.version <= excluded.version or replace;
end $body$;

-- 55 of 59
create function "eventfold".drop_snapshots(stream text, prefix text)
returns bigint language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  dropped bigint;
begin
  delete from "eventfold".snapshots s
  where (stream is null or s.stream_id = stream) and (prefix is null or s.stream_id ^@ prefix);
  get diagnostics dropped = row_count;
  return dropped;
end $body$;

-- 56 of 59
create function "eventfold".enter_inline(
  names text[], fingerprints text[], is_whole boolean[], keys text[], lock_timeout_ms int default null,
  out mismatch text, out mismatch_fingerprint text
) language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $body$
declare
  -- A space of its own: locks of streams are pairs of numbers, these are single numbers.
  space bigint := "eventfold".lock_space() << 32;
begin
  lock table "eventfold".events in row exclusive mode;
  if lock_timeout_ms is not null then perform set_config('lock_timeout', lock_timeout_ms::text, true); end if;
  -- A client that stops in the middle would block readers and writers.
  if current_setting('idle_in_transaction_session_timeout') = '0' then
    perform set_config('idle_in_transaction_session_timeout', '10s', true);
  end if;
  select u.name, case when p.is_inline then p.fingerprint end into mismatch, mismatch_fingerprint
  from unnest(names, fingerprints) u(name, fingerprint)
  left join "eventfold".projections p on p.name = u.name and p.stage = 'serving'
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
end $body$;

-- 57 of 59
create function "eventfold".refuse_uninlined() returns trigger language plpgsql volatile as $body$
declare
  missing text;
begin
  select p.name into missing
  from "eventfold".projections p
  where p.is_inline and p.stage = 'serving' and new.type = any(p.types)
    and split_part(new.stream_id, '-', 1) = any(p.aggregates)
    and p.name <> all(string_to_array(coalesce(current_setting('eventfold.inline', true), ''), ','))
  limit 1;
  if missing is not null then raise exception '%', missing using errcode = 'EF002'; end if;
  return new;
end $body$;

-- 58 of 59
revoke all on all functions in schema "eventfold" from public;

-- 59 of 59
revoke all on "eventfold".migrations from public;
