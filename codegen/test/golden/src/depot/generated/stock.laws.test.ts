// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 17be06d73fbf070c
import { Laws } from "@eventfold/testing" // first: its guards stand before your handlers load
import { describe, expect, it } from "vitest"
import { StockCodec } from "./stock.codec.ts"
import { StockLaws } from "./stock.laws.ts"

describe("Stock", { timeout: 600_000 }, () => {
  it("generated code fits the schema", () => expect(StockCodec.stale).toBe(false))
  it("folding twice gives the same states, inputs untouched", () => Laws.determinism(StockLaws))
  it("a snapshot at any cut changes nothing", () => Laws.snapshots(StockLaws))
  it("handlers read nothing but their arguments", () => Laws.hermetic(StockLaws))
  it("folding in pieces of any size gives the whole", () => Laws.segments(StockLaws))
  it("events and states survive their codecs", () => Laws.codecs(StockLaws))
  it("a decision is what its command declares, and apply accepts it", () => Laws.decisions(StockLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(StockLaws))
  it("a command that is run again changes nothing", () => Laws.repetition(StockLaws))
  it("commands of two services at once come out as in some order", () => Laws.contention(StockLaws))
  it("instances do not depend on each other's events", () => Laws.independence(StockLaws))
  it("random histories come to every event, error, conflict and snapshot", () => void Laws.coverage(StockLaws))
})
