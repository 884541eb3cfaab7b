// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed cf7110b53b261f93
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../stock.apply.ts"
import { decide } from "../stock.decide.ts"
import { StockCodec, StockDeclaration } from "./stock.codec.ts"
import { fingerprint } from "./stock.fingerprint.ts"
import type { StockCommand, StockEvent, StockFailures, StockState } from "./stock.ts"
import type { StockId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const StockFold: Fold.Fold<StockState, StockEvent> = {
  initial: StockDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const StocksTag: Context.ServiceClass<
  Stocks,
  "depot/Stocks",
  Repository.Repository<StockId, StockState, StockEvent, StockCommand, StockFailures>
> = Context.Service<Stocks, Context.Service.Shape<typeof StocksTag>>()("depot/Stocks")

export class Stocks extends StocksTag {
  static readonly layer: Layer.Layer<Stocks, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Stock",
      id: StockDeclaration.id,
      fold: StockFold,
      decide,
      codec: StockCodec,
      command: StockDeclaration.command,
      invariants: StockDeclaration.invariants
    })
  )
}
