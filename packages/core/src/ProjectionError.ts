/** Errors of the rows of a projection. */
import { Schema } from "effect"
import { textOf } from "./internal/work/ErrorText.ts"

/**
 * A handler or key function of a projection threw. No event is skipped: the projection stops before
 * that event or, if it parks failing events, the row of that one key does not change.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import type { ProjectionError } from "eventfold"
 *
 * const logged = <A>(query: Effect.Effect<A, ProjectionError.ProjectionFailed>) =>
 *   Effect.catchTag(query, "ProjectionFailed", (error) => Effect.logWarning(error.message, error.key))
 * ```
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
    /** Key of the row that failed; absent if the rows of the event are unknown. */
    key: Schema.optionalKey(Schema.String),
    cause: Schema.Defect()
  }
) {
  override get message(): string {
    return `${this.projection} failed at ${this.type}, version ${this.version} of stream ${JSON.stringify(this.stream)}: ${this.problem}`
  }
  /** Message of the error that was thrown. */
  get problem(): string {
    return textOf(this.cause)
  }
}

/**
 * A stored row does not fit its schema: it was written by hand, or by a program with a different
 * schema.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import type { ProjectionError } from "eventfold"
 *
 * const logged = <A>(query: Effect.Effect<A, ProjectionError.RowInvalid>) =>
 *   Effect.catchTag(query, "RowInvalid", (error) => Effect.logWarning(error.message, error.problem))
 * ```
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
 * The rows did not reach the position before the timeout. The event is written, and the rows will
 * contain it later.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import type { ProjectionError } from "eventfold"
 *
 * const logged = <A>(query: Effect.Effect<A, ProjectionError.ProjectionBehind>) =>
 *   Effect.catchTag(query, "ProjectionBehind", (error) => Effect.logWarning(error.message, error.position))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class ProjectionBehind extends Schema.TaggedError<ProjectionBehind>("eventfold/ProjectionBehind")(
  "ProjectionBehind",
  {
    projection: Schema.String,
    /** Position to wait for. */
    position: Schema.Int,
    milliseconds: Schema.Number,
    /** Reason of the delay, if it is known. */
    problem: Schema.optionalKey(Schema.String)
  }
) {
  override get message(): string {
    const why = this.problem === undefined ? "" : `: ${this.problem}`
    return `${this.projection} had not reached position ${this.position} after ${this.milliseconds} ms${why}`
  }
}
