// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 24b150e148e375ca
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { PlacedOrdersLaws } from "./placed-orders.laws.ts"

describe("PlacedOrders", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(PlacedOrdersLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(PlacedOrdersLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(PlacedOrdersLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(PlacedOrdersLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(PlacedOrdersLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(PlacedOrdersLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(PlacedOrdersLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(PlacedOrdersLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(PlacedOrdersLaws))
})
