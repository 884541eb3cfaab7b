/** The commands of the generator as a user calls them: their output and exit codes. */
import { execFileSync } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { filePatch } from "../../../codegen/src/generate/Patch.ts"
import { Project } from "../../../codegen/test/Project.ts"
import { commandNames } from "../src/commandline/CommandTree.ts"
import { plainCommands } from "../src/commandline/Run.ts"

const schema = "schemas/count/counter.ts"
const declaration = `import { Schema } from "effect"
import { Aggregate } from "eventfold"

export const Counter = Aggregate.make("Counter", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { Counted: { by: Schema.Int } },
  errors: { TooMuch: {} },
  commands: { Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: ["TooMuch"] } }
})
`
const src = "examples/count/src"
const apply = `${src}/counter.apply.ts`
const counter = () => new Project({ [schema]: declaration })
const reset = (project: Project) =>
  project.edit(schema, "Counted: { by: Schema.Int }", "Counted: { by: Schema.Int }, Reset: { to: Schema.Int }")
const git = (project: Project, ...args: ReadonlyArray<string>) =>
  execFileSync("git", args, { cwd: project.root, encoding: "utf8" })

describe("gen --fix", () => {
  it("adds missing handlers, so that the project compiles, and changes nothing the second time", async () => {
    const project = counter()
    await project.gen()
    const mine = `// mine\nimport { Counter } from './generated/counter.ts';\n\nexport const apply = Counter.apply({\n\tCounted: (s, e) => ({...s , count: s.count+e.by}), // ok\n});\n`
    project.write(apply, mine)
    reset(project)
    const { code, out } = await project.eventfold(["gen", "--fix"])
    expect(code).toBe(0)
    expect(out).toContain(`filled in ${apply}: yours to write\n`)
    expect(out).not.toContain("EF0")
    const fixed = project.read(apply)
    expect(fixed.split("\n").filter((line) => !mine.includes(line))).toEqual([
      "import { Counter, type CounterState } from './generated/counter.ts';",
      "import { Fold } from 'eventfold/generated';",
      '\tReset: (_state, _event): CounterState => Fold.notWritten("Counter.apply Reset"),'
    ])
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    // The fingerprint is that of the fold with the handler.
    expect((await project.check()).code).toBe(0)
    expect((await project.gen({ fix: true })).out).toEqual([expect.stringMatching(/^\d+ files, nothing to change$/)])
    expect(project.read(apply)).toBe(fixed)
  })

  it("reports what it cannot do, and writes nothing if a generated file was edited", async () => {
    const project = counter()
    await project.gen()
    project.write(apply, "export const apply = Counter.apply({ ...all })\n")
    expect((await project.gen({ fix: true })).out).toContain(
      `${apply}:1:38 EF0106 has handlers spread in, so missing handlers can't be found in the text; see the errors of the compiler`
    )
    project.write(apply, "// nothing\n")
    expect((await project.gen({ fix: true })).out).toContainEqual(
      expect.stringContaining("EF0106 does not call Counter.apply, so its handlers can't be read; write")
    )
    project.write(apply, "export const apply = Counter.apply({})\n")
    project.edit(`${src}/generated/counter.ts`, "Counted", "Countet")
    expect(await project.gen({ fix: true })).toMatchObject({ code: 1 })
    expect(project.read(apply)).toBe("export const apply = Counter.apply({})\n")
  })
})

