// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5a3a6ebcc9b65d13
import type { Option } from "effect"
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { AccountId, Money, TransactionId } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** The money is lent: `amount` in all, `payment` a month for so many `months`. */
export interface LoanGranted {
  readonly _tag: "LoanGranted"
  readonly accountId: AccountId
  readonly amount: Money
  readonly months: number
  readonly payment: Money
}
export interface PaymentMade {
  readonly _tag: "PaymentMade"
  readonly accountId: AccountId
  readonly transactionId: TransactionId
  readonly amount: Money
}
export type LoanEvent = LoanGranted | PaymentMade

export const LoanGranted = {
  make: (fields: {
    readonly accountId: AccountId
    readonly amount: Money
    readonly months: number
    readonly payment: Money
  }): LoanGranted => ({
    _tag: "LoanGranted",
    accountId: fields.accountId,
    amount: fields.amount,
    months: fields.months,
    payment: fields.payment
  }),
  is: (event: { readonly _tag: string }): event is LoanGranted => event._tag === "LoanGranted"
}
export const PaymentMade = {
  make: (fields: {
    readonly accountId: AccountId
    readonly transactionId: TransactionId
    readonly amount: Money
  }): PaymentMade => ({
    _tag: "PaymentMade",
    accountId: fields.accountId,
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is PaymentMade => event._tag === "PaymentMade"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface LoanState {
  readonly account: Option.Option<AccountId>
  readonly granted: Money
  readonly repaid: Money
  readonly payments: number
}

// ---- commands -------------------------------------------------------------------------------------------------------

export interface GrantLoan {
  readonly _tag: "GrantLoan"
  readonly accountId: AccountId
  readonly amount: Money
  readonly months: number
  readonly payment: Money
}
export interface MakePayment {
  readonly _tag: "MakePayment"
  readonly transactionId: TransactionId
  readonly amount: Money
}
export type LoanCommand = GrantLoan | MakePayment

export const GrantLoan = {
  make: (fields: {
    readonly accountId: AccountId
    readonly amount: Money
    readonly months: number
    readonly payment: Money
  }): GrantLoan => ({
    _tag: "GrantLoan",
    accountId: fields.accountId,
    amount: fields.amount,
    months: fields.months,
    payment: fields.payment
  }),
  is: (command: { readonly _tag: string }): command is GrantLoan => command._tag === "GrantLoan"
}
export const MakePayment = {
  make: (fields: { readonly transactionId: TransactionId; readonly amount: Money }): MakePayment => ({
    _tag: "MakePayment",
    transactionId: fields.transactionId,
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is MakePayment => command._tag === "MakePayment"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface LoanAlreadyGranted {
  readonly _tag: "LoanAlreadyGranted"
}
export interface LoanNotGranted {
  readonly _tag: "LoanNotGranted"
}
export interface PaymentExceedsDebt {
  readonly _tag: "PaymentExceedsDebt"
  readonly debt: Money
  readonly amount: Money
}
export type LoanError = LoanAlreadyGranted | LoanNotGranted | PaymentExceedsDebt

export const LoanAlreadyGranted = {
  make: (): LoanAlreadyGranted => ({ _tag: "LoanAlreadyGranted" }),
  is: (error: { readonly _tag: string }): error is LoanAlreadyGranted => error._tag === "LoanAlreadyGranted"
}
export const LoanNotGranted = {
  make: (): LoanNotGranted => ({ _tag: "LoanNotGranted" }),
  is: (error: { readonly _tag: string }): error is LoanNotGranted => error._tag === "LoanNotGranted"
}
export const PaymentExceedsDebt = {
  make: (fields: { readonly debt: Money; readonly amount: Money }): PaymentExceedsDebt => ({
    _tag: "PaymentExceedsDebt",
    debt: fields.debt,
    amount: fields.amount
  }),
  is: (error: { readonly _tag: string }): error is PaymentExceedsDebt => error._tag === "PaymentExceedsDebt"
}

/** Errors that can refuse each command. */
export interface LoanFailures {
  readonly GrantLoan: LoanAlreadyGranted
  readonly MakePayment: LoanNotGranted | PaymentExceedsDebt
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../loan.apply.ts. */
export interface LoanHandlers {
  /** The money is lent: `amount` in all, `payment` a month for so many `months`. */
  readonly LoanGranted: (state: LoanState, event: LoanGranted) => LoanState
  readonly PaymentMade: (state: LoanState, event: PaymentMade) => LoanState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../loan.decide.ts.
 */
export interface LoanDecider {
  readonly GrantLoan: (
    state: LoanState,
    command: GrantLoan,
    facts: Decider.Facts
  ) => ReadonlyArray<LoanGranted> | LoanAlreadyGranted
  readonly MakePayment: (
    state: LoanState,
    command: MakePayment,
    facts: Decider.Facts
  ) => ReadonlyArray<PaymentMade> | LoanNotGranted | PaymentExceedsDebt
}

/** (state, event) → state. */
export type LoanApply = (state: LoanState, event: LoanEvent) => LoanState
/** (state, command, facts) → events or a domain error. */
export type LoanDecide = (
  state: LoanState,
  command: LoanCommand,
  facts: Decider.Facts
) => ReadonlyArray<LoanEvent> | LoanError

/** A loan, paid back in monthly payments from the account that it was granted to. */
export const Loan = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: LoanHandlers): LoanApply =>
    (state, event) => {
      switch (event._tag) {
        case "LoanGranted":
          return on.LoanGranted(state, event)
        case "PaymentMade":
          return on.PaymentMade(state, event)
        default:
          return Fold.unhandled("Loan.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: LoanDecider): LoanDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "GrantLoan":
          return on.GrantLoan(state, command, facts)
        case "MakePayment":
          return on.MakePayment(state, command, facts)
        default:
          return Fold.unhandled("Loan.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is LoanEvent => LoanGranted.is(event) || PaymentMade.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is LoanCommand =>
    GrantLoan.is(command) || MakePayment.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is LoanError =>
    LoanAlreadyGranted.is(error) || LoanNotGranted.is(error) || PaymentExceedsDebt.is(error)
}
