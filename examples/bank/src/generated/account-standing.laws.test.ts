// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 171a1bfbe50a279d
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { AccountStandingLaws } from "./account-standing.laws.ts"

describe("AccountStanding", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(AccountStandingLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(AccountStandingLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(AccountStandingLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(AccountStandingLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(AccountStandingLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(AccountStandingLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(AccountStandingLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(AccountStandingLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(AccountStandingLaws))
})
