/**
 * Decides which rows of a projection a release keeps, begins, waits for, or leaves to a newer
 * release.
 *
 * For authors of stores, so that projectors, inline projections and every store decide alike.
 *
 * The releases of a projection, each identified by the fingerprint of its handlers, have an order,
 * which the store keeps: a release is newer than all that were enrolled before it. Without a
 * request of an operator, only rows of an older release are replaced. So the served release only
 * becomes newer, and releases that run side by side settle on the newest, even if processes restart
 * or die. An operator who goes back to a release makes it the newest.
 */
import { shellWord } from "../work/ShellWord.ts"
import { maxPartitionSkew } from "./ProjectionRules.ts"
import type { Policy, Stage, Status } from "../../store/ProjectionStore.ts"

/** Properties of the rows at a stage that a decision depends on. */
type Version = Pick<
  Status,
  "fingerprint" | "isInline" | "isPaused" | "isRebuildAsked" | "owner" | "problem" | "release" | "stage"
> & { readonly partitions: { readonly length: number } }

/**
 * The release that decides. `release` is its number in the order, which is greater for a newer
 * release; undefined if it is not enrolled.
 */
type Me = {
  readonly fingerprint: string
  readonly release: number | undefined
}

/** Decision of a release about the rows of a projection (see {@link next}). */
type Decision =
  | { readonly _tag: "Keep"; readonly stages: ReadonlyArray<Stage> }
  | { readonly _tag: "Begin"; readonly stages: ReadonlyArray<Stage> }
  | { readonly _tag: "Wait"; readonly reason: "paused" | "stopped" | "inline" | "others" }
  | { readonly _tag: "Leave"; readonly reason: "newer" | "stale" | "removed"; readonly by: string | undefined }
  | { readonly _tag: "Refuse"; readonly reason: "changed" | "inline" | "paused" | "stopped" }

/**
 * Policy of a projector with one partition that rebuilds rows of older releases.
 *
 * @internal
 */
export const projector: Policy = { keeper: "projector", onChange: "rebuild", partitions: 1 }

/**
 * Returns whether a release folds events into its rows at a stage now.
 *
 * @internal
 */
export const keeps = (decision: Decision, stage: Stage): boolean =>
  (decision._tag === "Keep" || decision._tag === "Begin") && decision.stages.includes(stage)

type Relation = "none" | "mine" | "newer" | "older" | "unknown"

const relationTo = (me: Me, version: Version | undefined): Relation => {
  if (version === undefined) return "none"
  if (version.fingerprint === me.fingerprint) return "mine"
  if (version.release === undefined || me.release === undefined) return "unknown"
  return version.release > me.release ? "newer" : "older"
}

const keep = (...stages: ReadonlyArray<Stage>): Decision => ({ _tag: "Keep", stages })
const begin = (...stages: ReadonlyArray<Stage>): Decision => ({ _tag: "Begin", stages })
const wait = (reason: Extract<Decision, { _tag: "Wait" }>["reason"]): Decision => ({ _tag: "Wait", reason })
const leave = (reason: Extract<Decision, { _tag: "Leave" }>["reason"], to: Version | undefined): Decision => ({
  _tag: "Leave",
  reason,
  by: to?.fingerprint
})
const refuse = (reason: Extract<Decision, { _tag: "Refuse" }>["reason"]): Decision => ({ _tag: "Refuse", reason })

interface Situation {
  readonly serving: Version
  readonly next: Version | undefined
  readonly old: Version | undefined
  readonly is: { readonly serving: Relation; readonly next: Relation; readonly old: Relation }
  readonly policy: Policy
}

/**
 * Returns whether another process rebuilds rows of a release whose number is unknown: the rows are
 * left to that process.
 */
const areOthersAtWork = ({ is, next }: Situation): boolean => is.next === "unknown" && next?.owner !== undefined

/** Decides if the served rows are of this release, and written in the way of the policy. */
const withMine = (situation: Situation): Decision => {
  const { is, serving } = situation
  if (is.next === "mine") return keep("serving", "next")
  const isBegun = serving.isRebuildAsked && !serving.isPaused && is.next !== "newer" && !areOthersAtWork(situation)
  return isBegun ? begin("serving") : keep("serving")
}

/** Decides whether the release steps aside, if the served rows are of another release. */
const asideOf = ({ is, next, old, serving }: Situation): Decision | undefined => {
  if (is.serving === "newer") return leave("newer", serving)
  // The rows of this release were replaced before the store kept an order.
  if (is.serving === "unknown" && is.old === "mine" && old !== undefined) return leave("newer", serving)
  return is.next === "newer" ? leave("newer", next) : undefined
}

const asProjector = (situation: Situation): Decision => {
  const { is, next, policy, serving } = situation
  if (is.serving === "mine") return serving.isInline ? wait("inline") : withMine(situation)
  if (serving.isInline) return refuse("inline")
  if (policy.onChange === "refuse") return refuse("changed")
  const aside = asideOf(situation)
  if (aside !== undefined) return aside
  if (policy.onChange === "stale") return leave("stale", serving)
  if (serving.isPaused) return wait("paused")
  if (is.next === "mine") return next?.problem === undefined ? keep("next") : wait("stopped")
  return areOthersAtWork(situation) ? wait("others") : begin()
}

