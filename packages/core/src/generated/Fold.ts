/** A fold: the initial state, and `apply` over events. Pure; the laws check that it is. */

/**
 * State of one aggregate instance, and the version of its stream that the state belongs to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Loaded<State> {
  readonly state: State
  readonly version: number
}

/**
 * Folds events into a state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fold<State, Event> {
  readonly initial: State
  readonly apply: (state: State, event: Event) => State
  /** Generated as a loop of its own for each aggregate, so that the engine can inline `apply` into it. */
  readonly run: (state: State, events: ReadonlyArray<Event>) => State
  /** Hash of everything that `apply` depends on; what was folded under another fingerprint is never used. */
  readonly fingerprint: string
}

/**
 * The `never` arm of a generated switch: reached only by data from outside the type system.
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
 * A handler was reached whose body nobody has written yet.
 *
 * @internal
 */
export class NotWritten extends Error {
  override readonly name = "NotWritten"
}

/**
 * The body of a fresh stub: throws, saying which one is to be written.
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
