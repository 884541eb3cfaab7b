/** Subject of the laws: the declaration of an aggregate, its bodies and its codec. */
import type { Aggregate, Decider } from "eventfold"
import type { Codec, Fold } from "eventfold/generated"

/**
 * A value with a tag: an event, a command or an error.
 *
 * **When to use**
 *
 * Use it as the bound of type parameters, in a function that takes the subject of any aggregate.
 *
 * @since 0.1.0
 * @category models
 */
export type Tagged = { readonly _tag: string }

/**
 * An aggregate as the laws test it: its declaration, its fold, its `decide` and its codec.
 *
 * **When to use**
 *
 * `gen` writes one beside each aggregate's service: `AccountLaws`. Write one yourself for an
 * aggregate without generated code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject<State, Event extends Tagged, Command extends Tagged> {
  /** Name under which a test imports this subject, for the code that a failure prints. */
  readonly name: string
  readonly aggregate: Aggregate.Reference
  readonly fold: Fold.Fold<State, Event>
  /**
   * A method, and no function property, so that a `decide` with declared facts is assignable. Laws
   * draw those facts.
   */
  decide(state: State, command: Command, facts: Decider.Facts): ReadonlyArray<Event> | Tagged
  readonly codec: Pick<Codec.Codec<Event, State>, "events" | "state">
}
