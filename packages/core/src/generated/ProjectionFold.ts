/**
 * A projection as a fold over the log: which rows an event belongs to, and what it makes of each. However a projection is run
 * (in memory, by a projector, anew), this is what is done with each event.
 */
import { DateTime, Result, Schema, SchemaAST } from "effect"
import * as StoredForm from "./StoredForm.ts"
import type { NewEvent, RecordedEvent } from "../Event.ts"
import * as EventDecoder from "../internal/codec/EventDecoder.ts"
import { EventStoreError, InvalidRequest } from "../EventStoreError.ts"
import type { Indexes, OnFailure, Origin, Bodies } from "../Projection.ts"
import { ProjectionFailed } from "../ProjectionError.ts"
import type { ScannedEvent } from "../store/ProjectionStore.ts"
import type { Table } from "../store/Table.ts"
import * as SafeCodec from "../internal/codec/SafeCodec.ts"

/**
 * One aggregate that a projection reads: which of its events count, and how they and its ids decode. Made by `source`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source<Event, Id> {
  readonly aggregate: string
  readonly types: ReadonlyArray<string>
  readonly decode: (recorded: EventDecoder.Stored) => Result.Result<Event, EventStoreError>
  readonly decodeId: (id: string) => Result.Result<Id, Schema.SchemaError>
  /** Whether an id is stored as it is: no two texts are one id. */
  readonly isPlainId: boolean
}

type Tagged = { readonly _tag: string }

/**
 * Says which events of an aggregate a projection reads.
 *
 * **When to use**
 *
 * Generated services call it, once for each aggregate in a projection's `from`.
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
  readonly codec: Schema.Codec<Event, Schema.Json>
  readonly types: ReadonlyArray<Type>
}): Source<Extract<Event, { readonly _tag: Type }>, Id> => {
  const { aggregate, codec, id, types } = options
  return {
    aggregate,
    types,
    // `make` asks only for recorded events of these types, and the decoder refuses one whose tag is not its type.
    decode: EventDecoder.make(codec) as Source<Extract<Event, { readonly _tag: Type }>, Id>["decode"],
    decodeId: SafeCodec.decodeUnknownResult(id),
    isPlainId: SchemaAST.isString(id.ast) && id.ast.encoding === undefined
  }
}

/**
 * All that is known of a projection: what is declared, what a person wrote, and where its rows fit. Generated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<Row, Event, Id, Key, Declared extends Indexes = {}> {
  readonly name: string
  readonly sources: ReadonlyArray<Source<Event, Id>>
  readonly key: Schema.Codec<Key, unknown>
  readonly row: Schema.Codec<Row, unknown>
  readonly bodies: Bodies<Row, Event, Id, Key>
  readonly table: Table
  /** Whether each event belongs to the row of its stream, whose key is the stream's id; otherwise `bodies.keys` returns the keys. */
  readonly isKeyedByStream?: boolean
  /** What becomes of an event that can't be folded; `"stop"` unless given. */
  readonly onFailure?: OnFailure
  /** Hash of everything that keys and handlers depend on, and of the row's schema. */
  readonly fingerprint: string
  /** Fields of the row to look rows up by, and how they encode: values are equal if they encode alike. */
  readonly indexes?: Declared
  readonly fields?: { readonly [Field in Declared[keyof Declared][number]]: Schema.Codec<unknown, unknown> }
}

/**
 * An event with the rows that it belongs to.
 *
 * @internal
 */
export interface Routed<Row> {
  readonly recorded: ScannedEvent
  /** Keys of rows as text, each once. */
  readonly keys: ReadonlyArray<string>
  /** What becomes of a row; may throw whatever a person's handler throws. */
  readonly project: (key: string, row: Row | undefined) => Row | undefined
}

/**
 * A stream all of whose events belong to one row.
 *
 * @internal
 */
export interface Lane<Row> {
  /** Of the row, as text. */
  readonly key: string
  /** Of the events that the projection listens to. */
  readonly types: ReadonlySet<string>
  /** What such an event of the stream makes of the row; may throw whatever a person's handler throws. */
  readonly step: (row: Row | undefined, recorded: ScannedEvent) => Result.Result<Row | undefined, EventStoreError>
}

/**
 * An event that is to be appended.
 *
 * @internal
 */
export interface Unplaced {
  readonly stream: string
  readonly event: NewEvent
}

/** What an event's place would say, and it has none yet. */
class NotPlaced extends Error {
  override readonly name = "NotPlaced"
}

