/**
 * Archiving, unarchiving and truncating streams: the parts that all stores share.
 *
 * Lifecycle changes are events of the stream, with versions and positions like all others, so that
 * readers of the stream or of the log see them in the right order.
 */
import { Effect, Result } from "effect"
import * as Event from "../../Event.ts"
import * as EventId from "../../EventId.ts"
import type { Service } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Operations } from "../../store/StoreOperations.ts"
import * as RequestChecks from "./RequestChecks.ts"

type Operation = "archive" | "unarchive" | "truncate"

/** Operations of a store that {@link make} uses. */
interface Store {
  readonly streamInfo: Service["streamInfo"]
  /** Appends like `append`, and accepts types with a `$`. */
  readonly append: Service["append"]
  readonly truncate: Operations["truncate"]
}

/** Makes and checks a lifecycle event, with the metadata of the caller. */
const makeEvent = Effect.fnUntraced(function* (
  operation: Operation,
  type: string,
  { before, reason }: { readonly before?: number; readonly reason?: string }
) {
  const data = { ...(before === undefined ? {} : { before }), ...(reason === undefined ? {} : { reason }) }
  const metadata = yield* Event.CurrentMetadata
  const event: Event.NewEvent = { id: yield* EventId.make, type, schemaVersion: 1, data, metadata }
  const invalid = RequestChecks.checkAppends(operation, [{ stream: "-", expected: "any", events: [event] }], true)
  return invalid === undefined ? event : yield* invalid
})

/**
 * Changes the fix of an unknown outcome: the caller has no event ids to append again, and can
 * repeat the call.
 */
const callAgain = (operation: Operation, error: EventStoreError): EventStoreError => {
  const { reason } = error
  if (reason._tag !== "OutcomeUnknown") return error
  const { cause, problem } = reason
  const fix = `call ${operation} again: it changes nothing if it is done`
  return EventStoreError.outcomeUnknown({ problem, fix, ...(cause === undefined ? {} : { cause }) })
}

const endText = (stream: string, end: number, before: number): string =>
  `stream ${JSON.stringify(stream)} is at version ${end}: before can be at most ${end + 1}, not ${before}`

/**
 * Makes `archive`, `unarchive` and `truncate` of a store from its other operations.
 *
 * An archived stream refuses `$archived`, and an open one refuses `$unarchived` (see
 * `AppendOutcome.refusal`), so that the event is written once, for any number of concurrent calls,
 * and at any version.
 */
export const make = ({ append, streamInfo, truncate }: Store): Pick<Service, "archive" | "truncate" | "unarchive"> => {
  const change = (operation: "archive" | "unarchive", type: string) =>
    Effect.fnUntraced(function* (stream: string, options: { readonly reason?: string } = {}) {
      const invalid = RequestChecks.checkLifecycle(operation, stream, options)
      if (invalid !== undefined) return yield* invalid
      const event = yield* makeEvent(operation, type, options)
      while (true) {
        const { archived: isArchived, position, version } = yield* streamInfo(stream)
        if (version > 0 && isArchived === (operation === "archive")) return { version, position, repeated: true }
        const appended = yield* Effect.result(append(stream, "streamExists", [event]))
        if (Result.isSuccess(appended)) return appended.success
        // A concurrent call has changed the stream, which the next iteration finds; or the stream
        // has no events.
        const { _tag } = appended.failure.reason
        if (version === 0 || (_tag !== "StreamArchived" && _tag !== "VersionConflict")) {
          return yield* callAgain(operation, appended.failure)
        }
      }
    })
  return {
    archive: change("archive", Event.lifecycle.archived),
    unarchive: change("unarchive", Event.lifecycle.unarchived),
    truncate: Effect.fnUntraced(function* (stream, options) {
      const invalid = RequestChecks.checkLifecycle("truncate", stream, options)
      if (invalid !== undefined) return yield* invalid
      const { before } = options
      const event = yield* makeEvent("truncate", Event.lifecycle.truncated, options)
      const archivedId = yield* EventId.make
      const done = yield* Effect.mapError(
        truncate({ stream, before, event, text: JSON.stringify(event.data), archivedId }),
        (error) => callAgain("truncate", error)
      )
      if (!("end" in done)) return done
      return yield* done.end === 0
        ? EventStoreError.versionConflict({ stream, expected: "streamExists", actual: 0 })
        : EventStoreError.invalidRequest("truncate", endText(stream, done.end, before))
    })
  }
}
