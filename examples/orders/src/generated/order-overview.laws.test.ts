// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e74dc1b744fcf553
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { OrderOverviewLaws } from "./order-overview.laws.ts"

describe("OrderOverview", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(OrderOverviewLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(OrderOverviewLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(OrderOverviewLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OrderOverviewLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(OrderOverviewLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OrderOverviewLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OrderOverviewLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(OrderOverviewLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(OrderOverviewLaws))
})