/** @internal */
export interface ProjectionFold<Row, Key> {
  readonly name: string
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /** How a key is written: as it is where keys encode to strings, else as JSON. Rows are in the order of these texts. */
  readonly keyText: (key: Key) => string
  /** Which rows an event belongs to; undefined where the projection does not listen to it. */
  readonly route: (recorded: ScannedEvent) => Result.Result<Routed<Row> | undefined, EventStoreError | ProjectionFailed>
  /**
   * Of an event's stream, where rows are keyed by streams: much of what `route` does is the same for all events of one, and done once.
   * Undefined where the projection does not listen to the event.
   */
  readonly lane?: (recorded: ScannedEvent) => Result.Result<Lane<Row> | undefined, EventStoreError | ProjectionFailed>
  /**
   * The keys of rows that an event will belong to, before it has its place; undefined where they depend on that, and `[]` where the
   * projection does not listen to it.
   */
  readonly keysAhead: (
    unplaced: Unplaced
  ) => Result.Result<ReadonlyArray<string> | undefined, EventStoreError | ProjectionFailed>
  readonly failed: (recorded: ScannedEvent, cause: unknown, key?: string) => ProjectionFailed
  /** What an event makes of its rows: of all of them, or none. `undefined` is no row. A failure names the key that it is of. */
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

/** @internal */
export const make = <Row, Event extends Tagged, Id, Key, Declared extends Indexes>(
  definition: Definition<Row, Event, Id, Key, Declared>
): ProjectionFold<Row, Key> => {
  const { bodies, name, table } = definition
  type Listened = Pick<Source<Event, Id>, "decode" | "decodeId"> & { readonly types: ReadonlySet<string> }
  const sources = new Map(
    definition.sources.map(({ aggregate, decode, decodeId, types }): [string, Listened] => [
      aggregate,
      { decode, decodeId, types: new Set(types) }
    ])
  )
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

  type Decoded = { readonly event: Event; readonly id: Id; readonly source: Listened }
  /** The event and the id of its stream, where the projection listens to it. */
  const decoded = (recorded: ScannedEvent): Result.Result<Decoded | undefined, EventStoreError> => {
    const hyphen = recorded.stream.indexOf("-")
    const source = sources.get(recorded.stream.slice(0, hyphen))
    if (source === undefined || !source.types.has(recorded.type)) return none
    const event = source.decode(recorded)
    if (Result.isFailure(event)) return Result.fail(event.failure)
    const id = source.decodeId(recorded.stream.slice(hyphen + 1))
    if (Result.isFailure(id)) {
      const problem = `stream ${JSON.stringify(recorded.stream)} has no id that decodes: ${id.failure.message}`
      return Result.fail(EventStoreError.invalidRequest(name, problem))
    }
    return Result.succeed({ event: event.success, id: id.success, source })
  }

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
    aggregates: [...sources.keys()],
    types: [...new Set(definition.sources.flatMap(({ types }) => types))],
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
        const own = bodies.keys(event, origin)
        if (own.length === 1) {
          // Most have one, and there are many: nothing more is made for them.
          const [only] = own as readonly [Key]
          return Result.succeed({
            recorded,
            keys: [keyText(only)],
            project: (_, row) => bodies.project(row, event, origin, only)
          })
        }
        const keys = new Map<string, Key>()
        for (const key of own) {
          const text = keyText(key)
          if (!keys.has(text)) keys.set(text, key)
        }
        return Result.succeed({
          recorded,
          keys: [...keys.keys()],
          // Only keys of this event are asked for.
          project: (text, row) => bodies.project(row, event, origin, keys.get(text) as Key)
        })
      } catch (cause) {
        return Result.fail(failed(recorded, cause))
      }
    },
    keysAhead: ({ event: { data, id, metadata, occurredAt, schemaVersion, type }, stream }) => {
      const time = occurredAt ?? nowhere
      // Of its place only what can't be known yet is made up, and nobody sees it.
      const recorded: RecordedEvent = {
        id,
        stream,
        type,
        schemaVersion,
        data,
        metadata,
        version: 0,
        position: 0,
        recordedAt: time,
        occurredAt: time
      }
      const found = decoded(recorded)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      if (found.success === undefined) return Result.succeed([])
      let dependsOnPlace = false
      const unknown = (): never => {
        dependsOnPlace = true
        throw new NotPlaced("an event has no place before it is appended")
      }
      const origin: Origin<Id> = {
        id: found.success.id,
        get occurredAt() {
          return occurredAt ?? unknown()
        },
        get version() {
          return unknown()
        },
        get position() {
          return unknown()
        },
        get recordedAt() {
          return unknown()
        }
      }
      try {
        const keys = [...new Set(bodies.keys(found.success.event, origin).map(keyText))]
        // It may have caught what it met: that it asked is what counts.
        return Result.succeed(dependsOnPlace ? undefined : keys)
      } catch (cause) {
        return dependsOnPlace ? Result.succeed(undefined) : Result.fail(failed(recorded, cause))
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
