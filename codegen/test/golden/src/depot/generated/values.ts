// Written by `eventfold gen` from schemas/depot. Do not edit: change the schema and run `eventfold gen`.
// Sealed 75f0cf4b3ddd142f
import type { Brand } from "effect"

// Written out instead of `typeof Money.Type`, so that hovers and errors show the names.
export interface Category {
  readonly name: string
  /** Categories below it. */
  readonly below: ReadonlyArray<Category>
}
export type OrderId = string & Brand.Brand<"OrderId">
export type StockId = string & Brand.Brand<"StockId">
