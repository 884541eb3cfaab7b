// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4b17b73677893c45
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { ParcelCodec } from "./parcel.codec.ts"
import { ParcelLaws } from "./parcel.laws.ts"

describe("Parcel", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(ParcelCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(ParcelLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(ParcelLaws))
  it("handlers read only their arguments", () => Laws.hermetic(ParcelLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(ParcelLaws))
  it("events and states survive their codecs", () => Laws.codecs(ParcelLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(ParcelLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(ParcelLaws))
  it("running a command again changes nothing", () => Laws.repetition(ParcelLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(ParcelLaws))
  it("instances do not depend on each other's events", () => Laws.independence(ParcelLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(ParcelLaws))
})
