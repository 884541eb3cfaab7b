// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed f049d847399439fc
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"

// ---- events ---------------------------------------------------------------------------------------------------------

export interface StockMoved {
  readonly _tag: "StockMoved"
  readonly by: number
}
export type StockEvent = StockMoved

export const StockMoved = {
  make: (fields: { readonly by: number }): StockMoved => ({
    _tag: "StockMoved",
    by: fields.by
  }),
  is: (event: { readonly _tag: string }): event is StockMoved => event._tag === "StockMoved"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface StockState {
  readonly n: number
}

// ---- commands -------------------------------------------------------------------------------------------------------

export interface Move {
  readonly _tag: "Move"
}
export type StockCommand = Move

export const Move = {
  make: (): Move => ({ _tag: "Move" }),
  is: (command: { readonly _tag: string }): command is Move => command._tag === "Move"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export type StockError = never

/** Errors that can refuse each command. */
export interface StockFailures {
  readonly Move: never
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../stock.apply.ts. */
export interface StockHandlers {
  readonly StockMoved: (state: StockState, event: StockMoved) => StockState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../stock.decide.ts.
 */
export interface StockDecider {
  readonly Move: (state: StockState, command: Move, facts: Decider.Facts) => ReadonlyArray<StockMoved>
}

/** (state, event) → state. */
export type StockApply = (state: StockState, event: StockEvent) => StockState
/** (state, command, facts) → events or a domain error. */
export type StockDecide = (state: StockState, command: StockCommand, facts: Decider.Facts) => ReadonlyArray<StockEvent>

export const Stock = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: StockHandlers): StockApply =>
    (state, event) => {
      switch (event._tag) {
        case "StockMoved":
          return on.StockMoved(state, event)
        default:
          return Fold.unhandled("Stock.apply", event as never)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: StockDecider): StockDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "Move":
          return on.Move(state, command, facts)
        default:
          return Fold.unhandled("Stock.decide", command as never)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is StockEvent => StockMoved.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is StockCommand => Move.is(command)
}
