// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 62198486755e8f42
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { OutlookLaws } from "./outlook.laws.ts"

describe("Outlook", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(OutlookLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(OutlookLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(OutlookLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(OutlookLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(OutlookLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(OutlookLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(OutlookLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(OutlookLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(OutlookLaws))
})
