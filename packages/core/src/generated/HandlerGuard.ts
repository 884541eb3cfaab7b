/**
 * Guards of handlers, which must be pure: in development and in tests, a guard checks what they
 * access.
 */
import type { Any } from "../Projection.ts"
import { Context } from "effect"
import type { Decide, Facts } from "../Decider.ts"
import type { Fold } from "./Fold.ts"
import type { Definition } from "./ProjectionFold.ts"

type Tagged = { readonly _tag: string }

/**
 * Runs a handler (`Account.apply`) for an event or a command (`CashDeposited`), and returns its
 * result.
 *
 * @since 0.1.0
 * @category models
 */
export type Guard = <A>(handler: string, tag: string, run: () => A) => A

/**
 * Guard of the handlers of services and projections. Defaults to none.
 *
 * **When to use**
 *
 * `Hermetic.layer` of `@eventfold/testing` provides one that throws if a handler reads the clock,
 * the environment or the like.
 *
 * **Details**
 *
 * It is read once, when a service or a projector is built.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { HandlerGuard } from "eventfold/generated"
 *
 * const calls = new Map<string, number>()
 * const counting: HandlerGuard.Guard = (handler, tag, run) => {
 *   calls.set(`${handler} ${tag}`, (calls.get(`${handler} ${tag}`) ?? 0) + 1)
 *   return run()
 * }
 * const layer = Layer.succeed(HandlerGuard.Current, counting)
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const Current: Context.Reference<Guard | undefined> = Context.Reference<Guard | undefined>(
  "eventfold/HandlerGuard",
  { defaultValue: () => undefined }
)

/**
 * Wraps a fold, so that the guard runs its handlers.
 *
 * @internal
 */
export const fold = <State, Event extends Tagged>(
  name: string,
  original: Fold<State, Event>,
  guard: Guard
): Fold<State, Event> => {
  const handler = `${name}.apply`
  const apply = (state: State, event: Event) => guard(handler, event._tag, () => original.apply(state, event))
  return {
    ...original,
    apply,
    run: (state, events) => {
      for (const event of events) state = apply(state, event)
      return state
    }
  }
}

/**
 * Wraps a decider, so that the guard runs its handlers.
 *
 * @internal
 */
export const decide = <State, Command extends Tagged, Event, Failure, Known extends Facts>(
  name: string,
  original: Decide<State, Command, Event, Failure, Known>,
  guard: Guard
): Decide<State, Command, Event, Failure, Known> => {
  const handler = `${name}.decide`
  return (state, command, facts) => guard(handler, command._tag, () => original(state, command, facts))
}

/**
 * Wraps a projection, so that the guard, if any, runs its handlers and key functions.
 *
 * @internal
 */
export const projection = <Row, Event extends Tagged, Id, Key, Declared extends Any["indexes"]>(
  definition: Definition<Row, Event, Id, Key, Declared>,
  guard: Guard | undefined
): Definition<Row, Event, Id, Key, Declared> => {
  if (guard === undefined) return definition
  const { name, bodies } = definition
  const [keys, project] = [`${name}.keys`, `${name}.project`]
  return {
    ...definition,
    bodies: {
      keys: (event, origin) => guard(keys, event._tag, () => bodies.keys(event, origin)),
      project: (row, event, origin, key) => guard(project, event._tag, () => bodies.project(row, event, origin, key))
    }
  }
}
