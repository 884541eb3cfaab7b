/**
 * Inline projections in memory: each append is planned and folded, and then events and rows are
 * written in one step.
 */
import { Clock, DateTime, Effect, type Result, Semaphore } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Append, Appended } from "../../store/Append.ts"
import { notListed, othersKeep } from "../../store/ProjectionRequest.ts"
import type { Change, FoldRows, Inline, InlineWork, Lease, Served } from "../../store/ProjectionStore.ts"
import * as ProjectionRules from "../projection/ProjectionRules.ts"
import type { Plan } from "./MemoryLog.ts"
import { apply } from "./MemoryRowWriter.ts"
import type { Interest, MemoryTables, StageRows } from "./MemoryTables.ts"

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
    enlist: (projection, lease, fold) => {
      const { aggregates, name, types } = projection
      return this.#writing.withPermit(this.#enlist(name, lease, { aggregates, types }, fold))
    },
    discharge: (name) => this.#writing.withPermit(Effect.suspend(() => this.#discharge(name)))
  }

  /** Appends without rows. Fails if an inline projection folds one of the events. */
  appendEvents(
    appends: ReadonlyArray<Append>,
    plan: () => Result.Result<Plan, EventStoreError>
  ): Effect.Effect<ReadonlyArray<Appended>, EventStoreError> {
    const write = Effect.suspend(() =>
      Effect.flatMap(Effect.fromResult(plan()), (planned) => {
        const missing = this.#missing(appends, new Set())
        if (missing !== undefined) return Effect.fail(notListed(missing))
        this.#tables.log.commit(planned)
        return Effect.succeed(planned.appended)
      })
    )
    return Effect.suspend(() => (this.#tables.inline.length === 0 ? write : this.#writing.withPermit(write)))
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
    appends: ReadonlyArray<Append>,
    works: ReadonlyArray<InlineWork>
  ): Effect.Effect<ReadonlyArray<Appended>, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const { log } = this.#tables
      const serving: Array<StageRows> = []
      for (const { projection } of works) {
        const rows = this.#tables.find(projection.name, "serving")
        if (rows?.interest === undefined || rows.fingerprint !== projection.fingerprint) {
          return yield* othersKeep(projection, rows?.interest === undefined ? undefined : rows.fingerprint)
        }
        serving.push(rows)
      }
      const missing = this.#missing(appends, new Set(works.map(({ projection }) => projection.name)))
      if (missing !== undefined) return yield* notListed(missing)
      const time = yield* Clock.currentTimeMillis
      const plan = yield* Effect.fromResult(log.plan(appends, time, false))
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
    fold: FoldRows
  ): Effect.Effect<Served, EventStoreError> {
    const tables = this.#tables
    const { log } = tables
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const [serving, rows] = [tables.find(name, "serving"), tables.find(name, stage)]
        const held = rows?.partitions.held(partition, token)
        if (serving === undefined || rows === undefined || held === undefined) return "lost"
        const end = log.rows.length
        const page = log.page(held.checkpoint.position, end, interest, ProjectionRules.maxEventsToEnlist + 1)
        const rest = log.content(page)
        if (rest.error !== undefined) return yield* rest.error
        if (rest.events.length > ProjectionRules.maxEventsToEnlist) return "behind"
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
    if (serving === undefined) {
      const problem = `there is no projection ${JSON.stringify(name)} in this store`
      return Effect.fail(EventStoreError.invalidRequest("projections.discharge", problem))
    }
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
