import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import * as Fingerprint from "../../src/bodies/Fingerprint.ts"

const files = {
  "src/counter.apply.ts": `/** The counter's fold. */
import { pure } from "pure"
import { limit, type Unused } from "./limit.ts"
import * as Sums from "./sums.ts"
import { Counter, type CounterState } from "./generated/counter.ts"

const step = 1

export const apply = Counter.apply({
  Counted: (state, event): CounterState => ({ ...state, status: "Open", count: Sums.add(state.count, event.by + step) }),
  Reset: (state, event) => pure({ count: limit(-(event.to as number)) })
})
`,
  "src/limit.ts": `export { bounded as limit } from "./bounds.ts"\nexport type Unused = 1\n`,
  "src/bounds.ts": `const most = 10\nexport const bounded = (n: number) => Math.min(n, most)\nexport const other = (n: number) => n\n`,
  "src/sums.ts": `export const add = (a: number, b: number) => a + b\nexport const subtract = (a: number, b: number) => a - b\n`,
  "src/generated/counter.ts": "export const Counter = {}\n",
  "node_modules/pure/package.json": `{ "name": "pure", "version": "1.0.0" }`,
  "package.json": `{ "name": "fixture", "type": "module" }`
}

/** The fingerprint of the fold in a folder of these files. */
const of = (all: Readonly<Record<string, string>>): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "fingerprint-")))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const fingerprint = Fingerprint.make({ overlay: new Map(), generated: [join(root, "src/generated")] })
  return fingerprint(join(root, "src/counter.apply.ts"), "apply")
}

/** The fingerprint after an edit of one file. */
const after = (file: keyof typeof files, from: string | RegExp, to: string): string => {
  const edited = files[file].replace(from, to)
  if (from !== "" && edited === files[file]) throw new Error(`nothing to edit in ${file}`)
  return of({ ...files, [file]: edited })
}
const apply = "src/counter.apply.ts"

describe("stays for", () => {
  it.each<readonly [string, keyof typeof files, string | RegExp, string]>([
    ["nothing at all, in another folder", apply, "", ""],
    ["a comment", apply, "export const", "// note\nexport const"],
    ["layout", apply, /\n\s+/g, " "],
    ["quotes", apply, '"Open"', "'Open'"],
    ["parentheses", apply, "event.by + step", "((event.by) + step)"],
    ["types", apply, "(state, event): CounterState =>", "(state: unknown, event?: unknown): unknown =>"],
    ["a cast", apply, "event.to as number", "event.to"],
    ["a semicolon", apply, "const step = 1", "const step = 1;"],
    ["an export of what was not exported", apply, "const step", "export const step"],
    ["a function that the fold does not reach", "src/sums.ts", "a - b", "a - -b"],
    ["an unreached neighbour in a re-exported file", "src/bounds.ts", "(n: number) => n\n", "(n: number) => -n\n"],
    ["generated code", "src/generated/counter.ts", "{}", "{ x: 1 }"]
  ])("%s", (_, file, from, to) => expect(after(file, from, to)).toBe(after(apply, "", "")))
})

describe("changes with", () => {
  it.each<readonly [string, keyof typeof files, string | RegExp, string]>([
    ["a literal", apply, '"Open"', '"Closed"'],
    ["a field", apply, "event.by", "event.to"],
    ["a constant beside it", apply, "step = 1", "step = 2"],
    ["an operator", apply, "event.by + step", "event.by - step"],
    ["a sign", apply, "event.by + step", "-event.by + step"],
    ["which sign", apply, "-(event", "+(event"],
    ["optional reading", apply, "event.by", "event?.by"],
    ["a handler that is gone", apply, /\n {2}Reset.*\n/, "\n"],
    ["a function in another file", "src/sums.ts", "a + b", "a * b"],
    ["a function behind a re-export", "src/bounds.ts", "most = 10", "most = 11"],
    ["which function a name means", "src/limit.ts", "bounded as limit", "other as limit"],
    ["what a file does when it is loaded", "src/sums.ts", "export const add", "Object.freeze({})\nexport const add"],
    ["a package's version", "node_modules/pure/package.json", "1.0.0", "1.0.1"]
  ])("%s", (_, file, from, to) => expect(after(file, from, to)).not.toBe(after(apply, "", "")))
})

describe("tells apart", () => {
  it("two functions of a file that have changed places", () => {
    const swapped =
      "export const add = (a: number, b: number) => a - b\nexport const subtract = (a: number, b: number) => a + b\n"
    expect(of({ ...files, "src/sums.ts": swapped })).not.toBe(of(files))
  })
  it("two files that have changed places", () => {
    const more = "export const f = (n: number) => n + 1\n"
    const twice = "export const f = (n: number) => n * 2\n"
    const fold =
      'import * as A from "./a.ts"\nimport * as B from "./b.ts"\nexport const apply = (n: number) => [A.f(n), B.f(n)]\n'
    const one = of({ "src/counter.apply.ts": fold, "src/a.ts": more, "src/b.ts": twice })
    expect(of({ "src/counter.apply.ts": fold, "src/a.ts": twice, "src/b.ts": more })).not.toBe(one)
    expect(of({ "src/counter.apply.ts": fold.replaceAll(".ts", "2.ts"), "src/a2.ts": more, "src/b2.ts": twice })).toBe(
      one
    )
  })
})

it("copes with a body that is not there, or does not parse", () => {
  expect(after(apply, /[^]*/, "export const apply = (((")).toMatch(/^[0-9a-f]{16}$/)
  const fingerprint = Fingerprint.make({ overlay: new Map(), generated: [] })
  expect(fingerprint("/nowhere/at/all.ts", "apply")).toMatch(/^[0-9a-f]{16}$/)
})
