// Written by `eventfold gen` from schemas/shop. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6c7585c757f9987d
import type { Brand } from "effect"

// Written out instead of `typeof Money.Type`, so that hovers and errors show the names.
export interface Category {
  readonly name: string
  /** Categories below it. */
  readonly below: ReadonlyArray<Category>
}
/** An amount in cents. */
export type Cents = bigint & Brand.Brand<"Cents">
export type Channel = "web" | "phone"
export interface Line {
  /** Printed *\/ on the shelf: `"A|B"`, <b>größer</b> than 日本 🏦. */
  readonly sku: string
  readonly price: Cents
  readonly reduced?: Reduced
  readonly quantity: number
}
export type OrderId = string & Brand.Brand<"OrderId">
export type Reduced = bigint & Brand.Brand<"Cents"> & Brand.Brand<"Reduced">
