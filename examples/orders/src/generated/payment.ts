// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e30f87d8e6474d58
import type { DateTime } from "effect"
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Cents } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** The customer is asked to pay until a time. */
export interface PaymentRequested {
  readonly _tag: "PaymentRequested"
  readonly amount: Cents
  readonly dueBy: DateTime.Utc
}
/** Money came in; so much is still to come. */
export interface PaymentCaptured {
  readonly _tag: "PaymentCaptured"
  readonly amount: Cents
  readonly outstanding: Cents
}
/** The rest of the payment will not arrive; earlier parts have arrived. */
export interface PaymentDeclined {
  readonly _tag: "PaymentDeclined"
  readonly reason: string
}
/** All that had come in, and had not gone back before, went back. */
export interface PaymentRefunded {
  readonly _tag: "PaymentRefunded"
  readonly amount: Cents
}
export type PaymentEvent = PaymentRequested | PaymentCaptured | PaymentDeclined | PaymentRefunded

export const PaymentRequested = {
  make: (fields: { readonly amount: Cents; readonly dueBy: DateTime.Utc }): PaymentRequested => ({
    _tag: "PaymentRequested",
    amount: fields.amount,
    dueBy: fields.dueBy
  }),
  is: (event: { readonly _tag: string }): event is PaymentRequested => event._tag === "PaymentRequested"
}
export const PaymentCaptured = {
  make: (fields: { readonly amount: Cents; readonly outstanding: Cents }): PaymentCaptured => ({
    _tag: "PaymentCaptured",
    amount: fields.amount,
    outstanding: fields.outstanding
  }),
  is: (event: { readonly _tag: string }): event is PaymentCaptured => event._tag === "PaymentCaptured"
}
export const PaymentDeclined = {
  make: (fields: { readonly reason: string }): PaymentDeclined => ({
    _tag: "PaymentDeclined",
    reason: fields.reason
  }),
  is: (event: { readonly _tag: string }): event is PaymentDeclined => event._tag === "PaymentDeclined"
}
export const PaymentRefunded = {
  make: (fields: { readonly amount: Cents }): PaymentRefunded => ({
    _tag: "PaymentRefunded",
    amount: fields.amount
  }),
  is: (event: { readonly _tag: string }): event is PaymentRefunded => event._tag === "PaymentRefunded"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface PaymentState {
  readonly status: "Unrequested" | "Requested" | "Captured" | "Declined"
  /** The amount to pay. */
  readonly amount: Cents
  readonly captured: Cents
  readonly refunded: Cents
}

// ---- commands -------------------------------------------------------------------------------------------------------

/** Asks the customer for what the order costs. */
export interface RequestPayment {
  readonly _tag: "RequestPayment"
  readonly amount: Cents
  readonly dueBy: DateTime.Utc
}
/**
 * Notes that the provider has taken all of it, or a part: also when the order was cancelled by
 * then, since the money is there.
 */
export interface CapturePayment {
  readonly _tag: "CapturePayment"
  readonly amount: Cents
}
/** Notes that the provider will not take what is still to come. */
export interface DeclinePayment {
  readonly _tag: "DeclinePayment"
  readonly reason: string
}
/** Refunds everything that has been paid. */
export interface RefundPayment {
  readonly _tag: "RefundPayment"
}
export type PaymentCommand = RequestPayment | CapturePayment | DeclinePayment | RefundPayment

export const RequestPayment = {
  make: (fields: { readonly amount: Cents; readonly dueBy: DateTime.Utc }): RequestPayment => ({
    _tag: "RequestPayment",
    amount: fields.amount,
    dueBy: fields.dueBy
  }),
  is: (command: { readonly _tag: string }): command is RequestPayment => command._tag === "RequestPayment"
}
export const CapturePayment = {
  make: (fields: { readonly amount: Cents }): CapturePayment => ({
    _tag: "CapturePayment",
    amount: fields.amount
  }),
  is: (command: { readonly _tag: string }): command is CapturePayment => command._tag === "CapturePayment"
}
export const DeclinePayment = {
  make: (fields: { readonly reason: string }): DeclinePayment => ({
    _tag: "DeclinePayment",
    reason: fields.reason
  }),
  is: (command: { readonly _tag: string }): command is DeclinePayment => command._tag === "DeclinePayment"
}
export const RefundPayment = {
  make: (): RefundPayment => ({ _tag: "RefundPayment" }),
  is: (command: { readonly _tag: string }): command is RefundPayment => command._tag === "RefundPayment"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface PaymentNotRequested {
  readonly _tag: "PaymentNotRequested"
}
export interface PaymentAlreadyRequested {
  readonly _tag: "PaymentAlreadyRequested"
}
export interface PaymentAlreadyCaptured {
  readonly _tag: "PaymentAlreadyCaptured"
}
export interface PaymentAlreadyDeclined {
  readonly _tag: "PaymentAlreadyDeclined"
}
/** The provider took more than was asked for. */
export interface CaptureExceedsOutstanding {
  readonly _tag: "CaptureExceedsOutstanding"
  readonly amount: Cents
  readonly outstanding: Cents
}
export interface NothingToRefund {
  readonly _tag: "NothingToRefund"
}
export type PaymentError =
  | PaymentNotRequested
  | PaymentAlreadyRequested
  | PaymentAlreadyCaptured
  | PaymentAlreadyDeclined
  | CaptureExceedsOutstanding
  | NothingToRefund

export const PaymentNotRequested = {
  make: (): PaymentNotRequested => ({ _tag: "PaymentNotRequested" }),
  is: (error: { readonly _tag: string }): error is PaymentNotRequested => error._tag === "PaymentNotRequested"
}
export const PaymentAlreadyRequested = {
  make: (): PaymentAlreadyRequested => ({ _tag: "PaymentAlreadyRequested" }),
  is: (error: { readonly _tag: string }): error is PaymentAlreadyRequested => error._tag === "PaymentAlreadyRequested"
}
export const PaymentAlreadyCaptured = {
  make: (): PaymentAlreadyCaptured => ({ _tag: "PaymentAlreadyCaptured" }),
  is: (error: { readonly _tag: string }): error is PaymentAlreadyCaptured => error._tag === "PaymentAlreadyCaptured"
}
export const PaymentAlreadyDeclined = {
  make: (): PaymentAlreadyDeclined => ({ _tag: "PaymentAlreadyDeclined" }),
  is: (error: { readonly _tag: string }): error is PaymentAlreadyDeclined => error._tag === "PaymentAlreadyDeclined"
}
export const CaptureExceedsOutstanding = {
  make: (fields: { readonly amount: Cents; readonly outstanding: Cents }): CaptureExceedsOutstanding => ({
    _tag: "CaptureExceedsOutstanding",
    amount: fields.amount,
    outstanding: fields.outstanding
  }),
  is: (error: { readonly _tag: string }): error is CaptureExceedsOutstanding => error._tag === "CaptureExceedsOutstanding"
}
export const NothingToRefund = {
  make: (): NothingToRefund => ({ _tag: "NothingToRefund" }),
  is: (error: { readonly _tag: string }): error is NothingToRefund => error._tag === "NothingToRefund"
}

/** Errors that can refuse each command. */
export interface PaymentFailures {
  readonly RequestPayment: PaymentAlreadyRequested
  readonly CapturePayment:
    | PaymentNotRequested
    | PaymentAlreadyCaptured
    | PaymentAlreadyDeclined
    | CaptureExceedsOutstanding
  readonly DeclinePayment: PaymentNotRequested | PaymentAlreadyCaptured | PaymentAlreadyDeclined
  readonly RefundPayment: NothingToRefund
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../payment.apply.ts. */
export interface PaymentHandlers {
  /** The customer is asked to pay until a time. */
  readonly PaymentRequested: (state: PaymentState, event: PaymentRequested) => PaymentState
  /** Money came in; so much is still to come. */
  readonly PaymentCaptured: (state: PaymentState, event: PaymentCaptured) => PaymentState
  /** The rest of the payment will not arrive; earlier parts have arrived. */
  readonly PaymentDeclined: (state: PaymentState, event: PaymentDeclined) => PaymentState
  /** All that had come in, and had not gone back before, went back. */
  readonly PaymentRefunded: (state: PaymentState, event: PaymentRefunded) => PaymentState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../payment.decide.ts.
 */
export interface PaymentDecider {
  /** Asks the customer for what the order costs. */
  readonly RequestPayment: (
    state: PaymentState,
    command: RequestPayment,
    facts: Decider.Facts
  ) => ReadonlyArray<PaymentRequested> | PaymentAlreadyRequested
  /**
   * Notes that the provider has taken all of it, or a part: also when the order was cancelled by
   * then, since the money is there.
   */
  readonly CapturePayment: (
    state: PaymentState,
    command: CapturePayment,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<PaymentCaptured>
    | PaymentNotRequested
    | PaymentAlreadyCaptured
    | PaymentAlreadyDeclined
    | CaptureExceedsOutstanding
  /** Notes that the provider will not take what is still to come. */
  readonly DeclinePayment: (
    state: PaymentState,
    command: DeclinePayment,
    facts: Decider.Facts
  ) => ReadonlyArray<PaymentDeclined> | PaymentNotRequested | PaymentAlreadyCaptured | PaymentAlreadyDeclined
  /** Refunds everything that has been paid. */
  readonly RefundPayment: (
    state: PaymentState,
    command: RefundPayment,
    facts: Decider.Facts
  ) => ReadonlyArray<PaymentRefunded> | NothingToRefund
}

/** (state, event) → state. */
export type PaymentApply = (state: PaymentState, event: PaymentEvent) => PaymentState
/** (state, command, facts) → events or a domain error. */
export type PaymentDecide = (
  state: PaymentState,
  command: PaymentCommand,
  facts: Decider.Facts
) => ReadonlyArray<PaymentEvent> | PaymentError

/**
 * The payment of an order: asked for once, captured in one part or in several, and given back where
 * nothing is sent.
 */
export const Payment = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: PaymentHandlers): PaymentApply =>
    (state, event) => {
      switch (event._tag) {
        case "PaymentRequested":
          return on.PaymentRequested(state, event)
        case "PaymentCaptured":
          return on.PaymentCaptured(state, event)
        case "PaymentDeclined":
          return on.PaymentDeclined(state, event)
        case "PaymentRefunded":
          return on.PaymentRefunded(state, event)
        default:
          return Fold.unhandled("Payment.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: PaymentDecider): PaymentDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "RequestPayment":
          return on.RequestPayment(state, command, facts)
        case "CapturePayment":
          return on.CapturePayment(state, command, facts)
        case "DeclinePayment":
          return on.DeclinePayment(state, command, facts)
        case "RefundPayment":
          return on.RefundPayment(state, command, facts)
        default:
          return Fold.unhandled("Payment.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is PaymentEvent =>
    PaymentRequested.is(event) || PaymentCaptured.is(event) || PaymentDeclined.is(event) || PaymentRefunded.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is PaymentCommand =>
    RequestPayment.is(command) || CapturePayment.is(command) || DeclinePayment.is(command) || RefundPayment.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is PaymentError =>
    PaymentNotRequested.is(error) ||
    PaymentAlreadyRequested.is(error) ||
    PaymentAlreadyCaptured.is(error) ||
    PaymentAlreadyDeclined.is(error) ||
    CaptureExceedsOutstanding.is(error) ||
    NothingToRefund.is(error)
}
