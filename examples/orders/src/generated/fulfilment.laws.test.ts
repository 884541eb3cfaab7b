// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a38fe23c9d4f5818
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { FulfilmentLaws } from "./fulfilment.laws.ts"

describe("Fulfilment", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(FulfilmentLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(FulfilmentLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(FulfilmentLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(FulfilmentLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(FulfilmentLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(FulfilmentLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(FulfilmentLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(FulfilmentLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(FulfilmentLaws))
})
