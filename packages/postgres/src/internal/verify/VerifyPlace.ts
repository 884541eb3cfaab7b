/** The progress of a verification, as a file from which the next run continues. */
import { Schema } from "effect"

/** The results of the streams up to one name. */
export const Place = Schema.Struct({
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
export type Place = typeof Place.Type
