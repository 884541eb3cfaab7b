/** Decisions about the rows of a projection, as a table over all combinations of their states. */
import { assert, describe, it } from "@effect/vitest"
import { type ProjectionStore, RowVersions } from "eventfold/store"

type Version = Parameters<typeof RowVersions.next>[0][number]

const relations = ["mine", "newer", "older", "unknown"] as const
type Relation = (typeof relations)[number]
const places = { mine: 5, newer: 7, older: 3, unknown: undefined }
const me: Parameters<typeof RowVersions.next>[1] = { fingerprint: "mine", release: places.mine }

interface Case {
  readonly serving: Relation
  readonly next: Relation | "none"
  readonly old: Relation | "none"
  readonly paused: boolean
  readonly stopped: boolean
  readonly owned: boolean
}

const flags = [false, true]
const cases: ReadonlyArray<Case> = relations.flatMap((serving) =>
  (["none", ...relations] as const).flatMap((next) =>
    (["none", ...relations] as const).flatMap((old) =>
      flags.flatMap((paused) =>
        flags.flatMap((stopped) => flags.map((owned) => ({ serving, next, old, paused, stopped, owned })))
      )
    )
  )
)

const versionsOf = (one: Case, more: Partial<Version> = {}, partitions = 1): Parameters<typeof RowVersions.next>[0] =>
  (["serving", "next", "old"] as const).flatMap((stage) => {
    const relation = one[stage]
    if (relation === "none") return []
    const version: Version = {
      stage,
      fingerprint: relation,
      release: places[relation],
      partitions: { length: partitions },
      isInline: false,
      isPaused: one.paused,
      isRebuildAsked: false,
      owner: one.owned ? "another process" : undefined,
      problem: one.stopped ? "a handler has thrown" : undefined,
      ...(stage === "serving" ? more : {})
    }
    return [version]
  })

const shown = (decision: ReturnType<typeof RowVersions.next>): string => {
  const details = "stages" in decision ? decision.stages : [decision.reason]
  return [decision._tag, ...details].join(" ")
}

/**
 * The first line that matches a case decides: serving, next, old, paused, stopped, owned; then the
 * decision. `*` matches everything.
 */
const table = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [left, decision] = line.split("→").map((part) => part.trim())
      return { columns: left!.split(/\s+/), decision: decision! }
    })

const fits = (columns: ReadonlyArray<string>, one: Case): boolean => {
  const values = [
    one.serving,
    one.next,
    one.old,
    one.paused ? "paused" : "-",
    one.stopped ? "stopped" : "-",
    one.owned ? "owned" : "-"
  ]
  return values.every((value, i) => columns[i] === "*" || columns[i] === value)
}

interface Situation {
  readonly policy: ProjectionStore.Policy
  readonly serving?: Partial<Version>
  readonly partitions?: number
  readonly decisions: string
}

const projector = RowVersions.projector
const inline: ProjectionStore.Policy = { keeper: "inline", onChange: "rebuild", partitions: 1 }

/** Decisions if rows of another release are served, or are inline. */
const beginning = `
  newer   *       *    *      *       *     → Leave newer
  unknown *       mine *      *       *     → Leave newer
  *       newer   *    *      *       *     → Leave newer`

const situations: Readonly<Record<string, Situation>> = {
  "a projector": {
    policy: projector,
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    *       *    *      *       *     → Keep serving
  ${beginning}
  *       *       *    paused *       *     → Wait paused
  *       mine    *    -      stopped *     → Wait stopped
  *       mine    *    -      -       *     → Keep next
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a projector that is asked to rebuild": {
    policy: projector,
    serving: { isRebuildAsked: true },
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    newer   *    *      *       *     → Keep serving
  mine    *       *    paused *       *     → Keep serving
  mine    unknown *    -      *       owned → Keep serving
  mine    *       *    -      *       *     → Begin serving
  ${beginning}
  *       *       *    paused *       *     → Wait paused
  *       mine    *    -      stopped *     → Wait stopped
  *       mine    *    -      -       *     → Keep next
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a projector that leaves rows of other releases stale": {
    policy: { ...projector, onChange: "stale" },
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    *       *    *      *       *     → Keep serving
  ${beginning}
  *       *       *    *      *       *     → Leave stale`
  },
  "a projector that refuses rows of other releases": {
    policy: { ...projector, onChange: "refuse" },
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    *       *    *      *       *     → Keep serving
  *       *       *    *      *       *     → Refuse changed`
  },
  "a projector whose rows are inline": {
    policy: projector,
    serving: { isInline: true },
    decisions: `
  mine    *       *    *      *       *     → Wait inline
  *       *       *    *      *       *     → Refuse inline`
  },
  "a program with inline rows": {
    policy: inline,
    serving: { isInline: true },
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    *       *    *      *       *     → Keep serving
  *       *       *    paused *       *     → Refuse paused
  ${beginning}
  *       mine    *    -      stopped *     → Refuse stopped
  *       mine    *    -      -       *     → Keep next
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a program with inline rows that is asked to rebuild": {
    policy: inline,
    serving: { isInline: true, isRebuildAsked: true },
    decisions: `
  mine    mine    *    *      *       *     → Keep serving next
  mine    newer   *    *      *       *     → Keep serving
  mine    *       *    paused *       *     → Keep serving
  mine    unknown *    -      *       owned → Keep serving
  mine    *       *    -      *       *     → Begin serving
  *       *       *    paused *       *     → Refuse paused
  ${beginning}
  *       mine    *    -      stopped *     → Refuse stopped
  *       mine    *    -      -       *     → Keep next
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a program that makes rows inline": {
    policy: inline,
    decisions: `
  *       *       *    paused *       *     → Refuse paused
  mine    *       *    -      stopped *     → Refuse stopped
  mine    *       *    -      -       *     → Keep serving
  ${beginning}
  *       mine    *    -      stopped *     → Refuse stopped
  *       mine    *    -      -       *     → Keep next
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a program that makes partitioned rows inline": {
    policy: inline,
    partitions: 3,
    decisions: `
  *       *       *    paused *       *     → Refuse paused
  ${beginning}
  *       unknown *    -      *       owned → Wait others
  *       *       *    -      *       *     → Begin`
  },
  "a program that refuses to make rows of other releases inline": {
    policy: { ...inline, onChange: "refuse" },
    decisions: `
  *       *       *    paused *       *     → Refuse paused
  mine    *       *    -      stopped *     → Refuse stopped
  mine    *       *    -      -       *     → Keep serving
  *       *       *    -      *       *     → Refuse changed`
  }
}

