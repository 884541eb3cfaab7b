// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 592c76920afc6013
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { PaymentCodec } from "./payment.codec.ts"
import { PaymentLaws } from "./payment.laws.ts"

describe("Payment", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(PaymentCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(PaymentLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(PaymentLaws))
  it("handlers read only their arguments", () => Laws.hermetic(PaymentLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(PaymentLaws))
  it("events and states survive their codecs", () => Laws.codecs(PaymentLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(PaymentLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(PaymentLaws))
  it("running a command again changes nothing", () => Laws.repetition(PaymentLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(PaymentLaws))
  it("instances do not depend on each other's events", () => Laws.independence(PaymentLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(PaymentLaws))
})
