/** What each event does to the state of Stock. Pure: no clock, no randomness, nothing but state and event. */
import { Fold } from "eventfold/generated"
import { Stock, type StockState } from "./generated/stock.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// It names its return type: without it, TypeScript lets a misspelt field of the state pass.
export const apply = Stock.apply({
  StockMoved: (_state, _event): StockState => Fold.notWritten("Stock.apply StockMoved")
})
