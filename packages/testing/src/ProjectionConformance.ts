/**
 * Conformance suite of stores with projections and reactions: their promises as tests that run
 * unchanged on every such store.
 *
 * The module is not part of the index of the package, because it registers tests and so needs
 * vitest.
 */
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { EventStore } from "eventfold"
import { endToEnd } from "./internal/promises/EndToEndPromises.ts"
import { leases } from "./internal/promises/LeasePromises.ts"
import { deliveries } from "./internal/promises/ReactionPromises.ts"
import { escapedRows, fencedWriting, finding, ownRows, parking } from "./internal/promises/RowPromises.ts"
import { ranges } from "./internal/promises/RangePromises.ts"
import { type Promises, register } from "./internal/promises/Fixture.ts"
import { rebuilds } from "./internal/promises/RebuildPromises.ts"

/**
 * Registers the tests of a store's `projections` and `reactions`.
 *
 * Rows and their checkpoint are written together, and only by the last lease. They are found by
 * key, by page, by field and by ranges of declared indexes, as they were written and in the same
 * order in every store. Parked events keep their order. One process has a lease at a time,
 * partitions are shared evenly, and pausing and stopping end leases. Rebuilt rows are promoted and
 * rolled back. Releases are ordered, and an older release never replaces the rows of a newer one
 * without a request. Checkpoints of reactions never decrease. Projected, inline and rebuilt rows
 * equal the fold in memory.
 *
 * **When to use**
 *
 * Use it with `StoreConformance.suite` in a test file of your own store, if the store supports
 * projections and reactions. `projections.inline` and `scan` are optional, and tested if the store
 * has them.
 *
 * **Details**
 *
 * The layer is built once for all tests. The tests use their own projections, reactions and
 * streams, so the store can contain other events.
 *
 * **Gotchas**
 *
 * Leases expire by the clock of the store, so the suite takes some seconds.
 *
 * @example
 * ```ts
 * import * as ProjectionConformance from "@eventfold/testing/ProjectionConformance"
 * import { MemoryEventStore } from "eventfold"
 *
 * // At the top of a test file: register()
 * export const register = () => ProjectionConformance.suite("MemoryEventStore", MemoryEventStore.layer)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const suite = <E>(
  name: string,
  store: Layer.Layer<EventStore.EventStore, E> | (() => Layer.Layer<EventStore.EventStore, E>),
  options: {
    /**
     * Timeout of opening the store and of a test, in milliseconds. Defaults to 600,000, so that no
     * slow machine fails.
     */
    readonly timeout?: number
    /**
     * Number of random histories whose rows are projected, rebuilt, and compared with the fold in
     * memory. Defaults to 5.
     */
    readonly runs?: number
    /** Seed of these histories. Defaults to a new seed at each run. */
    readonly seed?: number
  } = {}
): void => {
  const timeout = options.timeout ?? 600_000
  const promises: ReadonlyArray<Promises> = [
    fencedWriting,
    finding,
    escapedRows,
    ranges(options.runs ?? 5, options.seed),
    ownRows,
    parking,
    leases,
    rebuilds,
    deliveries,
    endToEnd(options.runs ?? 5, options.seed)
  ]
  const made = typeof store === "function" ? Layer.unwrap(Effect.sync(store)) : store
  layer(made, { excludeTestServices: true, timeout })(`${name}, projections and reactions`, (it) => {
    register(it, timeout, promises)
  })
}
