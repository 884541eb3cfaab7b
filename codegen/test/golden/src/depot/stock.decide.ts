/** Decides each command of Stock: returns events, or an error. Pure: the time comes in `facts`. */
import { Fold } from "eventfold/generated"
import { Stock, type StockMoved } from "./generated/stock.ts"

// Write each decision: return the events that happen, such as `[SomeEvent.make({ … })]`, or the error that refuses the
// command, such as `SomeError.make({ … })`.
export const decide = Stock.decide({
  Move: (_state, _command, _facts): ReadonlyArray<StockMoved> => Fold.notWritten("Stock.decide Move")
})
