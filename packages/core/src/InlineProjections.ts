/**
 * Inline projections: their rows are written in the transaction of the append, so that a reader
 * sees rows and events together, without waiting.
 */
import { Effect, Layer, Result } from "effect"
import type { Append } from "./store/Append.ts"
import { EventStore } from "./EventStore.ts"
import { EventStoreError } from "./EventStoreError.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import { InlineEnlistment, problemOf } from "./internal/projection/InlineEnlistment.ts"
import { foldOf, inlineFailed } from "./internal/projection/InlineFold.ts"
import type { ProjectionRunnable } from "./internal/projection/ProjectionRunnable.ts"
import type { Inline } from "./store/ProjectionStore.ts"
import { type Runnable, storeOfRows } from "./generated/StoredProjection.ts"
import * as RequestChecks from "./internal/store/RequestChecks.ts"
import * as StoreTracing from "./internal/store/StoreTracing.ts"

type InlineWork = Parameters<Inline["append"]>[1][number]

const listens = ({ aggregates, types }: ProjectionRunnable, { events, stream }: Append): boolean =>
  aggregates.includes(stream.slice(0, stream.indexOf("-"))) && events.some(({ type }) => types.includes(type))

/** Returns the work of a projection for an append; `undefined` if it reads none of the events. */
const workOf = (
  projection: ProjectionRunnable,
  appends: ReadonlyArray<Append>
): Result.Result<InlineWork | undefined, EventStoreError> => {
  const heard = appends.filter((append) => listens(projection, append))
  if (heard.length === 0) return Result.succeed(undefined)
  const work = (keys: ReadonlyArray<string> | undefined): InlineWork => ({ projection, keys, fold: foldOf(projection) })
  const known = new Set<string>()
  for (const { events, stream } of heard) {
    for (const event of events) {
      const keys = projection.keysAhead({ stream, event })
      if (Result.isFailure(keys)) return Result.fail(inlineFailed(projection.name, keys.failure))
      if (keys.success === undefined) return Result.succeed(work(undefined))
      for (const key of keys.success) known.add(key)
    }
  }
  return Result.succeed(work([...known]))
}

/**
 * Projections that a layer below already writes, so that another layer over its store continues to
 * write them.
 */
const writtenBy = new WeakMap<object, ReadonlyArray<ProjectionRunnable>>()

/**
 * Provides a store that writes the rows of projections in the same transaction as the events.
 *
 * **When to use**
 *
 * If a writer must find the rows right after its append, or if rows must never be behind the
 * events. It costs each append some round trips to the server, and appends whose events belong to
 * one row wait for each other. Otherwise use a projector (`Projector.layer`) and `waitFor`.
 *
 * Pass the generated `projection` of each projection, and provide this store to the services of the
 * app instead of the original one.
 *
 * **Details**
 *
 * The handlers are the same as for a projector. The events of a row are folded in the order of
 * their positions. If a handler throws, or a row cannot be stored, the append fails with
 * `InlineFailed`, and nothing is written.
 *
 * When the layer is built, it brings the rows up to date, or rebuilds them if other handlers made
 * them, however long that takes; from then on they are written with the events. The store enforces
 * this for all programs: an append of events that the projection reads, by a program that does not
 * write its rows, fails with `StoreRefused`, and so does an append by a program with replaced
 * handlers. `eventfold projections discharge` returns the rows to a projector; `eventfold
 * projections rebuild` rebuilds them in one of the running programs, while all of them continue.
 *
 * **Gotchas**
 *
 * A key function that reads an event's version, position or times makes all appends of the
 * projection wait for each other, since the rows of an event are then unknown before it is written
 * (`occurredAt` is known if the caller set it).
 *
 * **Errors**
 *
 * `InvalidRequest` for invalid options, and for a projection that is passed twice; `StoreRefused`
 * if the store cannot write rows, has rows of a projection of this name in another domain, or
 * cannot bring the rows up to date; `Unavailable` if the store cannot be reached at the start.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { InlineProjections, MemoryEventStore } from "eventfold"
 * import type { StoredProjection } from "eventfold/generated"
 *
 * // With what is generated: withRows([AccountBalancesView.projection])
 * const withRows = (projections: ReadonlyArray<StoredProjection.Runnable>) =>
 *   InlineProjections.layer(projections).pipe(Layer.provide(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  given: ReadonlyArray<Runnable>,
  options: {
    /**
     * Reaction of the layer at the start to rows that were made by other handlers:
     *
     * - `"rebuild"`, the default: the layer rebuilds them, and starts once they are promoted. Until
     *   then, the existing rows are served and written.
     * - `"refuse"`: the layer fails with `StoreRefused`.
     */
    readonly onChange?: "rebuild" | "refuse"
    /**
     * Maximum number of events in a page while the rows catch up at the start. Defaults to 1,000.
     */
    readonly pageSize?: number
  } = {}
): Layer.Layer<EventStore, EventStoreError, EventStore> =>
  Layer.effect(
    EventStore,
    Effect.gen(function* () {
      const store = yield* EventStore
      const rows = yield* storeOfRows
      const { inline } = rows
      if (inline === undefined) {
        return yield* EventStoreError.storeRefused(
          "this store can't write the rows of projections with the events",
          "Have a projector keep them: Projector.layer"
        )
      }
      const beneath = writtenBy.get(store) ?? []
      const runnables = given as ReadonlyArray<ProjectionRunnable>
      const problem = problemOf([...beneath, ...runnables], options)
      if (problem !== undefined) return yield* EventStoreError.invalidRequest("InlineProjections.layer", problem)
      const guard = yield* HandlerGuard.Current
      const own = guard === undefined ? runnables : runnables.map((one) => one.guardedBy(guard))
      const projections = [...beneath, ...own]
      const owner = globalThis.crypto.randomUUID()
      const enlistments = own.map((projection) => new InlineEnlistment(projection, rows, inline, owner, options))
      for (const enlistment of enlistments) yield* enlistment.enlist()
      for (const enlistment of enlistments) yield* Effect.forkScoped(enlistment.rebuildOnRequest())

      /**
       * Returns the works of the projections that read one of the events; for none, the store's own
       * path is shorter.
       */
      const worksOf = (appends: ReadonlyArray<Append>): Result.Result<ReadonlyArray<InlineWork>, EventStoreError> => {
        const works: Array<InlineWork> = []
        for (const projection of projections) {
          const work = workOf(projection, appends)
          if (Result.isFailure(work)) return Result.fail(work.failure)
          if (work.success !== undefined) works.push(work.success)
        }
        return Result.succeed(works)
      }
      /** `other` is the store's own path, which is shorter, for appends without rows to write. */
      const written = (appends: ReadonlyArray<Append>, other: typeof store.appendAll) =>
        Effect.suspend(() => {
          const invalid = RequestChecks.checkAppends("append", appends)
          if (invalid !== undefined) return Effect.fail(invalid)
          const works = worksOf(appends)
          if (Result.isFailure(works)) return Effect.fail(works.failure)
          return works.success.length === 0 ? other(appends) : inline.append(appends, works.success)
        })
      const appends = StoreTracing.tracedAppends({
        append: (stream, expected, events) =>
          Effect.map(
            written([{ stream, expected, events }], () =>
              Effect.map(store.append(stream, expected, events), (appended) => [appended])
            ),
            ([appended]) => appended!
          ),
        appendAll: (appends) => written(appends, store.appendAll)
      })
      const made = { ...store, ...appends }
      writtenBy.set(made, projections)
      return made
    })
  )
