/** Partitions of a projection's rows in memory: their checkpoints and leases. */
import type { DateTime } from "effect"
import * as Checkpoint from "../../Checkpoint.ts"
import type { KeyPartition } from "../../store/KeyPartition.ts"
import type { Status } from "../../store/ProjectionStore.ts"
import { type Expiry, extend, isLive, shorten } from "./MemoryLease.ts"

export interface Partition extends KeyPartition, Expiry {
  checkpoint: Checkpoint.Checkpoint
  token: number
  owner: string | undefined
  savedAt: DateTime.Utc | undefined
}

export class MemoryPartitions {
  readonly all: ReadonlyArray<Partition>
  /** Processes that want leases, and the time until which each counts as live. */
  readonly #processes = new Map<string, Expiry>()
  readonly #nextToken: () => number

  /**
   * `nextToken` returns a greater number at each call, across all rows, so that a lease of
   * discarded rows never fits later ones.
   */
  constructor(storeId: string, count: number, nextToken: () => number) {
    this.#nextToken = nextToken
    this.all = Array.from({ length: count }, (_, index) => ({
      index,
      of: count,
      checkpoint: Checkpoint.beginning(storeId),
      token: 0,
      owner: undefined,
      leasedUntil: 0,
      leaseMs: 0,
      savedAt: undefined
    }))
  }

  /** Lowest checkpoint of the partitions: all rows hold the events up to it. */
  get checkpoint(): Checkpoint.Checkpoint {
    return this.all.map(({ checkpoint }) => checkpoint).reduce((a, b) => (b.position < a.position ? b : a))
  }

  /** Positions of the partitions' checkpoints. */
  get positions(): ReadonlyArray<number> {
    return this.all.map(({ checkpoint }) => checkpoint.position)
  }

  get savedAt(): DateTime.Utc | undefined {
    const times = this.all.flatMap(({ savedAt }) => savedAt ?? [])
    return times.length === 0 ? undefined : times.reduce((a, b) => (b.epochMilliseconds > a.epochMilliseconds ? b : a))
  }

  /** `true` if a process has ever had a lease of the rows. */
  get wereLeased(): boolean {
    return this.all.some(({ owner }) => owner !== undefined)
  }

  statuses(now: number): Status["partitions"] {
    return this.all.map((one) => ({
      position: one.checkpoint.position,
      owner: isLive(one, now) ? one.owner : undefined
    }))
  }

  /** Returns a partition if the token is that of its last lease. */
  held({ index }: KeyPartition, token: number): Partition | undefined {
    const one = this.all[index]
    return one?.token === token ? one : undefined
  }

  /** Takes a partition that no process holds, if the owner has less than its fair share. */
  acquire(owner: string, now: number, milliseconds: number): Partition | undefined {
    this.#register(owner, now, milliseconds)
    for (const one of [...this.all, ...this.#processes.values()]) shorten(one, now)
    if (this.#heldBy(owner, now).length >= this.#share(owner, now)) return undefined
    const free = this.all.find(({ leasedUntil }) => leasedUntil <= now)
    return free === undefined ? undefined : this.take(free, owner, now, milliseconds)
  }

  /** Takes a partition from its owner. */
  take(one: Partition, owner: string, now: number, milliseconds: number): Partition {
    one.owner = owner
    extend(one, now, milliseconds)
    one.token = this.#nextToken()
    return one
  }

  /**
   * Renews a lease; `false` if the partition is above the owner's fair share, so that another
   * process can take it.
   */
  renew(one: Partition, now: number, milliseconds: number): boolean {
    const owner = one.owner ?? ""
    this.#register(owner, now, milliseconds)
    const before = this.#heldBy(owner, now).filter(({ index }) => index < one.index)
    if (before.length >= this.#share(owner, now)) return false
    extend(one, now, milliseconds)
    return true
  }

  release(one: Partition): void {
    one.leasedUntil = 0
    this.#processes.delete(one.owner ?? "")
  }

  /** Ends all leases. */
  endLeases(): void {
    for (const one of this.all) {
      one.token = this.#nextToken()
      one.leasedUntil = 0
    }
    this.#processes.clear()
  }

  #register(owner: string, now: number, milliseconds: number): void {
    const one = this.#processes.get(owner) ?? { leasedUntil: 0, leaseMs: 0 }
    this.#processes.set(owner, one)
    extend(one, now, milliseconds)
  }

  #heldBy(owner: string, now: number): ReadonlyArray<Partition> {
    return this.all.filter((one) => one.owner === owner && one.leasedUntil > now)
  }

  /**
   * Computes the fair share of a process: the partitions divided by the live processes; the first
   * ones get one more.
   */
  #share(owner: string, now: number): number {
    // A single partition is not shared: its owner keeps it until it dies.
    if (this.all.length === 1) return 1
    const live = [...this.#processes].filter(([, { leasedUntil }]) => leasedUntil > now).map(([one]) => one)
    const getsOneMore = live.filter((one) => one < owner).length < this.all.length % live.length
    return Math.floor(this.all.length / live.length) + (getsOneMore ? 1 : 0)
  }
}
