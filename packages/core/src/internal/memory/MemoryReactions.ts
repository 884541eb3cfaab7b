/** Checkpoints and parked events of reactions in memory, beside `MemoryLog`. */
import { Clock, DateTime, Effect } from "effect"
import * as Checkpoint from "../../Checkpoint.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { EventId } from "../../EventId.ts"
import type { Lease, Parked, Status } from "../../store/ReactionStore.ts"
import type { Operations as StoreOperations } from "../../store/StoreOperations.ts"
import * as StoreRefusal from "../../store/StoreRefusal.ts"
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

class ReactionTable {
  readonly storeId: string
  readonly #log: MemoryLog
  readonly #reactions = new Map<string, StoredReaction>()

  constructor(storeId: string, log: MemoryLog) {
    this.storeId = storeId
    this.#log = log
  }

  find(name: string): StoredReaction | undefined {
    return this.#reactions.get(name)
  }

  /** Returns the reaction, or fails if there is none. */
  get(operation: `reactions.${string}`, name: string): Effect.Effect<StoredReaction, EventStoreError> {
    return Effect.suspend(() => {
      const found = this.find(name)
      return found === undefined ? Effect.fail(StoreRefusal.unknown(operation, name)) : Effect.succeed(found)
    })
  }

  /** Returns the reaction if this is its last lease. */
  leased({ name, token }: Lease): StoredReaction | undefined {
    const found = this.find(name)
    return found?.token === token ? found : undefined
  }

  add(name: string, checkpoint: Checkpoint.Checkpoint): StoredReaction {
    const added: StoredReaction = {
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
    this.#reactions.set(name, added)
    return added
  }

  /** Returns the checkpoint of a start, or the end of the log if the start is beyond it. */
  checkpointOf(start: Parameters<Service["open"]>[1]): Checkpoint.Checkpoint | { readonly end: number } {
    if (typeof start === "object") return start
    if (start === "beginning") return Checkpoint.beginning(this.storeId)
    const last = this.#log.headAt(Infinity).position
    if (start !== "now" && start > last) return { end: last }
    const { eventId, position } = this.#log.headAt(start === "now" ? Infinity : start)
    return { storeId: this.storeId, position, eventId }
  }

  status(name: string, one: StoredReaction, now: number): Status {
    return {
      name,
      checkpoint: { ...one.checkpoint },
      owner: isLive(one, now) ? one.owner : undefined,
      isPaused: one.isPaused,
      problem: one.problem,
      savedAt: one.savedAt,
      parked: one.parked.size,
      lag: this.#log.lag(one.checkpoint.position, now)
    }
  }

  statuses(now: number): ReadonlyArray<Status> {
    return [...this.#reactions].toSorted(([a], [b]) => byBytes(a, b)).map(([name, one]) => this.status(name, one, now))
  }
}

type Service = NonNullable<StoreOperations["reactions"]>
type Leases = Pick<Service, "acquire" | "park" | "release" | "renew" | "save" | "stop" | "unpark">
type Operations = Omit<Service, keyof Leases>

const leases = (table: ReactionTable): Leases => ({
  acquire: Effect.fnUntraced(function* (name, owner, milliseconds) {
    const now = yield* Clock.currentTimeMillis
    const one = table.find(name)
    if (one === undefined || one.isPaused || one.problem !== undefined) return undefined
    shorten(one, now)
    if (one.leasedUntil > now) return undefined
    one.owner = owner
    extend(one, now, milliseconds)
    one.token++
    return { name, token: one.token, checkpoint: { ...one.checkpoint } }
  }),
  renew: Effect.fnUntraced(function* (lease, milliseconds) {
    const one = table.leased(lease)
    if (one === undefined) return undefined
    extend(one, yield* Clock.currentTimeMillis, milliseconds)
    return { isPaused: one.isPaused, retries: [...one.parked.values()].filter(({ isAsked }) => isAsked).length }
  }),
  release: (lease) =>
    Effect.sync(() => {
      const one = table.leased(lease)
      if (one !== undefined) one.leasedUntil = 0
    }),
  stop: (lease, problem) =>
    Effect.sync(() => {
      const one = table.leased(lease)
      if (one === undefined) return
      one.problem = problem
      one.leasedUntil = 0
    }),
  save: Effect.fnUntraced(function* (lease, to) {
    const one = table.leased(lease)
    if (one === undefined || one.checkpoint.position > to.position) return false
    one.checkpoint = { ...to }
    one.savedAt = yield* DateTime.now
    return true
  }),
  park: Effect.fnUntraced(function* (lease, event) {
    const one = table.leased(lease)
    if (one === undefined) return false
    const parkedAt = one.parked.get(event.eventId)?.parkedAt ?? (yield* DateTime.now)
    one.parked.set(event.eventId, { ...event, parkedAt, isAsked: false })
    return true
  }),
  unpark: (lease, eventId) =>
    Effect.sync(() => {
      const one = table.leased(lease)
      one?.parked.delete(eventId)
      return one !== undefined
    })
})

const operations = (table: ReactionTable): Operations => ({
  open: Effect.fnUntraced(function* (name, start) {
    const now = yield* Clock.currentTimeMillis
    const known = table.find(name)
    if (known !== undefined) return table.status(name, known, now)
    const checkpoint = table.checkpointOf(start)
    return "end" in checkpoint ? checkpoint : table.status(name, table.add(name, checkpoint), now)
  }),
  pause: (name) =>
    Effect.map(table.get("reactions.pause", name), (one) => {
      one.isPaused = true
    }),
  resume: (name) =>
    Effect.map(table.get("reactions.resume", name), (one) => {
      one.isPaused = false
      one.problem = undefined
    }),
  retry: (name, eventId) =>
    Effect.map(table.get("reactions.retry", name), ({ parked }) => {
      const chosen = [...parked.values()].filter((one) => eventId === undefined || one.eventId === eventId)
      for (const one of chosen) parked.set(one.eventId, { ...one, isAsked: true })
      return chosen.length
    }),
  discard: (name, eventId) => Effect.map(table.get("reactions.discard", name), ({ parked }) => parked.delete(eventId)),
  status: (name) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const one = table.find(name)
      return one === undefined ? undefined : table.status(name, one, now)
    }),
  statuses: Effect.map(Clock.currentTimeMillis, (now) => table.statuses(now)),
  parked: (name, { after, asked, limit }) =>
    Effect.map(table.get("reactions.parked", name), ({ parked }) =>
      [...parked.values()]
        .filter(({ isAsked, position }) => position > after && (isAsked || !asked))
        .toSorted((a, b) => a.position - b.position)
        .slice(0, limit)
    )
})

export const make = (storeId: string, log: MemoryLog): Service => {
  const table = new ReactionTable(storeId, log)
  return { ...leases(table), ...operations(table) }
}
