/** Exports of a contract at run time, and bodies that are not written yet. */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { shop } from "../Shop.ts"

const src = "examples/shop/src"

describe("guards", () => {
  it("tell one aggregate's events, commands and errors from anything else that is tagged", async () => {
    const project = new Project(shop)
    project.write(
      `${src}/guarded.ts`,
      `import { NotNew, Order, OrderDropped, type OrderEvent, TooMuch } from "./generated/order.ts"
import { Parcel, type ParcelEvent } from "./generated/parcel.ts"

export const sort = (event: OrderEvent | ParcelEvent): string => {
  if (Order.isEvent(event)) {
    const narrowed: OrderEvent = event
    return OrderDropped.is(event) ? "dropped" : narrowed._tag
  }
  const rest: ParcelEvent = event
  return Parcel.isEvent(event) ? rest.order : "neither"
}
export const most = (error: { readonly _tag: string }) =>
  Order.isError(error) && TooMuch.is(error) ? error.most : NotNew.is(error) ? 0n : undefined
`
    )
    expect((await project.gen()).code).toBe(0)
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    const { Order } = await import(`${project.root}/${src}/generated/order.ts`)
    const { Parcel } = await import(`${project.root}/${src}/generated/parcel.ts`)
    const kinds = (_tag: string) => [Order.isEvent({ _tag }), Order.isCommand({ _tag }), Order.isError({ _tag })]
    for (const name of ["OrderPlaced", "Everything", "OrderDropped"]) expect(kinds(name)).toEqual([true, false, false])
    for (const name of ["Place", "Drop", "Ask"]) expect(kinds(name)).toEqual([false, true, false])
    for (const name of ["NotNew", "TooMuch"]) expect(kinds(name)).toEqual([false, false, true])
    for (const name of ["ParcelSent", "toString", ""]) expect(kinds(name)).toEqual([false, false, false])
    // What is not declared has no guard.
    expect(Object.keys(Parcel)).toEqual(["apply", "decide", "isEvent"])
  })
})

/** Each with an initial state; `Schema.` is left out. */
const states: ReadonlyArray<readonly [schema: string, initial: string]> = [
  ["Record(Schema.String, Schema.Int)", "{}"],
  [
    'Record(Schema.String, Schema.Union([Schema.TaggedStruct("A", { n: Schema.Int }), Schema.TaggedStruct("B", {})]))',
    "{}"
  ],
  ['Record(Schema.TemplateLiteral(["x-", Schema.String]), Schema.UndefinedOr(Schema.Int))', "{}"],
  ["StructWithRest(Schema.Struct({ n: Schema.Int }), [Schema.Record(Schema.String, Schema.Int)])", "{ n: 0 }"],
  ["Struct({ 1: Schema.Int, a: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)) })", "{ 1: 0 }"],
  ["Array(Schema.Record(Schema.String, Schema.Int))", "[]"],
  ["Tuple([Schema.Int, Schema.optionalKey(Schema.Boolean)])", "[0]"],
  ['Literals(["a", "b"])', '"a"'],
  ["Option(Schema.Record(Schema.String, Schema.Int))", "Option.none()"]
]

it("states of any kind are the declared ones to the type checker", async () => {
  const aggregates = states.map(
    ([schema, initial], i) =>
      `export const Thing${i} = Aggregate.make("Thing${i}", { id: Schema.NonEmptyString, state: Schema.${schema}, initial: ${initial}, events: { Opened${i}: {} }, errors: {}, commands: {} })`
  )
  const project = new Project({
    "schemas/things/all.ts": `import { Option, Schema } from "effect"\nimport { Aggregate } from "eventfold"\n${aggregates.join("\n")}\n`
  })
  expect((await project.gen()).err).toEqual([])
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
  expect(await project.tsc("6")).toEqual({ code: 0, out: "" })
})

describe("a body that is not written yet", () => {
  it("names the missing handler, and throws with that name if it is reached", async () => {
    const project = new Project(shop)
    await project.gen()
    const body = async (name: string) => {
      expect(project.read(`${src}/${name}.ts`)).toMatch(/^\/\*\* [^]*Pure: [^]*\n\/\/ Write each (handler|decision): /)
      return import(`${project.root}/${src}/${name}.ts`)
    }
    const { apply } = await body("order.apply")
    const { decide } = await body("order.decide")
    const { project: totals } = await body("order-totals.projection")
    const { project: byDay } = await body("by-day.projection")
    const event = { _tag: "OrderDropped" }
    expect(() => apply({}, event)).toThrow("Order.apply OrderDropped")
    expect(() => decide({}, { _tag: "Drop" }, {})).toThrow("Order.decide Drop")
    expect(() => totals.project(undefined, event, {})).toThrow("OrderTotals.project OrderDropped")
    expect(() => byDay.project(undefined, event, {}, {})).toThrow("ByDay.project OrderDropped")
    expect(() => byDay.keys(event, {})).toThrow("ByDay.keys Order")
  })
})
