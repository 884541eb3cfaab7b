// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9bcf90116df3d9ec
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { MonthlyCashflowLaws } from "./monthly-cashflow.laws.ts"

describe("MonthlyCashflow", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(MonthlyCashflowLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(MonthlyCashflowLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(MonthlyCashflowLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(MonthlyCashflowLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(MonthlyCashflowLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(MonthlyCashflowLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(MonthlyCashflowLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(MonthlyCashflowLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(MonthlyCashflowLaws))
})
