import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { counter, counterFile, counterProject } from "../Counter.ts"
import { sealed } from "../../src/emit/Header.ts"
import { Project } from "../Project.ts"
import { shop } from "../Shop.ts"

const src = "examples/count/src"
const vitest = join(import.meta.dirname, "../../../node_modules/vitest/vitest.mjs")
const apply = `${src}/counter.apply.ts`

const bodies = (handlers: string): string =>
  `import { Counter, type CounterState } from "./generated/counter.ts"\n\nexport const apply = Counter.apply({\n${handlers}\n})\n`

describe("gen", () => {
  it("writes code that type-checks, is formatted, and changes nothing the second time", async () => {
    const project = new Project(shop)
    const first = await project.gen()
    expect(first).toMatchObject({ code: 0, err: [] })
    const before = project.texts("examples")
    const count = first.out.filter((line) => line.startsWith("wrote")).length
    expect((await project.gen()).out).toEqual([`${count} files, nothing to change`])
    expect(project.texts("examples")).toEqual(before)
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    expect(await project.unformatted()).toBe("")
    expect((await project.check()).code).toBe(0)
  })

  it("begins bodies once, and leaves them alone from then on", async () => {
    const project = counterProject()
    expect((await project.gen()).out).toContain(`began ${apply}: yours to write`)
    expect(project.read(apply)).toContain(
      'Counted: (_state, _event): CounterState => Fold.notWritten("Counter.apply Counted")'
    )
    project.write(apply, "// mine\n")
    await project.gen()
    expect(project.read(apply)).toBe("// mine\n")
  })

  it("works while a body is broken or incomplete, since its types are needed to repair it", async () => {
    const project = counterProject()
    project.write(apply, "export const apply = Counter.apply({ Counted: (")
    expect((await project.gen()).code).toBe(0)
    expect(project.has(`${src}/generated/counter.service.ts`)).toBe(true)
  })

  it("refuses to write over a generated file that was edited by hand, and writes nothing else either", async () => {
    const project = counterProject()
    await project.gen()
    const file = `${src}/generated/counter.service.ts`
    project.edit(file, "fingerprint\n}", "fingerprint // mine\n}")
    project.edit(counterFile, "Counted: { by", "Counted: { more: Schema.Int, by")
    const before = project.texts("examples")
    const message = `${file} EF0104 is generated, but was edited by hand; undo the edit or delete the file, then run \`eventfold gen\``
    expect(await project.gen()).toEqual({ code: 1, out: [], err: [message, "1 problem; nothing was written"] })
    expect(project.texts("examples")).toEqual(before)
    expect((await project.check()).err).toContain(message)
    project.remove(file)
    expect((await project.gen()).code).toBe(0)
  })

  it("keeps the line ends that git wrote at a checkout with core.autocrlf, in all that it writes", async () => {
    const project = counterProject({ ".gitignore": "node_modules\n" })
    await project.gen()
    // A text of several lines, which is the same text with all line ends.
    project.write(
      apply,
      bodies("  Counted: (state, event): CounterState => ({ count: `a\nb`.length + state.count + event.by })")
    )
    await project.gen()
    const git = (...args: ReadonlyArray<string>) => {
      const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }
      const identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
      return execFileSync("git", [...identity, ...args], { cwd: project.root, encoding: "utf8", env, stdio: "pipe" })
    }
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "all")
    git("config", "core.autocrlf", "true")
    for (const file of git("ls-files").trim().split("\n")) project.remove(file)
    git("checkout", "-q", "--", ".")
    const unixLines = () =>
      Object.entries({ ...project.texts("examples"), ...project.texts("schemas") })
        .filter(([, text]) => text.replaceAll("\r\n", "").includes("\n"))
        .map(([file]) => file)
    expect(unixLines()).toEqual([])
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
    project.edit(counterFile, "Counted: { by", "Lost: {}, Counted: { by")
    const other = project.read(counterFile).replaceAll("Counter", "Other").replaceAll("Count", "Tell")
    project.write("schemas/count/other.ts", other.replaceAll("Lost", "Gone"))
    expect(await project.gen({ fix: true })).toMatchObject({ code: 0, err: [] })
    expect(project.read(apply)).toContain("Lost: (")
    expect(project.has(`${src}/other.apply.ts`)).toBe(true)
    expect(unixLines()).toEqual([])
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
    // Git finds nothing changed but what is.
    const changed = git("diff", "--name-only").split("\n")
    expect(changed).toContain(`${src}/generated/counter.ts`)
    expect(changed).not.toContain(`${src}/generated/values.ts`)
  })

  it("does not write over a file of the same name that it did not write", async () => {
    const project = counterProject()
    project.write(`${src}/generated/values.ts`, "export const mine = 1\n")
    expect(await project.gen()).toEqual({
      code: 1,
      out: [],
      err: [
        `${src}/generated/values.ts EF0105 has the name of a generated file, but was not generated; move or delete it, then run \`eventfold gen\``,
        "1 problem; nothing was written"
      ]
    })
  })

  it("removes what nothing generates any more, also of a domain that is gone, and nothing else", async () => {
    const project = counterProject({ "schemas/gone/other.ts": counter.replaceAll("Counter", "Other") })
    await project.gen()
    project.write("examples/gone/src/generated/notes.ts", "export const mine = 1\n")
    project.remove("schemas/gone/other.ts")
    const orphan = "examples/gone/src/generated/other.ts"
    expect((await project.check()).err).toContain(
      `${orphan} EF0103 is generated, but its declaration no longer exists; run \`eventfold gen\`, which deletes it`
    )
    expect((await project.gen()).out).toContain(`removed ${orphan}`)
    expect(Object.keys(project.texts("examples/gone"))).toEqual([
      "examples/gone/src/generated/notes.ts",
      "examples/gone/src/other.apply.ts",
      "examples/gone/src/other.decide.ts"
    ])
  })

  it("removes compiled codecs of the time when they were JavaScript, and leaves what a compiler emitted in their place", async () => {
    const project = counterProject()
    await project.gen()
    const from = "schemas/count/counter.ts"
    const former = ["counter.codec.aot.d.ts", "counter.codec.aot.js"]
    for (const name of former) {
      project.write(`${src}/generated/${name}`, sealed({ name, from, body: "export const install = () => {}\n" }))
    }
    expect((await project.check()).err.filter((line) => line.includes("EF0103"))).toHaveLength(2)
    expect((await project.gen()).out).toEqual([
      ...former.map((name) => `removed ${src}/generated/${name}`),
      "11 files, 0 written"
    ])
    const emitting = ["--noEmit", "false", "--declaration", "--rewriteRelativeImportExtensions"]
    expect(await project.tsc("7", emitting)).toEqual({ code: 0, out: "" })
    for (const name of former) expect(project.has(`${src}/generated/${name}`)).toBe(true)
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })

  it("imports schemas by package if that is a dependency", async () => {
    const project = counterProject()
    project.write("schemas/package.json", `{ "name": "declared", "type": "module", "exports": { "./*": "./*" } }\n`)
    project.write(
      "examples/count/package.json",
      `{ "name": "count", "type": "module", "dependencies": { "declared": "*" } }\n`
    )
    await project.gen()
    expect(project.read(`${src}/generated/counter.codec.ts`)).toContain('from "declared/count/counter.ts"')
    project.write("examples/count/package.json", `{ "name": "count", "type": "module" }\n`)
    await project.gen()
    expect(project.read(`${src}/generated/counter.codec.ts`)).toContain('from "../../../../schemas/count/counter.ts"')
  })
})

