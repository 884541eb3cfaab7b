/**
 * Folds of projections: the keys of an event, and its effect on their rows. Every way of running a
 * projection uses them.
 */
import { DateTime, Result, Schema, SchemaAST } from "effect"
import * as StoredForm from "./StoredForm.ts"
import type { NewEvent, RecordedEvent } from "../Event.ts"
import * as EventDecoder from "../internal/codec/EventDecoder.ts"
import { EventStoreError } from "../EventStoreError.ts"
import type { Any, Origin, Bodies } from "../Projection.ts"
import { ProjectionFailed } from "../ProjectionError.ts"
import type { ScannedEvent } from "../store/ProjectionStore.ts"
import type { Table } from "../store/Table.ts"
import * as SafeCodec from "../internal/codec/SafeCodec.ts"

/**
 * An aggregate that a projection reads: the types of its events, and their decoders. Made by
 * `source`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source<Event, Id> {
  readonly aggregate: string
  readonly types: ReadonlyArray<string>
  readonly decode: (
    recorded: Pick<RecordedEvent, "data" | "stream" | "type" | "version">
  ) => Result.Result<Event, EventStoreError>
  readonly decodeId: (id: string) => Result.Result<Id, Schema.SchemaError>
  /** `true` if ids are stored unchanged, so that no two texts are one id. */
  readonly isPlainId: boolean
}

type Tagged = { readonly _tag: string }

/**
 * Selects the events of an aggregate that a projection reads.
 *
 * **When to use**
 *
 * Generated services call it, once for each aggregate in `from` of a projection.
 *
 * @example
 * ```ts
 * import { ProjectionFold } from "eventfold/generated"
 *
 * // A generated service calls it for each aggregate of a projection.
 * const source = ProjectionFold.source
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const source = <Event extends Tagged, Id, const Type extends Event["_tag"]>(options: {
  readonly aggregate: string
  readonly id: Schema.Codec<Id, string>
  readonly codec: { readonly events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>> }
  readonly types: ReadonlyArray<Type>
}): Source<Extract<Event, { readonly _tag: Type }>, Id> => {
  const { aggregate, codec, id, types } = options
  return {
    aggregate,
    types,
    // `make` asks only for recorded events of these types.
    decode: EventDecoder.make(codec.events) as Source<Extract<Event, { readonly _tag: Type }>, Id>["decode"],
    decodeId: SafeCodec.decodeUnknownResult(id),
    isPlainId: SchemaAST.isString(id.ast) && id.ast.encoding === undefined
  }
}

/**
 * Definition of a projection: declaration, handlers and table. Generated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<Row, Event, Id, Key, Declared extends Any["indexes"] = {}> {
  readonly name: string
  readonly sources: ReadonlyArray<Source<Event, Id>>
  readonly key: Schema.Codec<Key, unknown>
  readonly row: Schema.Codec<Row, unknown>
  readonly bodies: Bodies<Row, Event, Id, Key>
  readonly table: Table
  /**
   * `true` if each event belongs to the row of its stream, whose key is the id of the stream;
   * otherwise `bodies.keys` returns the keys.
   */
  readonly isKeyedByStream?: boolean
  /** Policy for an event that cannot be folded. Defaults to `"stop"`. */
  readonly onFailure?: "stop" | "park"
  /** Hash of everything that keys and handlers depend on, and of the row's schema. */
  readonly fingerprint: string
  /**
   * Fields of the row for each index, and their codecs: values are equal if their encoded forms
   * are.
   */
  readonly indexes?: Declared
  readonly fields?: { readonly [Field in Declared[keyof Declared][number]]: Schema.Codec<unknown, unknown> }
}

/**
 * An event, with the keys of its rows.
 *
 * @internal
 */
export interface Routed<Row> {
  readonly recorded: ScannedEvent
  /** Keys of rows as text, without duplicates. */
  readonly keys: ReadonlyArray<string>
  /** Computes a row; throws what the handler throws. */
  readonly project: (key: string, row: Row | undefined) => Row | undefined
}

/**
 * A stream whose events all belong to one row.
 *
 * @internal
 */
export interface Lane<Row> {
  /** Key of the row, as text. */
  readonly key: string
  /** Types of the events that the projection reads. */
  readonly types: ReadonlySet<string>
  /** Computes the row after an event of the stream; throws what the handler throws. */
  readonly step: (row: Row | undefined, recorded: ScannedEvent) => Result.Result<Row | undefined, EventStoreError>
}

/**
 * An event before its append.
 *
 * @internal
 */
