// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5a0736cbc18e7d7e
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { ByDayLaws } from "./by-day.laws.ts"

describe("ByDay", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(ByDayLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(ByDayLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(ByDayLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(ByDayLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(ByDayLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(ByDayLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(ByDayLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(ByDayLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(ByDayLaws))
})
