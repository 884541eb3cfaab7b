/**
 * Decodes recorded events, or fails with a `DecodeFailure` that has the event, the path in it, and
 * the problem.
 */
import { Result, Schema, SchemaIssue } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import * as SafeCodec from "./SafeCodec.ts"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/**
 * Returns the first problem of an issue, and its path in the value.
 *
 * @example
 * ```ts
 * import { Result, Schema } from "effect"
 * import { EventDecoder } from "eventfold/store"
 *
 * const decoded = Schema.decodeUnknownResult(Schema.Struct({ owner: Schema.String }))({ owner: 1 })
 * const path = Result.isFailure(decoded) ? EventDecoder.firstProblem(decoded.failure.issue).path : "" // owner
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const firstProblem = (issue: SchemaIssue.Issue): { readonly path: string; readonly problem: string } => {
  const [first] = formatIssue(issue).issues
  const path = (first?.path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".")
  return { path, problem: first?.message ?? "it does not fit the schema" }
}

/** The part of a recorded event that its decoder reads. */
type Stored = Pick<RecordedEvent, "data" | "stream" | "type" | "version">

/**
 * Makes the decoder of the events of one aggregate.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { EventDecoder } from "eventfold/store"
 *
 * const decode = EventDecoder.make(Schema.Struct({ _tag: Schema.tag("Opened"), owner: Schema.String }))
 * const event = decode({ stream: "Account-1", version: 1, type: "Opened", schemaVersion: 1, data: { _tag: "Opened", owner: "Jana" } })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Event extends { readonly _tag: string }>(
  codec: Schema.Codec<Event, Schema.Json>
): ((recorded: Stored) => Result.Result<Event, EventStoreError>) => {
  const decode = SafeCodec.decodeUnknownResult(codec)
  const refuse = ({ stream, type, version }: Stored, path: string, problem: string) =>
    Result.fail(EventStoreError.decodeFailure({ stream, version, type, path, problem }))
  return (recorded) => {
    const decoded = decode(recorded.data)
    if (Result.isFailure(decoded)) {
      const { path, problem } = firstProblem(decoded.failure.issue)
      return refuse(recorded, path, problem)
    }
    const { success: event } = decoded
    if (event._tag !== recorded.type) {
      return refuse(recorded, "_tag", `stored as ${recorded.type}, but its data says ${event._tag}`)
    }
    return Result.succeed(event)
  }
}