describe("RowVersions: each combination of served, next and old rows, paused, stopped and owned, has its decision", () => {
  for (const [name, { decisions, partitions, policy, serving }] of Object.entries(situations)) {
    it(`for ${name}`, () => {
      const lines = table(decisions)
      const used = new Set<(typeof lines)[number]>()
      for (const one of cases) {
        const line = lines.find(({ columns }) => fits(columns, one))
        if (line === undefined) return assert.fail(`no line for ${JSON.stringify(one)}`)
        used.add(line)
        const decision = RowVersions.next(versionsOf(one, serving, partitions), me, policy)
        assert.strictEqual(shown(decision), line.decision, JSON.stringify(one))
      }
      assert.deepStrictEqual(
        lines.filter((line) => !used.has(line)),
        [],
        "lines that no case fits"
      )
    })
  }
})

it("RowVersions: a release that is not enrolled keeps its own rows, and leaves all other rows", () => {
  const stranger = { fingerprint: "mine", release: undefined }
  for (const one of cases) {
    const decision = RowVersions.next(versionsOf(one), stranger, projector)
    if (one.serving === "mine") assert.strictEqual(decision._tag, "Keep")
    else assert.strictEqual(shown(decision), "Leave removed")
  }
  assert.strictEqual(shown(RowVersions.next([], me, projector)), "Leave removed")
})

it("RowVersions: a release that has stepped aside names the command that restores its rows", () => {
  const served: Case = { serving: "newer", next: "none", old: "mine", paused: false, stopped: false, owned: false }
  const said = (one: Case, more: Partial<Version> = {}) => {
    const stages = versionsOf(one, more)
    const decision = RowVersions.next(stages, me, projector)
    const aside = decision._tag === "Leave" ? decision : ({ _tag: "Leave", reason: "newer", by: "newer" } as const)
    return RowVersions.asideText("Boxes", me, stages, aside).split("To go back to its rows: ")[1]
  }
  const rebuild = "eventfold projections rebuild Boxes --handlers mine"
  assert.strictEqual(said(served), "eventfold projections rollback Boxes")
  assert.strictEqual(said({ ...served, old: "none" }), rebuild)
  assert.strictEqual(said({ ...served, next: "newer" }), rebuild)
  // A rollback of these rows is refused.
  assert.strictEqual(said(served, { isInline: true }), rebuild)
  assert.strictEqual(said(served, { isRebuildAsked: true }), rebuild)
})

/** Returns pseudo-random numbers from 0 to below `below`. */
const drawn = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

it("RowVersions: in any order of steps, the served release only becomes newer, and ends as the newest", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const draw = drawn(seed)
    const at = new Map<ProjectionStore.Stage, number>([["serving", 1]])
    const versions = (): Parameters<typeof RowVersions.next>[0] =>
      [...at].map(([stage, release]) => ({
        stage,
        fingerprint: `${release}`,
        release,
        partitions: { length: 1 },
        isInline: false,
        isPaused: false,
        isRebuildAsked: false,
        owner: draw(2) === 0 ? undefined : "another process",
        problem: undefined
      }))
    const act = (release: number, isFinished: boolean) => {
      const decision = RowVersions.next(versions(), { fingerprint: `${release}`, release }, projector)
      if (decision._tag === "Begin") at.set("next", release)
      if (!RowVersions.keeps(decision, "next") || !isFinished) return
      assert.isAbove(release, at.get("serving")!, `seed ${seed}`)
      at.set("old", at.get("serving")!)
      at.set("serving", release)
      at.delete("next")
    }
    const newest = 2 + draw(3)
    for (let turn = 0; turn < 40; turn++) act(1 + draw(newest), draw(3) === 0)
    for (let turn = 0; turn < 3; turn++) act(newest, true)
    for (let release = 1; release <= newest; release++) act(release, true)
    assert.deepStrictEqual([at.get("serving"), at.get("next")], [newest, undefined], `seed ${seed}`)
  }
})
