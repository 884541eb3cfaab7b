// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed faa015d192528b7d
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { OrderOverviewLaws } from "./order-overview.laws.ts"

describe("OrderOverview", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(OrderOverviewLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(OrderOverviewLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(OrderOverviewLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OrderOverviewLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(OrderOverviewLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OrderOverviewLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OrderOverviewLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(OrderOverviewLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(OrderOverviewLaws))
})
