/**
 * Folds of aggregates: an initial state, and `apply` over events. They are pure, which the laws
 * check.
 */

/**
 * Folds events into a state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fold<State, Event> {
  readonly initial: State
  readonly apply: (state: State, event: Event) => State
  /**
   * Folds events. Generated as a separate loop for each aggregate, so that the engine can inline
   * `apply` into it.
   */
  readonly run: (state: State, events: ReadonlyArray<Event>) => State
  /**
   * Hash of everything that `apply` depends on; a state of a different fingerprint is never used.
   */
  readonly fingerprint: string
}

/**
 * Fails for a value outside the union of a generated switch, which only data from outside the type
 * system can reach.
 *
 * @example
 * ```ts
 * import { Fold } from "eventfold/generated"
 *
 * const apply = (event: { readonly _tag: "Opened" } | { readonly _tag: "Closed" }) => {
 *   switch (event._tag) {
 *     case "Opened":
 *       return "open"
 *     case "Closed":
 *       return "closed"
 *     default:
 *       return Fold.unhandled("Account.apply", event)
 *   }
 * }
 * apply({ _tag: "Opened" }) // open
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const unhandled = (where: string, member: never): never => {
  const { _tag } = member as { readonly _tag?: unknown }
  throw new Error(`${where} has no handler for ${JSON.stringify(_tag)}`)
}

/**
 * A handler without a body was called.
 *
 * @internal
 */
export class NotWritten extends Error {
  override readonly name = "NotWritten"
}

/**
 * Fails with the name of the handler: the body of a new stub.
 *
 * @example
 * ```ts
 * import { Fold } from "eventfold/generated"
 *
 * const handler = (): number => Fold.notWritten("Counter.apply Counted")
 * // Reaching it throws: Counter.apply Counted is not written yet
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const notWritten = (handler: string): never => {
  throw new NotWritten(`${handler} is not written yet`)
}
