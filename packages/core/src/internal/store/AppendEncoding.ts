/** Checks appends, and encodes the data of their events. */
import { Result } from "effect"
import type { Append } from "../../store/Append.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { EncodedAppend } from "../../store/StoreOperations.ts"
import * as RequestChecks from "./RequestChecks.ts"

/**
 * Fails with `InvalidRequest` if a reader could not get the same data back. `isOwn` is `true` for
 * the store's own events about a stream.
 */
export const encode = (
  appends: ReadonlyArray<Append>,
  isOwn = false
): Result.Result<ReadonlyArray<EncodedAppend>, EventStoreError> => {
  const invalid = RequestChecks.checkAppends("append", appends, isOwn)
  if (invalid !== undefined) return Result.fail(invalid)
  const encoded: Array<EncodedAppend> = []
  for (const { events, expected, stream } of appends) {
    const texts: Array<string> = []
    for (const event of events) {
      const text = RequestChecks.dataText(event.data)
      if (Result.isFailure(text)) {
        return Result.fail(EventStoreError.invalidRequest("append", `${event.type} for ${stream}: ${text.failure}`))
      }
      texts.push(text.success)
    }
    encoded.push({ stream, expected, events, texts })
  }
  return Result.succeed(encoded)
}
