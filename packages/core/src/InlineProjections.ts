/**
 * Writes the rows of projections in the transaction of the append: whoever has appended, or reads what was appended, finds the rows as
 * the events make them, without waiting.
 */
import { Effect, Layer, Result } from "effect"
import type { Append } from "./store/Append.ts"
import { EventStore } from "./EventStore.ts"
import { EventStoreError } from "./EventStoreError.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import { InlineEnlistment, type Options, problemOf } from "./internal/projection/InlineEnlistment.ts"
import { foldOf, inlineFailed } from "./internal/projection/InlineFold.ts"
import type { ProjectionRunnable } from "./internal/projection/ProjectionRunnable.ts"
import type { InlineWork } from "./store/ProjectionStore.ts"
import { type Runnable, storeOfRows } from "./generated/StoredProjection.ts"
import * as StoreRequest from "./store/StoreRequest.ts"
import * as StoreTracing from "./store/StoreTracing.ts"

export type { Options } from "./internal/projection/InlineEnlistment.ts"

const listens = ({ aggregates, types }: ProjectionRunnable, { events, stream }: Append): boolean =>
  aggregates.includes(stream.slice(0, stream.indexOf("-"))) && events.some(({ type }) => types.includes(type))

/** What is to be done to the rows of a projection; undefined where it listens to none of the events. */
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

/** What a store that a layer has made writes already, so that another layer over it goes on doing so. */
const writtenBy = new WeakMap<object, ReadonlyArray<ProjectionRunnable>>()

/**
 * A store that writes the rows of these projections together with the events, all of it or nothing.
 *
 * **When to use**
 *
 * Where whoever has appended must find the rows at once, or where rows must never be behind, not even for a moment. It costs each append
 * some round trips to the server, and appends whose events belong to one row wait for each other. Elsewhere a projector
 * (`Projector.layer`) and `waitFor` do.
 *
 * Give each projection its `projection`, as generated, and provide the services of the app with this instead of the store itself.
 *
 * **Details**
 *
 * The handlers are the same as everywhere. The events of a row are folded in the order of their positions, whoever appends them. A
 * handler that throws, and a row that can't be stored, fail the append with `InlineFailed`, and nothing is written.
 *
 * At its start the layer brings the rows up to date, or makes them anew where they are of other handlers, which takes as long as it
 * takes; from then on they are written with the events. The store sees to it that all programs do so: one that appends events which such
 * a projection listens to, and does not write its rows, is refused with `StoreRefused`, and so is one whose handlers were replaced.
 * `eventfold projections discharge` hands the rows back to a projector; `eventfold projections rebuild` has them made anew, by one of the
 * programs that run, while all of them go on.
 *
 * **Gotchas**
 *
 * A key function that looks at an event's version, position or times (`occurredAt` is known ahead where it was given) makes all appends
 * of the projection wait for each other: which rows they belong to is not known before they are written.
 *
 * **Errors**
 *
 * `InvalidRequest` for options that can't be, and for a projection that is given twice; `StoreRefused` where the store can't write rows, keeps
 * those of a projection of this name in another domain, or rows can't be brought up to date; `Unavailable` where the store can't be reached
 * at the start.
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
  options: Options = {}
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

      /** What has rows of its own to write; else the store's own way is the shorter one. */
      const worksOf = (appends: ReadonlyArray<Append>): Result.Result<ReadonlyArray<InlineWork>, EventStoreError> => {
        const works: Array<InlineWork> = []
        for (const projection of projections) {
          const work = workOf(projection, appends)
          if (Result.isFailure(work)) return Result.fail(work.failure)
          if (work.success !== undefined) works.push(work.success)
        }
        return Result.succeed(works)
      }
      /** `other`: where there are no rows to write, the store's own way, which is the shorter one. */
      const written = (appends: ReadonlyArray<Append>, other: typeof store.appendAll) =>
        Effect.suspend(() => {
          const invalid = StoreRequest.checkAppends("append", appends)
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
