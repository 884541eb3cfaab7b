// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e23b7dc8be3756d3
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { PaymentCodec } from "./payment.codec.ts"
import { PaymentLaws } from "./payment.laws.ts"

describe("Payment", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(PaymentCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(PaymentLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(PaymentLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(PaymentLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(PaymentLaws))
  it("events and states survive their codecs", () => Laws.codecs(PaymentLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(PaymentLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(PaymentLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(PaymentLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(PaymentLaws))
  it("instances do not depend on each other's events", () => Laws.independence(PaymentLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(PaymentLaws))
})
