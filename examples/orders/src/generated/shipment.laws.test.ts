// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed cae0723bce785af1
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { ShipmentCodec } from "./shipment.codec.ts"
import { ShipmentLaws } from "./shipment.laws.ts"

describe("Shipment", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(ShipmentCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(ShipmentLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(ShipmentLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(ShipmentLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(ShipmentLaws))
  it("events and states survive their codecs", () => Laws.codecs(ShipmentLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(ShipmentLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(ShipmentLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(ShipmentLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(ShipmentLaws))
  it("instances do not depend on each other's events", () => Laws.independence(ShipmentLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(ShipmentLaws))
})
