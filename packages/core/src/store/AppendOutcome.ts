/**
 * Outcomes of appends that are not written, by the log: ids first, then versions.
 *
 * For authors of stores, so that every store returns the same.
 */
import { Result } from "effect"
import { lifecycle, type RecordedEvent } from "../Event.ts"
import type { Append, Appended, ExpectedVersion } from "../EventStore.ts"
import { EventStoreError } from "../EventStoreError.ts"

/**
 * Returns the result of a repeated append, if all of its ids are in the log and follow each other;
 * the error `EventIdReused`, if only some are; `undefined`, if none is. The number of calls that
 * appended them makes no difference. `known` returns the event in the log with an id, with its data
 * as the stored JSON text, which is `null` if it was truncated.
 *
 * @example
 * ```ts
 * import { AppendOutcome } from "eventfold/store"
 *
 * AppendOutcome.repeated({ stream: "Account-1", events: [] }, [], new Map()) // undefined: no event is in the log
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const repeated = (
  { events, stream }: Pick<Append, "events" | "stream">,
  texts: ReadonlyArray<string>,
  known: {
    readonly get: (
      id: string
    ) =>
      | (Pick<RecordedEvent, "stream" | "version" | "position" | "type"> & { readonly text: string | null })
      | undefined
  }
): Result.Result<Appended, EventStoreError> | undefined => {
  const reused = events.find(({ id }) => known.get(id) !== undefined)
  if (reused === undefined) return undefined
  const start = known.get(events[0]!.id)?.version ?? 0
  const same = events.every(({ id, type }, i) => {
    const row = known.get(id)
    return (
      row?.stream === stream &&
      row.version === start + i &&
      row.type === type &&
      (row.text === null || row.text === texts[i])
    )
  })
  const last = known.get(events.at(-1)!.id)
  if (!same || last === undefined) {
    return Result.fail(EventStoreError.eventIdReused({ stream, eventId: reused.id }))
  }
  return Result.succeed({ version: last.version, position: last.position, repeated: true })
}

const meets = (expected: ExpectedVersion, actual: number): boolean =>
  expected === "any" ||
  (expected === "noStream" ? actual === 0 : expected === "streamExists" ? actual > 0 : actual === expected)

/**
 * Returns the error of an append to a stream that ends with this event, which has version 0 if the
 * stream has none; `undefined` if it can be written.
 *
 * @example
 * ```ts
 * import { AppendOutcome } from "eventfold/store"
 *
 * const error = AppendOutcome.refusal({ stream: "Account-1", expected: 1, events: [] }, { version: 2, type: "Opened" })
 * error?.message // stream "Account-1" is at version 2, expected was version 1
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const refusal = (
  { events, expected, stream }: Append,
  { type, version }: Pick<RecordedEvent, "type" | "version">
): EventStoreError | undefined => {
  const opens = events.some((event) => event.type === lifecycle.unarchived)
  // An archived stream is reported before a version conflict, which would only make the caller load
  // again.
  if (type === lifecycle.archived && events.length > 0 && !opens) {
    return EventStoreError.streamArchived({ stream, version })
  }
  return meets(expected, version) && (type === lifecycle.archived || !opens)
    ? undefined
    : EventStoreError.versionConflict({ stream, expected, actual: version })
}
