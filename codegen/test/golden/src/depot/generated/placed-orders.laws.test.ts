// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e81ec24a0dc59702
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { PlacedOrdersLaws } from "./placed-orders.laws.ts"

describe("PlacedOrders", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(PlacedOrdersLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(PlacedOrdersLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(PlacedOrdersLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(PlacedOrdersLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(PlacedOrdersLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(PlacedOrdersLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(PlacedOrdersLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(PlacedOrdersLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(PlacedOrdersLaws))
})
