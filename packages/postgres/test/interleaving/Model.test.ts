/**
 * The log without gaps, proven on a model: every state that writers and a reader can reach is
 * checked.
 */
import { assert, describe, it } from "@effect/vitest"
import { type Script, scripts, soundRules } from "./LogModel.ts"
import { equivalents, mutants, type Variant } from "./ModelMutant.ts"
import * as ModelReader from "./ModelReader.ts"
import * as ModelSearch from "./ModelSearch.ts"
import { isSoak } from "./Soak.ts"

const all: ReadonlyArray<readonly [string, Script]> = Object.entries(scripts)
const short = all.filter(([, script]) => script.length <= 6)

/** Returns all choices of a number of scripts, in any order. */
const choices = (
  from: ReadonlyArray<readonly [string, Script]>,
  count: number
): ReadonlyArray<ReadonlyArray<readonly [string, Script]>> =>
  count === 0
    ? [[]]
    : from.flatMap((script, i) => choices(from.slice(i), count - 1).map((others) => [script, ...others]))

const examine = (variant: Variant) => ({
  interleaved: ModelSearch.search({ ...variant, readerIsInterleaved: true }),
  atOnce: ModelSearch.search({ ...variant, readerIsInterleaved: false })
})

const assertSound = (chosen: ReadonlyArray<readonly [string, Script]>, readerIsInterleaved: boolean) => {
  const { counterexample } = ModelSearch.search({
    scripts: chosen.map(([, script]) => script),
    rules: soundRules,
    reader: ModelReader.sound,
    readerIsInterleaved
  })
  if (counterexample !== undefined) {
    const writers = chosen.map(([name], i) => `W${i + 1} ${name}`).join(", ")
    assert.fail(`${writers}\n${ModelSearch.print(counterexample)}`)
  }
}

describe("model", () => {
  it("three writers, full reads between any of their steps: each committed event is delivered once, in order", () => {
    // Longer scripts have tens of millions of states.
    const steps = (chosen: ReadonlyArray<readonly [string, Script]>) =>
      chosen.reduce((sum, [, script]) => sum + script.length, 0)
    const examined = isSoak ? choices(all, 3).filter((chosen) => steps(chosen) <= 24) : choices(short, 3)
    for (const chosen of examined) assertSound(chosen, false)
  }, 600_000)

  it("two writers of every kind, the reader's steps between any of theirs: each committed event is delivered once, in order", () => {
    for (const chosen of choices(all, 2)) assertSound(chosen, true)
  })

  it("three writers, the reader's steps between any of theirs: each committed event is delivered once, in order", () => {
    for (const chosen of isSoak ? choices(short, 3) : [[short[0]!, short[0]!, short[0]!]]) assertSound(chosen, true)
  }, 600_000)
})

describe("the model finds a lost event with", () => {
  for (const [name, variant] of Object.entries(mutants)) {
    it(name, ({ annotate }) => {
      const { atOnce, interleaved } = examine(variant)
      const found = atOnce.counterexample ?? interleaved.counterexample
      if (found === undefined) return assert.fail(`nothing found in ${interleaved.states} states`)
      return annotate(ModelSearch.print(found), "counterexample")
    })
  }
})

describe("the model finds no lost event with", () => {
  for (const [name, variant] of Object.entries(equivalents)) {
    it(name, () => {
      for (const chosen of choices(all, variant.scripts.length)) {
        const { counterexample } = examine({ ...variant, scripts: chosen.map(([, script]) => script) }).interleaved
        if (counterexample !== undefined) assert.fail(ModelSearch.print(counterexample))
      }
    })
  }
})
