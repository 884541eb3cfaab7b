/**
 * The static check and the hermetic realm agree: handlers that the check refuses run in the realm.
 */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { bad } from "./Bad.ts"
import { body } from "./Cart.ts"

/** Impurities that the text shows and that no guard of the realm refuses, with the reason. */
const onlyInText: Readonly<Record<string, string>> = {
  "world: Temporal.Now": "this version of Node has no Temporal",
  "world: Effect's Clock": "an effect does nothing before it is run",
  "world: Effect's Random": "an effect does nothing before it is run",
  "world: Effect.runSync": "this effect has the same result each time",
  "world: the environment at the top": "it is read while the file is loaded, before any handler runs",
  "world: import.meta": "it is syntax",
  "world: require": "a module of ES has no require",
  "world: new Function": "the function that it returns is pure here",
  "machine: a collator at the top": "it is created while the file is loaded",
  "after: an async generator": "it returns an iterator, which runs nothing until `next` is called",
  "after: an async helper": "the promise is dropped",
  "after: await at the top": "it waits while the file is loaded",
  "after: new Promise": "the promise is dropped"
}

describe("static check and hermetic realm", () => {
  it("the realm refuses every impurity that the static check finds, except those listed", async () => {
    const cases = Object.entries(bad).filter(
      ([name, { before = "" }]) => /^(world|machine|after): /.test(name) && !/"(nanoid|uuid)"/.test(before)
    )
    const files = cases.map(([, { before, files = {}, handler }], i) => {
      const whole = /^(Changed: |«?async Changed)/.test(handler) ? handler : `Changed: (state, event) => ${handler}`
      return { ...files, [`case${i}.mts`]: body(whole, before).replaceAll("«", "").replace("type CartState", "") }
    })
    const project = new Project({
      ...Object.assign({}, ...files),
      "generated/cart.ts": "export const Cart = { apply: (handlers) => handlers }\n",
      "run.mts": `
import { Hermetic } from "@eventfold/testing"
import { DateTime } from "effect"
const item = () => ({ sku: "b", count: 1, tags: ["x"] })
const value = () => ({ total: 1n, items: [item(), item()], first: item(), sku: "a", count: 1, at: new Date(0), bytes: new Uint8Array(1),
  occurred: DateTime.makeUnsafe(0), unknown: new Date(0) })
const results = []
for (let i = 0; i < ${cases.length}; i++) {
  try {
    const { apply } = await import("./case" + i + ".mts")
    const [state, event] = [value(), value()]
    Hermetic.run("Cart.apply Changed", () => apply.Changed(state, event))
    results.push("")
  } catch (error) {
    results.push(Hermetic.isImpure(error) ? "Impure" : String(error))
  }
}
console.log("RESULTS " + JSON.stringify(results))
process.exit(0)
`
    })
    const { out } = await project.node(["run.mts"])
    const results: ReadonlyArray<string> = JSON.parse(/^RESULTS (.*)$/m.exec(out)?.[1] ?? "[]")
    const others = cases.map(([name], i) => [name, results[i]] as const).filter(([, result]) => result !== "Impure")
    expect(others.map(([name]) => name).toSorted()).toEqual(Object.keys(onlyInText).toSorted())
  })
})
