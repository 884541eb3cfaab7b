// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 677bb75039443920
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { ShipmentCodec } from "./shipment.codec.ts"
import { ShipmentLaws } from "./shipment.laws.ts"

describe("Shipment", () => {
  it("generated code fits the schema", () => expect(ShipmentCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(ShipmentLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(ShipmentLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(ShipmentLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(ShipmentLaws))
  it("events and states survive their codecs", () => Laws.codecs(ShipmentLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(ShipmentLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(ShipmentLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(ShipmentLaws))
})
