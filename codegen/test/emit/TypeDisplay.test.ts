/** Generated types as an editor shows them: short, and with the declared names. */
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { golden } from "../Shop.ts"
import { type Hovers, open } from "./TypeScript6.ts"

const probe = `import { DateTime, Effect } from "effect"
import { OrderId } from "../../schemas/shop/values.ts"
import { ByDayView } from "./generated/by-day.service.ts"
import { OrderTotalsView } from "./generated/order-totals.service.ts"
import type { /*row*/OrderTotalsRow } from "./generated/order-totals.ts"
import { /*service*/Orders } from "./generated/order.service.ts"
import {
  Ask,
  Drop,
  type NotNew,
  Order,
  type /*command*/OrderCommand,
  /*constructor*/OrderDropped,
  type /*error*/OrderError,
  type /*union*/OrderEvent,
  type /*event*/OrderPlaced,
  type /*state*/OrderState,
  Place
} from "./generated/order.ts"
import type { /*brand*/Cents, /*recursive*/Category, /*onBrand*/Reduced } from "./generated/values.ts"

declare const placed: OrderPlaced
declare const event: OrderEvent
declare const state: OrderState
declare const row: OrderTotalsRow
declare const error: OrderError
declare const tree: Category
declare const cents: Cents
declare const reduced: Reduced
declare const command: OrderCommand
export type Refusal = NotNew

export const /*fieldOfBrand*/total = state.total
export const /*list*/lines = placed.lines
export const /*class*/address = placed.address
export const /*tag*/tag = event._tag
export const /*rowField*/orderId = row.orderId
export const /*below*/below = tree.below
export const /*plus*/plus = (a: typeof cents, b: typeof reduced) => a + b

export const apply = Order.apply({
  OrderPlaced: (/*handlerState*/before, /*handlerEvent*/one) => ({ ...before, lines: one.lines }),
  Everything: (before) => before,
  OrderDropped: (before) => before
})
export const /*decision*/decide = (orders: typeof Order) => orders.decide

export const program = Effect.gen(function* () {
  const /*repository*/orders = yield* Orders
  const id = OrderId.make("1")
  const /*executed*/done = yield* orders.execute(id, Drop.make())
  const /*loaded*/loaded = yield* orders./*loadAsOf*/loadAsOf(id, DateTime.makeUnsafe(0))
  const totals = yield* OrderTotalsView
  const /*rows*/all = yield* totals.all
  const /*found*/found = yield* totals.get(id)
  const /*indexed*/indexed = yield* totals.byStatus("placed")
  const days = yield* ByDayView
  const /*day*/day = yield* days.get({ day: "today" })
  if (Order.isEvent(event)) void /*guarded*/event
  return [done, loaded, all, found, indexed, day, error, command] as const
})
export const /*asking*/asking = (orders: typeof Orders.Service) => orders.execute(OrderId.make("1"), Ask.make({ what: "?" }))
export const /*placing*/placing = (orders: typeof Orders.Service, place: Place) => orders.execute(OrderId.make("1"), place)
export const /*dropping*/dropping = (orders: typeof Orders.Service) => orders.execute(OrderId.make("1"), Drop.make())
`

const repository = "Repository<OrderId, OrderState, OrderEvent, OrderCommand, OrderFailures, never>"
const executed = "Effect.Effect<Executed<OrderState, OrderEvent>"

/** Text that is shown at each mark. */
const shown: Readonly<Record<string, string>> = {
  event: `(alias) interface OrderPlaced
(alias) const OrderPlaced: {
    make: (fields: {
        readonly short?: OrderId;
        readonly lines: readonly [Line, ...ReadonlyArray<Line>];
        readonly channel: Channel;
        readonly address: Address;
        readonly category?: Category;
        readonly note?: string | null;
        readonly "gift-note"?: string;
    }) => OrderPlaced;
    is: (event: {
        readonly _tag: string;
    }) => event is OrderPlaced;
}
import OrderPlaced`,
  constructor: `(alias) interface OrderDropped
(alias) const OrderDropped: {
    make: () => OrderDropped;
    is: (event: {
        readonly _tag: string;
    }) => event is OrderDropped;
}
import OrderDropped`,
  union: "(alias) type OrderEvent = OrderPlaced | Everything | OrderDropped\nimport OrderEvent",
  command: "(alias) type OrderCommand = Place | Drop | Ask\nimport OrderCommand",
  error: "(alias) type OrderError = NotNew | TooMuch\nimport OrderError",
  state: "(alias) interface OrderState\nimport OrderState",
  row: "(alias) interface OrderTotalsRow\nimport OrderTotalsRow",
  service: "(alias) class Orders\nimport Orders",
  brand: '(alias) type Cents = bigint & Brand<"Cents">\nimport Cents',
  onBrand: '(alias) type Reduced = bigint & Brand<"Cents"> & Brand<"Reduced">\nimport Reduced',
  recursive: "(alias) interface Category\nimport Category",
  fieldOfBrand: "const total: Cents | undefined",
  list: "const lines: readonly [Line, ...Line[]]",
  class: "const address: Address",
  tag: 'const tag: "OrderPlaced" | "Everything" | "OrderDropped"',
  rowField: "const orderId: OrderId",
  below: "const below: readonly Category[]",
  plus: "const plus: (a: typeof cents, b: typeof reduced) => bigint",
  handlerState: "(parameter) before: OrderState",
  handlerEvent: "(parameter) one: OrderPlaced",
  decision: "const decide: (orders: typeof Order) => (on: OrderDecider) => OrderDecide",
  repository: `const orders: ${repository}`,
  executed: "const done: Executed<OrderState, OrderEvent>",
  loaded: "const loaded: Loaded<OrderState>",
  loadAsOf: `(property) ${repository}.loadAsOf: (id: OrderId, time: DateTime.Utc) => Effect.Effect<Loaded<OrderState>, EventStoreError, never>`,
  rows: "const all: readonly OrderTotalsRow[]",
  found: "const found: OrderTotalsRow | undefined",
  indexed: "const indexed: readonly OrderTotalsRow[]",
  day: "const day: ByDayRow | undefined",
  guarded: "const event: OrderEvent",
  // What may refuse a command is what that command declares: one error, two, none.
  asking: `const asking: (orders: typeof Orders.Service) => ${executed}, NotNew | EventStoreError, never>`,
  placing: `const placing: (orders: typeof Orders.Service, place: Place) => ${executed}, NotNew | TooMuch | EventStoreError, never>`,
  dropping: `const dropping: (orders: typeof Orders.Service) => ${executed}, EventStoreError, never>`
}

describe("a hover shows", () => {
  let hovers: Hovers
  beforeAll(() => {
    hovers = open(join(golden, "../../../tsconfig.json"), join(golden, "src/shop/probe.ts"), probe)
  })
  it("code that is right, and each mark in it", () => {
    expect(hovers.errors()).toEqual([])
    const marks = [...probe.matchAll(/\/\*(\w+)\*\//g)].map(([, mark]) => mark)
    expect(marks.sort()).toEqual(Object.keys(shown).sort())
  })
  it.each(Object.entries(shown))("%s", (mark, text) => {
    expect(hovers.at(mark)).toBe(text)
  })
})
