// Written by `eventfold gen` from schemas/orders. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4b03d43afbc9705a
import type { Brand } from "effect"

// Written out instead of `typeof Money.Type`, so that hovers and errors show the names.
/** The address that parcels are sent to. */
export interface Address {
  readonly name: string
  readonly street: string
  readonly city: string
  readonly country: string
}
/** Money in whole cents, at most 100,000.00: bounded, so that random amounts meet each other. */
export type Cents = number & Brand.Brand<"Cents">
export type CustomerId = string & Brand.Brand<"CustomerId">
/** A quantity of an article. */
export interface Item {
  readonly sku: Sku
  readonly quantity: number
}
export type Items = ReadonlyArray<Item>
/** A quantity of an article, at the price of the day on which the order was placed. */
export interface Line {
  readonly sku: Sku
  readonly quantity: number
  readonly unitPrice: Cents
}
/** Names an order, and with it its payment and its shipment: each order has one of either. */
export type OrderId = string & Brand.Brand<"OrderId">
/** The reason why an order was cancelled. */
export type Reason = "payment declined" | "payment overdue" | "shipment failed" | "shipment overdue"
/** The shop's name of an article. */
export type Sku = string & Brand.Brand<"Sku">
