// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d56d4de952a2c32a
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { ShipmentCodec } from "./shipment.codec.ts"
import { ShipmentLaws } from "./shipment.laws.ts"

describe("Shipment", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(ShipmentCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(ShipmentLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(ShipmentLaws))
  it("handlers read only their arguments", () => Laws.hermetic(ShipmentLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(ShipmentLaws))
  it("events and states survive their codecs", () => Laws.codecs(ShipmentLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(ShipmentLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(ShipmentLaws))
  it("running a command again changes nothing", () => Laws.repetition(ShipmentLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(ShipmentLaws))
  it("instances do not depend on each other's events", () => Laws.independence(ShipmentLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(ShipmentLaws))
})
