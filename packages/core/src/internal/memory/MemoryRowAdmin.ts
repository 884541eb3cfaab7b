/** Opens, rebuilds, pauses and lists projections in memory. */
import { Clock, Effect } from "effect"
import type { Described, Service } from "../../store/ProjectionStore.ts"
import type { Operations as StoreOperations } from "../../store/StoreOperations.ts"
import * as StoreRefusal from "../../store/StoreRefusal.ts"
import * as RowVersions from "../projection/RowVersions.ts"
import type { MemoryTables } from "./MemoryTables.ts"

type Opening = Pick<NonNullable<StoreOperations["projections"]>, "begin" | "enroll" | "open" | "versions">
type Operations = Pick<Service, "drop" | "pause" | "rebuild" | "remove" | "resume" | "rollback">
type Statuses = Pick<Service, "stages" | "status" | "statuses">

const opening = (tables: MemoryTables): Opening => ({
  open: Effect.fnUntraced(function* (projection: Described, partitions) {
    const { fingerprint, name, table } = projection
    const found = tables.find(name, "serving")
    const refusal = StoreRefusal.open(projection, found?.domain ?? table.domain)
    if (refusal !== undefined) return yield* refusal
    let serving = found ?? tables.empty(projection, partitions ?? 1)
    // No projector has ever had a lease of the rows, so their keys can still be divided in another
    // way.
    if (partitions !== undefined && !serving.partitions.wereLeased) {
      serving = { ...serving, partitions: tables.partitions(partitions) }
    }
    const isNew = !tables.has(name)
    tables.put(name, "serving", serving)
    if (isNew) tables.releases(name).enroll(fingerprint)
    return tables.status(name, "serving", serving, yield* Clock.currentTimeMillis)
  }),
  enroll: ({ fingerprint, name }) =>
    Effect.map(tables.get("enroll", name), () => tables.releases(name).enroll(fingerprint)),
  versions: ({ fingerprint, name }) =>
    Effect.map(Clock.currentTimeMillis, (now) => ({
      stages: tables.statuses(name, now),
      release: tables.releaseOf(name, fingerprint)
    })),
  begin: Effect.fnUntraced(function* (projection: Described, policy) {
    const { fingerprint, name } = projection
    const serving = yield* tables.get("begin", name)
    const now = yield* Clock.currentTimeMillis
    const me = { fingerprint, release: tables.releases(name).enroll(fingerprint) }
    const decision = RowVersions.next(tables.statuses(name, now), me, policy)
    if (decision._tag === "Begin") {
      if (serving.fingerprint === fingerprint) serving.isRebuildAsked = false
      tables.put(name, "next", tables.empty(projection, policy.partitions))
    }
    const stage = decision._tag === "Begin" || RowVersions.keeps(decision, "next") ? "next" : "serving"
    return tables.status(name, stage, yield* tables.get("begin", name, stage), now)
  })
})

const operations = (tables: MemoryTables): Operations => ({
  rebuild: Effect.fnUntraced(function* (name, options = {}) {
    const serving = yield* tables.get("rebuild", name)
    const { fingerprint = serving.fingerprint } = options
    const releases = tables.releases(name)
    const request = { operation: "rebuild", fingerprint, releases: releases.fingerprints } as const
    const refusal = StoreRefusal.change(name, request, tables.stages(name))
    if (refusal !== undefined) return yield* refusal
    tables.giveUp(name, serving)
    if (options.fingerprint !== undefined) releases.makeNewest(fingerprint)
    if (fingerprint === serving.fingerprint) serving.isRebuildAsked = true
  }),
  rollback: Effect.fnUntraced(function* (name) {
    const serving = yield* tables.get("rollback", name)
    const refusal = StoreRefusal.change(name, { operation: "rollback" }, tables.stages(name))
    if (refusal !== undefined) return yield* refusal
    const old = tables.find(name, "old")!
    serving.partitions.endLeases()
    old.partitions.endLeases()
    const restored = { ...old, isPaused: serving.isPaused }
    tables.put(name, "serving", restored)
    tables.put(name, "old", serving)
    tables.releases(name).makeNewest(restored.fingerprint)
    return tables.status(name, "serving", restored, yield* Clock.currentTimeMillis)
  }),
  drop: Effect.fnUntraced(function* (name, stage) {
    const serving = yield* tables.get("drop", name)
    if (stage === "old") return tables.delete(name, stage)
    const isAsked = serving.isRebuildAsked
    serving.isRebuildAsked = false
    return tables.giveUp(name, serving) || isAsked
  }),
  remove: (name) =>
    Effect.suspend(() => {
      const refusal = StoreRefusal.change(name, { operation: "remove" }, tables.stages(name))
      if (refusal !== undefined) return Effect.fail(refusal)
      tables.remove(name)
      return Effect.void
    }),
  pause: (name) =>
    tables.change("pause", name, (rows) => {
      rows.isPaused = true
      rows.partitions.endLeases()
    }),
  resume: (name, { acceptParked = false } = {}) =>
    tables.change("resume", name, (rows) => {
      rows.isPaused = false
      rows.problem = undefined
      rows.acceptsParked ||= acceptParked
    })
})

const statuses = (tables: MemoryTables): Statuses => ({
  status: (name) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const serving = tables.find(name, "serving")
      return serving === undefined ? undefined : tables.status(name, "serving", serving, now)
    }),
  stages: (name) => Effect.map(Clock.currentTimeMillis, (now) => tables.statuses(name, now)),
  statuses: Effect.map(Clock.currentTimeMillis, (now) => tables.names.flatMap((name) => tables.statuses(name, now)))
})

export const make = (tables: MemoryTables): Opening & Operations & Statuses => ({
  ...opening(tables),
  ...operations(tables),
  ...statuses(tables)
})
