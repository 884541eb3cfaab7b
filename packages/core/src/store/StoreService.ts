/**
 * Makes the service of an event store from the operations of its author.
 *
 * For authors of stores.
 */
import type { Service } from "../EventStore.ts"
import * as CheckedStore from "../internal/store/CheckedStore.ts"
import * as StoreTracing from "../internal/store/StoreTracing.ts"
import type { Operations } from "./StoreOperations.ts"

export type { EncodedAppend, Head, Log, Operations } from "./StoreOperations.ts"

/**
 * Makes the service of a store from its operations.
 *
 * **Details**
 *
 * - Requests are checked before they reach an operation, and fail with `InvalidRequest`. Data is
 *   encoded, and refused if it could not be read back unchanged.
 * - `archive`, `unarchive` and `truncate` are made from the other operations, and `subscribe` and
 *   `pages` from `log`.
 * - Appends are counted in Effect's metrics.
 * - Each append, read and lifecycle change has a span if a tracer is provided: `EventStore.append`,
 *   `EventStore.read` and so on, with the stream, the expected version and the number of events as
 *   attributes. A subscription has no end, so each of its pages has a span (`EventStore.page`).
 *
 * `change` replaces operations of the service before the spans are added: they receive requests
 * unchecked. Use it for a store that is closed or cannot be written, which refuses all requests in
 * the same way.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { EventStore } from "eventfold"
 * import { StoreService } from "eventfold/store"
 *
 * // A log without events, which accepts none.
 * const head = { position: 0, eventId: null, epoch: 0 }
 * const store = StoreService.make({
 *   id: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304",
 *   appendAll: (appends) => Effect.succeed(appends.map(() => ({ version: 0, position: 0, repeated: false }))),
 *   read: () => Stream.empty,
 *   readAll: () => Stream.empty,
 *   locate: () => Effect.succeed(undefined),
 *   streamInfo: (stream) =>
 *     Effect.succeed({ stream, exists: false, version: 0, position: 0, archived: false, firstVersion: 1 }),
 *   truncate: () => Effect.succeed({ end: 0 }),
 *   log: {
 *     watch: Effect.succeed({ now: Effect.succeed(head), beyond: () => Effect.never }),
 *     lastAt: () => Effect.succeed(head),
 *     slice: () => Effect.succeed([])
 *   }
 * })
 * const layer = Layer.succeed(EventStore.EventStore, store)
 * const refused = await Effect.runPromise(Effect.flip(store.streamInfo("")))
 * refused.reason._tag // "InvalidRequest"
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (operations: Operations, change: (service: Service) => Service = (service) => service): Service =>
  StoreTracing.traced(change(CheckedStore.make(operations)))
