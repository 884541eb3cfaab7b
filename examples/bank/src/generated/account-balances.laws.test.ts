// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6e7e980c9eb79956
import { ProjectionLaws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, it } from "vitest"
import { AccountBalancesLaws } from "./account-balances.laws.ts"

describe("AccountBalances", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows and changes no input", () => ProjectionLaws.determinism(AccountBalancesLaws))
  it("handlers and key functions read only their arguments", () => ProjectionLaws.hermetic(AccountBalancesLaws))
  it("the keys of an event depend only on the event and its origin", () => ProjectionLaws.keys(AccountBalancesLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(AccountBalancesLaws))
  it("continuing from any checkpoint gives the same rows", () => ProjectionLaws.restarts(AccountBalancesLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(AccountBalancesLaws))
  it("rows match their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(AccountBalancesLaws))
  it("inline, live, projected and rebuilt rows are the same", () => ProjectionLaws.keeping(AccountBalancesLaws))
  it("random logs reach every event", () => void ProjectionLaws.coverage(AccountBalancesLaws))
})