export interface Unplaced {
  readonly stream: string
  readonly event: NewEvent
}

/** A handler read the place of an event that has none yet. */
class NotPlaced extends Error {
  override readonly name = "NotPlaced"
}

/** @internal */
export interface ProjectionFold<Row, Key> {
  readonly name: string
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /**
   * Encodes a key: unchanged if keys encode to strings, otherwise as JSON. Rows are ordered by
   * these texts.
   */
  readonly keyText: (key: Key) => string
  /** Returns the rows of an event; `undefined` if the projection does not read it. */
  readonly route: (recorded: ScannedEvent) => Result.Result<Routed<Row> | undefined, EventStoreError | ProjectionFailed>
  /**
   * Returns the lane of an event's stream, if rows are keyed by streams: most of `route` is the
   * same for all events of a stream, and computed once. `undefined` if the projection does not read
   * the event.
   */
  readonly lane?: (recorded: ScannedEvent) => Result.Result<Lane<Row> | undefined, EventStoreError | ProjectionFailed>
  /**
   * Returns the keys of an event before its append; `undefined` if they depend on its place, and
   * `[]` if the projection does not read it.
   */
  readonly keysAhead: (
    unplaced: Unplaced
  ) => Result.Result<ReadonlyArray<string> | undefined, EventStoreError | ProjectionFailed>
  readonly failed: (recorded: ScannedEvent, cause: unknown, key?: string) => ProjectionFailed
  /**
   * Computes the rows after an event: all of them, or none. `undefined` is no row. A failure has
   * its key.
   */
  readonly changes: (
    routed: Routed<Row>,
    rowAt: (key: string) => Row | undefined
  ) => Result.Result<ReadonlyMap<string, Row | undefined>, ProjectionFailed>
}

const none = Result.succeed(undefined)
const nowhere = DateTime.makeUnsafe(0)

const originOf = <Id>(id: Id, { occurredAt, position, recordedAt, version }: ScannedEvent): Origin<Id> => ({
  id,
  occurredAt,
  position,
  recordedAt,
  version
})

type Listened<Event, Id> = Pick<Source<Event, Id>, "decode" | "decodeId"> & { readonly types: ReadonlySet<string> }

interface Decoded<Event, Id> {
  readonly event: Event
  readonly id: Id
  readonly source: Listened<Event, Id>
}

/**
 * Makes the decoder of events and of the ids of their streams; it returns `undefined` for an event
 * that is not read.
 */
const decoderOf = <Event, Id>(projection: string, listened: ReadonlyArray<Source<Event, Id>>) => {
  const sources = new Map(
    listened.map(({ aggregate, decode, decodeId, types }): [string, Listened<Event, Id>] => [
      aggregate,
      { decode, decodeId, types: new Set(types) }
    ])
  )
  return (recorded: ScannedEvent): Result.Result<Decoded<Event, Id> | undefined, EventStoreError> => {
    const hyphen = recorded.stream.indexOf("-")
    const source = sources.get(recorded.stream.slice(0, hyphen))
    if (source === undefined || !source.types.has(recorded.type)) return none
    const event = source.decode(recorded)
    if (Result.isFailure(event)) return Result.fail(event.failure)
    const id = source.decodeId(recorded.stream.slice(hyphen + 1))
    if (Result.isFailure(id)) {
      const problem = `stream ${JSON.stringify(recorded.stream)} has no id that decodes: ${id.failure.message}`
      return Result.fail(EventStoreError.invalidRequest(projection, problem))
    }
    return Result.succeed({ event: event.success, id: id.success, source })
  }
}

/**
 * Fills the unknown parts of an event's place. `UnplacedOrigin` reports a handler that reads them.
 */
const withoutPlace = ({ event, stream }: Unplaced): RecordedEvent => {
  const { data, id, metadata, occurredAt = nowhere, schemaVersion, type } = event
  return {
    id,
    stream,
    type,
    schemaVersion,
    data,
    metadata,
    version: 0,
    position: 0,
    recordedAt: occurredAt,
    occurredAt
  }
}

/** The origin of an event before its append: reading an unknown part throws, and is remembered. */
class UnplacedOrigin<Id> implements Origin<Id> {
  readonly id: Id
  readonly #occurredAt: DateTime.Utc | undefined
  isRead = false

  constructor(id: Id, occurredAt: DateTime.Utc | undefined) {
    this.id = id
    this.#occurredAt = occurredAt
  }

