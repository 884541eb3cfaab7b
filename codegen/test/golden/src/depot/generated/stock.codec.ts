// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 447bf31e3719e703
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Stock as StockSchema } from "../../../schemas/depot/stock.ts"
import { install } from "./stock.codec.aot.ts"
import type { StockCommand, StockEvent, StockState } from "./stock.ts"
import type { StockId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<StockEvent, StockState>()({
  event: StockSchema.event,
  state: StockSchema.state,
  compiled: install,
  target: "4.1.0-8fc371c396cb3f47-5f6fbd779e78a65b"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const StockCodec: Codec.Codec<StockEvent, StockState> = codec
export const StockDeclaration: Aggregate.Typed<StockId, StockState, StockEvent, StockCommand> = StockSchema
