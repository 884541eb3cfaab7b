// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5be4d5bffb20123e
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
  target: "4.1.0-8fc371c396cb3f47-5f6fbd779e78a65b"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const StockCodec: Codec.Codec<StockEvent, StockState> = codec
export const StockDeclaration: Aggregate.Typed<StockId, StockState, StockEvent, StockCommand> = StockSchema
