/** What the laws are about: an aggregate's declaration, its bodies and its codec. */
import type { Aggregate, Decider } from "eventfold"
import type { Codec, Fold } from "eventfold/generated"

export type Tagged = { readonly _tag: string }

/** Generated beside each aggregate's service: `AccountLaws`. */
export interface Subject<State, Event extends Tagged, Command extends Tagged> {
  /** How a test imports this subject, for the code that is printed with a failure. */
  readonly name: string
  readonly aggregate: Aggregate.Reference
  readonly fold: Fold.Fold<State, Event>
  /** A method, so that one that takes declared facts fits too: laws draw them from the schemas of the declaration. */
  decide(state: State, command: Command, facts: Decider.Facts): ReadonlyArray<Event> | Tagged
  readonly codec: Pick<Codec.Codec<Event, State>, "event" | "state">
}
