/**
 * The statements that create the tables of reactions. A rebuild of a projection does not touch
 * them: it delivers nothing again.
 */
export const reactionTables = (schema: string): ReadonlyArray<string> => [
  // The lease and the checkpoint of each reaction.
  `create table ${schema}.reactions (
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
  )`,
  // Events that could not be delivered. They stay until they are delivered or discarded.
  `create table ${schema}.parked_deliveries (
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
  )`,
  `revoke all on ${schema}.reactions, ${schema}.parked_deliveries from public`
]
