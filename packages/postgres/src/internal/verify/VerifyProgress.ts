/** The progress of a verification, as a file from which the next run continues. */
import { Schema } from "effect"

/**
 * Schema of the progress of a verification: the results of the streams up to one name.
 *
 * **When to use**
 *
 * `run` passes it to `onProgress` after each range. Encode it, store it, and pass it to the next
 * run as `from`.
 *
 * **Gotchas**
 *
 * A run continues only with the folds that it began with: compare `folds` with the fingerprints of
 * the aggregates.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Verification } from "@eventfold/postgres"
 *
 * const text = Schema.encodeUnknownSync(Schema.fromJsonString(Verification.Progress))
 * const read = Schema.decodeUnknownResult(Schema.fromJsonString(Verification.Progress))
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Progress = Schema.Struct({
  eventfold: Schema.Literal("verify"),
  format: Schema.Literal(1),
  storeId: Schema.String,
  /** The last stream that was checked, in the order of the names' bytes. */
  after: Schema.String,
  streams: Schema.Natural,
  events: Schema.Natural,
  truncated: Schema.Natural,
  snapshots: Schema.Natural,
  otherSnapshots: Schema.Natural,
  mismatches: Schema.Natural,
  /** Digest of the states of these streams. */
  digest: Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/)),
  /** Fingerprints of the folds: with other folds, the streams have to be checked again. */
  folds: Schema.Record(Schema.String, Schema.String)
})
export type Progress = typeof Progress.Type
