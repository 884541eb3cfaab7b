/** Reports as text, as JSON and as annotations of GitHub. */
import { describe, expect, it } from "vitest"
import { codes, type Diagnostic } from "../../../codegen/src/report/Diagnostic.ts"
import { explanations } from "../../../codegen/src/report/Explanations.ts"
import type { Report } from "../../../codegen/src/report/Report.ts"
import { explain } from "../src/generation/ExplainCommand.ts"
import { type Options, render } from "../src/generation/Rendering.ts"
import { Project } from "../../../codegen/test/Project.ts"

const report = (root: string, diagnostics: ReadonlyArray<Diagnostic>, more: Partial<Report> = {}): Report => ({
  command: "check",
  outcome: "stale",
  root,
  changes: [],
  diagnostics,
  summary: `${diagnostics.length} problems`,
  ...more
})

const file = "src/a:b,c%.ts"
const long = `const one = 1; ${"x".repeat(300)} /* here */ ${"y".repeat(300)}`
const project = () => new Project({ [file]: `first\n\tconst two = 2\r\n${long}\n` })
const at = (line: number, column: number, fix = "write x"): Diagnostic => ({
  code: codes.handler,
  file,
  at: { line, column },
  message: "says: 100%,\nand more",
  fix
})
const shown = (one: Diagnostic, options: Partial<Options> = {}) =>
  render(report(project().root, [one]), { format: "text", ...options })

describe("text", () => {
  it("shows the line with a caret under the place, then the fix, then the summary", () => {
    expect(shown({ ...at(2, 8, "write `x`; or not"), message: "is wrong; really" })).toEqual({
      out: "",
      err: `${file}:2:8 EF0106 is wrong; really\n  2 | \tconst two = 2\n    | \t      ^\n  fix: write \`x\`; or not\n\n1 problems\n`
    })
  })
  it("shows a message and a fix with semicolons unchanged", () => {
    const place = { file, at: { line: 1, column: 1 }, message: "is: so; quoted", fix: "do this; or that" }
    expect(shown({ code: codes.threw, ...place }).err).toContain(
      "EF0003 is: so; quoted\n  1 | first\n    | ^\n  fix: do this; or that\n"
    )
  })
  it("prints a diagnostic about a whole file in one line", () => {
    expect(shown({ code: codes.stale, file, message: "is stale", fix: "run `eventfold gen`" }).err).toBe(
      `${file} EF0101 is stale; run \`eventfold gen\`\n1 problems\n`
    )
  })
  it("shows the part of a long line around the place", () => {
    const column = long.indexOf("/* here") + 1
    const [, line = "", caret = ""] = shown(at(3, column)).err.replace("100%,\n", "").split("\n")
    expect(line.length).toBeLessThan(130)
    expect(line[caret.indexOf("^")]).toBe("/")
    expect(line.slice(caret.indexOf("^"))).toMatch(/^\/\* here/)
  })
  it("shows no source line if the file does not have it", () => {
    expect(shown({ ...at(99, 1), message: "x" }).err).toBe(
      `${file}:99:1 EF0106 x\n  99 | \n     | ^\n  fix: write x\n\n1 problems\n`
    )
    expect(shown({ ...at(1, 1), message: "x", file: "gone.ts" }).err).toBe(
      "gone.ts:1:1 EF0106 x\n  fix: write x\n\n1 problems\n"
    )
  })
  it("prints the same text with colours", () => {
    const { err } = shown(at(2, 8, "y"), { colours: { out: false, err: true } })
    expect(err).toContain("\u001B[31mEF0106\u001B[39m")
    // oxlint-disable-next-line no-control-regex
    expect(err.replace(/\u001B\[\d+m/g, "")).toBe(shown(at(2, 8, "y")).err)
  })
})

describe("github", () => {
  it("annotates the line, and escapes characters that would end a part", () => {
    expect(shown(at(2, 8, "write\r\nit"), { format: "github" }).out).toBe(
      "::error file=src/a%3Ab%2Cc%25.ts,line=2,col=8,title=EF0106::says: 100%25,%0Aand more%0Afix: write%0D%0Ait\n1 problems\n"
    )
  })
  it("names files relative to the repository, and prints warnings for diagnostics that are no errors", () => {
    const root = project().root
    const workspace = root.slice(0, root.lastIndexOf("/"))
    const folder = root.slice(workspace.length + 1)
    const { out } = render(
      report(root, [{ code: codes.stale, file: "a.ts", message: "x", fix: "y" }], { outcome: "ok" }),
      {
        format: "github",
        workspace
      }
    )
    expect(out).toBe(`::warning file=${folder}/a.ts,title=EF0101::x%0Afix: y\n1 problems\n`)
  })
})

describe("json", () => {
  it("is one object on a line, with each part in a field", () => {
    const { err, out } = shown(at(2, 8, "y"), { format: "json" })
    expect(err).toBe("")
    expect(out.trimEnd()).not.toContain("\n")
    expect(JSON.parse(out)).toEqual({
      command: "check",
      exitCode: 1,
      changes: [],
      diagnostics: [
        { code: "EF0106", severity: "error", file, line: 2, column: 8, message: "says: 100%,\nand more", fix: "y" }
      ],
      summary: "1 problems"
    })
  })
})

describe("explain", () => {
  it("explains every code", async () => {
    for (const code of Object.values(codes)) {
      const { out } = await explain(code, { json: false })
      const { example, fix, means, title } = explanations[code]
      for (const part of [title, means, example, fix]) expect(part.length).toBeGreaterThan(5)
      expect(out).toContain(`${code}  ${title}\n\n${means}`)
      expect(out).toContain(fix)
    }
    expect(Object.keys(explanations).sort()).toEqual(Object.values(codes).sort())
    expect(new Set(Object.values(explanations).map(({ title }) => title)).size).toBe(Object.keys(explanations).length)
  })
  it("accepts a code in any case, and its number alone", async () => {
    expect(await explain("ef0106", { json: false })).toEqual(await explain("EF0106", { json: false }))
    expect(await explain("106", { json: false })).toEqual(await explain("EF0106", { json: false }))
    expect(await explain("EF9999", { json: false })).toMatchObject({ code: 64, err: expect.stringContaining("EF9999") })
    expect(JSON.parse((await explain(undefined, { json: true })).out)).toHaveLength(Object.keys(codes).length)
  })
})