it("law tests do not fail because a machine takes longer than a test runner allows", async () => {
  const project = counterProject({ "vitest.config.ts": "export default { test: { testTimeout: 1 } }\n" })
  project.write(apply, bodies("  Counted: (state, { by }): CounterState => ({ count: (state.count + by) | 0 })"))
  const decide = "Count: (_state, { by }): ReadonlyArray<Counted> => [Counted.make({ by })]"
  project.write(
    `${src}/counter.decide.ts`,
    `import { Counted, Counter } from "./generated/counter.ts"\nexport const decide = Counter.decide({ ${decide} })\n`
  )
  await project.gen()
  const { code, out } = await project.node([vitest, "run", "--no-isolate", "--maxWorkers=1", "--root", project.root])
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("12 passed") })
})

describe("check", () => {
  it("names every file that is not what gen would write, and the command", async () => {
    const project = counterProject()
    await project.gen()
    project.edit(counterFile, "errors: {}", "errors: { TooMuch: {} }")
    project.remove(`${src}/generated/values.ts`)
    project.remove(`${src}/counter.decide.ts`)
    const before = project.texts("examples")
    expect(await project.check()).toEqual({
      code: 1,
      out: [],
      err: [
        `${src}/counter.decide.ts EF0107 is missing: it is the file for your handlers; run \`eventfold gen\`, which creates it`,
        `${src}/generated/catalog.md EF0101 is out of date: a schema, or code that a fold uses, has changed; run \`eventfold gen\``,
        `${src}/generated/counter.ts EF0101 is out of date: a schema, or code that a fold uses, has changed; run \`eventfold gen\``,
        `${src}/generated/values.ts EF0102 is missing; run \`eventfold gen\``,
        "4 problems, 1 handler not written yet"
      ]
    })
    expect(project.texts("examples")).toEqual(before)
  })

  it("notices that what a fold reaches has changed", async () => {
    const project = counterProject()
    await project.gen()
    project.write(
      apply,
      bodies("  Counted: (state, event): CounterState => ({ ...state, count: state.count + event.by })")
    )
    expect((await project.check()).err[0]).toMatch(/counter\.fingerprint\.ts EF0101/)
  })

  it("names a missing handler with its place, as the type checker does at that place", async () => {
    const project = counterProject()
    await project.gen()
    project.edit(counterFile, "Counted: { by: Schema.Int }", "Counted: { by: Schema.Int }, Reset: { to: Schema.Int }")
    const generated = await project.gen()
    const message =
      `${apply}:7:36 EF0106 has no handler for Reset; add ` +
      '`Reset: (_state, _event): CounterState => Fold.notWritten("Counter.apply Reset")`, or run `eventfold gen --fix`'
    expect(generated.code).toBe(0)
    expect(generated.out).toContain(message)
    expect(await project.check()).toEqual({
      code: 1,
      out: [],
      err: [message, "1 problem, 2 handlers not written yet"]
    })
    const { code, out } = await project.tsc()
    expect(code).not.toBe(0)
    expect(out).toContain(`${apply}(7,36): error TS2741`)
    expect(out).toContain("Property 'Reset' is missing")
  })

  it("accepts handlers that are spread in, which only the type checker can follow", async () => {
    const project = counterProject()
    project.write(apply, `const all = { Counted: (state: CounterState): CounterState => state }\n${bodies("  ...all")}`)
    await project.gen()
    expect((await project.check()).code).toBe(0)
  })

  it("is not fooled by what it found up to date before", async () => {
    const project = counterProject()
    await project.gen()
    expect((await project.check()).code).toBe(0)
    const changes: ReadonlyArray<readonly [string, string, string]> = [
      [counterFile, "by: Schema.Int }", "by: Schema.Number }"],
      [apply, "Fold.notWritten", "(Fold.notWritten)"],
      [`${src}/generated/counter.ts`, "Counted", "Countet"]
    ]
    for (const [file, from, to] of changes) {
      const before = project.read(file)
      project.edit(file, from, to)
      // Parentheses change nothing; the other two are changes.
      expect((await project.check()).code).toBe(file === apply ? 0 : 1)
      project.write(file, before)
      expect((await project.check()).code).toBe(0)
    }
    project.write("schemas/count/other.ts", counter.replaceAll("Counter", "Other").replaceAll("Counted", "Othered"))
    expect((await project.check()).code).toBe(1)
    project.remove("schemas/count/other.ts")
    project.remove(`${src}/generated/values.ts`)
    expect((await project.check()).code).toBe(1)
  })
})

