import { describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Aggregate, type Event, EventId, EventStore, MemoryEventStore, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredForm } from "eventfold/generated"
import { expect, expectTypeOf } from "vitest"

const Parcel = Aggregate.make("Parcel", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({}),
  initial: {},
  events: {
    Sent: { to: Schema.String, weight: Schema.BigInt, via: Schema.optionalKey(Schema.NullOr(Schema.String)) },
    Lost: {}
  },
  errors: {},
  commands: {}
})
const Parcels = Projection.make("Parcels", {
  from: [Parcel],
  key: "streamId",
  row: Schema.Struct({
    id: Schema.String,
    to: Schema.String,
    weight: Schema.BigInt,
    floor: Schema.Int,
    door: Schema.Int,
    via: Schema.optionalKey(Schema.NullOr(Schema.String)),
    sign: Schema.Option(Schema.String)
  }),
  indexes: {
    byTo: ["to"],
    byToAndWeight: ["to", "weight"],
    byVia: ["via"],
    byViaAndTo: ["via", "to"],
    bySign: ["sign"],
    byDoor: ["floor", "door"]
  }
})
type Row = (typeof Parcels)["row"]["Type"]
type ParcelEvent = (typeof Parcel)["events"]["Sent"]["Type"] | (typeof Parcel)["events"]["Lost"]["Type"]

const project: Projection.Bodies<Row, ParcelEvent, string, string> = {
  keys: (_event, { id }) => [id],
  project: (_row, event, { id }) => {
    if (event._tag === "Lost") return undefined
    const { to, via, weight } = event
    const sign = to === "" ? Option.none<string>() : Option.some(to.slice(0, 1))
    const [floor, door] = [Number(weight / 100n), Number(weight % 100n)]
    return { id, to, weight, floor, door, sign, ...(via === undefined ? {} : { via }) }
  }
}
const codec = { events: StoredForm.events<ParcelEvent>(Parcel.event) }
const make = (projector = project) =>
  LiveProjection.make({
    name: "Parcels",
    sources: [
      ProjectionFold.source({
        aggregate: "Parcel",
        id: Parcel.id,
        codec,
        types: ["Sent", "Lost"]
      })
    ],
    key: Schema.String,
    row: Parcels.row,
    table: {
      domain: "test",
      name: "parcels",
      key: "text",
      columns: [
        { name: "to", field: "to", type: "text", nullable: false },
        { name: "via", field: "via", type: "jsonb", nullable: true }
      ],
      primaryKey: ["_key"],
      indexes: [],
      constraints: []
    },
    fingerprint: "test",
    bodies: projector,
    indexes: Parcels.indexes,
    fields: Parcels.row.fields
  })

const put = Effect.fnUntraced(function* (id: string, event: ParcelEvent) {
  const store = yield* EventStore.EventStore
  const data = Schema.encodeSync(codec.events.get(event._tag)!)(event)
  const recorded: Event.NewEvent = { id: yield* EventId.make, type: event._tag, schemaVersion: 1, data, metadata: {} }
  yield* store.append(`Parcel-${id}`, "any", [recorded])
})
const sent = (to: string, weight = 1n, via?: string | null): ParcelEvent => ({
  _tag: "Sent",
  to,
  weight,
  ...(via === undefined ? {} : { via })
})
/** Arguments of generated code. */
interface AnyLookup {
  readonly page: (options: object) => Effect.Effect<Projection.RowPage<Row>, Projection.QueryError>
}
const ids = (rows: ReadonlyArray<Row>) => rows.map(({ id }) => id)

