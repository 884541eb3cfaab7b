/**
 * What became of an append that was not written, as far as the log tells: ids first, then versions.
 *
 * For authors of stores, so that every store answers the same.
 */
import { Result } from "effect"
import type { Append, Appended, ExpectedVersion } from "../EventStore.ts"
import { archived, unarchived } from "../Event.ts"
import { EventStoreError } from "../EventStoreError.ts"

/**
 * What is in the log under an event id.
 *
 * @since 0.1.0
 * @category models
 */
export interface KnownEvent {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly type: string
  /** Its data, as the JSON text that is stored; null where it was truncated. */
  readonly text: string | null
}

/**
 * The outcome of an append some of whose ids are in the log: where they stand, if all of them do, one after the other, or
 * `EventIdReused`; else undefined. Which calls appended them is not known, and makes no difference.
 *
 * @since 0.1.0
 * @category accessors
 */
export const repeated = (
  { events, stream }: Pick<Append, "events" | "stream">,
  texts: ReadonlyArray<string>,
  known: { readonly get: (id: string) => KnownEvent | undefined }
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
 * What is looked at in a stream's last event; version 0 where there is none.
 *
 * @since 0.1.0
 * @category models
 */
export interface LastEvent {
  readonly version: number
  readonly type: string
}

/**
 * Why an append can't be written to a stream that ends with this event, if it can't.
 *
 * @since 0.1.0
 * @category accessors
 */
export const refusal = (
  { events, expected, stream }: Append,
  { type, version }: LastEvent
): EventStoreError | undefined => {
  const opens = events.some((event) => event.type === unarchived)
  // Who expected a version, and sees another one, has to load again anyway: that a stream is archived comes first.
  if (type === archived && events.length > 0 && !opens) {
    return EventStoreError.streamArchived({ stream, version })
  }
  return meets(expected, version) && (type === archived || !opens)
    ? undefined
    : EventStoreError.versionConflict({ stream, expected, actual: version })
}
