// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0c84aa4d92a2c8dc
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { OrderTotalsLaws } from "./order-totals.laws.ts"

describe("OrderTotals", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(OrderTotalsLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(OrderTotalsLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(OrderTotalsLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OrderTotalsLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(OrderTotalsLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OrderTotalsLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OrderTotalsLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(OrderTotalsLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(OrderTotalsLaws))
})
