/** Folds the events of an append into the rows of inline projections. */
import { Effect } from "effect"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Inline } from "../../store/ProjectionStore.ts"
import type { FoldFailure } from "./PageFold.ts"
import type { ProjectionRunnable } from "./ProjectionRunnable.ts"

/**
 * Converts a failure of the fold to the error of the append. Errors of the store itself stay
 * unchanged.
 */
export const inlineFailed = (projection: string, error: FoldFailure): EventStoreError => {
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

/** Makes the fold of an inline projection, which keeps no rows in memory. */
export const foldOf =
  (projection: ProjectionRunnable): Parameters<Inline["enlist"]>[2] =>
  (events, load) =>
    Effect.mapBoth(projection.folding(0).fold(events, load, noKeys), {
      onFailure: (error) => inlineFailed(projection.name, error),
      onSuccess: ({ changes }) => changes
    })
