/** Computes the state of Stock after each event. Pure: no clock, no randomness, only state and event. */
import { Fold } from "eventfold/generated"
import { Stock, type StockState } from "./generated/stock.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// Keep the return type: without it, TypeScript accepts a misspelt field of the state.
export const apply = Stock.apply({
  StockMoved: (_state, _event): StockState => Fold.notWritten("Stock.apply StockMoved")
})
