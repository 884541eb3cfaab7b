/**
 * A hermetic realm for pure handlers: inside `Hermetic.run`, touching the world outside throws.
 *
 * No guard sees the text of a stack, stack depth, memory use, another realm of `node:vm`, or mutable state of modules: those are for
 * the laws and for the static check.
 */
// First: they stand before any other module is loaded.
import "./internal/realm/Guards.ts"
import { guarded } from "./internal/realm/Realm.ts"
import { Layer } from "effect"
import { HandlerGuard } from "eventfold/generated"

export { Impure, ImpureTypeId, isImpure, run } from "./internal/realm/Realm.ts"

/**
 * Services and projections that are built on this run their handlers in the realm: `apply`, `decide`, key functions and projection
 * handlers that touch the world outside throw `Impure`, with the handler, the event or command, what was touched, and what to do instead.
 *
 * **When to use**
 *
 * In development, and in tests of an app: a command whose handler reads the clock fails when it is first run, and nothing is stored.
 *
 * **Details**
 *
 * `execute` and `load` die with `Impure`; a projection fails with `ProjectionFailed`, as where a handler throws. It costs some tens of
 * nanoseconds an event: `bench` has the figure, in its row `hermetic`. Without the layer handlers are called as they are, at no cost.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing/Hermetic` before anything else, at the top of the program: what was taken out of a global before is not
 * guarded. The guards stand in the whole process from then on, and ask a flag at each call of what they guard.
 *
 * @example
 * ```ts
 * import { Hermetic } from "@eventfold/testing"
 * import { Layer } from "effect"
 * import { MemoryEventStore } from "eventfold"
 *
 * // Under the services of the app: Accounts.layer.pipe(Layer.provide(store))
 * const isDevelopment = process.env["NODE_ENV"] !== "production"
 * const store = Layer.merge(MemoryEventStore.layer, isDevelopment ? Hermetic.layer : Layer.empty)
 * ```
 */
export const layer: Layer.Layer<never> = Layer.succeed(HandlerGuard.Current, guarded)