describe("diff", () => {
  it("prints a patch with the changes of gen, and writes nothing", async () => {
    const project = counter()
    await project.gen()
    project.write("schemas/count/gone.ts", declaration.replaceAll("Count", "Gone"))
    await project.gen()
    project.remove("schemas/count/gone.ts")
    project.remove(`${src}/counter.decide.ts`)
    reset(project)
    const before = project.texts("examples")
    const { code, out } = await project.eventfold(["diff"])
    expect(code).toBe(1)
    expect(project.texts("examples")).toEqual(before)
    expect(out).toMatch(/\d+ files would change; `eventfold gen` writes them\n$/)
    expect(out).toContain(`diff --git a/${src}/generated/goneer.ts b/${src}/generated/goneer.ts\ndeleted file mode`)
    expect(out).toContain("+export interface Reset {\n")
    const { out: json } = await project.eventfold(["diff", "--json"])
    git(project, "init", "-q")
    project.write("all.patch", JSON.parse(json).patch)
    git(project, "apply", "--unidiff-zero", "all.patch")
    project.remove("all.patch")
    expect(await project.eventfold(["diff"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/files, nothing to change\n$/)
    })
    const applied = project.texts("examples")
    for (const file of Object.keys(applied)) project.remove(file)
    for (const [file, text] of Object.entries(before)) project.write(file, text)
    await project.gen()
    expect(project.texts("examples")).toEqual(applied)
  })

  it("shows edits of generated files, and why gen would not undo them", async () => {
    const project = counter()
    await project.gen()
    project.edit(`${src}/generated/counter.service.ts`, "fingerprint\n}", "fingerprint // mine\n}")
    const { code, out } = await project.eventfold(["diff"])
    expect(code).toBe(1)
    expect(out).toContain("-  fingerprint // mine\n+  fingerprint\n")
    expect(out).toMatch(/EF0104 is generated.*; undo the edit.*\n1 problem; `eventfold gen` would write nothing\n$/)
  })

  it("prints a patch that git applies, for any two texts", () => {
    const project = new Project({})
    git(project, "init", "-q")
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\n", "\n", "d\r\n", "no newline"), { maxLength: 14 })
      .map((lines) => lines.join(""))
    fc.assert(
      fc.property(fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }), (before, after) => {
        // An empty file that is added or removed has no lines to show; git accepts the head alone.
        fc.pre(before !== after && (before ?? after) !== undefined && before !== "" && after !== "")
        rmSync(join(project.root, "f.txt"), { force: true })
        if (before !== undefined) project.write("f.txt", before)
        project.write("p.patch", filePatch("f.txt", before, after))
        git(project, "apply", "--whitespace=nowarn", "p.patch")
        expect(project.has("f.txt") ? readFileSync(join(project.root, "f.txt"), "utf8") : undefined).toBe(after)
      }),
      { numRuns: 60 }
    )
  })
})

describe("check", () => {
  it("prints the format that is asked for", async () => {
    const project = counter()
    await project.gen()
    reset(project)
    await project.gen()
    const caret = " ".repeat(35)
    const text = await project.eventfold(["check"], { env: { NO_COLOR: "1" } })
    expect(text).toEqual({
      code: 1,
      out:
        `${apply}:7:36 EF0106 has no handler for Reset\n` +
        `  7 | export const apply = Counter.apply({\n    | ${caret}^\n` +
        '  fix: add `Reset: (_state, _event): CounterState => Fold.notWritten("Counter.apply Reset")`, or run `eventfold gen --fix`\n' +
        "\n1 problem, 2 handlers not written yet\n"
    })
    expect(await project.eventfold(["check"], { env: { NO_COLOR: "", FORCE_COLOR: "1" } })).toMatchObject({
      out: expect.stringContaining("\u001B[31mEF0106\u001B[39m")
    })
    const github = await project.eventfold(["check", "--format", "github"])
    expect(github.out).toMatch(
      /^::error file=examples\/count\/src\/counter\.apply\.ts,line=7,col=36,title=EF0106::has no/
    )
    const json = await project.eventfold(["check", "--json"])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out).diagnostics).toHaveLength(1)
    const generated = await project.eventfold(["gen", "--format", "github"])
    expect(generated).toMatchObject({ code: 0, out: expect.stringMatching(/^::warning /) })
  })
})