/** Returns whether rows are in one partition, as those of an inline projection are. */
const isWhole = (version: Version | undefined): boolean => version?.partitions.length === 1

const asInline = (situation: Situation): Decision => {
  const { is, next, policy, serving } = situation
  if (is.serving === "mine" && serving.isInline) return withMine(situation)
  if (serving.isPaused) return refuse("paused")
  if (is.serving === "mine" && isWhole(serving)) {
    return serving.problem === undefined ? keep("serving") : refuse("stopped")
  }
  if (is.serving !== "mine" && policy.onChange === "refuse") return refuse("changed")
  const aside = asideOf(situation)
  if (aside !== undefined) return aside
  if (is.next === "mine" && isWhole(next)) return next?.problem === undefined ? keep("next") : refuse("stopped")
  return areOthersAtWork(situation) ? wait("others") : begin()
}

/**
 * Decides what a release does with the rows of a projection, from the state of the rows and the
 * order of the releases.
 *
 * - `Keep`: it folds events into its rows at these stages.
 * - `Begin`: it begins rows at stage `next`, instead of any that exist, and continues with its rows
 *   at these stages.
 * - `Wait`: it does nothing now, and decides again later.
 * - `Leave`: it steps aside. `by` is the fingerprint of the release that it leaves the rows to.
 * - `Refuse`: the program cannot work with these rows.
 *
 * A pure function: a process decides on what it has read, and a store decides again, with the same
 * function, in the transaction that begins rows.
 *
 * @example
 * ```ts
 * import { RowVersions } from "eventfold/store"
 *
 * const served = {
 *   stage: "serving" as const,
 *   fingerprint: "two",
 *   release: 2,
 *   partitions: [0],
 *   isInline: false,
 *   isPaused: false,
 *   isRebuildAsked: false,
 *   owner: undefined,
 *   problem: undefined
 * }
 * const policy = { keeper: "projector", onChange: "rebuild", partitions: 1 } as const
 * const newest = RowVersions.next([served], { fingerprint: "three", release: 3 }, policy)
 * newest._tag // "Begin"
 * const oldest = RowVersions.next([served], { fingerprint: "one", release: 1 }, policy)
 * oldest._tag // "Leave"
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const next = (stages: ReadonlyArray<Version>, me: Me, policy: Policy): Decision => {
  const at = (stage: Stage) => stages.find((one) => one.stage === stage)
  const [serving, begun, old] = [at("serving"), at("next"), at("old")]
  if (serving === undefined) return leave("removed", undefined)
  const is = { serving: relationTo(me, serving), next: relationTo(me, begun), old: relationTo(me, old) }
  // The projection was removed after this program started.
  if (me.release === undefined && is.serving !== "mine") return leave("removed", serving)
  const situation = { serving, next: begun, old, is, policy }
  return policy.keeper === "inline" ? asInline(situation) : asProjector(situation)
}

/**
 * Decides whether rebuilt rows can be promoted, from the positions of their partitions and of those
 * of the served rows: readers never go back, and no partition is far behind the others.
 *
 * @example
 * ```ts
 * import { RowVersions } from "eventfold/store"
 *
 * RowVersions.canBePromoted([120, 130], [110, 125]) // false: readers of the second partition would go back
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const canBePromoted = (next: ReadonlyArray<number>, serving: ReadonlyArray<number>): boolean => {
  const behind = Math.min(...next)
  return behind >= Math.max(...serving) && behind >= Math.max(...next) - maxPartitionSkew
}

/**
 * Describes why a release has stepped aside, and how an operator can have its rows served again.
 *
 * @internal
 */
export const asideText = (
  name: string,
  me: Me,
  stages: ReadonlyArray<Version>,
  { by, reason }: Extract<Decision, { _tag: "Leave" }>
): string => {
  if (reason === "removed") {
    return `the projection ${name} was removed: this program (handlers ${me.fingerprint}) has stepped aside, and rebuilds its rows when it is restarted`
  }
  const at = (stage: Stage) => stages.find((one) => one.stage === stage)
  const [serving, old] = [at("serving"), at("old")]
  const are = serving?.fingerprint === by ? "were made" : "are being rebuilt"
  const what = `the rows of ${name} ${are} by other handlers (${by}) than those of this program (${me.fingerprint})`
  if (reason === "stale") return `${what}; they are served unchanged`
  const isKept = old?.fingerprint === me.fingerprint && at("next") === undefined
  // Rows of an inline projection, and rows for which a rebuild was requested, cannot be rolled
  // back.
  const back =
    isKept && serving?.isInline !== true && serving?.isRebuildAsked !== true
      ? `eventfold projections rollback ${shellWord(name)}`
      : `eventfold projections rebuild ${shellWord(name)} --handlers ${shellWord(me.fingerprint)}`
  return `${what}, which are of a newer release: this program has stepped aside, and does not change them. To go back to its rows: ${back}`
}
