/** Rows of projections in memory, beside `MemoryLog`. */
import { Clock, DateTime, Effect, type Schema } from "effect"
import * as Checkpoint from "../Checkpoint.ts"
import { EventStoreError, InvalidRequest } from "../EventStoreError.ts"
import type { Described, KeyedRow, Lease, Service, Stage, Status, Where } from "../ProjectionStore.ts"
import { byBytes } from "./ByteOrder.ts"

export interface Kept {
  readonly fingerprint: string
  readonly rows: Map<string, Schema.Json>
  checkpoint: Checkpoint.Checkpoint
  token: number
  owner: string | undefined
  leasedUntil: number
  isPaused: boolean
  problem: string | undefined
  savedAt: DateTime.Utc | undefined
  /** What they are made of, where they are written with the events. */
  listens: { readonly aggregates: ReadonlyArray<string>; readonly types: ReadonlyArray<string> } | undefined
}

/** The rows of each projection, by stage. */
export type Tables = Map<string, Map<Stage, Kept>>

const noneSuch = (operation: string, name: string) =>
  new EventStoreError({
    reason: new InvalidRequest({ operation, problem: `there is no projection ${JSON.stringify(name)} in this store` })
  })

const isSame = (a: Checkpoint.Checkpoint, b: Checkpoint.Checkpoint) =>
  a.position === b.position && a.eventId === b.eventId

const stages: ReadonlyArray<Stage> = ["serving", "next", "old"]

/** Serves `next` in place of `serving`, which becomes `old`; whoever has a lease of either has none any more. */
export const replace = (stages: Map<Stage, Kept>, serving: Kept, next: Kept): Kept => {
  const token = Math.max(serving.token, next.token) + 1
  stages.set("old", { ...serving, token, leasedUntil: 0, listens: undefined })
  const served = { ...next, token, leasedUntil: 0, isPaused: serving.isPaused }
  stages.set("serving", served)
  stages.delete("next")
  return served
}

