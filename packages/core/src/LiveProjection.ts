/** Runs a projection in memory: folded from the log on first use, and brought up to date at each query. */
import { Duration, Effect, Result, Semaphore, Stream } from "effect"
import { EventStore } from "./EventStore.ts"
import { byBytes } from "./internal/ByteOrder.ts"
import * as RowIndex from "./internal/RowIndex.ts"
import type { Indexes } from "./Projection.ts"
import { ProjectionBehind, type ProjectionFailed } from "./ProjectionError.ts"
import * as ProjectionFold from "./ProjectionFold.ts"
import { type Lookups, type PageOptions, type Place, positionOf, type Rows, type WaitOptions } from "./Rows.ts"
import * as StoreRequest from "./StoreRequest.ts"

/**
 * The rows of a projection, kept in memory.
 *
 * **When to use**
 *
 * Generated services call it. It suits what fits into memory and may be folded again at each start.
 */
export const make = <Row, Event extends { readonly _tag: string }, Id, Key, const Declared extends Indexes = {}>(
  definition: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): Effect.Effect<Rows<Key, Row> & Lookups<Row, Declared>, never, EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const turn = yield* Semaphore.make(1)
    const fold = ProjectionFold.make(definition)
    const rows = new Map<string, Row>()
    let sorted: ReadonlyArray<string> | undefined
    const indexes = Object.entries(definition.indexes ?? {}).map(
      ([index, fields]) => [index, RowIndex.make(fields, definition.fields ?? {})] as const
    )
    let position = 0

    /** All rows are computed before any is kept: an event counts for all of its keys or for none. */
    const apply = (routed: ProjectionFold.Routed<Row>): Result.Result<void, ProjectionFailed> =>
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
            return Result.fail(fold.failed(routed.recorded, cause))
          }
        }
      )

    const catchUp = Effect.suspend(() =>
      store.readAll({ after: position, aggregates: fold.aggregates, types: fold.types }).pipe(
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
        return row === undefined ? [] : [row]
      })
    const lookups = indexes.map(([name, index]) => [
      name,
      (...values: ReadonlyArray<unknown>) => Effect.map(catchUp, () => rowsOf([...index.find(values)].sort(byBytes)))
    ])
    return {
      ...(Object.fromEntries(lookups) as Lookups<Row, Declared>),
      get: (key: Key) => Effect.map(catchUp, () => rows.get(fold.keyText(key))),
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
