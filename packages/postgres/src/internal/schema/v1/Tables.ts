/** The tables of a store. */

/**
 * Makes a table so many pages long, and leaves it empty: the pages are used for rows later, and VACUUM does not give them back.
 *
 * A session keeps its plans until the server analyzes the table. A plan that was made for a table of one page reads it from end to
 * end, since that costs less than its index, and goes on doing so when the table has a million rows. With these pages
 * the index costs less from the beginning. A restore by pg_dump and VACUUM FULL give them up.
 */
const lengthen = (table: string, column: string, rows: number, values: string): ReadonlyArray<string> => [
  `alter table ${table} set (vacuum_truncate = off)`,
  `alter table ${table} alter column ${column} set storage plain`,
  `insert into ${table} select ${values} from generate_series(1, ${rows}) n`,
  `delete from ${table}`,
  `alter table ${table} alter column ${column} set storage extended`
]

export const tables = (schema: string): ReadonlyArray<string> => [
  `create table ${schema}.store (
    singleton boolean primary key default true check (singleton),
    id uuid not null default gen_random_uuid(),
    schema_version int not null,
    -- The oldest Eventfold that works with these tables, as the schema version it was made for.
    compatible_from int not null default 1
  )`,
  // Cache 1: a session that keeps numbers in reserve would hand out positions below ones that readers have passed.
  `create sequence ${schema}.positions as bigint increment 1 minvalue 1 start 1 cache 1 no cycle`,
  // Times are milliseconds since 1970, since a timestamptz begins in 4713 BC and a JavaScript date long before.
  // data and meta are text: it comes back byte for byte, and is twice as fast to insert as jsonb.
  // data is null where an event was truncated: its place and its id stay, so that versions, checkpoints and repeated
  // appends mean what they did.
  `create table ${schema}.events (
    position bigint not null,
    version bigint not null,
    recorded_at bigint not null,
    occurred_at bigint not null,
    event_id uuid not null,
    schema_version smallint not null,
    stream_id text collate "C" not null,
    type text collate "C" not null,
    data text collate "C",
    meta text collate "C" not null,
    constraint events_pkey primary key (position),
    constraint events_stream_version unique (stream_id, version),
    constraint events_event_id unique (event_id)
  )`,
  `comment on column ${schema}.events.recorded_at is 'milliseconds since 1970 in UTC: to_timestamp(recorded_at / 1000.0)'`,
  `comment on column ${schema}.events.occurred_at is 'milliseconds since 1970 in UTC: to_timestamp(occurred_at / 1000.0)'`,
  `comment on column ${schema}.events.data is 'JSON as it was sent: data::json ->> ''key''; null where the stream was truncated'`,
  // How far the log can be read, as the primary last said: a replica knows nothing of the locks that hold readers back.
  `create table ${schema}.published (
    singleton boolean primary key default true check (singleton),
    position bigint not null
  )`,
  `insert into ${schema}.published (position) values (0)`,
  // Only streams that were truncated are here: the first version that can still be read.
  `create table ${schema}.truncations (
    stream_id text collate "C" primary key,
    first_version bigint not null
  )`,
  // States of long streams, to go on folding from. All of them may be dropped at any time: they are made anew.
  `create table ${schema}.snapshots (
    stream_id text collate "C" not null,
    fingerprint text collate "C" not null,
    version bigint not null,
    event_id uuid not null,
    taken_at bigint not null,
    state text collate "C" not null,
    constraint snapshots_pkey primary key (stream_id, fingerprint)
  )`,
  // How the rows of each projection are kept. The rows are in tables of their own, by domain.
  `create table ${schema}.projections (
    name text collate "C" not null,
    -- 'serving'; 'next' while rows are made anew beside those; 'old' for those that were served before.
    stage text collate "C" not null,
    domain text collate "C" not null,
    table_name text collate "C" not null,
    -- Of the handlers that the rows were made by.
    fingerprint text collate "C" not null,
    -- Into how many the keys are divided.
    partitions int not null,
    is_paused boolean not null default false,
    problem text collate "C",
    -- Whether the rows are written with the events; then, what it listens to (see inlining).
    is_inline boolean not null default false,
    aggregates text[] collate "C",
    types text[] collate "C",
    -- The rows are to be made anew by the same handlers, and nobody has begun.
    wants_rebuild boolean not null default false,
    -- Rows that are made anew are served also with keys parked in them that are not in those that are served.
    accepts_parked boolean not null default false,
    -- What came of comparing the rows with those that they took the place of, or will: JSON.
    compared text collate "C",
    constraint projections_pkey primary key (name, stage)
  )`,
  // The order of the releases of each projection: rows of an older one are replaced, those of a newer one left alone.
  `create table ${schema}.projection_releases (
    name text collate "C" not null,
    fingerprint text collate "C" not null,
    -- Rises with every release. One that a person goes back to becomes the greatest, one that is given up the least.
    place bigint not null,
    constraint projection_releases_pkey primary key (name, fingerprint),
    constraint projection_releases_place unique (name, place)
  )`,
  // Who keeps the rows of each partition, and how far they have come.
  `create table ${schema}.projection_partitions (
    name text collate "C" not null,
    stage text collate "C" not null,
    -- From 0.
    partition int not null,
    -- The rows hold everything up to this event.
    position bigint not null default 0,
    event_id uuid,
    -- Rises with every lease: who writes with an older one is refused.
    token bigint not null default 0,
    owner text collate "C",
    leased_until bigint not null default 0,
    -- Length of that lease: one that ends later than this from now was taken before the server's clock was set back.
    lease_millis bigint not null default 0,
    saved_at bigint,
    constraint projection_partitions_pkey primary key (name, stage, partition),
    constraint projection_partitions_of foreign key (name, stage) references ${schema}.projections
      on update cascade on delete cascade
  )`,
  // Who would keep partitions of a projection, so that each of them keeps about as many.
  `create table ${schema}.projectors (
    name text collate "C" not null,
    stage text collate "C" not null,
    owner text collate "C" not null,
    present_until bigint not null,
    lease_millis bigint not null,
    constraint projectors_pkey primary key (name, stage, owner),
    constraint projectors_of foreign key (name, stage) references ${schema}.projections
      on update cascade on delete cascade
  )`,
  // Events that are not in the rows of a projection, by key: one that could not be folded, and those of its key behind it.
  `create table ${schema}.parked (
    name text collate "C" not null,
    stage text collate "C" not null,
    position bigint not null,
    -- Among the keys of the same event.
    ordinal int not null,
    -- As JSON: a key may be what no text of PostgreSQL is, and be parked for it.
    key text collate "C" not null,
    event_id uuid not null,
    type text collate "C" not null,
    -- Of the first event of each key, and of no other one.
    error text collate "C",
    attempts int not null,
    parked_at bigint not null,
    is_due boolean not null default false,
    constraint parked_pkey primary key (name, stage, position, ordinal),
    constraint parked_of foreign key (name, stage) references ${schema}.projections on update cascade on delete cascade
  )`,
  ...lengthen(`${schema}.events`, "meta", 128, "-n, -n, 0, 0, gen_random_uuid(), 0, '', '', null, repeat(' ', 8000)"),
  ...lengthen(`${schema}.truncations`, "stream_id", 48, "repeat(' ', 2600) || n, 0"),
  ...lengthen(`${schema}.snapshots`, "state", 16, "n, '', 0, gen_random_uuid(), 0, repeat(' ', 8000)"),
  // Of a hash: keys may be longer than an index takes.
  `create index parked_by_key on ${schema}.parked (name, stage, hashtextextended(key, 0), position)`,
  `create index parked_heads on ${schema}.parked (name, stage, position) where error is not null`,
  `revoke all on ${schema}.store, ${schema}.events, ${schema}.truncations, ${schema}.snapshots, ${schema}.published,
    ${schema}.projections, ${schema}.projection_releases, ${schema}.projection_partitions, ${schema}.projectors, ${schema}.parked from public`,
  `revoke all on sequence ${schema}.positions from public`
]
