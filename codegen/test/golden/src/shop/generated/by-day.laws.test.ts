// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5f648b48d636dd7f
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { ByDayLaws } from "./by-day.laws.ts"

describe("ByDay", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(ByDayLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(ByDayLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(ByDayLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(ByDayLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(ByDayLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(ByDayLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(ByDayLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(ByDayLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(ByDayLaws))
})
