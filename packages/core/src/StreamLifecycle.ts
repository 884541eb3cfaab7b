/**
 * Archiving, unarchiving and truncating, as far as it is the same for every store. For authors of stores.
 *
 * A stream itself says what happened to it, by events that have versions and positions like all others: so whoever reads the
 * stream or follows the log is told in the right order.
 */
import { Effect, Result } from "effect"
import * as Event from "./Event.ts"
import * as EventId from "./EventId.ts"
import type { LifecycleOptions, Service } from "./EventStore.ts"
import * as StoreRequest from "./StoreRequest.ts"

/** What a store can do, for `make`. */
export interface Store {
  readonly streamInfo: Service["streamInfo"]
  /** As `append`, and events with a `$` are taken. */
  readonly append: Service["append"]
}

/**
 * `archive` and `unarchive` of a store, made from what it can do anyway. For authors of stores.
 *
 * `$archived` is refused by an archived stream, and `$unarchived` by an open one (see `AppendOutcome.refusal`): so however many
 * do it at once, it is in the stream once, at whatever version that has come to.
 */
export const make = ({ append, streamInfo }: Store): Pick<Service, "archive" | "unarchive"> => {
  const change = (operation: "archive" | "unarchive", type: string) =>
    Effect.fnUntraced(function* (stream: string, options: LifecycleOptions = {}) {
      const invalid = StoreRequest.checkLifecycle(operation, stream, options)
      if (invalid !== undefined) return yield* invalid
      const says = yield* event(type, options)
      while (true) {
        const { archived: isArchived, position, version } = yield* streamInfo(stream)
        if (version > 0 && isArchived === (operation === "archive")) return { version, position, repeated: true }
        const appended = yield* Effect.result(append(stream, "streamExists", [says]))
        if (Result.isSuccess(appended)) return appended.success
        // Another one was quicker, so the next look finds it done; or there is no such stream.
        const { _tag } = appended.failure.reason
        if (version === 0 || (_tag !== "StreamArchived" && _tag !== "VersionConflict")) return yield* appended.failure
      }
    })
  return { archive: change("archive", Event.archived), unarchive: change("unarchive", Event.unarchived) }
}

/** An event about its stream, with the metadata of who asked for it. */
export const event = (
  type: string,
  { before, reason }: LifecycleOptions & { readonly before?: number }
): Effect.Effect<Event.NewEvent> =>
  Effect.gen(function* () {
    const data = { ...(before === undefined ? {} : { before }), ...(reason === undefined ? {} : { reason }) }
    return { id: yield* EventId.make, type, schemaVersion: 1, data, metadata: yield* Event.CurrentMetadata }
  })
