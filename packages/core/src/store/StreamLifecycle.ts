/**
 * Archiving, unarchiving and truncating streams: the parts that all stores share. For authors of
 * stores.
 *
 * Lifecycle changes are events of the stream, with versions and positions like all others, so that
 * readers of the stream or of the log see them in the right order.
 */
import { Effect, Result } from "effect"
import * as Event from "../Event.ts"
import * as EventId from "../EventId.ts"
import type { LifecycleOptions, Service } from "../EventStore.ts"
import { EventStoreError } from "../EventStoreError.ts"
import * as StoreRequest from "./StoreRequest.ts"

/**
 * Operations of a store that {@link make} uses.
 *
 * @since 0.1.0
 * @category models
 */
export interface Store {
  readonly streamInfo: Service["streamInfo"]
  /** Appends like `append`, and accepts types with a `$`. */
  readonly append: Service["append"]
}

/**
 * Makes `archive` and `unarchive` of a store from its other operations. For authors of stores.
 *
 * An archived stream refuses `$archived`, and an open one refuses `$unarchived` (see
 * `AppendOutcome.refusal`), so that the event is written once, for any number of concurrent calls,
 * and at any version.
 *
 * @example
 * ```ts
 * import type { EventStore } from "eventfold"
 * import { StreamLifecycle } from "eventfold/store"
 *
 * const withLifecycle = (store: EventStore.Service): EventStore.Service => ({ ...store, ...StreamLifecycle.make(store) })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ append, streamInfo }: Store): Pick<Service, "archive" | "unarchive"> => {
  const change = (operation: "archive" | "unarchive", type: string) =>
    Effect.fnUntraced(function* (stream: string, options: LifecycleOptions = {}) {
      const invalid = StoreRequest.checkLifecycle(operation, stream, options)
      if (invalid !== undefined) return yield* invalid
      const says = yield* event(operation, type, options)
      while (true) {
        const { archived: isArchived, position, version } = yield* streamInfo(stream)
        if (version > 0 && isArchived === (operation === "archive")) return { version, position, repeated: true }
        const appended = yield* Effect.result(append(stream, "streamExists", [says]))
        if (Result.isSuccess(appended)) return appended.success
        // Another one was quicker, so the next look finds it done; or there is no such stream.
        const { _tag } = appended.failure.reason
        if (version === 0 || (_tag !== "StreamArchived" && _tag !== "VersionConflict")) {
          return yield* callAgain(operation, appended.failure)
        }
      }
    })
  return { archive: change("archive", Event.archived), unarchive: change("unarchive", Event.unarchived) }
}

type Operation = "archive" | "unarchive" | "truncate"

/**
 * Makes and checks a lifecycle event, with the metadata of the caller.
 *
 * @example
 * ```ts
 * import { Event } from "eventfold"
 * import { StreamLifecycle } from "eventfold/store"
 *
 * const archiving = StreamLifecycle.event("archive", Event.archived, { reason: "closed" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const event = (
  operation: Operation,
  type: string,
  { before, reason }: LifecycleOptions & { readonly before?: number }
): Effect.Effect<Event.NewEvent, EventStoreError> =>
  Effect.gen(function* () {
    const data = { ...(before === undefined ? {} : { before }), ...(reason === undefined ? {} : { reason }) }
    const metadata = yield* Event.CurrentMetadata
    const made: Event.NewEvent = { id: yield* EventId.make, type, schemaVersion: 1, data, metadata }
    const invalid = StoreRequest.checkAppends(operation, [{ stream: "-", expected: "any", events: [made] }], true)
    return invalid === undefined ? made : yield* invalid
  })

/**
 * Changes the fix of an unknown outcome: the caller has no event ids to append again, and can
 * repeat the call.
 *
 * @example
 * ```ts
 * import { EventStoreError } from "eventfold"
 * import { StreamLifecycle } from "eventfold/store"
 *
 * const lost = EventStoreError.EventStoreError.outcomeUnknown({ problem: "the connection was lost" })
 * StreamLifecycle.callAgain("archive", lost).message
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const callAgain = (operation: Operation, error: EventStoreError): EventStoreError => {
  const { reason } = error
  if (reason._tag !== "OutcomeUnknown") return error
  const { cause, problem } = reason
  const fix = `call ${operation} again: it changes nothing if it is done`
  return EventStoreError.outcomeUnknown({ problem, fix, ...(cause === undefined ? {} : { cause }) })
}
