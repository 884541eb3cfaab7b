/**
 * Errors of an event store: one error class with a closed union of reasons.
 *
 * Match a reason with `Effect.catchReason("EventStoreError", "VersionConflict", (conflict) => …)`.
 */
import { Predicate, Schema } from "effect"
import { Checkpoint } from "./Checkpoint.ts"

const ExpectedVersion = Schema.Union([Schema.Literals(["any", "noStream", "streamExists"]), Schema.Int])

/**
 * The stream is not at the version that the append expected. Nothing was written; load the state
 * and decide again.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "VersionConflict", (reason) => Effect.logWarning(reason.actual))
 * ```
 */
class VersionConflict extends Schema.TaggedError<VersionConflict>("eventfold/VersionConflict")("VersionConflict", {
  stream: Schema.String,
  expected: ExpectedVersion,
  actual: Schema.Int
}) {
  readonly isRetryable = true
  override get message(): string {
    const expected = typeof this.expected === "number" ? `version ${this.expected}` : this.expected
    return `stream ${JSON.stringify(this.stream)} is at version ${this.actual}, expected was ${expected}`
  }
}

/**
 * The event id already belongs to a different event: in another stream, of another type, with other
 * data, next to new ids, or in another order. Appending the same events again, all of them or some
 * that follow each other, is a repeated append.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "EventIdReused", (reason) => Effect.logWarning(reason.eventId))
 * ```
 */
class EventIdReused extends Schema.TaggedError<EventIdReused>("eventfold/EventIdReused")("EventIdReused", {
  stream: Schema.String,
  eventId: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return `event id ${this.eventId}, appended to ${JSON.stringify(this.stream)}, is already that of a different event`
  }
}

/**
 * The stream is archived: it takes no events until it is unarchived. Nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "StreamArchived", (reason) => Effect.logWarning(reason.version))
 * ```
 */
class StreamArchived extends Schema.TaggedError<StreamArchived>("eventfold/StreamArchived")("StreamArchived", {
  stream: Schema.String,
  /** Version of the event that archived the stream. */
  version: Schema.Int
}) {
  readonly isRetryable = false
  override get message(): string {
    return `stream ${JSON.stringify(this.stream)} is archived, as its version ${this.version} says; unarchive it to append to it`
  }
}

/**
 * The read includes truncated events, whose content is deleted. Read from `firstVersion` on, or
 * pass `truncated: "skip"` to skip them.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { EventId, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const ids = yield* Effect.all([EventId.make, EventId.make])
 *   yield* store.append("Account-1", "any", ids.map((id) => ({ id, type: "Opened", schemaVersion: 1, data: null, metadata: {} })))
 *   yield* store.truncate("Account-1", { before: 2 })
 *   return yield* store.read("Account-1").pipe(
 *     Stream.runCount,
 *     Effect.catchReason("EventStoreError", "StreamTruncated", ({ firstVersion }) => Effect.succeed(`begins at ${firstVersion}`))
 *   )
 * })
 * const told = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer)) // begins at 2
 * ```
 */
class StreamTruncated extends Schema.TaggedError<StreamTruncated>("eventfold/StreamTruncated")("StreamTruncated", {
  stream: Schema.String,
  /** First version that can be read. */
  firstVersion: Schema.Int
}) {
  readonly isRetryable = false
  override get message(): string {
    const { firstVersion, stream } = this
    return `the events of stream ${JSON.stringify(stream)} before version ${firstVersion} were truncated; read from there on, or with truncated: "skip"`
  }
}

/**
 * The request is invalid, and was refused before anything was sent.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "InvalidRequest", (reason) => Effect.logWarning(reason.problem))
 * ```
 */
