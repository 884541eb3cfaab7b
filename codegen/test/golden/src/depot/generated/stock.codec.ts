// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d6ec4483bca70995
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Stock as StockSchema } from "../../../schemas/depot/stock.ts"
import { install } from "./stock.codec.aot.ts"
import type { StockCommand, StockEvent, StockState } from "./stock.ts"
import type { StockId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<StockEvent, StockState>()({
  event: StockSchema.event,
  state: StockSchema.state,
  compiled: install,
  target: "4.1.0-5f304a2c4f705a38-37025b7142f96b8d"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const StockCodec: Codec.Codec<StockEvent, StockState> = codec
export const StockDeclaration: Aggregate.Typed<StockId, StockState, StockEvent, StockCommand> = StockSchema