export const make = (storeId: string, all: Tables): Service => {
  const kept = (operation: string, name: string, stage: Stage = "serving"): Effect.Effect<Kept, EventStoreError> =>
    Effect.suspend(() => {
      const found = all.get(name)?.get(stage)
      return found === undefined ? Effect.fail(noneSuch(operation, name)) : Effect.succeed(found)
    })
  /** The rows, where the lease is still the last one of them. */
  const leased = ({ name, stage, token }: Lease) => {
    const found = all.get(name)?.get(stage)
    return found?.token === token ? found : undefined
  }
  const fresh = (fingerprint: string): Kept => ({
    fingerprint,
    rows: new Map(),
    checkpoint: Checkpoint.beginning(storeId),
    token: 0,
    owner: undefined,
    leasedUntil: 0,
    isPaused: false,
    problem: undefined,
    savedAt: undefined,
    listens: undefined
  })
  const statusOf = (name: string, stage: Stage, one: Kept, now: number): Status => {
    const { checkpoint, fingerprint, isPaused, leasedUntil, listens, owner, problem, savedAt } = one
    return {
      name,
      stage,
      fingerprint,
      checkpoint,
      isInline: listens !== undefined,
      owner: leasedUntil > now ? owner : undefined,
      isPaused,
      problem,
      savedAt
    }
  }
  /** Of the rows that are served, and of those that are made anew. */
  const each = (operation: string, name: string, change: (one: Kept) => void) =>
    Effect.map(kept(operation, name), () => {
      for (const one of all.get(name)!.values()) change(one)
    })
  const sorted = ({ rows }: Kept): ReadonlyArray<KeyedRow> =>
    [...rows].map(([key, row]) => ({ key, row })).sort((a, b) => byBytes(a.key, b.key))

  return {
    open: Effect.fnUntraced(function* ({ fingerprint, name }: Described) {
      const stages = all.get(name) ?? new Map([["serving", fresh(fingerprint)]])
      all.set(name, stages)
      return statusOf(name, "serving", stages.get("serving")!, yield* Clock.currentTimeMillis)
    }),
    begin: Effect.fnUntraced(function* ({ fingerprint, name }: Described) {
      const stages = all.get(name)
      if (stages === undefined) return yield* Effect.fail(noneSuch("projections.begin", name))
      const begun = stages.get("next")
      const next = begun?.fingerprint === fingerprint ? begun : fresh(fingerprint)
      stages.set("next", next)
      return statusOf(name, "next", next, yield* Clock.currentTimeMillis)
    }),
    serve: ({ name }, lease) =>
      Effect.sync(() => {
        const stages = all.get(name)
        const [serving, next] = [stages?.get("serving"), leased(lease)]
        if (stages === undefined || serving === undefined || next === undefined || lease.stage !== "next") return "lost"
        if (next.checkpoint.position < serving.checkpoint.position) return "behind"
        replace(stages, serving, next)
        return "served"
      }),
    acquire: Effect.fnUntraced(function* ({ fingerprint, name }, stage, owner, milliseconds) {
      const now = yield* Clock.currentTimeMillis
      const one = all.get(name)?.get(stage)
      if (one === undefined || one.fingerprint !== fingerprint || one.listens !== undefined) return undefined
      if (one.isPaused || one.problem !== undefined || one.leasedUntil > now) return undefined
      one.owner = owner
      one.leasedUntil = now + milliseconds
      one.token++
      return { name, stage, token: one.token, checkpoint: one.checkpoint }
    }),
    renew: Effect.fnUntraced(function* (lease, milliseconds) {
      const one = leased(lease)
      if (one === undefined || one.isPaused) return false
      one.leasedUntil = (yield* Clock.currentTimeMillis) + milliseconds
      return true
    }),
    release: (lease) =>
      Effect.sync(() => {
        const one = leased(lease)
        if (one !== undefined) one.leasedUntil = 0
      }),
    save: Effect.fnUntraced(function* (_, lease, from, to, changes) {
      const one = leased(lease)
      if (one === undefined || one.isPaused || !isSame(one.checkpoint, from)) return false
      for (const { key, row } of changes) {
        if (row === undefined) one.rows.delete(key)
        else one.rows.set(key, row)
      }
      one.checkpoint = to
      one.savedAt = yield* DateTime.now
      return true
    }),
    stop: (lease, problem) =>
      Effect.sync(() => {
        const one = leased(lease)
        if (one === undefined) return
        one.problem = problem
        one.leasedUntil = 0
      }),
    pause: (name) =>
      each("projections.pause", name, (one) => {
        one.isPaused = true
      }),
    resume: (name) =>
      each("projections.resume", name, (one) => {
        one.isPaused = false
        one.problem = undefined
      }),
    status: (name) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const one = all.get(name)?.get("serving")
        return one === undefined ? undefined : statusOf(name, "serving", one, now)
      }),
    statuses: Effect.map(Clock.currentTimeMillis, (now) =>
      [...all]
        .toSorted(([a], [b]) => byBytes(a, b))
        .flatMap(([name, of]) =>
          stages.flatMap((stage) => {
            const one = of.get(stage)
            return one === undefined ? [] : [statusOf(name, stage, one, now)]
          })
        )
    ),
    rows: ({ name }, stage, keys) =>
      Effect.map(kept("projections.rows", name, stage), ({ rows }) =>
        keys.flatMap((key) => {
          const row = rows.get(key)
          return row === undefined ? [] : [{ key, row }]
        })
      ),
    page: ({ name }, after, limit) =>
      Effect.map(kept("projections.page", name), (one) =>
        sorted(one)
          .filter(({ key }) => after === undefined || byBytes(key, after) > 0)
          .slice(0, limit)
      ),
    find: ({ name }, where: Where) =>
      Effect.map(kept("projections.find", name), (one) =>
        sorted(one).filter(({ row }) =>
          // A field that is not there is JSON of nothing.
          Object.entries(where).every(
            ([field, value]) => JSON.stringify(Reflect.get(Object(row), field)) === JSON.stringify(value)
          )
        )
      )
  }
}
