/** Runs a projection in memory: folded from the log on first use, and brought up to date at each query. */
import { Effect, Result, Schema, Semaphore, Stream } from "effect"
import * as EventDecoder from "./EventDecoder.ts"
import type { RecordedEvent } from "./Event.ts"
import { EventStore } from "./EventStore.ts"
import { EventStoreError, InvalidRequest } from "./EventStoreError.ts"
import * as RowIndex from "./internal/RowIndex.ts"
import type { Indexes, Origin, Projector } from "./Projection.ts"

/** A handler or key function of a projection threw. The projection stays before that event; nothing is skipped. */
export class ProjectionFailed extends Schema.TaggedError<ProjectionFailed>("eventfold/ProjectionFailed")(
  "ProjectionFailed",
  {
    projection: Schema.String,
    stream: Schema.String,
    version: Schema.Int,
    position: Schema.Int,
    type: Schema.String,
    cause: Schema.Defect()
  }
) {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `${this.projection} failed at ${this.type}, version ${this.version} of stream ${JSON.stringify(this.stream)}: ${why}`
  }
}

/** The rows of a projection, as of the end of the log at the time of the call. */
export interface Rows<Key, Row> {
  readonly get: (key: Key) => Effect.Effect<Row | undefined, EventStoreError | ProjectionFailed>
  /** Every row, in the order in which their keys first came up. */
  readonly all: Effect.Effect<ReadonlyArray<Row>, EventStoreError | ProjectionFailed>
}

/** Rows by the values of an index's fields, in the order in which they came to have them. */
export type Lookup<Values extends ReadonlyArray<unknown>, Row> = (
  ...values: Values
) => Effect.Effect<ReadonlyArray<Row>, EventStoreError | ProjectionFailed>

/** What each index of a projection takes: the values of its fields, in the order in which they are declared. */
export type Lookups<Row, Declared extends Indexes> = {
  readonly [Index in keyof Declared]: Lookup<ValuesOf<Row, Declared[Index]>, Row>
}

type ValuesOf<Row, Fields extends ReadonlyArray<string>> = {
  readonly [I in keyof Fields]: Fields[I] extends keyof Row ? Row[Fields[I]] : never
}

/** One aggregate that a projection reads: which of its events count, and how they and its ids decode. Made by `source`. */
export interface Source<Event, Id> {
  readonly aggregate: string
  readonly types: ReadonlyArray<string>
  readonly decode: (recorded: RecordedEvent) => Result.Result<Event, EventStoreError>
  readonly decodeId: (id: string) => Result.Result<Id, Schema.SchemaError>
}

type Tagged = { readonly _tag: string }

/**
 * Says which events of an aggregate a projection reads.
 *
 * **When to use**
 *
 * Generated services call it, once for each aggregate in a projection's `from`.
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
    decodeId: Schema.decodeUnknownResult(id)
  }
}

export interface Definition<Row, Event, Id, Key, Declared extends Indexes = {}> {
  readonly name: string
  readonly sources: ReadonlyArray<Source<Event, Id>>
  readonly key: Schema.Codec<Key, unknown>
  readonly projector: Projector<Row, Event, Id, Key>
  /** Fields of the row to look rows up by, and how they encode: values are equal if they encode alike. */
  readonly indexes?: Declared
  readonly fields?: { readonly [Field in Declared[keyof Declared][number]]: Schema.Codec<unknown, unknown> }
}

/**
 * The rows of a projection, kept in memory.
 *
 * **When to use**
 *
 * Generated services call it. It suits what fits into memory and may be folded again at each start.
 */
export const make = <Row, Event extends Tagged, Id, Key, const Declared extends Indexes = {}>(
  definition: Definition<Row, Event, Id, Key, Declared>
): Effect.Effect<Rows<Key, Row> & Lookups<Row, Declared>, never, EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const turn = yield* Semaphore.make(1)
    const { name, projector } = definition
    const rows = new Map<string, Row>()
    const indexes = Object.entries(definition.indexes ?? {}).map(
      ([index, fields]) => [index, RowIndex.make(fields, definition.fields ?? {})] as const
    )
    let position = 0

    const sources = new Map(
      definition.sources.map(({ aggregate, decode, decodeId, types }) => [
        aggregate,
        { decode, decodeId, types: new Set(types) }
      ])
    )
    const encodeKey = Schema.encodeUnknownResult(Schema.toCodecJson(definition.key))
    const rowKey = (key: Key): string => JSON.stringify(Result.getOrThrowWith(encodeKey(key), (error) => error))

    const fold = (recorded: RecordedEvent): Result.Result<void, EventStoreError | ProjectionFailed> => {
      const hyphen = recorded.stream.indexOf("-")
      const source = sources.get(recorded.stream.slice(0, hyphen))
      if (source === undefined || !source.types.has(recorded.type)) return Result.succeed(undefined)
      const decoded = source.decode(recorded)
      if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
      const id = source.decodeId(recorded.stream.slice(hyphen + 1))
      if (Result.isFailure(id)) {
        const problem = `stream ${JSON.stringify(recorded.stream)} has no id that decodes: ${id.failure.message}`
        return Result.fail(new EventStoreError({ reason: new InvalidRequest({ operation: name, problem }) }))
      }
      const { occurredAt, position, recordedAt, version } = recorded
      const origin: Origin<Id> = { id: id.success, occurredAt, position, recordedAt, version }
      const event = decoded.success
      try {
        // All rows are computed before any is kept: an event counts for all of its keys or for none.
        const changes = new Map<string, Row | undefined>()
        for (const key of projector.keys(event, origin)) {
          const at = rowKey(key)
          if (!changes.has(at)) changes.set(at, projector.project(rows.get(at), event, origin, key))
        }
        const moves = indexes.map(([, index]) => index.moves(changes))
        for (const [at, row] of changes) {
          if (row === undefined) rows.delete(at)
          else rows.set(at, row)
        }
        for (const move of moves) move()
        return Result.succeed(undefined)
      } catch (cause) {
        const { stream, type } = recorded
        return Result.fail(new ProjectionFailed({ projection: name, stream, version, position, type, cause }))
      }
    }

    const catchUp = Effect.suspend(() =>
      store
        .readAll({
          after: position,
          aggregates: definition.sources.map(({ aggregate }) => aggregate),
          types: [...new Set(definition.sources.flatMap(({ types }) => types))]
        })
        .pipe(
          Stream.runForEachArray((page) =>
            Effect.suspend(() => {
              for (const recorded of page) {
                const folded = fold(recorded)
                if (Result.isFailure(folded)) return Effect.fail(folded.failure)
                position = recorded.position
              }
              return Effect.void
            })
          )
        )
    ).pipe(turn.withPermit)

    const lookups = indexes.map(([name, index]) => [
      name,
      (...values: ReadonlyArray<unknown>) =>
        Effect.map(catchUp, () =>
          index.find(values).flatMap((at) => {
            const row = rows.get(at)
            return row === undefined ? [] : [row]
          })
        )
    ])
    return {
      ...(Object.fromEntries(lookups) as Lookups<Row, Declared>),
      get: (key: Key) => Effect.map(catchUp, () => rows.get(rowKey(key))),
      all: Effect.map(catchUp, () => [...rows.values()])
    }
  })
