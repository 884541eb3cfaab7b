// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 27afe4c71426f010
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { OrderTotalsLaws } from "./order-totals.laws.ts"

describe("OrderTotals", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(OrderTotalsLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(OrderTotalsLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(OrderTotalsLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OrderTotalsLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(OrderTotalsLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OrderTotalsLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OrderTotalsLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(OrderTotalsLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(OrderTotalsLaws))
})
