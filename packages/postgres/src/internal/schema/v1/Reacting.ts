/** The tables of reactions. No projection touches them: whatever is made anew, nothing is delivered again. */

export const reacting = (schema: string): ReadonlyArray<string> => [
  // Who delivers the events of each reaction, and how far it has come.
  `create table ${schema}.reactions (
    name text collate "C" not null,
    -- Everything up to this event was delivered, or put aside.
    position bigint not null,
    event_id uuid,
    -- Rises with every lease: who writes with an older one is refused.
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
  // Events that could not be delivered. They stay until they are, or are given up.
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
    -- Whether it is to be delivered again.
    is_asked boolean not null default false,
    constraint parked_deliveries_pkey primary key (reaction, position)
  )`,
  `revoke all on ${schema}.reactions, ${schema}.parked_deliveries from public`
]
