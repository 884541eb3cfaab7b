// Written by `eventfold gen` from schemas/depot. Do not edit: change the schema and run `eventfold gen`.
// Sealed 3cd1c976453a6e1b
import type { Brand } from "effect"

// Written out, instead of `typeof Money.Type`: only so do hovers and errors say the name.
export interface Category {
  readonly name: string
  /** What is within it. */
  readonly below: ReadonlyArray<Category>
}
export type OrderId = string & Brand.Brand<"OrderId">
export type StockId = string & Brand.Brand<"StockId">
