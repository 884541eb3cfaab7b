/** The status of projections, as a table and as JSON. */
import { DateTime } from "effect"
import type { ProjectionStore } from "eventfold/store"
import { aligned, grouped, short, span } from "../commandline/TextTable.ts"

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
    const percent = end === 0 ? 100 : Math.floor((100 * checkpoint.position) / end)
    return owner === undefined ? `rebuild, ${percent}%, no projector` : `rebuild, ${percent}%`
  }
  if (isInline) return "inline"
  if (owner === undefined) return "no projector"
  if (isRebuildAsked) return "rebuild requested"
  if (partitions.some((one) => one.owner === undefined)) return "in part"
  return lag.events === 0 ? "up to date" : "behind"
}

const projectorOf = ({ owner, partitions }: ProjectionStore.Status): string => {
  if (owner === undefined) return "-"
  if (partitions.length === 1) return short(owner, 9)
  return `${partitions.filter((one) => one.owner !== undefined).length} of ${partitions.length} partitions`
}

const problemLines = (statuses: ReadonlyArray<ProjectionStore.Status>): ReadonlyArray<string> =>
  statuses.flatMap(({ name, problem, stage }) => {
    if (problem === undefined || stage === "old") return []
    const subject = stage === "next" ? `the rebuild of ${name}` : name
    return [`${subject} has stopped: ${short(problem, 1_000)}\n`]
  })

/**
 * Formats the status of projections as a table, followed by the problems of those that have
 * stopped.
 */
export const text = (statuses: ReadonlyArray<ProjectionStore.Status>): string => {
  if (statuses.length === 0) return "no projector has ever run on this store, and no rows were requested\n"
  const rows = statuses.map((one) => {
    const { checkpoint, fingerprint, lag, name, parked, stage } = one
    return [
      stage === "serving" ? name : `  ${stage}`,
      stateOf(one),
      lag.events === 0 ? "0" : `${grouped(lag.events)} (${span(lag.seconds)})`,
      grouped(parked),
      grouped(checkpoint.position),
      short(fingerprint, 16),
      projectorOf(one)
    ]
  })
  const head = ["PROJECTION", "STATE", "BEHIND", "PARKED", "POSITION", "HANDLERS", "PROJECTOR"]
  const problems = problemLines(statuses)
  const table = aligned(head, rows, new Set(["BEHIND", "PARKED", "POSITION"]))
  return problems.length === 0 ? table : `${table}\n${problems.join("")}`
}

/** Converts a status to JSON. Times are ISO 8601. */
export const toJson = ({ savedAt, ...status }: ProjectionStore.Status): object => ({
  ...status,
  savedAt: savedAt === undefined ? undefined : DateTime.formatIso(savedAt)
})

/** A parked key in a list. */
export type ListedKey = ProjectionStore.ParkedKey & { readonly events: number }

/** Converts a parked key to JSON. Times are ISO 8601. */
export const parkedJson = ({ parkedAt, ...parked }: ListedKey): object => ({
  ...parked,
  parkedAt: DateTime.formatIso(parkedAt)
})
