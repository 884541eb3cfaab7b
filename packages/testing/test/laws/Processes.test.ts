/** What is read when a module is loaded, no guard sees: other processes do. All combinations of places with EVENTFOLD_SOAK=1. */
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

it("a pure fold comes to the same states everywhere", () =>
  Laws.processes(PurseLaws, { module: at("../Purse.ts"), isThorough: isSoak, runs: isSoak ? 1_000 : 50 }))

it.for([
  ["ByZone", ByZone.PurseLaws, /TZ=(Pacific\/Chatham|America\/Sao_Paulo)/],
  ["BySeed", BySeed.PurseLaws, /--random-seed/],
  ["ByLocale", ByLocale.PurseLaws, /LC_ALL=/]
] as const)(
  "%s: what was read when the module was loaded is found, by a short history",
  async ([file, subject, place]) => {
    // Every law that runs in one process alone lets it pass.
    for (const law of [Laws.determinism, Laws.hermetic, Laws.snapshots, Laws.segments]) law(subject, { runs: 50 })
    const module = at(`../elsewhere/${file}.ts`)
    const found = await failureOf(Laws.processes(subject, { module, seed: 7 }))
    expect(found.message).toMatch(/^Purse breaks a law: other processes come to the same states\n/)
    expect(found.message).toMatch(place)
    expect(found.divergence.differences!.length).toBeGreaterThan(0)
    const history = JSON.parse(/history: (\[[^]*\]) \}\)/.exec(found.code)![1]!)
    expect(history.length).toBeLessThanOrEqual(5)
    expect(found.code).toMatch(
      new RegExp(`^Laws.processes\\(PurseLaws, \\{ module: "packages/testing/test/elsewhere/${file}.ts", history: \\[`)
    )
    // What is printed shows it again.
    const again = await failureOf(Laws.processes(subject, { module, history }))
    expect(again.divergence.at).toBe(history.length - 1)
  }
)

it("pure handlers make the same rows everywhere", () =>
  ProjectionLaws.processes(TalliesLaws, { module: at("../Tallies.ts"), isThorough: isSoak, runs: isSoak ? 1_000 : 50 }))

it("RowsByLocale: other rows are found, by a short log", async () => {
  for (const law of [ProjectionLaws.determinism, ProjectionLaws.hermetic, ProjectionLaws.keys])
    law(RowsByLocale.TalliesLaws, { runs: 50 })
  const module = at("../elsewhere/RowsByLocale.ts")
  const found = await failureOf(ProjectionLaws.processes(RowsByLocale.TalliesLaws, { module, seed: 7 }))
  expect(found.message).toMatch(/^Tallies breaks a law: other processes come to the same rows\n/)
  expect(found.message).toMatch(
    / of 1, CoinsAdded of "Purse-.*": another process comes to other rows \(here → .*LC_ALL=sv_SE/
  )
  expect(found.divergence.differences!.length).toBeGreaterThan(0)
  expect(found.code).toMatch(
    /^ProjectionLaws.processes\(TalliesLaws, \{ module: "packages\/testing\/test\/elsewhere\/RowsByLocale.ts", log: \[/
  )
  const log = JSON.parse(/log: (\[[^]*\]) \}\)/.exec(found.code)![1]!)
  const again = await failureOf(ProjectionLaws.processes(RowsByLocale.TalliesLaws, { module, log }))
  expect(again.divergence.at).toBe(0)
})

it("no history is no proof", () =>
  expect(Laws.processes(PurseLaws, { module: at("../Purse.ts"), runs: 0 })).rejects.toThrow(
    "Laws.processes was given runs: 0, and is tried on a whole number of histories, 1 or more"
  ))

it("a module that plain Node can't load, or that has no such subject, is said", async () => {
  await expect(Laws.processes(PurseLaws, { module: "nowhere.ts", history: [] })).rejects.toThrow(
    /nowhere\.ts can't be replayed by TZ=\S+ LC_ALL=\S+ node .*Cannot find module/
  )
  await expect(
    Laws.processes(PurseLaws, { module: at("../Purse.ts"), history: [], nodes: ["/nowhere/node"] })
  ).rejects.toThrow("/nowhere/node can't be run: spawn /nowhere/node ENOENT")
  await expect(
    Laws.processes({ ...PurseLaws, name: "WalletLaws" }, { module: at("../Purse.ts"), history: [] })
  ).rejects.toThrow(/it exports no WalletLaws, as a generated `.laws.ts` does/)
})
