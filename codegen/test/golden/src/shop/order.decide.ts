/** Decides each command of Order: returns events, or an error. Pure: the time comes in `facts`. */
import { Fold } from "eventfold/generated"
import { type NotNew, Order, type OrderDropped, type OrderPlaced, type TooMuch } from "./generated/order.ts"

// Write each decision: return the events that happen, such as `[SomeEvent.make({ … })]`, or the error that refuses the
// command, such as `SomeError.make({ … })`.
export const decide = Order.decide({
  Place: (_state, _command, _facts): ReadonlyArray<OrderPlaced> | NotNew | TooMuch =>
    Fold.notWritten("Order.decide Place"),
  Drop: (_state, _command, _facts): ReadonlyArray<OrderDropped> => Fold.notWritten("Order.decide Drop"),
  Ask: (_state, _command, _facts): ReadonlyArray<never> | NotNew => Fold.notWritten("Order.decide Ask")
})
