/**
 * What a store promises that keeps rows of projections and places of reactions, as a suite of tests that runs unchanged on every such
 * store.
 *
 * A module of its own, not part of the package's index: it registers tests, so it needs vitest.
 */
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { EventStore } from "eventfold"
import { keptRows } from "./internal/promises/KeptRowsPromise.ts"
import { leases } from "./internal/promises/LeasePromises.ts"
import { places } from "./internal/promises/PlacePromises.ts"
import { escapedRows, fencedWriting, finding, ownRows, parking } from "./internal/promises/RowPromises.ts"
import { ranges } from "./internal/promises/RangePromises.ts"
import { type Promises, register } from "./internal/promises/Fixture.ts"
import { stages } from "./internal/promises/StagePromises.ts"

export interface Options {
  /** Milliseconds after which opening the store, or a test, counts as hanging. Defaults to 600,000, so that no slow machine fails. */
  readonly timeout?: number
  /** Random histories whose rows are kept by projectors, made anew, and held against the fold in memory; 5 unless given. */
  readonly runs?: number
  /** Of these histories; another at each run unless given. */
  readonly seed?: number
}

/**
 * Registers the tests of a store's `projections` and `reactions`.
 *
 * Rows and their place are written together, by the last lease and by no other; they are found by key, by page, by field and by
 * ranges of declared indexes, as they went in and in one order everywhere; what is parked keeps its order. One process has a lease
 * at a time, partitions are shared out evenly, and pausing and stopping end them. Rows that are made anew take the place of those
 * that are served, and give it back. Releases have an order, and an older one never replaces the rows of a newer one unasked.
 * Places of reactions never go back. Rows kept by projectors, inline and made anew are those of the fold in memory.
 *
 * **When to use**
 *
 * In a test file of your own store, where it keeps rows and places, beside `StoreConformance.suite`. `projections.inline` and `scan` are
 * optional, and tested where they are there.
 *
 * **Details**
 *
 * The layer is built once for all tests. They use projections, reactions and streams of their own, so a store that holds other events will do.
 *
 * **Gotchas**
 *
 * Leases run out by the store's own clock, so this takes some seconds.
 *
 * @example
 * ```ts
 * import * as ProjectionConformance from "@eventfold/testing/ProjectionConformance"
 * import { MemoryEventStore } from "eventfold"
 *
 * // At the top of a test file: register()
 * export const register = () => ProjectionConformance.suite("MemoryEventStore", MemoryEventStore.layer)
 * ```
 */
export const suite = <E>(
  name: string,
  store: Layer.Layer<EventStore.EventStore, E> | (() => Layer.Layer<EventStore.EventStore, E>),
  options: Options = {}
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
    stages,
    places,
    keptRows(options.runs ?? 5, options.seed)
  ]
  const made = typeof store === "function" ? Layer.unwrap(Effect.sync(store)) : store
  layer(made, { excludeTestServices: true, timeout })(`${name}, rows and places`, (it) => {
    register(it, timeout, promises)
  })
}
