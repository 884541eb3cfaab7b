/**
 * What became of an append that was not written, as far as the log tells: ids first, then versions.
 *
 * For authors of stores, so that every store answers the same.
 */
import { Result } from "effect"
import type { Append, Appended, ExpectedVersion } from "./EventStore.ts"
import { EventIdReused, EventStoreError, VersionConflict } from "./EventStoreError.ts"

/** What is in the log under an event id. */
export interface KnownEvent {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly type: string
  /** Its data, as the JSON text that is stored. */
  readonly text: string
}

/** The outcome of an append some of whose ids are in the log: its first result, or `EventIdReused`; else undefined. */
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
    return row?.stream === stream && row.version === start + i && row.type === type && row.text === texts[i]
  })
  const last = known.get(events.at(-1)!.id)
  if (!same || last === undefined) {
    return Result.fail(new EventStoreError({ reason: new EventIdReused({ stream, eventId: reused.id }) }))
  }
  return Result.succeed({ version: last.version, position: last.position, repeated: true })
}

const meets = (expected: ExpectedVersion, actual: number): boolean =>
  expected === "any" ||
  (expected === "noStream" ? actual === 0 : expected === "streamExists" ? actual > 0 : actual === expected)

/** The conflict of an append with the version that its stream is at, if it is one. */
export const conflict = (
  { expected, stream }: Pick<Append, "expected" | "stream">,
  actual: number
): EventStoreError | undefined =>
  meets(expected, actual)
    ? undefined
    : new EventStoreError({ reason: new VersionConflict({ stream, expected, actual }) })