describe("the command", () => {
  it("reports files that it cannot use in one line", async () => {
    const project = counter()
    project.write("examples", "a file")
    for (const command of ["gen", "check", "diff"]) {
      expect(await project.eventfold([command])).toEqual({
        code: 70,
        out: `can't use ${project.root}/examples: it is a file, not a folder (ENOTDIR)\n`
      })
    }
  })

  it("reports the version of Node that it needs", async () => {
    const old =
      "data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.1.0' } })"
    const { code, out } = await counter().eventfold(["check"], { env: { NODE_OPTIONS: `--import="${old}"` } })
    expect({ code, out }).toEqual({
      code: 70,
      out: `eventfold needs Node 24 or newer, and this is ${process.version}: see https://nodejs.org\n`
    })
  })

  it("exits with one code for each kind of problem, in each format", async () => {
    const project = counter()
    // All of them in the soak run.
    const formats = { check: "text", diff: "json", gen: "github" } as const
    const soak = process.env["EVENTFOLD_SOAK"] !== undefined
    const ends = async (command: keyof typeof formats) => {
      const run = (format: string) => project.eventfold([command, "--format", format])
      const ran = await Promise.all((soak ? Object.values(formats) : [formats[command]]).map(run))
      return [...new Set(ran.map(({ code }) => code))]
    }
    expect(await ends("check")).toEqual([1])
    expect(await ends("diff")).toEqual([1])
    expect(await ends("gen")).toEqual([0])
    for (const command of ["gen", "check", "diff"] as const) expect(await ends(command)).toEqual([0])
    project.edit(schema, "count: Schema.Int }", "count: Schema.Symbol }")
    for (const command of ["gen", "check", "diff"] as const) expect(await ends(command)).toEqual([3])
    const json = JSON.parse((await project.eventfold(["diff", "--json"])).out)
    expect(json).toMatchObject({
      exitCode: 3,
      diagnostics: [{ code: "EF0016", severity: "error", file: schema, line: 6, column: 26, fix: "use a string" }]
    })
    expect((await project.eventfold(["gen", "--format", "github"])).out).toMatch(
      /^::error file=schemas\/count\/counter\.ts,line=6,col=26,title=EF0016::Counter\.state\.count can't be stored/
    )
  })

  it("prints completions that a shell accepts, with every command and flag", async () => {
    const project = counter()
    const { out } = await project.eventfold(["--completions", "bash"])
    project.write("completions.bash", out)
    const complete = (...words: ReadonlyArray<string>) =>
      execFileSync(
        "bash",
        [
          "-c",
          `source completions.bash
           COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
           $(complete -p eventfold | sed 's/.*-F \\([^ ]*\\).*/\\1/') eventfold "\${COMP_WORDS[-1]}" "\${COMP_WORDS[-2]}"
           printf '%s\\n' "\${COMPREPLY[@]}"`
        ],
        { cwd: project.root, encoding: "utf8" }
      )
        .trim()
        .split("\n")
        .map((word) => word.trim())
    expect(complete("eventfold", "")).toEqual(
      expect.arrayContaining(["init", "gen", "check", "diff", "explain", "store"])
    )
    expect(complete("eventfold", "ge")).toEqual(["gen"])
    expect(complete("eventfold", "gen", "--")).toEqual(
      expect.arrayContaining(["--watch", "--fix", "--quiet", "--format", "--json"])
    )
    expect(complete("eventfold", "check", "--format", "g")).toEqual(["github"])
    for (const shell of ["zsh", "fish"]) {
      const { code, out } = await project.eventfold(["--completions", shell])
      expect(code).toBe(0)
      for (const word of ["init", "gen", "check", "diff", "explain", "store", "watch", "format"])
        expect(out).toContain(word)
    }
  })

  it("reports an unknown word, and suggests a known one", async () => {
    const project = counter()
    expect(await project.eventfold(["chekc"])).toMatchObject({
      code: 64,
      out: expect.stringMatching(/Did you mean this\?\s+check/)
    })
    expect(await project.eventfold(["check", "extra"])).toMatchObject({
      code: 64,
      out: expect.stringContaining('"extra"')
    })
    for (const command of ["init", "gen", "check", "diff", "explain"]) {
      const { code, out } = await project.eventfold([command, "--help"])
      expect(code).toBe(0)
      expect(out).toMatch(/^DESCRIPTION\n {2}\S[^]*\nUSAGE\n {2}eventfold [^]*--json/)
    }
  })

  it("prints no colours if the output is no terminal", async () => {
    const project = counter()
    project.edit(schema, "count: Schema.Int }", "count: Schema.Symbol }")
    const escape = "\u001B["
    for (const env of [{}, { NO_COLOR: "1", FORCE_COLOR: "1" }]) {
      expect((await project.eventfold(["gen"], { env: { NO_COLOR: "", FORCE_COLOR: "", ...env } })).out).not.toContain(
        escape
      )
    }
    expect((await project.eventfold(["gen"], { env: { NO_COLOR: "", FORCE_COLOR: "1" } })).out).toContain(escape)
    for (const format of ["json", "github"]) {
      const { out } = await project.eventfold(["gen", "--format", format], { env: { NO_COLOR: "", FORCE_COLOR: "1" } })
      expect(out).not.toContain(escape)
    }
  })
})

describe("the command line", () => {
  it("lists every command, and refuses other words", async () => {
    const project = counter()
    const { out } = await project.eventfold(["--help"])
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    for (const name of commandNames(plainCommands)) {
      expect(out).toMatch(new RegExp(`^ +${name} `, "m"))
      expect(readme).toMatch(new RegExp(`^\\| (\`\\w+\`, )*\`${name}\\b`, "m"))
    }
    const { out: help } = await project.eventfold(["gen", "--help"])
    for (const flag of ["--watch", "--fix", "--quiet", "--format", "--json"]) expect(help).toContain(flag)
    expect((await project.eventfold(["--completions", "zsh"])).out).toContain("explain")
    expect((await project.eventfold(["check", "--format", "xml"])).code).toBe(64)
    expect((await project.eventfold(["gen", "--wach"])).code).toBe(64)
    expect(await project.eventfold(["explain", "EF0107"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^EF0107 {2}a body is missing\n\n/)
    })
    expect((await project.eventfold(["explain", "EF1"])).code).toBe(0)
    expect((await project.eventfold(["explain", "nothing"])).code).toBe(64)
  })
})
