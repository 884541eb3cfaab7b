// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed f3f58a1aef9f6b78
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { AccountStandingLaws } from "./account-standing.laws.ts"

describe("AccountStanding", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(AccountStandingLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(AccountStandingLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(AccountStandingLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(AccountStandingLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(AccountStandingLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(AccountStandingLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(AccountStandingLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(AccountStandingLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(AccountStandingLaws))
})
