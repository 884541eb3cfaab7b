// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0b5073bb401583ff
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { OrderCodec } from "./order.codec.ts"
import { OrderLaws } from "./order.laws.ts"

describe("Order", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(OrderCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(OrderLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(OrderLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(OrderLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(OrderLaws))
  it("events and states survive their codecs", () => Laws.codecs(OrderLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(OrderLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(OrderLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(OrderLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(OrderLaws))
  it("instances do not depend on each other's events", () => Laws.independence(OrderLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(OrderLaws))
})
