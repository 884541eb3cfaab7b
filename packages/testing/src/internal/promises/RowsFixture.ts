/**
 * Fixture for the tests of rows: a projection that no other test uses, its events, and its leases.
 */
import { Duration, Effect, Schema } from "effect"
import { Aggregate, Checkpoint, type EventId, type EventStore, type EventStoreError, type Projection } from "eventfold"
import { ProjectionFold, StoredForm, StoredProjection } from "eventfold/generated"
import type { ProjectionStore } from "eventfold/store"
import { expect } from "vitest"
import { append, event, store, uniqueName } from "./Fixture.ts"

/** Projections of the store. Dies if the store does not support them. */
export const projections: Effect.Effect<ProjectionStore.Service, never, typeof store.Identifier> = Effect.flatMap(
  store,
  ({ projections }) =>
    projections === undefined
      ? Effect.die(new Error("this store does not support projections"))
      : Effect.succeed(projections)
)

const Box = Aggregate.make("Box", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({}),
  initial: {},
  events: { Moved: { to: Schema.Array(Schema.String), by: Schema.Int } },
  errors: {},
  commands: {}
})
export type BoxEvent = typeof Box.event.Type
const codec = { events: StoredForm.events<BoxEvent>(Box.event) }

/** A row with a field of every type of column. */
export const Row = Schema.Struct({
  moves: Schema.Int,
  mean: Schema.Number,
  sum: Schema.BigInt,
  isFar: Schema.Boolean,
  last: Schema.DateTimeUtc,
  boxes: Schema.Array(Schema.String),
  by: Schema.optionalKey(Schema.String),
  via: Schema.NullOr(Schema.String),
  memo: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export type Row = typeof Row.Type
/** Encodes a row. */
export const encoded = Schema.encodeSync(Schema.toCodecJson(Row))

export const column = (
  name: string,
  type: Projection.Column["type"],
  more: Partial<Projection.Column> = {}
): Projection.Column => ({
  name,
  field: name === "_key" ? null : name === "is_far" ? "isFar" : name,
  type,
  nullable: false,
  ...more
})

export const indexes = { byVia: ["via"], byMemoAndFar: ["memo", "isFar"] } as const

export type Definition = ProjectionFold.Definition<Row, BoxEvent, string, string, typeof indexes>

/** Handlers: a row for each place that boxes were moved to. */
export const bodies: Projection.Bodies<Row, BoxEvent, string, string> = {
  keys: ({ to }) => to,
  project: (row, { by }, { id, occurredAt }, key) => {
    // A negative sum removes the row.
    if (row !== undefined && row.sum + BigInt(by) < 0n) return undefined
    const moves = (row?.moves ?? 0) + 1
    const sum = (row?.sum ?? 0n) + BigInt(by)
    return {
      moves,
      mean: Number(sum) / moves,
      sum,
      isFar: sum > 20n,
      last: occurredAt,
      boxes: [...(row?.boxes ?? []).slice(-2), id],
      ...(moves % 2 === 0 ? { by: `${by}` } : {}),
      via: moves % 3 === 0 ? null : `${key} ${id}`,
      ...(moves % 3 === 0 ? {} : { memo: moves % 3 === 1 ? null : `memo of ${id}` })
    }
  }
}

/** Creates a projection with an aggregate of its own that it reads. */
export const fresh = (more: Partial<Definition> = {}): Definition & { readonly aggregate: string } => {
  const name = uniqueName()
  const aggregate = uniqueName()
  const table = name.toLowerCase()
  return {
    aggregate,
    name,
    sources: [{ ...ProjectionFold.source({ aggregate: "Box", id: Box.id, codec, types: ["Moved"] }), aggregate }],
    key: Schema.String,
    row: Row,
    bodies,
    fingerprint: "one",
    table: {
      domain: "conformance",
      name: table,
      key: "text",
      columns: [
        column("_key", "text"),
        column("moves", "bigint"),
        column("mean", "double precision"),
        column("sum", "numeric"),
        column("is_far", "boolean"),
        column("last", "timestamptz"),
        column("boxes", "jsonb"),
        column("by", "text", { nullable: true, absent: true }),
        column("via", "text", { nullable: true }),
        column("memo", "jsonb", { nullable: true })
      ],
      primaryKey: ["_key"],
      indexes: [{ name: `${table}_by_via`, columns: ["via"] }],
      constraints: []
    },
    indexes,
    fields: Row.fields,
    ...more
  }
}

/** Moves a box of the aggregate. */
export const moved = Effect.fnUntraced(function* (
  { aggregate }: { readonly aggregate: string },
  box: string,
  to: ReadonlyArray<string>,
  by = 1
): Effect.fn.Return<
  EventStore.Appended & { readonly checkpoint: Checkpoint.Checkpoint; readonly id: EventId.EventId },
  EventStoreError.EventStoreError,
  typeof store.Identifier
> {
  const one = yield* event({ type: "Moved", data: { to: [...to], by } })
  const appended = yield* append(`${aggregate}-${box}`, "any", [one])
  return {
    ...appended,
    checkpoint: Checkpoint.after((yield* store).id, { position: appended.position, id: one.id }),
    id: one.id
  }
})

/** Creates a row that a number identifies. */
export const rowOf = (number: number): Schema.Json =>
  encoded(bodies.project(undefined, { _tag: "Moved", to: [], by: number }, originOf(number), "k")!)

const originOf = (number: number): Projection.Origin<string> => ({
  id: `${number}`,
  version: 1,
  position: 1,
  occurredAt: Schema.decodeSync(Schema.DateTimeUtcFromString)("1993-03-01T00:00:00.000Z"),
  recordedAt: Schema.decodeSync(Schema.DateTimeUtcFromString)("1993-03-01T00:00:00.000Z")
})

export const minute = Duration.toMillis("1 minute")

/** Acquires the lease of rows that no owner has. */
export const leaseOf = (
  one: Parameters<typeof StoredProjection.describe>[0],
  stage: ProjectionStore.Stage = "serving",
  owner = "conformance",
  milliseconds = minute
): Effect.Effect<ProjectionStore.Lease, EventStoreError.EventStoreError, typeof store.Identifier> =>
  Effect.flatMap(projections, ({ acquire }) =>
    Effect.map(
      acquire(StoredProjection.describe(one), stage, owner, milliseconds),
      (lease) => lease ?? expect.fail("the lease was not acquired")
    )
  )

/**
 * Maximum number of attempts, and not a time: on a slow machine, both the attempts and the event
 * take longer.
 */
const maxAttempts = 1_500

/** Waits until a condition holds, and dies with the message if it never does. */
export const until = <E, R>(holds: Effect.Effect<boolean, E, R>, what: string) =>
  Effect.gen(function* () {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (yield* holds) return
      yield* Effect.sleep("10 millis")
    }
    return yield* Effect.die(new Error(what))
  })
