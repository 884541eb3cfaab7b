/**
 * Rows of all projections in memory, by stage, with the leases and the releases that belong to
 * them.
 */
import { Effect } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { Described, Lease, Stage, Status } from "../../store/ProjectionStore.ts"
import * as StoreRefusal from "../../store/StoreRefusal.ts"
import { byBytes } from "../work/ByteOrder.ts"
import type { MemoryLog } from "./MemoryLog.ts"
import { MemoryParking } from "./MemoryParking.ts"
import { MemoryPartitions, type Partition } from "./MemoryPartitions.ts"
import { MemoryReleases } from "./MemoryReleases.ts"
import { MemoryRows } from "./MemoryRows.ts"

/** Events that an inline projection folds. */
export interface Interest {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
}

/** Rows of one projection at one stage. */
export interface StageRows {
  readonly fingerprint: string
  /** Domain of the projection. */
  readonly domain: string
  readonly rows: MemoryRows
  readonly parking: MemoryParking
  readonly partitions: MemoryPartitions
  isPaused: boolean
  problem: string | undefined
  isRebuildAsked: boolean
  acceptsParked: boolean
  compared: Status["compared"]
  /** Events whose appends write the rows; undefined if the projection is not an inline one. */
  interest: Interest | undefined
}

/** Rows at a stage, and the partition of them that a lease holds. */
export interface Leased {
  readonly rows: StageRows
  readonly partition: Partition
}

type Stages = Map<Stage, StageRows>

const stageOrder: ReadonlyArray<Stage> = ["serving", "next", "old"]

export class MemoryTables {
  readonly storeId: string
  readonly log: MemoryLog
  readonly #stages = new Map<string, Stages>()
  readonly #releases = new Map<string, MemoryReleases>()
  #token = 0

  constructor(storeId: string, log: MemoryLog) {
    this.storeId = storeId
    this.log = log
  }

  /** Names of all projections, in byte order. */
  get names(): ReadonlyArray<string> {
    return [...this.#stages.keys()].toSorted(byBytes)
  }

  /** Interests of all inline projections, by name. */
  get inline(): ReadonlyArray<readonly [name: string, interest: Interest]> {
    return [...this.#stages].flatMap(([name, stages]) => {
      const interest = stages.get("serving")?.interest
      return interest === undefined ? [] : [[name, interest] as const]
    })
  }

  has(name: string): boolean {
    return this.#stages.has(name)
  }

  find(name: string, stage: Stage): StageRows | undefined {
    return this.#stages.get(name)?.get(stage)
  }

  /** Returns the properties of all rows of a projection that requests of operators depend on. */
  stages(name: string): Parameters<typeof StoreRefusal.change>[2] {
    return [...(this.#stages.get(name) ?? [])].map(([stage, { interest, isRebuildAsked, problem }]) => ({
      stage,
      isInline: interest !== undefined,
      isRebuildAsked,
      problem
    }))
  }

  /** Returns the rows at a stage, or fails if there are none. */
  get(operation: string, name: string, stage: Stage = "serving"): Effect.Effect<StageRows, EventStoreError> {
    return Effect.suspend(() => {
      const found = this.find(name, stage)
      return found === undefined
        ? Effect.fail(StoreRefusal.unknown(`projections.${operation}`, name))
        : Effect.succeed(found)
    })
  }

  /** Changes the rows at all stages of a projection. */
  change(operation: string, name: string, change: (rows: StageRows) => void): Effect.Effect<void, EventStoreError> {
    return Effect.map(this.get(operation, name), () => {
      for (const rows of this.#stages.get(name)!.values()) change(rows)
    })
  }

  put(name: string, stage: Stage, rows: StageRows): void {
    const stages = this.#stages.get(name) ?? new Map<Stage, StageRows>()
    stages.set(stage, rows)
    this.#stages.set(name, stages)
  }

  delete(name: string, stage: Stage): boolean {
    return this.#stages.get(name)?.delete(stage) === true
  }

  /** Removes a projection and its releases. */
  remove(name: string): void {
    this.#stages.delete(name)
    this.#releases.delete(name)
  }

  /** Makes empty rows of a projection. */
  empty({ fingerprint, table: { domain } }: Described, partitions: number): StageRows {
    return {
      fingerprint,
      domain,
      rows: new MemoryRows(),
      parking: new MemoryParking(),
      partitions: this.partitions(partitions),
      isPaused: false,
      problem: undefined,
      interest: undefined,
      isRebuildAsked: false,
      acceptsParked: false,
      compared: undefined
    }
  }

  partitions(count: number): MemoryPartitions {
    return new MemoryPartitions(this.storeId, count, () => ++this.#token)
  }

  /** Serves `next` instead of `serving`, which becomes `old`. All leases of both end. */
  promote(name: string, serving: StageRows, next: StageRows): StageRows {
    serving.partitions.endLeases()
    next.partitions.endLeases()
    const promoted = { ...next, isPaused: serving.isPaused, acceptsParked: false }
    this.put(name, "old", { ...serving, interest: undefined })
    this.put(name, "serving", promoted)
    this.delete(name, "next")
    return promoted
  }

  /**
   * Discards rebuilt rows. If their release is not the served one, it becomes the oldest, so that
   * it does not begin them again.
   */
  giveUp(name: string, serving: StageRows): boolean {
    const next = this.find(name, "next")
    if (next !== undefined && next.fingerprint !== serving.fingerprint) this.releases(name).makeOldest(next.fingerprint)
    return this.delete(name, "next")
  }

  releases(name: string): MemoryReleases {
    const releases = this.#releases.get(name) ?? new MemoryReleases()
    this.#releases.set(name, releases)
    return releases
  }

  releaseOf(name: string, fingerprint: string): number | undefined {
    return this.#releases.get(name)?.numberOf(fingerprint)
  }

  /**
   * Returns the rows and the partition of a lease; undefined if the lease is not the last one of
   * its partition.
   */
  leased({ name, partition, stage, token }: Lease): Leased | undefined {
    const rows = this.find(name, stage)
    const held = rows?.partitions.held(partition, token)
    return rows === undefined || held === undefined ? undefined : { rows, partition: held }
  }

  status(name: string, stage: Stage, rows: StageRows, now: number): Status {
    const { compared, fingerprint, interest, isPaused, isRebuildAsked, parking, partitions, problem } = rows
    const { checkpoint, savedAt } = partitions
    const statuses = partitions.statuses(now)
    const owners = [...new Set(statuses.flatMap(({ owner }) => owner ?? []))]
    return {
      name,
      stage,
      fingerprint,
      release: this.releases(name).numberOf(fingerprint),
      checkpoint: { ...checkpoint },
      partitions: statuses,
      isInline: interest !== undefined,
      owner: owners.length === 0 ? undefined : owners.join(", "),
      isPaused,
      problem,
      savedAt,
      parked: parking.size,
      isRebuildAsked,
      compared,
      // Rows of an inline projection are never behind, though their checkpoint is.
      lag: interest !== undefined ? { events: 0, seconds: 0 } : this.log.lag(checkpoint.position, now)
    }
  }

  statuses(name: string, now: number): ReadonlyArray<Status> {
    return stageOrder.flatMap((stage) => {
      const rows = this.find(name, stage)
      return rows === undefined ? [] : [this.status(name, stage, rows, now)]
    })
  }
}

/** Makes the lease of a partition that was taken. */
export const leaseOf = (name: string, stage: Stage, { checkpoint, index, of, token }: Partition): Lease => ({
  name,
  stage,
  partition: { index, of },
  token,
  checkpoint: { ...checkpoint }
})
