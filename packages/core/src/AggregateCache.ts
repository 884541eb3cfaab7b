/** States of hot aggregates, kept in the process so that running a command on one needs no reading. */
import { Context, Layer } from "effect"

/** The state of one aggregate instance, and how many events of its stream went into it. */
export interface Loaded<State> {
  readonly state: State
  readonly version: number
}

/** How many states each repository keeps; 0, none, unless `layer` says otherwise. */
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
 */
export const layer = (options: { readonly capacity: number }): Layer.Layer<never> =>
  Layer.succeed(CacheCapacity, options.capacity)

/** A map that forgets what was used least recently. */
export class Cache<Entry extends Loaded<unknown>> {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }
  get(stream: string): Entry | undefined {
    const entry = this.#entries.get(stream)
    if (entry === undefined) return undefined
    // A Map keeps the order of insertion: what is put in anew is the last to go.
    this.#entries.delete(stream)
    this.#entries.set(stream, entry)
    return entry
  }
  set(stream: string, entry: Entry): void {
    if (this.#capacity <= 0) return
    const known = this.#entries.get(stream)
    // Two commands may end in the other order than they were appended in.
    if (known !== undefined && known.version > entry.version) return
    this.#entries.delete(stream)
    this.#entries.set(stream, entry)
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!)
  }
  delete(stream: string): void {
    this.#entries.delete(stream)
  }
}
