/** Why the rows of a projection can't be had. */
import { Schema } from "effect"
import { textOf } from "./internal/work/ErrorText.ts"

/**
 * A handler or key function of a projection threw. Nothing is skipped: the projection stays before that event or, where it parks what fails,
 * the row of that one key does.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProjectionFailed extends Schema.TaggedError<ProjectionFailed>("eventfold/ProjectionFailed")(
  "ProjectionFailed",
  {
    projection: Schema.String,
    stream: Schema.String,
    version: Schema.Int,
    position: Schema.Int,
    type: Schema.String,
    /** The row that could not be made of it; none where it is not known which rows the event belongs to. */
    key: Schema.optionalKey(Schema.String),
    cause: Schema.Defect()
  }
) {
  override get message(): string {
    return `${this.projection} failed at ${this.type}, version ${this.version} of stream ${JSON.stringify(this.stream)}: ${this.problem}`
  }
  /** What was thrown, in its own words. */
  get problem(): string {
    return textOf(this.cause)
  }
}

/**
 * A row that is stored does not fit its schema: it was written by hand, or by a program that knew another one.
 *
 * @since 0.1.0
 * @category errors
 */
export class RowInvalid extends Schema.TaggedError<RowInvalid>("eventfold/RowInvalid")("RowInvalid", {
  projection: Schema.String,
  key: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `the row ${JSON.stringify(this.key)} of ${this.projection} does not fit its schema: ${this.problem}`
  }
}

/**
 * The rows did not come so far in time. What was written is written; it will be seen later.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProjectionBehind extends Schema.TaggedError<ProjectionBehind>("eventfold/ProjectionBehind")(
  "ProjectionBehind",
  {
    projection: Schema.String,
    /** Up to where it should have come. */
    position: Schema.Int,
    milliseconds: Schema.Number,
    /** What holds it up, where that is known. */
    problem: Schema.optionalKey(Schema.String)
  }
) {
  override get message(): string {
    const why = this.problem === undefined ? "" : `: ${this.problem}`
    return `${this.projection} had not come to position ${this.position} after ${this.milliseconds} ms${why}`
  }
}
