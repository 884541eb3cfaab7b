// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c9bcc49a5730bd60
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { LastLaws } from "./last.laws.ts"

describe("Last", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(LastLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(LastLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(LastLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(LastLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(LastLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(LastLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(LastLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(LastLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(LastLaws))
})
