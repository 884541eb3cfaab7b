/** Projection with a column of every type, for the tests of stores with rows. */
import { BigDecimal, Effect, Option, Schema } from "effect"
import { Aggregate, EventId, EventStore, Projection } from "eventfold"
import { type ProjectionFold, ProjectionFold as Fold, StoredForm } from "eventfold/generated"

export const Parcel = Aggregate.make("Parcel", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({}),
  initial: {},
  events: {
    Sent: { to: Schema.Array(Schema.String), weight: Schema.BigInt, note: Schema.String },
    Returned: { to: Schema.Array(Schema.String) },
    Ignored: {}
  },
  errors: {},
  commands: {}
})
export type ParcelEvent = typeof Parcel.event.Type
export const codec = { events: StoredForm.events<ParcelEvent>(Parcel.event) }

export const Row = Schema.Struct({
  town: Schema.String,
  parcels: Schema.Int,
  mean: Schema.Number,
  weight: Schema.BigInt,
  price: Schema.BigDecimal,
  heavy: Schema.Boolean,
  last: Schema.DateTimeUtc,
  notes: Schema.Array(Schema.String),
  by: Schema.optionalKey(Schema.String),
  via: Schema.NullOr(Schema.String),
  memo: Schema.optionalKey(Schema.NullOr(Schema.String)),
  first: Schema.Option(Schema.String)
})
export type Row = typeof Row.Type

const column = (
  name: string,
  type: Projection.Column["type"],
  more: Partial<Projection.Column> = {}
): Projection.Column => ({
  name,
  field: name === "_key" ? null : name,
  type,
  nullable: false,
  ...more
})

export const table: Projection.Table = {
  domain: "depot",
  name: "towns",
  key: "text",
  columns: [
    column("_key", "text"),
    column("town", "text"),
    column("parcels", "bigint"),
    column("mean", "double precision"),
    column("weight", "numeric"),
    column("price", "numeric"),
    column("heavy", "boolean"),
    column("last", "timestamptz"),
    column("notes", "jsonb"),
    column("by", "text", { nullable: true, absent: true }),
    column("via", "text", { nullable: true }),
    column("memo", "jsonb", { nullable: true }),
    column("first", "jsonb")
  ],
  primaryKey: ["_key"],
  indexes: [
    { name: "towns_by_via", columns: ["via"] },
    { name: "towns_by_memo_and_heavy", columns: ["memo", "heavy"] }
  ],
  constraints: [{ kind: "range", name: "parcels_check", column: "parcels", minimum: 0 }]
}

export const indexes = { byVia: ["via"], byMemoAndHeavy: ["memo", "heavy"], byFirst: ["first"] } as const

/**
 * Parcels of each town: a parcel counts for every town that it is for, and a town whose parcels all
 * came back has no row.
 */
export const projector: Projection.Bodies<Row, Exclude<ParcelEvent, { _tag: "Ignored" }>, string, string> = {
  keys: ({ to }) => to,
  project: (row, event, { id, occurredAt }, town) => {
    if (event._tag === "Returned")
      return row === undefined || row.parcels < 2 ? undefined : { ...row, parcels: row.parcels - 1 }
    const parcels = (row?.parcels ?? 0) + 1
    const weight = (row?.weight ?? 0n) + event.weight
    return {
      town,
      parcels,
      mean: Number(weight) / parcels,
      weight,
      price: BigDecimal.make(weight * 3n, 1),
      heavy: weight > 50n,
      last: occurredAt,
      notes: [...(row?.notes ?? []).slice(-2), event.note],
      ...(parcels % 2 === 0 ? { by: id } : {}),
      via: parcels % 3 === 0 ? null : `via ${id}`,
      ...(parcels % 3 === 0 ? {} : { memo: parcels % 3 === 1 ? null : event.note }),
      first: row?.first ?? Option.fromNullishOr(event.note === "" ? undefined : event.note)
    }
  }
}

/** Handlers of another release: each parcel counts several times, and returns are ignored. */
export const times = (factor: number): typeof projector => ({
  ...projector,
  project: (row, event, origin, key) =>
    event._tag === "Returned"
      ? row
      : { ...projector.project(row, event, origin, key)!, parcels: (row?.parcels ?? 0) + factor }
})

export const definition = (
  name = "Towns",
  bodies = projector,
  tableName = "towns",
  fingerprint = "one"
): ProjectionFold.Definition<Row, Exclude<ParcelEvent, { _tag: "Ignored" }>, string, string, typeof indexes> => ({
  name,
  sources: [Fold.source({ aggregate: "Parcel", id: Parcel.id, codec, types: ["Sent", "Returned"] })],
  key: Schema.String,
  row: Row,
  bodies,
  table: {
    ...table,
    name: tableName,
    indexes: table.indexes.map((one) => ({ ...one, name: `${tableName}_${one.name}` }))
  },
  fingerprint,
  indexes,
  fields: Row.fields
})

export const put = Effect.fnUntraced(function* (id: string, ...events: ReadonlyArray<ParcelEvent>) {
  const store = yield* EventStore.EventStore
  const stored: Array<Parameters<typeof store.append>[2][number]> = []
  for (const event of events) {
    stored.push({
      id: yield* EventId.make,
      type: event._tag,
      schemaVersion: 1,
      data: Schema.encodeSync(codec.events.get(event._tag)!)(event),
      metadata: {}
    })
  }
  return yield* store.append(`Parcel-${id}`, "any", stored)
})

export const sent = (to: ReadonlyArray<string>, weight = 1, note = "note"): ParcelEvent => ({
  _tag: "Sent",
  to,
  weight: BigInt(weight),
  note
})
