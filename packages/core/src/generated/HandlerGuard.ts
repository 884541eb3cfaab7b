/** What handlers that should be pure are run by: in development and in tests something that looks at what they touch. */
import { Context } from "effect"
import type { Decide, Facts } from "../Decider.ts"
import type { Fold } from "./Fold.ts"
import type { Indexes } from "../Projection.ts"
import type { Definition } from "./ProjectionFold.ts"

type Tagged = { readonly _tag: string }

/**
 * Runs a handler (`Account.apply`) for an event or a command (`CashDeposited`), and gives what it gives.
 *
 * @since 0.1.0
 * @category models
 */
export type Guard = <A>(handler: string, tag: string, run: () => A) => A

/**
 * What services and projections run their handlers by; nothing unless given: then they are called as they are.
 *
 * **When to use**
 *
 * `Hermetic.layer` of `@eventfold/testing` gives one that throws where a handler reads the clock, the environment or the like.
 *
 * **Details**
 *
 * It is looked up once, when a service is built, or a projector.
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
 * The fold, whose handlers are run by the guard.
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
 * The decider, run by the guard.
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
 * The projection, whose handlers and key functions are run by the guard; as it is without one.
 *
 * @internal
 */
export const projection = <Row, Event extends Tagged, Id, Key, Declared extends Indexes>(
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
