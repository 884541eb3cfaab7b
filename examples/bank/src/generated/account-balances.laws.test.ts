// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 708cb87fc86ec04d
import { ProjectionLaws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, it } from "vitest"
import { AccountBalancesLaws } from "./account-balances.laws.ts"

describe("AccountBalances", { timeout: 600_000 }, () => {
  it("folding twice gives the same rows, inputs untouched", () => ProjectionLaws.determinism(AccountBalancesLaws))
  it("handlers and key functions read nothing but their arguments", () => ProjectionLaws.hermetic(AccountBalancesLaws))
  it("the keys of an event depend on nothing but the event and its place", () => ProjectionLaws.keys(AccountBalancesLaws))
  it("folding in pages of any size gives the same rows", () => ProjectionLaws.pages(AccountBalancesLaws))
  it("beginning again from any checkpoint changes nothing", () => ProjectionLaws.restarts(AccountBalancesLaws))
  it("rows do not depend on the events of other rows", () => ProjectionLaws.independence(AccountBalancesLaws))
  it("rows fit their schema, and rows and keys survive their codecs", () => ProjectionLaws.codecs(AccountBalancesLaws))
  it("inline, live, followed and rebuilt rows are the same", () => ProjectionLaws.keeping(AccountBalancesLaws))
  it("random logs come to every event", () => void ProjectionLaws.coverage(AccountBalancesLaws))
})
