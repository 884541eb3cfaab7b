/**
 * Live projections: rows in memory, which are folded from the log at the first query, and brought
 * up to date at each further one.
 */
import type { Any } from "../Projection.ts"
import { Duration, Effect, Result, Semaphore, Stream } from "effect"
import { EventStore } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import * as HandlerGuard from "./HandlerGuard.ts"
import * as FailurePolicy from "../internal/work/FailurePolicy.ts"
import { byBytes } from "../internal/work/ByteOrder.ts"
import * as RowIndex from "../internal/projection/RowIndex.ts"
import * as RowQuery from "../internal/projection/RowQuery.ts"
import * as ValueCopy from "../internal/codec/ValueCopy.ts"
import { ProjectionBehind, type ProjectionFailed } from "../ProjectionError.ts"
import * as ProjectionFold from "./ProjectionFold.ts"
import {
  type PageOptions,
  positionOf,
  type WaitOptions,
  type WaitTarget
} from "../internal/projection/RowQueryOptions.ts"
import type { Lookups, Rows } from "../Rows.ts"
import * as StoredForm from "./StoredForm.ts"
import * as RequestChecks from "../internal/store/RequestChecks.ts"

/** Maximum number of parked keys: the default of a projector. */
const maxParked = 1_000

/** The rows of a live projection, and the position up to which they are folded. */
class LiveRows<Row, Key> {
  readonly #fold: ProjectionFold.ProjectionFold<Row, Key>
  readonly #policy: FailurePolicy.FailurePolicy
  readonly #indexes: ReadonlyArray<RowIndex.RowIndex>
  readonly #rows = new Map<string, Row>()
  /** Failure of each parked key; later events of these keys are left out. */
  readonly #parked = new Map<string, ProjectionFailed>()
  /**
   * Failure for which the projection halts: some keys of the event are folded already, and must
   * not be folded twice.
   */
  #halted: ProjectionFailed | undefined
  #sortedKeys: ReadonlyArray<string> | undefined
  #position = 0

  constructor(
    fold: ProjectionFold.ProjectionFold<Row, Key>,
    policy: FailurePolicy.FailurePolicy,
    indexes: ReadonlyArray<RowIndex.RowIndex>
  ) {
    this.#fold = fold
    this.#policy = policy
    this.#indexes = indexes
  }

