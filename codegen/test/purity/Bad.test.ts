import { expect, it } from "vitest"
import { bad } from "./Bad.ts"
import { body, type Files, purityOf } from "./Cart.ts"

const mark = "«"

/** Files without their mark, and its position. */
const unmarked = (files: Files) => {
  const at = Object.entries(files).flatMap(([file, text]) => {
    const before = text.split(mark)
    if (before.length === 1) return []
    const lines = before[0]!.split("\n")
    return [`${file}:${lines.length}:${lines.at(-1)!.length + 1}`]
  })
  return {
    at,
    files: Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replaceAll(mark, "")]))
  }
}

const isWhole = (handler: string): boolean => /^(Changed: |«?async Changed|\.\.\.others)/.test(handler)

it.each(Object.entries(bad))(
  "%s is found, in its place and nowhere else",
  (_, { before, code, files = {}, handler, path = [], says }) => {
    const text = body(isWhole(handler) ? handler : `Changed: (state, event) => ${handler}`, before)
    const given = unmarked({ "cart.apply.ts": text, ...files })
    const found = purityOf(given.files).diagnostics
    const shown = found.map(({ at, code, file }) => `${file}:${at?.line}:${at?.column} ${code}`)
    expect(shown).toEqual(given.at.map((at) => `${at} ${code}`))
    const [one] = found
    expect(one!.message).toMatch(/^Cart\.apply Changed (touches|changes|reads) /)
    if (says !== undefined) expect(one!.message).toContain(says)
    const steps = (one!.path ?? []).map(({ name, what }) => `${what} ${name}`)
    expect(steps).toEqual(path.length === 0 ? [] : ["by Cart.apply Changed", ...path])
  }
)

it("there are more than eighty of them", () => {
  expect(Object.keys(bad).length).toBeGreaterThan(80)
})
