/**
 * Conformance suite of event stores: the promises of a store as tests that run unchanged on every
 * store.
 *
 * The module is not part of the index of the package, because it registers tests and so needs
 * vitest.
 */
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { EventStore } from "eventfold"
import { atomicity, expectedVersions, order } from "./internal/promises/AppendPromises.ts"
import { divergence } from "./internal/promises/DivergencePromises.ts"
import * as ConcurrentHistory from "./internal/promises/ConcurrentHistory.ts"
import { type Promises, register } from "./internal/promises/Fixture.ts"
import { liveReading } from "./internal/promises/LivePromises.ts"
import { locating, streamInfo } from "./internal/promises/LookupPromises.ts"
import { archiving, truncating } from "./internal/promises/LifecyclePromises.ts"
import * as ModelComparison from "./internal/promises/ModelComparison.ts"
import { logReading, streamReading, times } from "./internal/promises/ReadPromises.ts"
import { idempotence } from "./internal/promises/IdempotencePromises.ts"
import { snapshots } from "./internal/promises/SnapshotPromises.ts"
import { wrongTypes } from "./internal/promises/TypePromises.ts"
import { refusals, roundTrips } from "./internal/promises/ValuePromises.ts"

const promises: ReadonlyArray<Promises> = [
  atomicity,
  expectedVersions,
  order,
  idempotence,
  logReading,
  roundTrips,
  refusals,
  wrongTypes,
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
 * Registers the tests of a store. The name of a test begins with the number of its promise.
 *
 * 1. All or nothing. 2. Expected versions. 3. Order. 4. Idempotence. 5. No event is missed. 6.
 *    Values are read as they were written, or are refused before they are sent. 9. Live reads. 10.
 *    The two times. 13. Divergence is detected. Archived and truncated streams, finding events by
 *    id, and snapshots, if the store has them. Random sequences of operations have the results of a
 *    model of a log, and concurrent fibers the results of some sequential order.
 *
 * **When to use**
 *
 * Use it in a test file of your own store.
 *
 * **Details**
 *
 * The layer is built once for all tests. The tests write to their own streams, so the store can
 * contain other events, and other programs can write to it at the same time.
 *
 * **Gotchas**
 *
 * The store runs on the live clock. Write your own test for behaviour that needs a test clock, such
 * as a clock that is set back.
 *
 * @example
 * ```ts
 * import * as StoreConformance from "@eventfold/testing/StoreConformance"
 * import { MemoryEventStore } from "eventfold"
 *
 * // At the top of a test file: register()
 * export const register = () => StoreConformance.suite("MemoryEventStore", MemoryEventStore.layer)
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
     * Number of random sequences of operations that are compared with the model, and number of
     * random histories of concurrent fibers. Defaults to 100.
     */
    readonly runs?: number
    /** Seed of these sequences. Defaults to a new seed at each run. */
    readonly seed?: number
  } = {}
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
