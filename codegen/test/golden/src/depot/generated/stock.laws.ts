// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 59b7d7a655ec2ec1
import type { Laws } from "@eventfold/testing"
import { decide } from "../stock.decide.ts"
import { StockCodec, StockDeclaration } from "./stock.codec.ts"
import { StockFold } from "./stock.service.ts"
import type { StockCommand, StockEvent, StockState } from "./stock.ts"

/** The aggregate as a subject of the laws. */
export const StockLaws: Laws.Subject<StockState, StockEvent, StockCommand> = {
  name: "StockLaws",
  aggregate: StockDeclaration,
  fold: StockFold,
  decide,
  codec: StockCodec
}
