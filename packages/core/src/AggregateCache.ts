/**
 * Cache of the states of aggregates in the process, so that a command on a cached instance reads no
 * events.
 */
import { Context, Layer } from "effect"

/**
 * Number of states that each repository caches. Defaults to 0; set it with {@link layer}.
 *
 * @internal
 */
export const CacheCapacity: Context.Reference<number> = Context.Reference<number>("eventfold/CacheCapacity", {
  defaultValue: () => 0
})

/**
 * Caches the states of up to `capacity` instances in each repository that is built with it. The
 * least recently used state is evicted first.
 *
 * **When to use**
 *
 * If the same instances get many commands: `execute` then decides on the cached state, and only
 * appends.
 *
 * **Details**
 *
 * The cache is correct with any number of processes: an append expects the version that it was
 * decided on, so an outdated state costs a conflict and a reload; and a refusal that was decided on
 * a cached state is decided again on the stored events. Callers get copies of a state, and may
 * change them.
 *
 * **Gotchas**
 *
 * An instance of a class that is not a data type of a schema, of Effect or of the language is
 * copied through the codec of the state; if the codec refuses it, it is shared.
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
