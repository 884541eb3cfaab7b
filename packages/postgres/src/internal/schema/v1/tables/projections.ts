/**
 * The statements that create the tables of projections. Their rows are in tables of their own, by
 * domain.
 */
export const projectionTables = (schema: string): ReadonlyArray<string> => [
  `create table ${schema}.projections (
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
  )`,
  // The order of the releases of each projection: rows of an older release are replaced, those of a
  // newer one left alone.
  `create table ${schema}.projection_releases (
    name text collate "C" not null,
    fingerprint text collate "C" not null,
    -- Rises with every release. A release that an operator returns to becomes the greatest, one that is given up the least.
    place bigint not null,
    constraint projection_releases_pkey primary key (name, fingerprint),
    constraint projection_releases_place unique (name, place)
  )`,
  // The lease and the checkpoint of each partition.
  `create table ${schema}.projection_partitions (
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
    constraint projection_partitions_of foreign key (name, stage) references ${schema}.projections
      on update cascade on delete cascade
  )`,
  // The projectors that could run partitions of a projection, so that each of them takes about as
  // many.
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
  // Parked events, by key: one that could not be folded, and those of its key behind it.
  `create table ${schema}.parked (
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
    constraint parked_of foreign key (name, stage) references ${schema}.projections on update cascade on delete cascade
  )`,
  // On a hash: keys may be longer than an index accepts.
  `create index parked_by_key on ${schema}.parked (name, stage, hashtextextended(key, 0), position)`,
  `create index parked_heads on ${schema}.parked (name, stage, position) where error is not null`,
  `revoke all on ${schema}.projections, ${schema}.projection_releases, ${schema}.projection_partitions, ${schema}.projectors,
    ${schema}.parked from public`
]