describe("a declared index", () => {
  it.effect("finds the rows that have its values now, in the order of their keys", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("a", sent("Oslo"))
      yield* put("b", sent("Rome"))
      yield* put("c", sent("Oslo"))
      expect(ids(yield* rows.byTo("Oslo"))).toEqual(["a", "c"])
      yield* put("a", sent("Rome"))
      expect(ids(yield* rows.byTo("Oslo"))).toEqual(["c"])
      expect(ids(yield* rows.byTo("Rome"))).toEqual(["a", "b"])
      // A change to another field does not move the row.
      yield* put("b", sent("Rome", 3n))
      expect(ids(yield* rows.byTo("Rome"))).toEqual(["a", "b"])
      yield* put("b", { _tag: "Lost" })
      yield* put("a", sent("Rome", 2n))
      expect(yield* rows.byTo("Rome")).toEqual([
        { id: "a", to: "Rome", weight: 2n, floor: 0, door: 2, sign: Option.some("R") }
      ])
      expect(yield* rows.byTo("Paris")).toEqual([])
      expect(yield* rows.all).toHaveLength(2)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("of several fields takes a value for each, and values do not run together", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("a", sent('x"\0"1', 1n))
      yield* put("b", sent("x", 1n))
      yield* put("c", sent("x", 11n))
      expect(ids(yield* rows.byToAndWeight("x", 1n))).toEqual(["b"])
      expect(ids(yield* rows.byToAndWeight("x", 11n))).toEqual(["c"])
      expect(ids(yield* rows.byToAndWeight('x"\0"1', 1n))).toEqual(["a"])
      yield* put("a", sent("", 111n))
      yield* put("b", sent("", 1101n))
      expect(ids(yield* rows.byDoor(1, 11))).toEqual(["a"])
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("distinguishes an absent field from null, and compares options by value", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("a", sent("Oslo", 1n, null))
      yield* put("b", sent("", 1n))
      yield* put("c", sent("", 1n, "null"))
      yield* put("d", sent("", 1n, ""))
      expect(ids(yield* rows.byVia(null))).toEqual(["a"])
      expect(ids(yield* rows.byVia(undefined))).toEqual(["b"])
      expect(ids(yield* rows.byVia("null"))).toEqual(["c"])
      expect(ids(yield* rows.byVia(""))).toEqual(["d"])
      expect(ids(yield* rows.bySign(Option.some("O")))).toEqual(["a"])
      expect(ids(yield* rows.bySign(Option.none()))).toEqual(["b", "c", "d"])
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("has pages of rows with any text, and of rows without a JSON field", () =>
    Effect.gen(function* () {
      const rows: { readonly [index in "byTo" | "byViaAndTo"]: AnyLookup } = yield* make()
      const texts = ["", "a", "a\0b", "b", "\ud800", "\u{1F40E}", "\udfff"]
      for (const [i, to] of texts.entries()) yield* put(`${i}`, sent(to))
      const all = Effect.fnUntraced(function* (lookup: AnyLookup, range: object) {
        const found: Array<string> = []
        let after: string | undefined
        do {
          const page: Projection.RowPage<Row> = yield* lookup.page({
            ...range,
            limit: 1,
            ...(after === undefined ? {} : { after })
          })
          found.push(...page.rows.map(({ to }) => to))
          after = page.next
        } while (after !== undefined && found.length <= texts.length)
        return found
      })
      const inOrder = yield* all(rows.byTo, {})
      expect([...inOrder].sort()).toEqual([...texts].sort())
      for (const [lookup, range] of [
        [rows.byTo, {}],
        [rows.byViaAndTo, { equals: [undefined] }]
      ] as const) {
        expect(yield* all(lookup, { ...range, order: "ascending" })).toEqual(inOrder)
        expect(yield* all(lookup, { ...range, order: "descending" })).toEqual(inOrder.toReversed())
      }
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("fails with ProjectionFailed if an indexed field does not encode, and keeps nothing of the event", () =>
    Effect.gen(function* () {
      // A handler without types can do this.
      const bad = { id: "b", to: 3, weight: 1n, sign: Option.none() }
      const rows = yield* make({
        ...project,
        project: (row, event, origin, key) =>
          origin.id === "b"
            ? JSON.parse(JSON.stringify({ ...bad, weight: 1 }))
            : project.project(row, event, origin, key)
      })
      yield* put("a", sent("Oslo"))
      yield* put("b", sent("Oslo"))
      const failed = yield* Effect.flip(rows.byTo("Oslo"))
      expect(failed).toMatchObject({ _tag: "ProjectionFailed", stream: "Parcel-b" })
      expect(yield* Effect.flip(rows.all)).toMatchObject({ _tag: "ProjectionFailed" })
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})

describe("types", () => {
  it("a method takes the values of its fields; a field that the row lacks is refused in the declaration", () => {
    type Queries = Effect.Success<ReturnType<typeof make>>
    expectTypeOf<Parameters<Queries["byToAndWeight"]>>().toEqualTypeOf<[string, bigint]>()
    expectTypeOf<Parameters<Queries["byVia"]>>().toEqualTypeOf<[string | null | undefined]>()
    expectTypeOf<Effect.Success<ReturnType<Queries["byTo"]>>>().toEqualTypeOf<ReadonlyArray<Row>>()
    type Page = Parameters<Queries["byToAndWeight"]["page"]>[0]
    const asked = [
      undefined,
      { atLeast: "Oslo", below: "P", order: "descending", limit: 5 },
      { equals: ["Oslo"], above: 3n },
      { equals: ["Oslo", 3n], after: "" }
    ] as const satisfies ReadonlyArray<Page>
    expect(asked).toHaveLength(4)
    // @ts-expect-error the first field is a text
    const wrongBound: Page = { atLeast: 3n }
    // @ts-expect-error the field after the first is a bigint
    const wrongNext: Page = { equals: ["Oslo"], above: "3" }
    // @ts-expect-error no field is left for bounds
    const tooMany: Page = { equals: ["Oslo", 3n], above: 4n }
    // @ts-expect-error there is no such order
    const noOrder: Page = { order: "falling" }
    expect([wrongBound, wrongNext, tooMany, noOrder]).toHaveLength(4)
    // An index that begins with a JSON field needs its value.
    type Given = Parameters<
      Projection.Lookup<[memo: ReadonlyArray<string>, floor: number], Row, [memo: ReadonlyArray<string>]>["page"]
    >
    expectTypeOf<[{ equals: [["a"]]; atMost: 1 }]>().toExtend<Given>()
    expectTypeOf<[]>().not.toExtend<Given>()
    expectTypeOf<[{ atMost: 1 }]>().not.toExtend<Given>()
    expectTypeOf<"byFloor">().not.toExtend<keyof Queries>()
    const row = Schema.Struct({ total: Schema.Int })
    const none = Projection.make("None", { from: [Parcel], key: "streamId", row })
    expect(none.indexes).toEqual({})
    // @ts-expect-error the row has no such field
    Projection.make("Wrong", { from: [Parcel], key: "streamId", row, indexes: { byTotals: ["totals"] } })
  })
})
