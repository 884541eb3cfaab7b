/**
 * Stored projections: rows in tables of the store, which a projector writes in any process, and
 * every process can read.
 */
import type { Any } from "../Projection.ts"
import { Duration, Effect, Result, Schema } from "effect"
import * as StoredForm from "./StoredForm.ts"
import { EventStore } from "../EventStore.ts"
import { EventStoreError } from "../EventStoreError.ts"
import * as HandlerGuard from "./HandlerGuard.ts"
import * as ParkedKeyFold from "../internal/projection/ParkedKeyFold.ts"
import * as PageFold from "../internal/projection/PageFold.ts"
import * as RowQuery from "../internal/projection/RowQuery.ts"
import type { ProjectionRunnable } from "../internal/projection/ProjectionRunnable.ts"
import * as SafeCodec from "../internal/codec/SafeCodec.ts"
import * as WriteBack from "../internal/projection/WriteBack.ts"
import * as FailurePolicy from "../internal/work/FailurePolicy.ts"
import { ProjectionBehind, ProjectionFailed, RowInvalid } from "../ProjectionError.ts"
import * as ProjectionFold from "./ProjectionFold.ts"
import type { Described, KeyedRow, ParkedKey, Service as ProjectionStore, Status } from "../store/ProjectionStore.ts"
import {
  type PageOptions,
  positionOf,
  type WaitOptions,
  type WaitTarget
} from "../internal/projection/RowQueryOptions.ts"
import type { Lookups, QueryError, Rows } from "../Rows.ts"
import * as RequestChecks from "../internal/store/RequestChecks.ts"

/**
 * Returns name, fingerprint and table of a projection.
 *
 * @example
 * ```ts
 * import { type ProjectionFold, StoredProjection } from "eventfold/generated"
 *
 * const nameOf = <Row, Event extends { readonly _tag: string }, Id, Key>(definition: ProjectionFold.Definition<Row, Event, Id, Key>) =>
 *   StoredProjection.describe(definition).name
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const describe = ({ fingerprint, name, table }: Described): Described => ({ name, table, fingerprint })

/**
 * A projection that is ready for `Projector.layer` and `InlineProjections.layer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Runnable extends Described {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  readonly "~eventfold/StoredProjection": "~eventfold/StoredProjection"
}

const runnableOf = <Row, Event extends { readonly _tag: string }, Id, Key, Declared extends Any["indexes"]>(
  definition: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): ProjectionRunnable => {
  const fold = ProjectionFold.make(definition)
  const codec = StoredForm.codec(definition.row)
  const { aggregates, types } = fold
  return {
    ...describe(definition),
    "~eventfold/StoredProjection": "~eventfold/StoredProjection",
    aggregates,
    types,
    keysAhead: fold.keysAhead,
    onFailure: definition.onFailure ?? FailurePolicy.defaultName,
    isKeyedByStream: definition.isKeyedByStream === true && definition.sources.every(({ isPlainId }) => isPlainId),
    folding: (rows, owns) => PageFold.make(fold, codec, rows, owns),
    keyFolding: ParkedKeyFold.make(fold, codec),
    writeBack: (rows, isFresh) => WriteBack.make(fold, codec, rows, isFresh),
    guardedBy: (guard) => runnableOf(HandlerGuard.projection(definition, guard))
  }
}

/**
 * Makes the handle of a projection for `Projector.layer`.
 *
 * **When to use**
 *
 * Generated services call it, and provide the result as `projection`.
 *
 * @example
 * ```ts
 * import { Projector } from "eventfold"
 * import { type ProjectionFold, StoredProjection } from "eventfold/generated"
 *
 * // A generated service calls it with its definition, and offers the result as `projection`.
 * const projecting = <Row, Event extends { readonly _tag: string }, Id, Key>(definition: ProjectionFold.Definition<Row, Event, Id, Key>) =>
 *   Projector.layer([StoredProjection.runnable(definition)])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const runnable = <Row, Event extends { readonly _tag: string }, Id, Key, Declared extends Any["indexes"]>(
  definition: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): Runnable => runnableOf(definition)

/**
 * The store's storage of rows.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { MemoryEventStore } from "eventfold"
 * import { StoredProjection } from "eventfold/generated"
 *
 * const statuses = Effect.flatMap(StoredProjection.storeOfRows, (rows) => rows.statuses)
 * const none = await Effect.runPromise(Effect.provide(statuses, MemoryEventStore.layer)) // []
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storeOfRows: Effect.Effect<ProjectionStore, EventStoreError, EventStore> = EventStore.use(
  ({ projections }) =>
    projections === undefined
      ? Effect.fail(
          EventStoreError.storeRefused(
            "this store keeps no rows of projections",
            "Use the projection's `layer`, which keeps them in memory, or a store that has `projections`"
          )
        )
      : Effect.succeed(projections)
)

/** Returns the failure of the first event of a parked key, at its last attempt. */
const failedBefore = (projection: string, { error, key, position, stream, type, version }: ParkedKey) =>
  new ProjectionFailed({ projection, key, stream, version, position, type, cause: new Error(`it is parked: ${error}`) })

