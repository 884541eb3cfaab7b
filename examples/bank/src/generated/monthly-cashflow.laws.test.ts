// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6f409c62054a4e8c
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { MonthlyCashflowLaws } from "./monthly-cashflow.laws.ts"

describe("MonthlyCashflow", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(MonthlyCashflowLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(MonthlyCashflowLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(MonthlyCashflowLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(MonthlyCashflowLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(MonthlyCashflowLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(MonthlyCashflowLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(MonthlyCashflowLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(MonthlyCashflowLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(MonthlyCashflowLaws))
})
