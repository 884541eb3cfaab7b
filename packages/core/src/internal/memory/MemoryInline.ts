/**
 * Inline projections in memory: each append is planned and folded, and then events and rows are
 * written in one step.
 */
import { Clock, DateTime, Effect, Result, Semaphore } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Append, Appended } from "../../store/Append.ts"
import type { EncodedAppend, Operations } from "../../store/StoreOperations.ts"
import * as StoreRefusal from "../../store/StoreRefusal.ts"
import type { Change, Lease } from "../../store/ProjectionStore.ts"
import { apply } from "./MemoryRowWriter.ts"
import type { Interest, MemoryTables, StageRows } from "./MemoryTables.ts"

type Inline = NonNullable<NonNullable<Operations["projections"]>["inline"]>
type Works = Parameters<Inline["append"]>[1]

/** Returns the error of an append by a program that does not run an inline projection. */
const unwritten = (name: string): EventStoreError => StoreRefusal.inline(name, { own: undefined, stored: undefined })

export class MemoryInline {
  readonly #tables: MemoryTables
  /**
   * One append at a time while a projection is inline: what was folded must still be right when it
   * is written.
   */
  readonly #writing = Semaphore.makeUnsafe(1)

  constructor(tables: MemoryTables) {
    this.#tables = tables
  }

  readonly service: Inline = {
    append: (appends, works) => this.#writing.withPermit(this.#append(appends, works)),
    enlist: (projection, lease, fold, maxEvents) => {
      const { aggregates, name, types } = projection
      return this.#writing.withPermit(this.#enlist(name, lease, { aggregates, types }, fold, maxEvents))
    },
    discharge: (name) => this.#writing.withPermit(Effect.suspend(() => this.#discharge(name)))
  }

  /** Appends without rows. Fails if an inline projection folds one of the events. */
  appendEvents(appends: ReadonlyArray<EncodedAppend>): Effect.Effect<ReadonlyArray<Appended>, EventStoreError> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const write = (): Effect.Effect<ReadonlyArray<Appended>, EventStoreError> => {
        const planned = this.#tables.log.plan(appends, now)
        if (Result.isFailure(planned)) return Effect.fail(planned.failure)
        const missing = this.#missing(appends, new Set())
        if (missing !== undefined) return Effect.fail(unwritten(missing))
        this.#tables.log.commit(planned.success)
        return Effect.succeed(planned.success.appended)
      }
      return this.#tables.inline.length === 0 ? write() : this.#writing.withPermit(Effect.suspend(write))
    })
  }

  /**
   * Returns the name of an inline projection that folds one of these events, and is not among
   * `folded`.
   */
  #missing(appends: ReadonlyArray<Append>, folded: ReadonlySet<string>): string | undefined {
    const missing = this.#tables.inline.find(
      ([name, { aggregates, types }]) =>
        !folded.has(name) &&
        appends.some(
          ({ events, stream }) =>
            aggregates.includes(stream.slice(0, stream.indexOf("-"))) && events.some(({ type }) => types.includes(type))
        )
    )
    return missing?.[0]
  }

  #append(
    appends: ReadonlyArray<EncodedAppend>,
    works: Works
  ): Effect.Effect<ReadonlyArray<Appended>, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const { log } = this.#tables
      const serving: Array<StageRows> = []
      for (const { projection } of works) {
        const rows = this.#tables.find(projection.name, "serving")
        if (rows?.interest === undefined || rows.fingerprint !== projection.fingerprint) {
          const stored = rows?.interest === undefined ? undefined : rows.fingerprint
          return yield* StoreRefusal.inline(projection.name, { own: projection.fingerprint, stored })
        }
        serving.push(rows)
      }
      const missing = this.#missing(appends, new Set(works.map(({ projection }) => projection.name)))
      if (missing !== undefined) return yield* unwritten(missing)
      const time = yield* Clock.currentTimeMillis
      const plan = yield* Effect.fromResult(log.plan(appends, time))
      const { events } = log.content(plan.rows)
      const changes: Array<ReadonlyArray<Change>> = []
      for (const [i, { fold }] of works.entries()) changes.push(yield* fold(events, load(serving[i]!)))
      log.commit(plan)
      for (const [i, rows] of serving.entries()) write(rows, changes[i]!, DateTime.makeUnsafe(time))
      return plan.appended
    })
  }

  #enlist(
    name: string,
    { partition, stage, token }: Lease,
    interest: Interest,
    fold: Works[number]["fold"],
    maxEvents: number
  ): ReturnType<Inline["enlist"]> {
    const tables = this.#tables
    const { log } = tables
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const [serving, rows] = [tables.find(name, "serving"), tables.find(name, stage)]
        const held = rows?.partitions.held(partition, token)
        if (serving === undefined || rows === undefined || held === undefined) return "lost"
        const end = log.rows.length
        const page = log.page(held.checkpoint.position, end, interest, maxEvents + 1)
        const rest = log.content(page)
        if (rest.error !== undefined) return yield* rest.error
        if (rest.events.length > maxEvents) return "behind"
        const changes = yield* fold(rest.events as ReadonlyArray<RecordedEvent>, load(rows))
        const time = DateTime.makeUnsafe(yield* Clock.currentTimeMillis)
        // During the fold, events were appended or the lease was lost.
        if (log.rows.length !== end || held.token !== token) continue
        write(rows, changes, time)
        held.checkpoint = this.#end()
        const promoted = stage === "next" ? tables.promote(name, serving, rows) : rows
        promoted.partitions.endLeases()
        promoted.interest = interest
        return "served"
      }
    })
  }

  #discharge(name: string): Effect.Effect<void, EventStoreError> {
    const serving = this.#tables.find(name, "serving")
    if (serving === undefined) return Effect.fail(StoreRefusal.unknown("projections.discharge", name))
    if (serving.interest !== undefined) for (const one of serving.partitions.all) one.checkpoint = this.#end()
    serving.interest = undefined
    return Effect.void
  }

  /** Checkpoint at the end of the log. */
  #end() {
    const { eventId, position } = this.#tables.log.headAt(Infinity)
    return { storeId: this.#tables.storeId, position, eventId }
  }
}

const load =
  ({ rows }: StageRows) =>
  (keys: ReadonlyArray<string>) =>
    Effect.sync(() => rows.of(keys))

const write = ({ partitions, rows }: StageRows, changes: ReadonlyArray<Change>, at: DateTime.Utc): void => {
  apply(rows, changes)
  for (const one of partitions.all) one.savedAt = at
}
