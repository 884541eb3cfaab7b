// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a995fdfdc4b14dbd
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { LoanCodec } from "./loan.codec.ts"
import { LoanLaws } from "./loan.laws.ts"

describe("Loan", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(LoanCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(LoanLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(LoanLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(LoanLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(LoanLaws))
  it("events and states survive their codecs", () => Laws.codecs(LoanLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(LoanLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(LoanLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(LoanLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(LoanLaws))
  it("instances do not depend on each other's events", () => Laws.independence(LoanLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(LoanLaws))
})
