// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a0e052ded3e85200
import { Laws } from "@eventfold/testing" // first: its guards must be in place before your handlers load
import { describe, expect, it } from "vitest"
import { StockCodec } from "./stock.codec.ts"
import { StockLaws } from "./stock.laws.ts"

describe("Stock", { timeout: 600_000 }, () => {
  it("generated code matches the schema", () => expect(StockCodec.stale).toBe(false))
  it("folding twice gives the same states and changes no input", () => Laws.determinism(StockLaws))
  it("folding from a snapshot at any version gives the same state", () => Laws.snapshots(StockLaws))
  it("handlers read only their arguments", () => Laws.hermetic(StockLaws))
  it("folding in segments of any size gives the same state", () => Laws.segments(StockLaws))
  it("events and states survive their codecs", () => Laws.codecs(StockLaws))
  it("decisions return what their commands declare, and apply accepts it", () => Laws.decisions(StockLaws))
  it("declared invariants hold in every reachable state", () => Laws.invariants(StockLaws))
  it("running a command again changes nothing", () => Laws.repetition(StockLaws))
  it("concurrent commands of two services have the outcome of some order", () => Laws.contention(StockLaws))
  it("instances do not depend on each other's events", () => Laws.independence(StockLaws))
  it("random histories reach every event, error, conflict and snapshot", () => void Laws.coverage(StockLaws))
})