const holdUp = (status: Status | undefined): { readonly problem?: string } => {
  if (status === undefined) return { problem: "no projector has ever run it" }
  if (status.problem !== undefined) return { problem: `it has stopped: ${status.problem}` }
  if (status.isPaused) return { problem: "it is paused" }
  return status.owner === undefined ? { problem: "no projector runs it" } : {}
}

/**
 * Makes queries for the rows of a projection in the tables of the store.
 *
 * **When to use**
 *
 * Generated services call it for their layer `stored`. `Projector.layer` writes the rows, in this
 * process or in a different one.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { MemoryEventStore } from "eventfold"
 * import { StoredProjection, type ProjectionFold } from "eventfold/generated"
 *
 * // A generated service calls it with its definition.
 * const rowsOf = <Row, Event extends { readonly _tag: string }, Id, Key>(definition: ProjectionFold.Definition<Row, Event, Id, Key>) =>
 *   Effect.flatMap(StoredProjection.make(definition), ({ all }) => all).pipe(Effect.provide(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Row, Event extends { readonly _tag: string }, Id, Key, const Declared extends Any["indexes"] = {}>(
  definition: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): Effect.Effect<Rows<Key, Row> & Lookups<Row, Declared>, EventStoreError, EventStore> =>
  Effect.gen(function* () {
    const store = yield* storeOfRows
    const described = describe(definition)
    yield* store.open(described)
    const { name } = definition
    const fold = ProjectionFold.make(definition)
    const decode = SafeCodec.decodeUnknownResult(StoredForm.codec(definition.row))

    const rowOf = ({ key, row }: KeyedRow): Effect.Effect<Row, RowInvalid> => {
      const decoded = decode(row)
      return Result.isSuccess(decoded)
        ? Effect.succeed(decoded.success)
        : Effect.fail(new RowInvalid({ projection: name, key, problem: decoded.failure.message }))
    }
    const rowsOf = (found: ReadonlyArray<KeyedRow>) => Effect.forEach(found, rowOf)

    const lookups = Object.entries<ReadonlyArray<string>>(definition.indexes ?? {}).map(([index, fields]) => {
      const schemas = definition.fields ?? {}
      const query = RowQuery.make({ projection: name, index, fields, schemas, table: definition.table })
      const find = (...values: ReadonlyArray<unknown>) =>
        Effect.flatMap(Effect.fromResult(query.where(values)), (where) =>
          Effect.flatMap(store.find(described, where), rowsOf)
        )
      const page = Effect.fnUntraced(function* (options?: unknown) {
        const range = yield* Effect.fromResult(query.page(options))
        const found = yield* store.range(described, range)
        const last = found.length < range.limit ? undefined : found.at(-1)
        const at = (row: Schema.Json) => fields.map((field): Schema.Json | undefined => Reflect.get(Object(row), field))
        return {
          rows: yield* rowsOf(found),
          next: last === undefined ? undefined : query.next(last.key, at(last.row))
        }
      })
      const count = (options?: unknown) =>
        Effect.flatMap(Effect.fromResult(query.count(options)), (range) => store.count(described, range))
      return [index, Object.assign(find, { page, count })]
    })

    /**
     * Reads every row, page by page, because one statement for all rows could return any amount.
     */
    const all = Effect.gen(function* () {
      const rows: Array<Row> = []
      let after: string | undefined
      for (;;) {
        const page = yield* store.page(described, after, 10_000)
        rows.push(...(yield* rowsOf(page)))
        after = page.at(-1)?.key
        if (page.length < 10_000) return rows
      }
    })

    return {
      ...(Object.fromEntries(lookups) as Lookups<Row, Declared>),
      get: (key: Key) =>
        Effect.flatMap(
          Effect.suspend(() => store.row(described, fold.keyText(key))),
          ({ parked, row }): Effect.Effect<Row | undefined, QueryError> => {
            if (parked !== undefined) return Effect.fail(failedBefore(name, parked))
            return row === undefined ? Effect.succeed(undefined) : rowOf(row)
          }
        ),
      all,
      page: Effect.fnUntraced(function* (options: PageOptions = {}) {
        const invalid = RequestChecks.checkRowPage(`${name}.page`, options)
        if (invalid !== undefined) return yield* invalid
        const { after, limit = 100 } = options
        const page = yield* store.page(described, after, limit)
        return { rows: yield* rowsOf(page), next: page.length < limit ? undefined : page.at(-1)!.key }
      }),
      waitFor: (target: WaitTarget, { timeout = "5 seconds" }: WaitOptions = {}) => {
        const invalid = RequestChecks.checkWait(`${name}.waitFor`, target, timeout)
        if (invalid !== undefined) return Effect.fail(invalid)
        const position = positionOf(target)
        const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(timeout))
        const look = Effect.gen(function* () {
          // Short at first: most are there within some milliseconds.
          for (let wait = 2; ; wait = Math.min(wait * 1.5, 100)) {
            const status = yield* store.status(name)
            if (status !== undefined && (status.isInline || status.checkpoint.position >= position)) return
            yield* Effect.sleep(wait)
          }
        })
        return Effect.timeoutOrElse(look, {
          duration: timeout,
          orElse: () =>
            Effect.flatMap(store.status(name), (status) =>
              Effect.fail(new ProjectionBehind({ projection: name, position, milliseconds, ...holdUp(status) }))
            )
        })
      }
    }
  })
