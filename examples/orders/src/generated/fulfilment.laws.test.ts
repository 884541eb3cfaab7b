// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ac73685cbe8cbe83
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { FulfilmentLaws } from "./fulfilment.laws.ts"

describe("Fulfilment", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(FulfilmentLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(FulfilmentLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(FulfilmentLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(FulfilmentLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(FulfilmentLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(FulfilmentLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(FulfilmentLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(FulfilmentLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(FulfilmentLaws))
})
