/** The partitions of a projection's rows in memory: how far each is, and who keeps it. */
import type { DateTime } from "effect"
import * as Checkpoint from "../../Checkpoint.ts"
import type { KeyPartition } from "../../store/KeyPartition.ts"
import type { PartitionStatus } from "../../store/ProjectionStore.ts"
import { type Lasting, cut, endIn, isLive } from "./MemoryLease.ts"

export interface Partition extends KeyPartition, Lasting {
  checkpoint: Checkpoint.Checkpoint
  token: number
  owner: string | undefined
  savedAt: DateTime.Utc | undefined
}

export class MemoryPartitions {
  readonly all: ReadonlyArray<Partition>
  /** Who would keep some of them, and until when that is known. */
  readonly #present = new Map<string, Lasting>()
  readonly #nextToken: () => number

  /** `nextToken` gives a greater one each time, whatever rows it is for: a lease of rows that were discarded is none of those after them. */
  constructor(storeId: string, of: number, nextToken: () => number) {
    this.#nextToken = nextToken
    this.all = Array.from({ length: of }, (_, index) => ({
      index,
      of,
      checkpoint: Checkpoint.beginning(storeId),
      token: 0,
      owner: undefined,
      leasedUntil: 0,
      leaseMillis: 0,
      savedAt: undefined
    }))
  }

  /** All rows hold everything up to here. */
  get checkpoint(): Checkpoint.Checkpoint {
    return this.all.map(({ checkpoint }) => checkpoint).reduce((a, b) => (b.position < a.position ? b : a))
  }

  /** No row holds anything after this position. */
  get furthest(): number {
    return Math.max(...this.all.map(({ checkpoint }) => checkpoint.position))
  }

  get savedAt(): DateTime.Utc | undefined {
    const times = this.all.flatMap(({ savedAt }) => savedAt ?? [])
    return times.length === 0 ? undefined : times.reduce((a, b) => (b.epochMilliseconds > a.epochMilliseconds ? b : a))
  }

  statuses(now: number): ReadonlyArray<PartitionStatus> {
    return this.all.map((one) => ({
      position: one.checkpoint.position,
      owner: isLive(one, now) ? one.owner : undefined
    }))
  }

  /** The partition, where the token is still the last one of it. */
  held({ index }: KeyPartition, token: number): Partition | undefined {
    const one = this.all[index]
    return one?.token === token ? one : undefined
  }

  /** One that nobody has, for who has not got a fair share yet. */
  acquire(owner: string, now: number, milliseconds: number): Partition | undefined {
    this.#attend(owner, now, milliseconds)
    for (const one of [...this.all, ...this.#present.values()]) cut(one, now)
    if (this.#heldBy(owner, now).length >= this.#share(owner, now)) return undefined
    const free = this.all.find(({ leasedUntil }) => leasedUntil <= now)
    return free === undefined ? undefined : this.take(free, owner, now, milliseconds)
  }

  take(one: Partition, owner: string, now: number, milliseconds: number): Partition {
    one.owner = owner
    endIn(one, now, milliseconds)
    one.token = this.#nextToken()
    return one
  }

  /** Whether it may be kept; else another one is to have it. */
  renew(one: Partition, now: number, milliseconds: number): boolean {
    const owner = one.owner ?? ""
    this.#attend(owner, now, milliseconds)
    const before = this.#heldBy(owner, now).filter(({ index }) => index < one.index)
    if (before.length >= this.#share(owner, now)) return false
    endIn(one, now, milliseconds)
    return true
  }

  release(one: Partition): void {
    one.leasedUntil = 0
    this.#present.delete(one.owner ?? "")
  }

  /** Who has a lease has none any more. */
  end(): void {
    for (const one of this.all) {
      one.token = this.#nextToken()
      one.leasedUntil = 0
    }
    this.#present.clear()
  }

  /** Whether somebody has ever kept the rows. */
  get wereKept(): boolean {
    return this.all.some(({ owner }) => owner !== undefined)
  }

  #attend(owner: string, now: number, milliseconds: number): void {
    const one = this.#present.get(owner) ?? { leasedUntil: 0, leaseMillis: 0 }
    this.#present.set(owner, one)
    endIn(one, now, milliseconds)
  }

  #heldBy(owner: string, now: number): ReadonlyArray<Partition> {
    return this.all.filter((one) => one.owner === owner && one.leasedUntil > now)
  }

  /** As many as the others that are there, or one more for the first of them. */
  #share(owner: string, now: number): number {
    // Nothing is to be shared: it is whose it is, for as long as that one lives.
    if (this.all.length === 1) return 1
    const present = [...this.#present].filter(([, { leasedUntil }]) => leasedUntil > now).map(([one]) => one)
    const more = present.filter((one) => one < owner).length < this.all.length % present.length
    return Math.floor(this.all.length / present.length) + (more ? 1 : 0)
  }
}
