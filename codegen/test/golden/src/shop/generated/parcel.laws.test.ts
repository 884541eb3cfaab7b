// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed f6a537272e86d449
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { ParcelCodec } from "./parcel.codec.ts"
import { ParcelLaws } from "./parcel.laws.ts"

describe("Parcel", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(ParcelCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(ParcelLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(ParcelLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(ParcelLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(ParcelLaws))
  it("events and states survive their codecs", () => Laws.codecs(ParcelLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(ParcelLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(ParcelLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(ParcelLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(ParcelLaws))
  it("instances do not depend on each other's events", () => Laws.independence(ParcelLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(ParcelLaws))
})
