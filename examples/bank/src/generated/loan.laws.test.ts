// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 7fdfbe470382bfc3
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { LoanCodec } from "./loan.codec.ts"
import { LoanLaws } from "./loan.laws.ts"

describe("Loan", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(LoanCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(LoanLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(LoanLaws))
  it("handlers read only their arguments", () => Laws.hermetic(LoanLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(LoanLaws))
  it("events and states survive their codecs", () => Laws.codecs(LoanLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(LoanLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(LoanLaws))
  it("running a command again changes nothing", () => Laws.repetition(LoanLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(LoanLaws))
  it("instances do not depend on each other's events", () => Laws.independence(LoanLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(LoanLaws))
})
