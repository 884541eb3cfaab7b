/** The tables of the log. */

/**
 * Makes a table `rows` pages long and leaves it empty: VACUUM frees the pages for rows, and does
 * not give them back.
 *
 * A session keeps its plans until the server analyzes the table. A plan that was made for a table
 * of one page reads it from end to end, since that costs less than its index, and the session still
 * uses it when the table has a million rows. With these pages the index costs less from the
 * beginning. A restore by pg_dump and VACUUM FULL give them up.
 */
const lengthen = (table: string, column: string, rows: number, values: string): ReadonlyArray<string> => [
  `alter table ${table} set (vacuum_truncate = off)`,
  `alter table ${table} alter column ${column} set storage plain`,
  `insert into ${table} select ${values} from generate_series(1, ${rows}) n`,
  `delete from ${table}`,
  `alter table ${table} alter column ${column} set storage extended`
]

/** The statements that create the tables of the log, and the sequence of its positions. */
export const eventTables = (schema: string): ReadonlyArray<string> => [
  `create table ${schema}.store (
    singleton boolean primary key default true check (singleton),
    id uuid not null default gen_random_uuid(),
    schema_version int not null,
    -- The oldest Eventfold that works with these tables, as the schema version it was made for.
    compatible_from int not null default 1
  )`,
  // Cache 1: a session that keeps numbers in reserve would hand out positions below ones that
  // readers have passed.
  `create sequence ${schema}.positions as bigint increment 1 minvalue 1 start 1 cache 1 no cycle`,
  // Times are milliseconds since 1970, since a timestamptz begins in 4713 BC and a JavaScript date
  // long before. data and meta are text: text is returned byte for byte, and is twice as fast to
  // insert as jsonb. data is null in a truncated event, and in no other: its position and its id
  // stay, so that versions, checkpoints and repeated appends keep their meaning. meta is null where
  // there is no metadata.
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
    meta text collate "C",
    constraint events_pkey primary key (position),
    constraint events_stream_version unique (stream_id, version),
    constraint events_event_id unique (event_id)
  )`,
  `comment on column ${schema}.events.recorded_at is 'milliseconds since 1970 in UTC: to_timestamp(recorded_at / 1000.0)'`,
  `comment on column ${schema}.events.occurred_at is 'milliseconds since 1970 in UTC: to_timestamp(occurred_at / 1000.0)'`,
  `comment on column ${schema}.events.data is 'JSON as it was sent: data::json ->> ''key''; null in a truncated event'`,
  // The horizon that the primary published last: a replica has none of the locks that hold readers
  // back.
  `create table ${schema}.published (
    singleton boolean primary key default true check (singleton),
    position bigint not null
  )`,
  `insert into ${schema}.published (position) values (0)`,
  // Truncated streams only: the first version that can still be read.
  `create table ${schema}.truncations (
    stream_id text collate "C" primary key,
    first_version bigint not null
  )`,
  // Snapshots. All of them may be dropped at any time: they are computed again.
  `create table ${schema}.snapshots (
    stream_id text collate "C" not null,
    fingerprint text collate "C" not null,
    version bigint not null,
    event_id uuid not null,
    taken_at bigint not null,
    state text collate "C" not null,
    constraint snapshots_pkey primary key (stream_id, fingerprint)
  )`,
  ...lengthen(`${schema}.events`, "meta", 128, "-n, -n, 0, 0, gen_random_uuid(), 0, '', '', null, repeat(' ', 8000)"),
  ...lengthen(`${schema}.truncations`, "stream_id", 48, "repeat(' ', 2600) || n, 0"),
  ...lengthen(`${schema}.snapshots`, "state", 16, "n, '', 0, gen_random_uuid(), 0, repeat(' ', 8000)"),
  `revoke all on ${schema}.store, ${schema}.events, ${schema}.truncations, ${schema}.snapshots, ${schema}.published from public`,
  `revoke all on sequence ${schema}.positions from public`
]
