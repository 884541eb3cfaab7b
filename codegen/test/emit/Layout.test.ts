/**
 * All data is written in the style of the formatter: a formatter that runs over generated files
 * changes nothing.
 */
import { execFileSync } from "node:child_process"
import * as fc from "fast-check"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { json } from "../../src/emit/text/JsonText.ts"
import { literal } from "../../src/emit/text/LiteralText.ts"

const key = fc.stringMatching(/^[a-z][a-zA-Z-]{0,30}$/)
const text = fc.string({ maxLength: 30 })
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.array(text, { maxLength: 8 }),
    fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
    fc.array(fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }), { maxLength: 4 })
  )
}))

it("JSON and literals of TypeScript are laid out as the formatter lays them out", () => {
  const folder = mkdtempSync(join(tmpdir(), "eventfold-layout-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const all = fc.sample(fc.dictionary(key, value, { minKeys: 1, maxKeys: 6, noNullPrototype: true }), 300)
  const texts = {
    "data.json": json(Object.fromEntries(all.map((one, i) => [`k${i}`, one]))),
    "data.ts": all
      .map((one, i) => {
        const head = `export const k${i} = `
        return `${head}${literal(one, "", head.length)}\n`
      })
      .join("")
  }
  writeFileSync(join(folder, ".oxfmtrc.json"), `{ "printWidth": 120, "semi": false, "trailingComma": "none" }`)
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  execFileSync(join(import.meta.dirname, "../../../node_modules/.bin/oxfmt"), ["."], { cwd: folder })
  for (const [name, text] of Object.entries(texts)) expect(readFileSync(join(folder, name), "utf8")).toBe(text)
  expect(JSON.parse(texts["data.json"])).toEqual(Object.fromEntries(all.map((one, i) => [`k${i}`, one])))
})
