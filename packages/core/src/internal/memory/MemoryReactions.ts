/** Checkpoints and parked events of reactions in memory, beside `MemoryLog`. */
import { Clock, DateTime, Effect } from "effect"
import * as Checkpoint from "../../Checkpoint.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { EventId } from "../../EventId.ts"
import type { Lease, Parked, Service, Start, Status } from "../../store/ReactionStore.ts"
import * as StoreRequest from "../../store/StoreRequest.ts"
import { byBytes } from "../work/ByteOrder.ts"
import { type Expiry, extend, isLive, shorten } from "./MemoryLease.ts"
import type { MemoryLog } from "./MemoryLog.ts"

interface StoredReaction extends Expiry {
  checkpoint: Checkpoint.Checkpoint
  token: number
  owner: string | undefined
  isPaused: boolean
  problem: string | undefined
  savedAt: DateTime.Utc | undefined
  readonly parked: Map<EventId, Parked>
}

export const make = (storeId: string, log: MemoryLog): Service => {
  const all = new Map<string, StoredReaction>()

  const get = (operation: string, name: string): Effect.Effect<StoredReaction, EventStoreError> =>
    Effect.suspend(() => {
      const found = all.get(name)
      return found === undefined ? Effect.fail(StoreRequest.noReaction(operation, name)) : Effect.succeed(found)
    })
  /** Returns the reaction if the lease is the last one of it. */
  const leased = ({ name, token }: Lease) => {
    const found = all.get(name)
    return found?.token === token ? found : undefined
  }
  const statusOf = (name: string, one: StoredReaction, now: number): Status => ({
    name,
    checkpoint: { ...one.checkpoint },
    owner: isLive(one, now) ? one.owner : undefined,
    isPaused: one.isPaused,
    problem: one.problem,
    savedAt: one.savedAt,
    parked: one.parked.size,
    lag: log.lag(one.checkpoint.position, now)
  })
  const checkpointOf = (start: Start): Checkpoint.Checkpoint | EventStoreError => {
    if (typeof start === "object") return start
    if (start === "beginning") return Checkpoint.beginning(storeId)
    const last = log.headAt(Infinity).position
    if (start !== "now" && start > last) return StoreRequest.startBeyondEnd(start, last)
    const { eventId, position } = log.headAt(start === "now" ? Infinity : start)
    return { storeId, position, eventId }
  }

  return {
    open: Effect.fnUntraced(function* (name, start) {
      const invalid = StoreRequest.checkReaction(storeId, name, start)
      if (invalid !== undefined) return yield* invalid
      const now = yield* Clock.currentTimeMillis
      const known = all.get(name)
      if (known !== undefined) return statusOf(name, known, now)
      const checkpoint = checkpointOf(start)
      if (checkpoint instanceof EventStoreError) return yield* checkpoint
      const one: StoredReaction = {
        checkpoint: { ...checkpoint },
        token: 0,
        owner: undefined,
        leasedUntil: 0,
        leaseMs: 0,
        isPaused: false,
        problem: undefined,
        savedAt: undefined,
        parked: new Map()
      }
      all.set(name, one)
      return statusOf(name, one, now)
    }),
    acquire: Effect.fnUntraced(function* (name, owner, milliseconds) {
      const now = yield* Clock.currentTimeMillis
      const one = all.get(name)
      if (one === undefined || one.isPaused || one.problem !== undefined) return undefined
      shorten(one, now)
      if (one.leasedUntil > now) return undefined
      one.owner = owner
      extend(one, now, milliseconds)
      one.token++
      return { name, token: one.token, checkpoint: { ...one.checkpoint } }
    }),
    renew: Effect.fnUntraced(function* (lease, milliseconds) {
      const one = leased(lease)
      if (one === undefined) return undefined
      extend(one, yield* Clock.currentTimeMillis, milliseconds)
      return { isPaused: one.isPaused, retries: [...one.parked.values()].filter(({ isAsked }) => isAsked).length }
    }),
    release: (lease) =>
      Effect.sync(() => {
        const one = leased(lease)
        if (one !== undefined) one.leasedUntil = 0
      }),
    save: Effect.fnUntraced(function* (lease, to) {
      const one = leased(lease)
      if (one === undefined || one.checkpoint.position > to.position) return false
      one.checkpoint = { ...to }
      one.savedAt = yield* DateTime.now
      return true
    }),
    park: Effect.fnUntraced(function* (lease, event) {
      const one = leased(lease)
      if (one === undefined) return false
      const parkedAt = one.parked.get(event.eventId)?.parkedAt ?? (yield* DateTime.now)
      one.parked.set(event.eventId, { ...event, parkedAt, isAsked: false })
      return true
    }),
    unpark: (lease, eventId) =>
      Effect.sync(() => {
        const one = leased(lease)
        one?.parked.delete(eventId)
        return one !== undefined
      }),
    stop: (lease, problem) =>
      Effect.sync(() => {
        const one = leased(lease)
        if (one === undefined) return
        one.problem = problem
        one.leasedUntil = 0
      }),
    pause: (name) =>
      Effect.map(get("reactions.pause", name), (one) => {
        one.isPaused = true
      }),
    resume: (name) =>
      Effect.map(get("reactions.resume", name), (one) => {
        one.isPaused = false
        one.problem = undefined
      }),
    retry: (name, eventId) =>
      Effect.map(get("reactions.retry", name), ({ parked }) => {
        const chosen = [...parked.values()].filter((one) => eventId === undefined || one.eventId === eventId)
        for (const one of chosen) parked.set(one.eventId, { ...one, isAsked: true })
        return chosen.length
      }),
    discard: (name, eventId) => Effect.map(get("reactions.discard", name), ({ parked }) => parked.delete(eventId)),
    status: (name) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const one = all.get(name)
        return one === undefined ? undefined : statusOf(name, one, now)
      }),
    statuses: Effect.map(Clock.currentTimeMillis, (now) =>
      [...all].toSorted(([a], [b]) => byBytes(a, b)).map(([name, one]) => statusOf(name, one, now))
    ),
    parked: Effect.fnUntraced(function* (name, options = {}) {
      const invalid = StoreRequest.checkParked(options)
      if (invalid !== undefined) return yield* invalid
      const { after = 0, asked = false, limit = 1_000 } = options
      const { parked } = yield* get("reactions.parked", name)
      return [...parked.values()]
        .filter(({ isAsked, position }) => position > after && (isAsked || !asked))
        .toSorted((a, b) => a.position - b.position)
        .slice(0, limit)
    })
  }
}
