/**
 * The place up to which a reader has read the log: store, position, and the id of the event at that
 * position. The id shows whether the log is the same one, or was restored or copied and has
 * diverged.
 */
import { Schema } from "effect"
import type { RecordedEvent } from "./Event.ts"

/**
 * A place in the log of one store, after which reading continues.
 *
 * **When to use**
 *
 * Store it, encoded, together with the results of the events up to it, and pass it to `subscribe`
 * or `pages` at the next start.
 *
 * **Details**
 *
 * It encodes to plain JSON. A checkpoint that no longer fits the log fails with `LogDiverged`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Checkpoint } from "eventfold"
 *
 * const json = Schema.fromJsonString(Checkpoint.Checkpoint)
 * const text = Schema.encodeSync(json)(Checkpoint.beginning("0192f0c1-7e2a-4b3c-8d4e-5f6071829304"))
 * const checkpoint = Schema.decodeSync(json)(text) // { storeId: "0192…", position: 0, eventId: null }
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Checkpoint = Schema.Struct({
  /** The store's `id`. */
  storeId: Schema.String,
  /** Position of the last event that was read; 0 at the beginning. */
  position: Schema.Natural,
  /** Id of the event at that position; null at the beginning. */
  eventId: Schema.NullOr(Schema.String)
})
export interface Checkpoint {
  readonly storeId: string
  readonly position: number
  readonly eventId: string | null
}

/**
 * Makes the checkpoint before the first event of a store's log.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Checkpoint, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   return Checkpoint.beginning(store.id).position // 0
 * })
 * const position = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const beginning = (storeId: string): Checkpoint => ({ storeId, position: 0, eventId: null })

/**
 * Makes the checkpoint after an event of a store's log.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Checkpoint, EventId, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const id = yield* EventId.make
 *   yield* store.append("Account-1", "any", [{ id, type: "Opened", schemaVersion: 1, data: null, metadata: {} }])
 *   const [event] = yield* Stream.runCollect(store.readAll())
 *   return Checkpoint.after(store.id, event!).eventId === id // true
 * })
 * const same = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const after = (storeId: string, event: Pick<RecordedEvent, "id" | "position">): Checkpoint => ({
  storeId,
  position: event.position,
  eventId: event.id
})
