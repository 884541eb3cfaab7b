// Written by `eventfold gen` from schemas/bank. Do not edit: change the schema and run `eventfold gen`.
// Sealed f997ed8c41acbe5f
import type { Brand } from "effect"

// Written out instead of `typeof Money.Type`, so that hovers and errors show the names.
export type AccountId = string & Brand.Brand<"AccountId">
export type CashflowKind =
  | "cash in"
  | "cash out"
  | "card"
  | "transfer in"
  | "transfer out"
  | "interest"
  | "fee"
  | "penalty interest"
/** The other side of a transfer. */
export interface Counterparty {
  readonly bank: string
  readonly account: string
}
export type LoanId = string & Brand.Brand<"LoanId">
/** Money in exact hellers; below zero is a debt. */
export type Money = bigint & Brand.Brand<"Money">
/** A month of the calendar, as `1993-03`. */
export type Month = string & Brand.Brand<"Month">
/** The purpose of a payment, if the bank recorded it. */
export type Purpose = "unspecified" | "household" | "insurance" | "loan" | "pension"
/** The bank's own number of a transaction. */
export type TransactionId = string & Brand.Brand<"TransactionId">
