// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 7d5c6098a0ea455a
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { AccountCodec } from "./account.codec.ts"
import { AccountLaws } from "./account.laws.ts"

describe("Account", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(AccountCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(AccountLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(AccountLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(AccountLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(AccountLaws))
  it("events and states survive their codecs", () => Laws.codecs(AccountLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(AccountLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(AccountLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(AccountLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(AccountLaws))
  it("instances do not depend on each other's events", () => Laws.independence(AccountLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(AccountLaws))
})
