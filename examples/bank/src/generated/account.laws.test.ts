// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 08762f822ee12e7e
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { AccountCodec } from "./account.codec.ts"
import { AccountLaws } from "./account.laws.ts"

describe("Account", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(AccountCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(AccountLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(AccountLaws))
  it("handlers read only their arguments", () => Laws.hermetic(AccountLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(AccountLaws))
  it("events and states survive their codecs", () => Laws.codecs(AccountLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(AccountLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(AccountLaws))
  it("running a command again changes nothing", () => Laws.repetition(AccountLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(AccountLaws))
  it("instances do not depend on each other's events", () => Laws.independence(AccountLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(AccountLaws))
})
