/**
 * Archiving, unarchiving and truncating, as far as it is the same for every store. For authors of stores.
 *
 * A stream itself says what happened to it, by events that have versions and positions like all others: so whoever reads the
 * stream or follows the log is told in the right order.
 */
import { Effect, Result } from "effect"
import * as Event from "../Event.ts"
import * as EventId from "../EventId.ts"
import type { LifecycleOptions, Service } from "../EventStore.ts"
import { EventStoreError } from "../EventStoreError.ts"
import * as StoreRequest from "./StoreRequest.ts"

/**
 * What a store can do, for `make`.
 *
 * @since 0.1.0
 * @category models
 */
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
 * An event about its stream, with the metadata of who asked for it; that is checked here.
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
 * The same error; who does not know the outcome has no event ids to send again, and may simply call again.
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
