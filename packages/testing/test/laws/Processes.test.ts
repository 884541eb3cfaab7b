/**
 * Laws `processes`: they find values that are read while a module is loaded. EVENTFOLD_SOAK=1 runs
 * all combinations.
 */
import { Laws, ProjectionLaws } from "@eventfold/testing"
import { expect, it } from "vitest"
import * as ByLocale from "../elsewhere/ByLocale.ts"
import * as BySeed from "../elsewhere/BySeed.ts"
import * as ByZone from "../elsewhere/ByZone.ts"
import * as RowsByLocale from "../elsewhere/RowsByLocale.ts"
import { PurseLaws } from "../Purse.ts"
import { TalliesLaws } from "../Tallies.ts"

const isSoak = process.env["EVENTFOLD_SOAK"] !== undefined
const at = (file: string) => new URL(file, import.meta.url)

const failureOf = async (law: Promise<void>): Promise<Laws.Violation> => {
  try {
    await law
  } catch (error) {
    if (error instanceof Laws.Violation) return error
    throw error
  }
  throw new Error("it holds")
}

it("Laws.processes: a pure fold has the same states in every process", () =>
  Laws.processes(PurseLaws, { module: at("../Purse.ts"), isThorough: isSoak, runs: isSoak ? 1_000 : 50 }))

it.for([
  ["ByZone", ByZone.PurseLaws, /TZ=(Pacific\/Chatham|America\/Sao_Paulo)/],
  ["BySeed", BySeed.PurseLaws, /--random-seed/],
  ["ByLocale", ByLocale.PurseLaws, /LC_ALL=/]
] as const)(
  "Laws.processes: %s, which reads a value while it is loaded, is found with a short history",
  async ([file, subject, place]) => {
    // No law that runs in one process finds it.
    for (const law of [Laws.determinism, Laws.hermetic, Laws.snapshots, Laws.segments]) law(subject, { runs: 50 })
    const module = at(`../elsewhere/${file}.ts`)
    const found = await failureOf(Laws.processes(subject, { module, seed: 7 }))
    expect(found.message).toMatch(/^Purse breaks a law: other processes fold to the same states\n/)
    expect(found.message).toMatch(place)
    expect(found.divergence.differences!.length).toBeGreaterThan(0)
    const history = JSON.parse(/history: (\[[^]*\]) \}\)/.exec(found.code)![1]!)
    expect(history.length).toBeLessThanOrEqual(5)
    expect(found.code).toMatch(
      new RegExp(`^Laws.processes\\(PurseLaws, \\{ module: "packages/testing/test/elsewhere/${file}.ts", history: \\[`)
    )
    // The printed history reproduces it.
    const again = await failureOf(Laws.processes(subject, { module, history }))
    expect(again.divergence.at).toBe(history.length - 1)
  }
)

it("ProjectionLaws.processes: pure handlers have the same rows in every process", () =>
  ProjectionLaws.processes(TalliesLaws, { module: at("../Tallies.ts"), isThorough: isSoak, runs: isSoak ? 1_000 : 50 }))

it("ProjectionLaws.processes: RowsByLocale, which reads a value while it is loaded, is found with a short log", async () => {
  for (const law of [ProjectionLaws.determinism, ProjectionLaws.hermetic, ProjectionLaws.keys])
    law(RowsByLocale.TalliesLaws, { runs: 50 })
  const module = at("../elsewhere/RowsByLocale.ts")
  const found = await failureOf(ProjectionLaws.processes(RowsByLocale.TalliesLaws, { module, seed: 7 }))
  expect(found.message).toMatch(/^Tallies breaks a law: other processes fold to the same rows\n/)
  expect(found.message).toMatch(
    / of 1, CoinsAdded of "Purse-.*": another process has other rows \(here → .*LC_ALL=sv_SE/
  )
  expect(found.divergence.differences!.length).toBeGreaterThan(0)
  expect(found.code).toMatch(
    /^ProjectionLaws.processes\(TalliesLaws, \{ module: "packages\/testing\/test\/elsewhere\/RowsByLocale.ts", log: \[/
  )
  const log = JSON.parse(/log: (\[[^]*\]) \}\)/.exec(found.code)![1]!)
  const again = await failureOf(ProjectionLaws.processes(RowsByLocale.TalliesLaws, { module, log }))
  expect(again.divergence.at).toBe(0)
})

it("Laws.processes refuses 0 runs", () =>
  expect(Laws.processes(PurseLaws, { module: at("../Purse.ts"), runs: 0 })).rejects.toThrow(
    "Laws.processes: runs must be a positive whole number, but is 0"
  ))

it("Laws.processes reports a module that plain Node cannot load, and one without the subject", async () => {
  await expect(Laws.processes(PurseLaws, { module: "nowhere.ts", history: [] })).rejects.toThrow(
    /nowhere\.ts cannot be replayed by TZ=\S+ LC_ALL=\S+ node .*Cannot find module/
  )
  await expect(
    Laws.processes(PurseLaws, { module: at("../Purse.ts"), history: [], nodes: ["/nowhere/node"] })
  ).rejects.toThrow("/nowhere/node cannot be run: spawn /nowhere/node ENOENT")
  await expect(
    Laws.processes({ ...PurseLaws, name: "WalletLaws" }, { module: at("../Purse.ts"), history: [] })
  ).rejects.toThrow(/it does not export WalletLaws: pass the generated `.laws.ts` that does/)
})
