/** States of hot aggregates, kept in the process so that running a command on one needs no reading. */
import { Context, Layer } from "effect"

/**
 * How many states each repository keeps; 0, none, unless `layer` says otherwise.
 *
 * @since 0.1.0
 * @category services
 */
export const CacheCapacity: Context.Reference<number> = Context.Reference<number>("eventfold/CacheCapacity", {
  defaultValue: () => 0
})

/**
 * Lets each repository built on it keep the states of this many instances, least recently used out first.
 *
 * **When to use**
 *
 * Where the same instances get many commands: `execute` then decides on the kept state and only appends.
 *
 * **Details**
 *
 * Right with any number of processes: an append states the version it was decided on, so a state that is behind costs a
 * conflict and a reload; and a refusal decided on a kept state is decided again on what is stored before it counts. A kept state
 * never leaves the process's cache: callers get copies, and may change those.
 *
 * **Gotchas**
 *
 * An instance of a class that is neither a schema's nor one of Effect's or the language's data types is copied through the state's
 * codec; one that the codec refuses is shared.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { AggregateCache, MemoryEventStore } from "eventfold"
 *
 * const store = Layer.merge(MemoryEventStore.layer, AggregateCache.layer({ capacity: 10_000 }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: { readonly capacity: number }): Layer.Layer<never> =>
  Layer.succeed(CacheCapacity, options.capacity)
