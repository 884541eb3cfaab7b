/** Rows in memory that are written with the events: each append is planned, folded, and then written in one step. */
import { DateTime, Effect, type Result, Semaphore } from "effect"
import type { Append, Appended } from "../../store/Append.ts"
import type { RecordedEvent } from "../../Event.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import { notListed, othersKeep } from "../../store/ProjectionRequest.ts"
import type { Change, FoldRows, Inline, InlineWork } from "../../store/ProjectionStore.ts"
import type { MemoryLog, Plan } from "./MemoryLog.ts"
import { type Kept, replace, type Tables } from "./MemoryProjections.ts"

/** With more left to fold than this, appends would wait for it. */
const most = 1_000

export interface MemoryInline {
  readonly service: Inline
  /** Writes what was planned, unless somebody keeps rows of it with the events. */
  readonly plain: (
    appends: ReadonlyArray<Append>,
    plan: () => Result.Result<Plan, EventStoreError>
  ) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
}

export const make = (log: MemoryLog, tables: Tables, storeId: string, now: Effect.Effect<number>): MemoryInline => {
  const turn = Semaphore.makeUnsafe(1)
  const inline = () =>
    [...tables].flatMap(([name, stages]) => {
      const kept = stages.get("serving")
      return kept?.listens === undefined ? [] : [{ name, kept, listens: kept.listens }]
    })
  /** A projection that listens to one of these events, and is not among those that are folded. */
  const forgotten = (appends: ReadonlyArray<Append>, folded: ReadonlySet<string>) =>
    inline().find(
      ({ listens: { aggregates, types }, name }) =>
        !folded.has(name) &&
        appends.some(
          ({ events, stream }) =>
            aggregates.includes(stream.slice(0, stream.indexOf("-"))) && events.some(({ type }) => types.includes(type))
        )
    )?.name
  const load =
    ({ rows }: Kept) =>
    (keys: ReadonlyArray<string>) =>
      Effect.sync(() => rows.of(keys))
  const write = (kept: Kept, changes: ReadonlyArray<Change>, at: DateTime.Utc) => {
    for (const { key, row } of changes) {
      if (row === undefined) kept.rows.delete(key)
      else kept.rows.set(key, row)
    }
    for (const one of kept.partitions.all) one.savedAt = at
  }
  const place = () => {
    const { eventId, position } = log.place(Infinity)
    return { storeId, position, eventId }
  }

  const append = Effect.fnUntraced(function* (appends: ReadonlyArray<Append>, works: ReadonlyArray<InlineWork>) {
    const kept: Array<Kept> = []
    for (const { projection } of works) {
      const one = tables.get(projection.name)?.get("serving")
      if (one?.listens === undefined || one.fingerprint !== projection.fingerprint) {
        return yield* othersKeep(projection, one?.listens === undefined ? undefined : one.fingerprint)
      }
      kept.push(one)
    }
    const missing = forgotten(appends, new Set(works.map(({ projection }) => projection.name)))
    if (missing !== undefined) return yield* notListed(missing)
    const time = yield* now
    const plan = yield* Effect.fromResult(log.plan(appends, time, false))
    const { events } = log.content(plan.rows)
    const changes: Array<ReadonlyArray<Change>> = []
    for (const [i, { fold }] of works.entries()) changes.push(yield* fold(events, load(kept[i]!)))
    log.commit(plan)
    for (const [i, one] of kept.entries()) write(one, changes[i]!, DateTime.makeUnsafe(time))
    return plan.appended
  })

  const enlist = Effect.fnUntraced(function* (
    name: string,
    { partition, stage, token }: Parameters<Inline["enlist"]>[1],
    listens: NonNullable<Kept["listens"]>,
    fold: FoldRows
  ) {
    for (;;) {
      const stages = tables.get(name)
      const [serving, one] = [stages?.get("serving"), stages?.get(stage)]
      const held = one?.partitions.held(partition, token)
      if (stages === undefined || serving === undefined || one === undefined || held === undefined)
        return "lost" as const
      const seen = log.rows.length
      const rest = log.content(log.page(held.checkpoint.position, seen, listens, most + 1))
      if (rest.error !== undefined) return yield* rest.error
      if (rest.events.length > most) return "behind" as const
      const changes = yield* fold(rest.events as ReadonlyArray<RecordedEvent>, load(one))
      const time = DateTime.makeUnsafe(yield* now)
      // Something was appended, or the lease lost, while it was folded.
      if (log.rows.length !== seen || held.token !== token) continue
      write(one, changes, time)
      held.checkpoint = place()
      const served = stage === "next" ? replace(stages, serving, one) : one
      served.partitions.end()
      served.listens = listens
      return "served" as const
    }
  })

  return {
    service: {
      append: (appends, works) => turn.withPermit(append(appends, works)),
      enlist: (projection, lease, fold) => {
        const { aggregates, name, types } = projection
        return turn.withPermit(enlist(name, lease, { aggregates, types }, fold))
      },
      discharge: (name) =>
        turn.withPermit(
          Effect.suspend(() => {
            const one = tables.get(name)?.get("serving")
            if (one === undefined) {
              const problem = `there is no projection ${JSON.stringify(name)} in this store`
              return Effect.fail(EventStoreError.invalidRequest("projections.discharge", problem))
            }
            if (one.listens !== undefined) for (const each of one.partitions.all) each.checkpoint = place()
            one.listens = undefined
            return Effect.void
          })
        )
    },
    plain: (appends, plan) => {
      const write = Effect.suspend(() =>
        Effect.flatMap(Effect.fromResult(plan()), (planned) => {
          const missing = forgotten(appends, new Set())
          if (missing !== undefined) return Effect.fail(notListed(missing))
          log.commit(planned)
          return Effect.succeed(planned.appended)
        })
      )
      // What was planned for rows must still hold when it is written.
      return Effect.suspend(() => (inline().length === 0 ? write : turn.withPermit(write)))
    }
  }
}
