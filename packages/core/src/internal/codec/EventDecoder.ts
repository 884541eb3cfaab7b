/**
 * Decodes recorded events, or fails with a `DecodeFailure` that has the event, the path in it, and
 * the problem.
 */
import { Result, type Schema, SchemaIssue } from "effect"
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
 * import { StoredForm } from "eventfold/generated"
 * import { EventDecoder } from "eventfold/store"
 *
 * const decode = EventDecoder.make(StoredForm.events(Schema.TaggedStruct("Opened", { owner: Schema.String })))
 * const event = decode({ stream: "Account-1", version: 1, type: "Opened", data: { owner: "Jana" } })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Event extends { readonly _tag: string }>(
  events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
): ((recorded: Stored) => Result.Result<Event, EventStoreError>) => {
  const decoders = new Map(Array.from(events, ([type, codec]) => [type, SafeCodec.decodeUnknownResult(codec)]))
  const refuse = ({ stream, type, version }: Stored, path: string, problem: string) =>
    Result.fail(EventStoreError.decodeFailure({ stream, version, type, path, problem }))
  return (recorded) => {
    const decode = decoders.get(recorded.type)
    if (decode === undefined) return refuse(recorded, "", `the program declares no event ${recorded.type}`)
    const decoded = decode(recorded.data)
    if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
    const { path, problem } = firstProblem(decoded.failure.issue)
    return refuse(recorded, path, problem)
  }
}