class InvalidRequest extends Schema.TaggedError<InvalidRequest>("eventfold/InvalidRequest")("InvalidRequest", {
  operation: Schema.String,
  problem: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${this.problem}`
  }
}

/**
 * An event cannot be encoded with its schema. Nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "EncodeFailure", (reason) => Effect.logWarning(reason.problem))
 * ```
 */
class EncodeFailure extends Schema.TaggedError<EncodeFailure>("eventfold/EncodeFailure")("EncodeFailure", {
  stream: Schema.String,
  type: Schema.String,
  problem: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    return `${this.type} for stream ${JSON.stringify(this.stream)} does not fit its schema: ${this.problem}`
  }
}

/**
 * A stored event cannot be decoded with the current declaration.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "DecodeFailure", (reason) => Effect.logWarning(reason.path))
 * ```
 */
class DecodeFailure extends Schema.TaggedError<DecodeFailure>("eventfold/DecodeFailure")("DecodeFailure", {
  stream: Schema.String,
  version: Schema.Int,
  type: Schema.String,
  /** Path in the event: `""` is the whole event, otherwise keys and indices joined by dots. */
  path: Schema.String,
  problem: Schema.String
}) {
  readonly isRetryable = false
  override get message(): string {
    const at = this.path === "" ? "" : ` at ${this.path}`
    return `${this.type}, version ${this.version} of stream ${JSON.stringify(this.stream)}, does not decode${at}: ${this.problem}`
  }
}

/**
 * The database cannot be reached, or failed. Nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "Unavailable", (reason) => Effect.logWarning(reason.problem))
 * ```
 */
class Unavailable extends Schema.TaggedError<Unavailable>("eventfold/Unavailable")("Unavailable", {
  problem: Schema.String,
  retryable: Schema.Boolean,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  get isRetryable(): boolean {
    return this.retryable
  }
  override get message(): string {
    return this.problem
  }
}

/**
 * The connection was lost during an append, so it is unknown whether the append was written. It was
 * written completely or not at all. Append the same event ids again: that returns the first result,
 * or writes them.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "OutcomeUnknown", (reason) => Effect.logWarning(reason.problem))
 * ```
 */
class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>("eventfold/OutcomeUnknown")("OutcomeUnknown", {
  problem: Schema.String,
  /** How to settle the outcome. */
  fix: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly isRetryable = true
  override get message(): string {
    return `the outcome is not known (${this.problem}); ${this.fix ?? "append the same event ids again to settle it"}`
  }
}

/**
 * The timeout passed before anything was sent: nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "TimedOut", (reason) => Effect.logWarning(reason.milliseconds))
 * ```
 */
class TimedOut extends Schema.TaggedError<TimedOut>("eventfold/TimedOut")("TimedOut", {
  operation: Schema.String,
  milliseconds: Schema.Number
}) {
  readonly isRetryable = true
  override get message(): string {
    return `${this.operation} was not done within ${this.milliseconds} ms; nothing was written`
  }
}

/**
 * The queue of waiting appends is full. Nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "Overloaded", (reason) => Effect.logWarning(reason.waiting))
 * ```
 */
class Overloaded extends Schema.TaggedError<Overloaded>("eventfold/Overloaded")("Overloaded", {
  waiting: Schema.Int
}) {
  readonly isRetryable = true
  override get message(): string {
    return `${this.waiting} appends are waiting already; slow down, or give the store a larger queue`
  }
}

/**
 * The store cannot be opened or used in this way. `fix` says how to resolve the problem. Nothing
 * was changed.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const retried = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
 *   Effect.catchReason(effect, "EventStoreError", "StoreRefused", (reason) => Effect.logWarning(reason.fix))
 * ```
 */
class StoreRefused extends Schema.TaggedError<StoreRefused>("eventfold/StoreRefused")("StoreRefused", {
  problem: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly isRetryable = false
  override get message(): string {
    return `${this.problem}. ${this.fix}`
  }
}

/**
 * A checkpoint does not fit the log: it belongs to a different store, or the event at its position
 * is missing or a different one. The log was restored from a backup, lost its end in a failover, or
 * was copied, so that the reader's results may contain events that no longer exist. Nothing was
 * skipped and nothing was delivered.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { type Checkpoint, EventStore, MemoryEventStore } from "eventfold"
 *
 * const resume = (last: Checkpoint.Checkpoint) =>
 *   EventStore.EventStore.use((store) => Stream.runHead(store.subscribe({ after: last }))).pipe(
 *     Effect.as("goes on"),
 *     Effect.catchReason("EventStoreError", "LogDiverged", ({ message }) => Effect.succeed(message))
 *   )
 *
 * const program = resume({ storeId: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304", position: 7, eventId: null })
 * const told = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * // the checkpoint does not fit this log: it is of store 0192f0c1-…
 * ```
 */
class LogDiverged extends Schema.TaggedError<LogDiverged>("eventfold/LogDiverged")("LogDiverged", {
  checkpoint: Checkpoint,
  /** Id of the store that was read. */
  storeId: Schema.String,
  /** Id of the event at the checkpoint's position; `null` if there is none. */
  found: Schema.NullOr(Schema.String)
}) {
  readonly isRetryable = false
  override get message(): string {
    const { eventId, position, storeId } = this.checkpoint
    const why =
      storeId !== this.storeId
        ? `it is of store ${storeId}, this is store ${this.storeId}`
        : `at position ${position} it saw event ${eventId ?? "none"}, the log has ${this.found ?? "none"} there`
    return `the checkpoint does not fit this log: ${why}. Connect to the log it was made on, or read this one from its beginning`
  }
}

/**
 * An inline projection could not be folded, or its rows could not be stored. Nothing was written,
 * neither events nor rows: fix the handler or the event.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStore, type Event } from "eventfold"
 *
 * const append = (stream: string, events: ReadonlyArray<Event.NewEvent>) =>
 *   EventStore.EventStore.use((store) => store.append(stream, "any", events)).pipe(
 *     Effect.catchReason("EventStoreError", "InlineFailed", ({ message, projection }) =>
 *       Effect.die(new Error(`${projection} does not take this: ${message}`)))
 *   )
 * ```
 */
class InlineFailed extends Schema.TaggedError<InlineFailed>("eventfold/InlineFailed")("InlineFailed", {
  projection: Schema.String,
  problem: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly isRetryable = false
  override get message(): string {
    return `nothing was appended, as the rows of ${this.projection} are written with the events: ${this.problem}`
  }
}

/**
 * Schema and union of all reasons. `Reason<"VersionConflict">` is the type of one of them.
 *
 * @example
 * ```ts
 * import { EventStoreError } from "eventfold"
 *
 * const tagOf = ({ reason }: EventStoreError.EventStoreError): EventStoreError.Reason["_tag"] => reason._tag
 * const waiting = ({ waiting }: EventStoreError.Reason<"Overloaded">): string => `${waiting} appends wait`
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const Reason = Schema.Union([
  VersionConflict,
  EventIdReused,
  StreamArchived,
  StreamTruncated,
  InvalidRequest,
  EncodeFailure,
  DecodeFailure,
  Unavailable,
  OutcomeUnknown,
  TimedOut,
  Overloaded,
  StoreRefused,
  LogDiverged,
  InlineFailed
])
type AnyReason = typeof Reason.Type
export type Reason<Tag extends AnyReason["_tag"] = AnyReason["_tag"]> = Extract<AnyReason, { readonly _tag: Tag }>

type Fields<Class extends abstract new (...args: never) => unknown> = ConstructorParameters<Class>[0]

/**
 * Error of an event store. `isRetryable` is `true` if the same call may succeed later.
 *
 * @example
 * ```ts
 * import { EventStoreError } from "eventfold"
 *
 * const error = EventStoreError.EventStoreError.invalidRequest("append", "the stream id is empty")
 * error.message // append: the stream id is empty
 * error.isRetryable // false
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class EventStoreError extends Schema.TaggedError<EventStoreError>("eventfold/EventStoreError")(
  "EventStoreError",
  { reason: Reason }
) {
  static versionConflict(fields: Fields<typeof VersionConflict>): EventStoreError {
    return new EventStoreError({ reason: new VersionConflict(fields) })
  }
  static eventIdReused(fields: Fields<typeof EventIdReused>): EventStoreError {
    return new EventStoreError({ reason: new EventIdReused(fields) })
  }
  static streamArchived(fields: Fields<typeof StreamArchived>): EventStoreError {
    return new EventStoreError({ reason: new StreamArchived(fields) })
  }
  static streamTruncated(fields: Fields<typeof StreamTruncated>): EventStoreError {
    return new EventStoreError({ reason: new StreamTruncated(fields) })
  }
  static invalidRequest(operation: string, problem: string): EventStoreError {
    return new EventStoreError({ reason: new InvalidRequest({ operation, problem }) })
  }
  static encodeFailure(fields: Fields<typeof EncodeFailure>): EventStoreError {
    return new EventStoreError({ reason: new EncodeFailure(fields) })
  }
  static decodeFailure(fields: Fields<typeof DecodeFailure>): EventStoreError {
    return new EventStoreError({ reason: new DecodeFailure(fields) })
  }
  static unavailable(fields: Fields<typeof Unavailable>): EventStoreError {
    return new EventStoreError({ reason: new Unavailable(fields) })
  }
  static outcomeUnknown(fields: Fields<typeof OutcomeUnknown>): EventStoreError {
    return new EventStoreError({ reason: new OutcomeUnknown(fields) })
  }
  static timedOut(fields: Fields<typeof TimedOut>): EventStoreError {
    return new EventStoreError({ reason: new TimedOut(fields) })
  }
  static overloaded(fields: Fields<typeof Overloaded>): EventStoreError {
    return new EventStoreError({ reason: new Overloaded(fields) })
  }
  static storeRefused(problem: string, fix: string, cause?: unknown): EventStoreError {
    return new EventStoreError({
      reason: new StoreRefused({ problem, fix, ...(cause === undefined ? {} : { cause }) })
    })
  }
  static logDiverged(fields: Fields<typeof LogDiverged>): EventStoreError {
    return new EventStoreError({ reason: new LogDiverged(fields) })
  }
  static inlineFailed(fields: Fields<typeof InlineFailed>): EventStoreError {
    return new EventStoreError({ reason: new InlineFailed(fields) })
  }
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
  override get message(): string {
    return this.reason.message
  }
}

/**
 * Returns a predicate for errors with certain reasons. It compares tags instead of classes, so that
 * it works across two installed copies of the package.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStoreError } from "eventfold"
 *
 * const isConflict = EventStoreError.hasReason("VersionConflict")
 * isConflict(EventStoreError.EventStoreError.versionConflict({ stream: "Account-1", expected: 1, actual: 2 })) // true
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const hasReason =
  <Tag extends Reason["_tag"]>(...tags: ReadonlyArray<Tag>) =>
  (error: unknown): error is EventStoreError & { readonly reason: Reason<Tag> } =>
    Predicate.isTagged(error, "EventStoreError") &&
    Predicate.hasProperty(error, "reason") &&
    tags.some((tag) => Predicate.isTagged(error.reason, tag))
