// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0840faeee748359c
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { OutlookLaws } from "./outlook.laws.ts"

describe("Outlook", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(OutlookLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(OutlookLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(OutlookLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OutlookLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(OutlookLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OutlookLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OutlookLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(OutlookLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(OutlookLaws))
})
