/** How projections stand, as a table and as JSON. */
import { DateTime } from "effect"
import type { ProjectionStore } from "eventfold/store"
import { aligned, short, span } from "./TextTable.ts"

const grouped = (count: number): string => count.toLocaleString("en-US")

const stateOf = ({
  checkpoint,
  isInline,
  isPaused,
  isRebuildAsked,
  lag,
  owner,
  partitions,
  problem,
  stage
}: ProjectionStore.Status): string => {
  if (stage === "old") return "kept"
  if (problem !== undefined) return "stopped"
  if (isPaused) return "paused"
  if (stage === "next") {
    const end = checkpoint.position + lag.events
    const part = end === 0 ? 100 : Math.floor((100 * checkpoint.position) / end)
    return owner === undefined ? `made anew, ${part}%, by nobody` : `made anew, ${part}%`
  }
  if (isInline) return "with the events"
  if (owner === undefined) return "no projector"
  if (isRebuildAsked) return "to be made anew"
  if (partitions.some((one) => one.owner === undefined)) return "kept in part"
  return lag.events === 0 ? "up to date" : "behind"
}

const keeperOf = ({ owner, partitions }: ProjectionStore.Status): string => {
  if (owner === undefined) return "-"
  if (partitions.length === 1) return short(owner, 9)
  return `${partitions.filter((one) => one.owner !== undefined).length} of ${partitions.length} partitions`
}

const lines = (statuses: ReadonlyArray<ProjectionStore.Status>): ReadonlyArray<string> =>
  statuses.flatMap(({ name, problem, stage }) => {
    if (problem === undefined || stage === "old") return []
    const what = stage === "next" ? `${name}, made anew,` : name
    return [`${what} has stopped: ${short(problem, 1_000)}`]
  })

export const text = (statuses: ReadonlyArray<ProjectionStore.Status>): string => {
  if (statuses.length === 0) return "no projector has ever run on this store, and no rows were asked for\n"
  const rows = statuses.map((one) => {
    const { checkpoint, fingerprint, lag, name, parked, stage } = one
    return [
      stage === "serving" ? name : `  ${stage}`,
      stateOf(one),
      lag.events === 0 ? "0" : `${grouped(lag.events)} (${span(lag.seconds)})`,
      grouped(parked),
      grouped(checkpoint.position),
      short(fingerprint, 16),
      keeperOf(one)
    ]
  })
  const head = ["PROJECTION", "STATE", "BEHIND", "PARKED", "POSITION", "HANDLERS", "KEPT BY"]
  const problems = lines(statuses).map((line) => `${line}\n`)
  const table = aligned(head, rows, new Set(["BEHIND", "PARKED", "POSITION"]))
  return problems.length === 0 ? table : `${table}\n${problems.join("")}`
}

/** As it is, but for times, which are ISO 8601. */
export const toJson = ({ savedAt, ...status }: ProjectionStore.Status): object => ({
  ...status,
  savedAt: savedAt === undefined ? undefined : DateTime.formatIso(savedAt)
})

export const parkedJson = ({ parkedAt, ...parked }: ProjectionStore.ListedKey): object => ({
  ...parked,
  parkedAt: DateTime.formatIso(parkedAt)
})
