/** The partitions of a projection's rows in memory: how far each is, and who keeps it. */
import type { DateTime } from "effect"
import * as Checkpoint from "../Checkpoint.ts"
import type { KeyPartition } from "../KeyPartition.ts"
import type { PartitionStatus } from "../ProjectionStore.ts"

export interface Partition extends KeyPartition {
  checkpoint: Checkpoint.Checkpoint
  token: number
  owner: string | undefined
  leasedUntil: number
  savedAt: DateTime.Utc | undefined
}

export class MemoryPartitions {
  readonly all: ReadonlyArray<Partition>
  /** Who would keep some of them, and until when that is known. */
  readonly #present = new Map<string, number>()

  constructor(storeId: string, of: number) {
    this.all = Array.from({ length: of }, (_, index) => ({
      index,
      of,
      checkpoint: Checkpoint.beginning(storeId),
      token: 0,
      owner: undefined,
      leasedUntil: 0,
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
    return this.all.map(({ checkpoint: { position }, leasedUntil, owner }) => ({
      position,
      owner: leasedUntil > now ? owner : undefined
    }))
  }

  /** The partition, where the token is still the last one of it. */
  held({ index }: KeyPartition, token: number): Partition | undefined {
    const one = this.all[index]
    return one?.token === token ? one : undefined
  }

  /** One that nobody has, for who has not got a fair share yet. */
  acquire(owner: string, now: number, milliseconds: number): Partition | undefined {
    this.#present.set(owner, now + milliseconds)
    if (this.#heldBy(owner, now).length >= this.#share(owner, now)) return undefined
    const free = this.all.find(({ leasedUntil }) => leasedUntil <= now)
    return free === undefined ? undefined : this.take(free, owner, now + milliseconds)
  }

  take(one: Partition, owner: string, until: number): Partition {
    one.owner = owner
    one.leasedUntil = until
    one.token++
    return one
  }

  /** Whether it may be kept; else another one is to have it. */
  renew(one: Partition, now: number, milliseconds: number): boolean {
    const owner = one.owner ?? ""
    this.#present.set(owner, now + milliseconds)
    const before = this.#heldBy(owner, now).filter(({ index }) => index < one.index)
    if (before.length >= this.#share(owner, now)) return false
    one.leasedUntil = now + milliseconds
    return true
  }

  release(one: Partition): void {
    one.leasedUntil = 0
    this.#present.delete(one.owner ?? "")
  }

  /** Who has a lease has none any more. `token`: greater than all that were ever given of these rows. */
  end(token = this.token + 1): void {
    for (const one of this.all) {
      one.token = token
      one.leasedUntil = 0
    }
    this.#present.clear()
  }

  get token(): number {
    return Math.max(...this.all.map(({ token }) => token))
  }

  #heldBy(owner: string, now: number): ReadonlyArray<Partition> {
    return this.all.filter((one) => one.owner === owner && one.leasedUntil > now)
  }

  /** As many as the others that are there, or one more for the first of them. */
  #share(owner: string, now: number): number {
    // Nothing is to be shared: it is whose it is, for as long as that one lives.
    if (this.all.length === 1) return 1
    const present = [...this.#present].filter(([, until]) => until > now).map(([one]) => one)
    const more = present.filter((one) => one < owner).length < this.all.length % present.length
    return Math.floor(this.all.length / present.length) + (more ? 1 : 0)
  }
}
