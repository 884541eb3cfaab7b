/** What events make of rows that are written with them, and what the append fails with where they make nothing of them. */
import { Effect } from "effect"
import { EventStoreError } from "../../EventStoreError.ts"
import type { FoldRows } from "../../store/ProjectionStore.ts"
import type { Failure } from "./PageFold.ts"
import type { Runnable } from "./Runnable.ts"

/** What an append fails with for its rows: what is of the store itself stays what it is. */
export const inlineFailed = (projection: string, error: Failure): EventStoreError => {
  if (
    error._tag === "EventStoreError" &&
    error.reason._tag !== "DecodeFailure" &&
    error.reason._tag !== "InvalidRequest"
  )
    return error
  const cause = error._tag === "ProjectionFailed" ? error.cause : error
  return EventStoreError.inlineFailed({ projection, problem: error.message, cause })
}

const noKeys: ReadonlySet<string> = new Set()

export const foldOf =
  (projection: Runnable): FoldRows =>
  (events, load) =>
    Effect.mapBoth(projection.folding(0).fold(events, load, noKeys), {
      onFailure: (error) => inlineFailed(projection.name, error),
      onSuccess: ({ changes }) => changes
    })
