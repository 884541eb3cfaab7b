/**
 * What an event store promises, as a suite of tests that runs unchanged on every store.
 *
 * A module of its own, not part of the package's index: it registers tests, so it needs vitest.
 */
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { EventStore } from "eventfold"
import { atomicity, expectedVersions, order } from "./internal/promises/AppendPromises.ts"
import { divergence, streamInfo } from "./internal/promises/DivergencePromise.ts"
import * as ConcurrentHistory from "./internal/promises/ConcurrentHistory.ts"
import { type Promises, register } from "./internal/promises/Fixture.ts"
import { liveReading } from "./internal/promises/LivePromises.ts"
import { archiving, truncating } from "./internal/promises/LifecyclePromise.ts"
import * as ModelComparison from "./internal/promises/ModelComparison.ts"
import { logReading, streamReading, times } from "./internal/promises/ReadPromises.ts"
import { idempotence } from "./internal/promises/RepeatPromise.ts"
import { locating, snapshots } from "./internal/promises/SnapshotPromise.ts"
import { misshapen } from "./internal/promises/ShapePromise.ts"
import { refusals, roundTrips } from "./internal/promises/ValuePromises.ts"

export interface Options {
  /** Milliseconds after which opening the store, or a test, counts as hanging. Defaults to 600,000, so that no slow machine fails. */
  readonly timeout?: number
  /**
   * Random sequences of operations that the store is compared with the model on, and as many random histories of fibers at
   * work at the same time; 100 of each unless given.
   */
  readonly runs?: number
  /** Of these sequences; another at each run unless given. */
  readonly seed?: number
}

const promises: ReadonlyArray<Promises> = [
  atomicity,
  expectedVersions,
  order,
  idempotence,
  logReading,
  roundTrips,
  refusals,
  misshapen,
  streamReading,
  times,
  streamInfo,
  liveReading,
  divergence,
  archiving,
  truncating,
  locating,
  snapshots
]

/**
 * Registers the tests of a store; each name begins with the number of the promise it holds the store to.
 *
 * 1. All or nothing. 2. Expected versions. 3. Order. 4. Idempotence. 5. Nothing is missed. 6. What goes in comes out, or is
 * refused before it is sent. 9. Live reading. 10. Two times. 13. Divergence is detected. Streams that are
 * archived or truncated say so; ids are found; snapshots are kept and dropped, where the store has them. And a random sequence of operations
 * gives what a plain model of a log gives; of fibers at work at the same time each gets what some order of them would give.
 *
 * **When to use**
 *
 * In a test file of your own store.
 *
 * **Details**
 *
 * The layer is built once for all tests. They write to streams of their own, so a store that holds other events will do, also
 * one that is written to meanwhile.
 *
 * **Gotchas**
 *
 * The store runs on the live clock: what a test clock would show (a clock set back) is for a test of your own.
 *
 * @example
 * ```ts
 * import * as StoreConformance from "@eventfold/testing/StoreConformance"
 * import { MemoryEventStore } from "eventfold"
 *
 * // At the top of a test file: register()
 * export const register = () => StoreConformance.suite("MemoryEventStore", MemoryEventStore.layer)
 * ```
 */
export const suite = <E>(
  name: string,
  store: Layer.Layer<EventStore.EventStore, E> | (() => Layer.Layer<EventStore.EventStore, E>),
  options: Options = {}
): void => {
  const timeout = options.timeout ?? 600_000
  const made = typeof store === "function" ? Layer.unwrap(Effect.sync(store)) : store
  layer(made, { excludeTestServices: true, timeout })(name, (it) => {
    register(it, timeout, promises)
    const random = { timeout, runs: options.runs ?? 100, seed: options.seed }
    ModelComparison.property(it, random)
    ConcurrentHistory.property(it, random)
  })
}
