/** How far a verification has come, as a file that the next one goes on from. */
import { Schema } from "effect"

/** What is known of the streams up to one. */
export const Place = Schema.Struct({
  eventfold: Schema.Literal("verify"),
  format: Schema.Literal(1),
  storeId: Schema.String,
  /** All streams up to this one are done, in the order of their names' bytes. */
  after: Schema.String,
  streams: Schema.Natural,
  events: Schema.Natural,
  truncated: Schema.Natural,
  snapshots: Schema.Natural,
  otherSnapshots: Schema.Natural,
  mismatches: Schema.Natural,
  /** Of the states so far. */
  digest: Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/)),
  /** By which folds: those of other ones would have to be done again. */
  folds: Schema.Record(Schema.String, Schema.String)
})
export type Place = typeof Place.Type