describe("a schema that has changed without gen", () => {
  it("is a type error that names the command to run, and is decoded by the interpreter until then", async () => {
    const project = counterProject()
    await project.gen()
    project.edit(counterFile, "Counted: { by: Schema.Int }", "Counted: { by: Schema.Int, note: Schema.String }")
    const { out } = await project.tsc()
    expect(out).toContain(`${src}/generated/counter.codec.ts`)
    expect(out).toContain("run `eventfold gen`")
    const { CounterCodec } = await import(`${project.root}/${src}/generated/counter.codec.ts`)
    const { Schema } = await import("effect")
    expect(CounterCodec.stale).toBe(true)
    expect(Schema.decodeUnknownSync(CounterCodec.events.get("Counted"))({ by: 1, note: "kept" })).toEqual({
      _tag: "Counted",
      by: 1,
      note: "kept"
    })
  })
})

describe("the command", () => {
  it("explains itself, and has a code for each end", async () => {
    const project = counterProject()
    expect(await project.process(["--version"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\d+\.\d+\.\d+/)
    })
    expect(await project.process(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("gen") })
    expect((await project.process(["check"])).code).toBe(1)
    expect((await project.process(["gen"])).code).toBe(0)
    expect((await project.process(["check"])).code).toBe(0)
    expect((await project.process(["gne"])).code).toBe(64)
    project.write(counterFile, "export const = 1\n")
    expect((await project.process(["check"])).code).toBe(3)
    project.write(counterFile, counter)
    project.write("eventfold.config.ts", `export default { output: "package.json/{domain}/generated" }\n`)
    expect((await project.process(["gen"])).code).toBe(70)
  })
})
