// Written by `eventfold gen` from schemas/orders. Do not edit: change the schema and run `eventfold gen`.
// Sealed 8c4127949e7c3b1e
import type { Brand } from "effect"

// Written out, instead of `typeof Money.Type`: only so do hovers and errors say the name.
/** Where parcels go. */
export interface Address {
  readonly name: string
  readonly street: string
  readonly city: string
  readonly country: string
}
/** Money in whole cents, at most 100,000.00: bounded, so that random amounts meet each other. */
export type Cents = number & Brand.Brand<"Cents">
export type CustomerId = string & Brand.Brand<"CustomerId">
/** So many of an article. */
export interface Item {
  readonly sku: Sku
  readonly quantity: number
}
export type Items = ReadonlyArray<Item>
/** So many of an article, at the price of the day on which the order was placed. */
export interface Line {
  readonly sku: Sku
  readonly quantity: number
  readonly unitPrice: Cents
}
/** Names an order, and with it its payment and its shipment: each order has one of either. */
export type OrderId = string & Brand.Brand<"OrderId">
/** Why an order came to nothing. */
export type Reason = "payment declined" | "payment overdue" | "shipment failed" | "shipment overdue"
/** What the shop calls an article. */
export type Sku = string & Brand.Brand<"Sku">
