// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 1b84b0dfef9aa490
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { OrderCodec } from "./order.codec.ts"
import { OrderLaws } from "./order.laws.ts"

describe("Order", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(OrderCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(OrderLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(OrderLaws))
  it("handlers read only their arguments", () => Laws.hermetic(OrderLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(OrderLaws))
  it("events and states survive their codecs", () => Laws.codecs(OrderLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(OrderLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(OrderLaws))
  it("running a command again changes nothing", () => Laws.repetition(OrderLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(OrderLaws))
  it("instances do not depend on each other's events", () => Laws.independence(OrderLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(OrderLaws))
})
