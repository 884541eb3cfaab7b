/**
 * Hermetic realm for pure handlers: inside `Hermetic.run`, code that touches anything outside its
 * arguments throws.
 *
 * No guard sees the text of a stack, stack depth, memory use, another realm of `node:vm`, or
 * mutable state of modules. The laws and the static check find those.
 */
// First: the guards are installed before any other module is loaded.
import "./internal/realm/Guards.ts"
import { guarded } from "./internal/realm/Realm.ts"
import { Layer } from "effect"
import { HandlerGuard } from "eventfold/generated"

export { isImpure, run } from "./internal/realm/Realm.ts"

/**
 * Runs the handlers of services and projections in the realm: `apply`, `decide`, key functions and
 * projection handlers that touch anything outside their arguments throw `Impure`. The message has
 * the handler, the event or command, what it touched, and the fix.
 *
 * **When to use**
 *
 * Use it in development, and in tests of an app: a command whose handler reads the clock fails when
 * it first runs, and nothing is stored.
 *
 * **Details**
 *
 * `execute` and `load` die with `Impure`; a projection fails with `ProjectionFailed`, as if the
 * handler threw. The layer costs some tens of nanoseconds for each event: `bench` has the figure in
 * its row `hermetic`. Without the layer, handlers are called directly, at no cost.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before any other module of the program. A reference that was taken
 * from a global earlier is not guarded. From then on, the guards are installed in the whole
 * process, and read a flag at each call.
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
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never> = Layer.succeed(HandlerGuard.Current, guarded)