  #unknown(): never {
    this.isRead = true
    throw new NotPlaced("an event has no place before it is appended")
  }
  get occurredAt() {
    return this.#occurredAt ?? this.#unknown()
  }
  get version() {
    return this.#unknown()
  }
  get position() {
    return this.#unknown()
  }
  get recordedAt() {
    return this.#unknown()
  }
}

/** Computes the keys of an event, with the handler for each. */
const routed = <Row, Event, Id, Key>(
  bodies: Bodies<Row, Event, Id, Key>,
  keyText: (key: Key) => string,
  recorded: ScannedEvent,
  event: Event,
  origin: Origin<Id>
): Routed<Row> => {
  const own = bodies.keys(event, origin)
  if (own.length === 1) {
    // Most events have one key: they allocate nothing else.
    const [only] = own as readonly [Key]
    return { recorded, keys: [keyText(only)], project: (_, row) => bodies.project(row, event, origin, only) }
  }
  const keys = new Map<string, Key>()
  for (const key of own) {
    const text = keyText(key)
    if (!keys.has(text)) keys.set(text, key)
  }
  return {
    recorded,
    keys: [...keys.keys()],
    // Only keys of this event are asked for.
    project: (text, row) => bodies.project(row, event, origin, keys.get(text) as Key)
  }
}

/** @internal */
export const make = <Row, Event extends Tagged, Id, Key, Declared extends Any["indexes"]>(
  definition: Definition<Row, Event, Id, Key, Declared>
): ProjectionFold<Row, Key> => {
  const { bodies, name, sources, table } = definition
  const decoded = decoderOf(name, sources)
  const encodeKey = SafeCodec.encodeUnknownResult(StoredForm.codec(definition.key))
  const keyText = (key: Key): string => {
    const encoded = Result.getOrThrowWith(encodeKey(key), (error) => error)
    return table.key === "text" ? String(encoded) : JSON.stringify(encoded)
  }
  const failed = ({ position, stream, type, version }: ScannedEvent, cause: unknown, key?: string) =>
    new ProjectionFailed({
      projection: name,
      stream,
      version,
      position,
      type,
      ...(key === undefined ? {} : { key }),
      cause
    })

  const lane = (recorded: ScannedEvent): Result.Result<Lane<Row> | undefined, EventStoreError | ProjectionFailed> => {
    const found = decoded(recorded)
    if (Result.isFailure(found)) return Result.fail(found.failure)
    if (found.success === undefined) return none
    const { event, id, source } = found.success
    const { decode, types } = source
    try {
      const [key] = bodies.keys(event, originOf(id, recorded)) as readonly [Key]
      return Result.succeed({
        key: keyText(key),
        types,
        step: (row, next) => {
          const event = decode(next)
          return Result.isFailure(event)
            ? Result.fail(event.failure)
            : Result.succeed(bodies.project(row, event.success, originOf(id, next), key))
        }
      })
    } catch (cause) {
      return Result.fail(failed(recorded, cause))
    }
  }

  return {
    name,
    aggregates: [...new Set(sources.map(({ aggregate }) => aggregate))],
    types: [...new Set(sources.flatMap(({ types }) => types))],
    keyText,
    failed,
    ...(definition.isKeyedByStream === true ? { lane } : {}),
    route: (recorded) => {
      const found = decoded(recorded)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      if (found.success === undefined) return none
      const { event, id } = found.success
      const origin = originOf(id, recorded)
      try {
        return Result.succeed(routed(bodies, keyText, recorded, event, origin))
      } catch (cause) {
        return Result.fail(failed(recorded, cause))
      }
    },
    keysAhead: (unplaced) => {
      const recorded = withoutPlace(unplaced)
      const found = decoded(recorded)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      if (found.success === undefined) return Result.succeed([])
      const origin = new UnplacedOrigin(found.success.id, unplaced.event.occurredAt)
      try {
        const keys = [...new Set(bodies.keys(found.success.event, origin).map(keyText))]
        // The handler may have caught the error: the access counts.
        return Result.succeed(origin.isRead ? undefined : keys)
      } catch (cause) {
        return origin.isRead ? Result.succeed(undefined) : Result.fail(failed(recorded, cause))
      }
    },
    changes: ({ keys, project, recorded }, rowAt) => {
      let at: string | undefined
      try {
        const changes = new Map<string, Row | undefined>()
        for (const key of keys) changes.set((at = key), project(key, rowAt(key)))
        return Result.succeed(changes)
      } catch (cause) {
        return Result.fail(failed(recorded, cause, at))
      }
    }
  }
}
