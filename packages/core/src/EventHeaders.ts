/**
 * Headers of events: metadata of an app's own, such as the tenant or the channel of a request,
 * which the app declares once.
 */
import { Effect, Result, Schema } from "effect"
import { CurrentMetadata, type RecordedEvent } from "./Event.ts"
import { EventStoreError } from "./EventStoreError.ts"
import * as EventDecoder from "./internal/codec/EventDecoder.ts"
import * as SafeCodec from "./internal/codec/SafeCodec.ts"
import { DeclarationError } from "./internal/work/DeclarationError.ts"
import * as HeaderNames from "./store/HeaderNames.ts"

/** Headers, whose values are stored as text; they may be optional. */
interface Fields {
  readonly [name: PropertyKey]: Schema.ConstraintCodec<unknown, string>
}

/**
 * Declares headers.
 *
 * **When to use**
 *
 * For what events carry beside the correlation, the cause and the actor. Declare all headers of an
 * app in one place.
 *
 * **Details**
 *
 * Names are those of CloudEvents attributes: a small letter, then at most 19 small letters and
 * digits. A published event (`Reaction.forward`) has each header as an attribute. Handlers of
 * commands and projections do not get headers: what a decision or a row depends on belongs to the
 * event.
 *
 * **Errors**
 *
 * Throws a `DeclarationError` for a name of another form, and for an attribute of CloudEvents or of
 * Eventfold.
 *
 * **Gotchas**
 *
 * Headers are part of the metadata, which `truncate` deletes with the data. All headers of an event
 * together have at most 4 kB.
 *
 * @example
 * ```ts
 * import { Effect, Result, Schema, Stream } from "effect"
 * import { EventHeaders, EventId, EventStore, MemoryEventStore } from "eventfold"
 *
 * const Headers = EventHeaders.make({
 *   tenant: Schema.NonEmptyString,
 *   region: Schema.optionalKey(Schema.Literals(["eu", "us"]))
 * })
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const id = yield* EventId.make
 *   const append = store.append("Card-7", "any", [
 *     { id, type: "Opened", schemaVersion: 1, data: {}, metadata: { headers: { tenant: "acme" } } }
 *   ])
 *   yield* append
 *   const [event] = yield* Stream.runCollect(store.read("Card-7"))
 *   return Result.getOrThrow(Headers.of(event!)).tenant
 * })
 * const tenant = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer)) // acme
 *
 * // Events that services append get them from their context.
 * const asTenant = <A, E, R>(effect: Effect.Effect<A, E, R>) => Headers.provide({ tenant: "acme" })(effect)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Of extends Fields>(
  fields: Of
): {
  /**
   * Adds the headers to every event that an effect appends. Fails with `InvalidRequest` if a value
   * does not fit its schema.
   */
  readonly provide: (
    values: Schema.Struct.Type<Of>
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | EventStoreError, R>
  /** Reads the headers of an event. Fails with `DecodeFailure` if they do not fit their schema. */
  readonly of: (
    recorded: Pick<RecordedEvent, "metadata" | "stream" | "type" | "version">
  ) => Result.Result<Schema.Struct.Type<Of>, EventStoreError>
} => {
  for (const name of Object.keys(fields)) {
    const problem = HeaderNames.problemOf(name)
    if (problem !== undefined) throw new DeclarationError(`EventHeaders.make has ${problem}`)
  }
  type Values = Schema.Struct.Type<Of>
  const schema: Schema.Codec<Values, { readonly [name: string]: string }> = Schema.make(Schema.Struct(fields).ast)
  const encode = SafeCodec.encodeUnknownResult(schema)
  const decode = SafeCodec.decodeUnknownResult(schema)
  return {
    provide: (values) => (effect) =>
      Effect.gen(function* () {
        const encoded = encode(values)
        if (Result.isFailure(encoded)) {
          const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
          return yield* EventStoreError.invalidRequest(
            "EventHeaders.provide",
            path === "" ? problem : `${path}: ${problem}`
          )
        }
        const metadata = yield* CurrentMetadata
        const headers = { ...metadata.headers, ...encoded.success }
        return yield* Effect.provideService(effect, CurrentMetadata, { ...metadata, headers })
      }),
    of: ({ metadata, stream, type, version }) =>
      Result.mapError(decode(metadata.headers ?? {}), ({ issue }) => {
        const { path, problem } = EventDecoder.firstProblem(issue)
        return EventStoreError.decodeFailure({ stream, version, type, path: `headers.${path}`, problem })
      })
  }
}
