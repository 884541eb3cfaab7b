/** Subject of the laws: the declaration of an aggregate, its bodies and its codec. */
import type { Aggregate, Decider } from "eventfold"
import type { Codec, Fold } from "eventfold/generated"

/** A value with a tag: an event, a command or an error. */
export type Tagged = { readonly _tag: string }

/** An aggregate as the laws test it. `gen` writes one beside each aggregate's service: `AccountLaws`. */
export interface Subject<State, Event extends Tagged, Command extends Tagged> {
  /** Name under which a test imports this subject, for the code that a failure prints. */
  readonly name: string
  readonly aggregate: Aggregate.Reference
  readonly fold: Fold.Fold<State, Event>
  /** A method, and no function property, so that a `decide` with declared facts is assignable. Laws draw those facts. */
  decide(state: State, command: Command, facts: Decider.Facts): ReadonlyArray<Event> | Tagged
  readonly codec: Pick<Codec.Codec<Event, State>, "event" | "state">
}