  /** Keys of all rows, in order. */
  get keys(): ReadonlyArray<string> {
    return (this.#sortedKeys ??= [...this.#rows.keys()].sort(byBytes))
  }

  row(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  /** Failure of a parked key. */
  failureOf(key: string): ProjectionFailed | undefined {
    return this.#parked.get(key)
  }

  /** Folds the events that were appended since the last call. */
  catchUp(store: EventStore["Service"]): Effect.Effect<void, EventStoreError | ProjectionFailed> {
    const { aggregates, types } = this.#fold
    if (this.#halted !== undefined) return Effect.fail(this.#halted)
    return store.readAll({ after: this.#position, aggregates, types }).pipe(
      Stream.runForEachArray((page) =>
        Effect.suspend(() => {
          for (const recorded of page) {
            const routed = this.#fold.route(recorded)
            if (Result.isFailure(routed)) return Effect.fail(routed.failure)
            if (routed.success !== undefined) {
              const applied = this.#apply(routed.success)
              if (Result.isFailure(applied)) return Effect.fail(applied.failure)
            }
            this.#position = recorded.position
          }
          return Effect.void
        })
      )
    )
  }

  #apply(routed: ProjectionFold.Routed<Row>): Result.Result<void, ProjectionFailed> {
    const keys = this.#parked.size === 0 ? routed.keys : routed.keys.filter((key) => !this.#parked.has(key))
    const applied = this.#applyAll(keys === routed.keys ? routed : { ...routed, keys })
    if (Result.isSuccess(applied) || !this.#policy.continues) return applied
    // One event failed, and no row was kept: fold the events one by one.
    for (const key of keys) {
      const alone = this.#applyAll({ ...routed, keys: [key] })
      if (Result.isSuccess(alone)) continue
      if (this.#parked.size >= maxParked) {
        this.#halted = alone.failure
        return alone
      }
      this.#parked.set(key, alone.failure)
    }
    return Result.succeed(undefined)
  }

  /**
   * Computes all rows before any is kept: an event takes effect for all of its keys or for none.
   */
  #applyAll(routed: ProjectionFold.Routed<Row>): Result.Result<void, ProjectionFailed> {
    return Result.flatMap(
      this.#fold.changes(routed, (key) => this.#rows.get(key)),
      (changes) => {
        try {
          const moves = this.#indexes.map((index) => index.moves(changes))
          for (const [key, row] of changes) {
            if (this.#rows.has(key) !== (row !== undefined)) this.#sortedKeys = undefined
            if (row === undefined) this.#rows.delete(key)
            else this.#rows.set(key, row)
          }
          for (const move of moves) move()
          return Result.succeed(undefined)
        } catch (cause) {
          // A field of an index does not encode; only the first part throws.
          const key = routed.keys.length === 1 ? routed.keys[0] : undefined
          return Result.fail(this.#fold.failed(routed.recorded, cause, key))
        }
      }
    )
  }
}

/**
 * Waits until an event is readable: when no earlier append is open, after some milliseconds at
 * most.
 */
const waitFor =
  (projection: string, store: EventStore["Service"]) =>
  (target: WaitTarget, { timeout = "5 seconds" }: WaitOptions = {}) => {
    const invalid = RequestChecks.checkWait(`${projection}.waitFor`, target, timeout)
    if (invalid !== undefined) return Effect.fail(invalid)
    const position = positionOf(target)
    const milliseconds = Duration.toMillis(Duration.fromInputUnsafe(timeout))
    return store.pages({ after: Math.max(0, position - 1), pageSize: 1 }).pipe(
      Stream.takeUntil(({ checkpoint }) => checkpoint.position >= position),
      Stream.runDrain,
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.fail(new ProjectionBehind({ projection, position, milliseconds }))
      })
    )
  }

/**
 * Makes the rows of a projection in memory. Queries return copies, which the caller may change.
 *
 * **When to use**
 *
 * Generated services call it. It is suitable for rows that fit into memory and may be folded again
 * at each start.
 *
 * **Details**
 *
 * If a handler throws, every query fails with `ProjectionFailed` until the handler succeeds. A
 * projection that is declared with `onFailure: "park"` continues: the key that failed is parked
 * until the next start, up to 1,000 keys. Its row does not change from then on; `get` of that key
 * fails with `ProjectionFailed`, and lists contain the row. Stored projections behave the same.
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
export const make = <Row, Event extends { readonly _tag: string }, Id, Key, const Declared extends Any["indexes"] = {}>(
  given: ProjectionFold.Definition<Row, Event, Id, Key, Declared>
): Effect.Effect<Rows<Key, Row> & Lookups<Row, Declared>, never, EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const definition = HandlerGuard.projection(given, yield* HandlerGuard.Current)
    const turn = yield* Semaphore.make(1)
    const fold = ProjectionFold.make(definition)
    const copy = ValueCopy.make(StoredForm.codec(definition.row))
    const indexes = Object.entries(definition.indexes ?? {}).map(([index, fields]) => {
      const schemas = definition.fields ?? {}
      const query = RowQuery.make({ projection: definition.name, index, fields, schemas, table: definition.table })
      return [query, RowIndex.make(query)] as const
    })
    const policy = FailurePolicy.policies[definition.onFailure ?? FailurePolicy.defaultName]
    const live = new LiveRows<Row, Key>(
      fold,
      policy,
      indexes.map(([, index]) => index)
    )
    const catchUp = Effect.suspend(() => live.catchUp(store)).pipe(turn.withPermit)
    const rowsOf = (keys: ReadonlyArray<string>) =>
      keys.flatMap((key) => {
        const row = live.row(key)
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
          const failure = live.failureOf(text)
          const row = live.row(text)
          if (failure !== undefined) return Effect.fail(failure)
          return Effect.succeed(row === undefined ? undefined : copy(row))
        }),
      all: Effect.map(catchUp, () => rowsOf(live.keys)),
      page: Effect.fnUntraced(function* (options: PageOptions = {}) {
        const invalid = RequestChecks.checkRowPage(`${fold.name}.page`, options)
        if (invalid !== undefined) return yield* invalid
        yield* catchUp
        const { after, limit = 100 } = options
        const all = live.keys
        const from = after === undefined ? 0 : all.findIndex((key) => byBytes(key, after) > 0)
        const page = from < 0 ? [] : all.slice(from, from + limit)
        return { rows: rowsOf(page), next: page.length < limit ? undefined : page.at(-1) }
      }),
      waitFor: waitFor(fold.name, store)
    }
  })
