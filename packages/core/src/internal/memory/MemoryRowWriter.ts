/** Writes rows of projections in memory under leases, and promotes rebuilt rows. */
import { Clock, DateTime, Effect } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { Change, Service, Stage } from "../../store/ProjectionStore.ts"
import { maxListedKeys } from "../projection/ProjectionRules.ts"
import * as RowVersions from "../projection/RowVersions.ts"
import { byBytes } from "../work/ByteOrder.ts"
import type { Partition } from "./MemoryPartitions.ts"
import type { MemoryRows } from "./MemoryRows.ts"
import { leaseOf, type MemoryTables } from "./MemoryTables.ts"

type Writer = Pick<
  Service,
  "acquire" | "compare" | "refused" | "release" | "renew" | "save" | "seize" | "serve" | "stop"
>

const isSame = (a: Checkpoint, b: Checkpoint) => a.position === b.position && a.eventId === b.eventId

/** Applies changes to rows. */
export const apply = (rows: MemoryRows, changes: ReadonlyArray<Change>): void => {
  for (const { key, row } of changes) {
    if (row === undefined) rows.delete(key)
    else rows.set(key, row)
  }
}

export const make = (tables: MemoryTables): Writer => ({
  acquire: Effect.fnUntraced(function* ({ fingerprint, name }, stage, owner, milliseconds) {
    const now = yield* Clock.currentTimeMillis
    const found = tables.find(name, stage)
    if (found === undefined || found.fingerprint !== fingerprint || found.interest !== undefined) return undefined
    if (found.isPaused || found.problem !== undefined) return undefined
    const partition = found.partitions.acquire(owner, now, milliseconds)
    return partition === undefined ? undefined : leaseOf(name, stage, partition)
  }),
  renew: Effect.fnUntraced(function* (lease, milliseconds) {
    const found = tables.leased(lease)
    return found?.rows.partitions.renew(found.partition, yield* Clock.currentTimeMillis, milliseconds) === true
  }),
  release: (lease) =>
    Effect.sync(() => {
      const found = tables.leased(lease)
      found?.rows.partitions.release(found.partition)
    }),
  stop: (lease, problem) =>
    Effect.sync(() => {
      const found = tables.leased(lease)
      if (found === undefined) return
      found.rows.problem = problem
      found.rows.partitions.endLeases()
    }),
  save: Effect.fnUntraced(function* (_, lease, from, to, changes, parked = []) {
    const found = tables.leased(lease)
    if (found === undefined || !isSame(found.partition.checkpoint, from)) return false
    const { partition, rows } = found
    apply(rows.rows, changes)
    partition.checkpoint = { ...to }
    partition.savedAt = yield* DateTime.now
    rows.parking.add(parked, partition.savedAt)
    return true
  }),
  // Memory stores every JSON value.
  refused: () => Effect.succeed([]),
  seize: Effect.fnUntraced(function* ({ fingerprint, name }, lease, milliseconds) {
    const serving = tables.find(name, "serving")
    if (tables.leased(lease) === undefined || serving === undefined || serving.fingerprint !== fingerprint) {
      return undefined
    }
    if (serving.interest !== undefined || serving.isPaused || serving.problem !== undefined) return undefined
    const now = yield* Clock.currentTimeMillis
    const next = tables.find(name, "next")?.partitions.all ?? []
    const others = next.filter(({ index }) => index !== lease.partition.index)
    const take = (stage: Stage, partitions: ReadonlyArray<Partition>) =>
      partitions.map((one) =>
        leaseOf(name, stage, serving.partitions.take(one, `comparing ${name}`, now, milliseconds))
      )
    return [...take("serving", serving.partitions.all), ...take("next", others)]
  }),
  compare: ({ name }, lease) =>
    Effect.sync(() => {
      const [serving, next] = [tables.find(name, "serving"), tables.leased(lease)?.rows]
      if (serving === undefined || next === undefined) return undefined
      const isEqual = (key: string) => JSON.stringify(serving.rows.get(key)) === JSON.stringify(next.rows.get(key))
      const keys = [...new Set([...serving.rows.keys, ...next.rows.keys])].filter((key) => !isEqual(key))
      next.compared = {
        position: next.partitions.checkpoint.position,
        rows: next.rows.size,
        differing: keys.length,
        keys: keys.sort(byBytes).slice(0, maxListedKeys)
      }
      return next.compared
    }),
  serve: ({ name }, lease) =>
    Effect.sync(() => {
      const [serving, next] = [tables.find(name, "serving"), tables.leased(lease)?.rows]
      if (serving === undefined || next === undefined || lease.stage !== "next") return "lost"
      // Rows of an inline projection are replaced only together with the log (see `MemoryInline`).
      if (serving.interest !== undefined) return "lost"
      if (!RowVersions.canBePromoted(next.partitions.positions, serving.partitions.positions)) return "behind"
      if (!next.acceptsParked && next.parking.hasOthersThan(serving.parking)) return "parked"
      tables.promote(name, serving, next)
      return "served"
    })
})
