// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 02e447fec4f4cd11
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { LastLaws } from "./last.laws.ts"

describe("Last", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(LastLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(LastLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(LastLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(LastLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(LastLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(LastLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(LastLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(LastLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(LastLaws))
})
