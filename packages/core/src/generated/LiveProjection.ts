/** Runs a projection in memory: folded from the log on first use, and brought up to date at each query. */
import { Duration, Effect, Result, Semaphore, Stream } from "effect"
import { EventStore } from "../EventStore.ts"
import * as HandlerGuard from "./HandlerGuard.ts"
import * as FailurePolicy from "../internal/work/FailurePolicy.ts"
import { byBytes } from "../internal/work/ByteOrder.ts"
import * as RowIndex from "../internal/projection/RowIndex.ts"
import * as RowQuery from "../internal/projection/RowQuery.ts"
import * as ValueCopy from "../internal/codec/ValueCopy.ts"
import type { Indexes } from "../Projection.ts"
import { ProjectionBehind, type ProjectionFailed } from "../ProjectionError.ts"
import * as ProjectionFold from "./ProjectionFold.ts"
import { type Lookups, type PageOptions, type Place, positionOf, type Rows, type WaitOptions } from "../Rows.ts"
import * as StoredForm from "./StoredForm.ts"
import * as StoreRequest from "../store/StoreRequest.ts"

/** As many as a projector parks unless told otherwise; what fails for more of them is no single event. */
const maxParked = 1_000

/**
 * The rows of a projection, kept in memory. Queries give copies, which the caller may change.
 *
 * **When to use**
 *
 * Generated services call it. It suits what fits into memory and may be folded again at each start.
 *
 * **Details**
 *
 * Where a handler throws, every query fails with `ProjectionFailed` until it does no more. A projection that is declared with
 * `onFailure: "park"` goes on instead: the key that it failed for is parked until the next start, at most 1,000 of them. Its row stays as it
 * was before that event; `get` of that key fails with `ProjectionFailed`, and lists hold the row as it is. So it is with `stored`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { MemoryEventStore } from "eventfold"
 * import { LiveProjection, type ProjectionFold } from "eventfold/generated"
 *
 * // A generated service calls it with its definition.
 * const rowsOf = <Row, Event extends { readonly _tag: string }, Id, Key>(definition: ProjectionFold.Definition<Row, Event, Id, Key>) =>
 *   Effect.flatMap(LiveProjection.make(definition), ({ all }) => all).pipe(Effect.provide(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Row, Event extends { readonly _tag: string }, Id, Key, const Declared extends Indexes = {}>(
  given: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): Effect.Effect<Rows<Key, Row> & Lookups<Row, Declared>, never, EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const definition = HandlerGuard.projection(given, yield* HandlerGuard.Current)
    const turn = yield* Semaphore.make(1)
    const fold = ProjectionFold.make(definition)
    const rows = new Map<string, Row>()
    const copy = ValueCopy.make(StoredForm.codec(definition.row))
    let sorted: ReadonlyArray<string> | undefined
    const indexes = Object.entries(definition.indexes ?? {}).map(([index, fields]) => {
      const schemas = definition.fields ?? {}
      const query = RowQuery.make({ projection: definition.name, index, fields, schemas, table: definition.table })
      return [query, RowIndex.make(query)] as const
    })
    let position = 0

    /** What each parked key failed with; events of theirs are left out. */
    const parked = new Map<string, ProjectionFailed>()
    /** With more of them it does not go on: some keys of the event are in their rows, and must not be once more. */
    let halted: ProjectionFailed | undefined

    /** All rows are computed before any is kept: an event counts for all of these keys or for none. */
    const applyAll = (routed: ProjectionFold.Routed<Row>): Result.Result<void, ProjectionFailed> =>
      Result.flatMap(
        fold.changes(routed, (key) => rows.get(key)),
        (changes) => {
          try {
            const moves = indexes.map(([, index]) => index.moves(changes))
            for (const [key, row] of changes) {
              if (rows.has(key) !== (row !== undefined)) sorted = undefined
              if (row === undefined) rows.delete(key)
              else rows.set(key, row)
            }
            for (const move of moves) move()
            return Result.succeed(undefined)
          } catch (cause) {
            // A field that rows are looked up by does not encode; only the first part throws.
            return Result.fail(
              fold.failed(routed.recorded, cause, routed.keys.length === 1 ? routed.keys[0] : undefined)
            )
          }
        }
      )
    const policy = FailurePolicy.policies[definition.onFailure ?? FailurePolicy.defaultName]
    const apply = (routed: ProjectionFold.Routed<Row>): Result.Result<void, ProjectionFailed> => {
      const keys = parked.size === 0 ? routed.keys : routed.keys.filter((key) => !parked.has(key))
      const applied = applyAll(keys === routed.keys ? routed : { ...routed, keys })
      if (Result.isSuccess(applied) || !policy.continues) return applied
      // One of them failed, and nothing was kept: each by itself.
      for (const key of keys) {
        const alone = applyAll({ ...routed, keys: [key] })
        if (Result.isSuccess(alone)) continue
        if (parked.size >= maxParked) {
          halted = alone.failure
          return alone
        }
        parked.set(key, alone.failure)
      }
      return Result.succeed(undefined)
    }

    const catchUp = Effect.suspend(() =>
      halted !== undefined
        ? Effect.fail(halted)
        : store.readAll({ after: position, aggregates: fold.aggregates, types: fold.types }).pipe(
            Stream.runForEachArray((page) =>
              Effect.suspend(() => {
                for (const recorded of page) {
                  const routed = fold.route(recorded)
                  if (Result.isFailure(routed)) return Effect.fail(routed.failure)
                  if (routed.success !== undefined) {
                    const applied = apply(routed.success)
                    if (Result.isFailure(applied)) return Effect.fail(applied.failure)
                  }
                  position = recorded.position
                }
                return Effect.void
              })
            )
          )
    ).pipe(turn.withPermit)

    const keys = () => (sorted ??= [...rows.keys()].sort(byBytes))
    const rowsOf = (keys: ReadonlyArray<string>) =>
      keys.flatMap((key) => {
        const row = rows.get(key)
        return row === undefined ? [] : [copy(row)]
      })
    const lookups = indexes.map(([query, index]) => {
      const find = (...values: ReadonlyArray<unknown>) =>
        Effect.flatMap(Effect.fromResult(query.values(values)), (encoded) =>
          Effect.map(catchUp, () => rowsOf([...index.find(encoded)].sort(byBytes)))
        )
      const page = (options?: unknown) =>
        Effect.flatMap(Effect.fromResult(query.page(options)), (range) =>
          Effect.map(catchUp, () => {
            const found = index.select(range)
            const last = found.length < range.limit ? undefined : found.at(-1)
            return {
              rows: rowsOf(found),
              next: last === undefined ? undefined : query.next(last, index.valuesOf(last))
            }
          })
        )
      const count = (options?: unknown) =>
        Effect.flatMap(Effect.fromResult(query.count(options)), (range) =>
          Effect.map(catchUp, () => index.count(range))
        )
      return [query.index, Object.assign(find, { page, count })]
    })
    return {
      ...(Object.fromEntries(lookups) as Lookups<Row, Declared>),
      get: (key: Key) =>
        Effect.flatMap(catchUp, () => {
          const text = fold.keyText(key)
          const failure = parked.get(text)
          const row = rows.get(text)
          if (failure !== undefined) return Effect.fail(failure)
          return Effect.succeed(row === undefined ? undefined : copy(row))
        }),
      all: Effect.map(catchUp, () => rowsOf(keys())),
      page: Effect.fnUntraced(function* (options: PageOptions = {}) {
        const invalid = StoreRequest.checkRowPage(`${fold.name}.page`, options)
        if (invalid !== undefined) return yield* invalid
        yield* catchUp
        const { after, limit = 100 } = options
        const all = keys()
        const from = after === undefined ? 0 : all.findIndex((key) => byBytes(key, after) > 0)
        const page = from < 0 ? [] : all.slice(from, from + limit)
        return { rows: rowsOf(page), next: page.length < limit ? undefined : page.at(-1) }
      }),
      // What was committed can be read once no append that began before it is under way: some milliseconds at most.
      waitFor: (place: Place, { timeout = "5 seconds" }: WaitOptions = {}) => {
        const invalid = StoreRequest.checkWait(`${fold.name}.waitFor`, place, timeout)
        if (invalid !== undefined) return Effect.fail(invalid)
        const position = positionOf(place)
        const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(timeout))
        return store.pages({ after: Math.max(0, position - 1), pageSize: 1 }).pipe(
          Stream.takeUntil(({ checkpoint }) => checkpoint.position >= position),
          Stream.runDrain,
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () => Effect.fail(new ProjectionBehind({ projection: fold.name, position, milliseconds }))
          })
        )
      }
    }
  })
