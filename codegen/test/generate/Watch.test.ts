/** `gen --watch` in a process that learns nothing but the changes of files. */
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { Watching } from "./Watching.ts"

const declaration = (
  name: string,
  fields = "{ by: Schema.Int }",
  values = ""
): string => `import { Schema } from "effect"
import { Aggregate } from "eventfold"
${values}
export const ${name} = Aggregate.make("${name}", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { ${name}Counted: ${fields} },
  errors: {},
  commands: {}
})
`
const counter = "schemas/count/counter.ts"
const src = "examples/count/src"
const contract = `${src}/generated/counter.ts`
const apply = `${src}/counter.apply.ts`

const watched = async (files: Readonly<Record<string, string>> = {}, ...args: ReadonlyArray<string>) => {
  const project = new Project({ [counter]: declaration("Counter"), ...files })
  const watching = new Watching(project, ...args)
  await watching.line(/^watching schemas/)
  return { project, watching }
}

/** `true` if the files are those that `gen` would write now. */
const isUpToDate = async (project: Project): Promise<void> => {
  rmSync(join(project.root, "node_modules/.cache"), { recursive: true, force: true })
  const { err } = await project.check()
  // Only the developer removes bodies of removed declarations.
  expect(err.filter((line) => !/ EF0109 |^\d+ problems?(?:, \d+ handlers? not written yet)?$/.test(line))).toEqual([])
}

describe("gen --watch", () => {
  it("writes the files that a save changes, reports it in a line, and ignores its own writes", async () => {
    const { project, watching } = await watched()
    for (const field of ["one", "two", "three"]) {
      project.write(counter, declaration("Counter", `{ ${field}: Schema.Int }`))
      expect(await watching.line(/changed/)).toMatch(
        /^schemas\/count\/counter\.ts changed: \d+ files written in \d+ ms$/
      )
      expect(project.read(contract)).toContain(`readonly ${field}: number`)
    }
    expect(await watching.silence()).toBe("")
    await isUpToDate(project)
    // The same text again is no change.
    project.write(counter, project.read(counter))
    expect(await watching.silence()).toBe("")
    expect(await watching.end("SIGINT")).toEqual({ code: 0, signal: null })
    expect(watching.text).not.toContain("EF0")
  })

  it("follows what a declaration imports, from wherever it is", async () => {
    const values = `import { Amount } from "../../shared/amount.ts"\n`
    const amount = (minimum: number) =>
      `import { Schema } from "effect"\nimport { least } from "./least.ts"\nexport const Amount = Schema.Int.check(Schema.isGreaterThan(least + ${minimum}))\n`
    const { project, watching } = await watched({
      [counter]: declaration("Counter", "{ by: Amount }", values),
      "schemas/count/other.ts": declaration("Other"),
      "shared/amount.ts": amount(1),
      "shared/least.ts": "export const least = 1\n"
    })
    // Once the imports are looked up and the files are loaded beforehand.
    await watching.silence(1_500)
    project.write("shared/amount.ts", amount(2))
    expect(await watching.line(/changed/)).toMatch(/^shared\/amount\.ts changed: \d files? written/)
    await isUpToDate(project)
    project.write("shared/least.ts", "export const least = 7\n")
    expect(await watching.line(/changed/)).toMatch(/^shared\/least\.ts changed: \d files? written/)
    await isUpToDate(project)
    project.write("shared/least.ts", "export const least = 8\nthrow new Error('no luck')\n")
    await watching.line(/EF0003 threw an error while it was loaded: Error: no luck/)
    project.write("shared/least.ts", "export const least = 8\n")
    expect(await watching.line(/least\.ts changed: \d/)).toMatch(/written/)
    await isUpToDate(project)
  })

  it("survives a declaration that cannot be read, ends the process or never ends, and continues once it is repaired", async () => {
    const { project, watching } = await watched()
    await watching.silence(1_500)
    const broken = [
      ["export const = 1\n", /EF0002 cannot be read/],
      ["process.exit(0)\n", /EF0008 ends the process/],
      ["await new Promise(() => {})\n", /EF0004 awaits something that never happens/],
      ["throw new Error('no luck')\n", /counter\.ts:1:7 EF0003 threw an error while it was loaded: Error: no luck/]
    ] as const
    for (const [i, [text, says]] of broken.entries()) {
      project.write(counter, text)
      await watching.line(says)
      expect(await watching.line(/counter\.ts changed/)).toMatch(/: 1 problem; nothing was written \(\d+ ms\)$/)
      // Also if a worker was prepared from the broken file in between.
      if (i % 2 === 0) await watching.silence(1_200)
      project.write(counter, declaration("Counter", `{ field${i}: Schema.Int }`))
      await watching.line(/counter\.ts changed: \d+ files written/)
      await isUpToDate(project)
    }
  })

  it("sees files that come, go and are renamed, and folders too", async () => {
    const { project, watching } = await watched()
    await watching.silence(600)
    project.write("schemas/other/deep/thing.ts", declaration("Thing"))
    expect(await watching.line(/thing\.ts added/)).toMatch(/\d+ files written, \d created in/)
    expect(project.has("examples/other/src/generated/thing.ts")).toBe(true)
    renameSync(join(project.root, "schemas/other"), join(project.root, "schemas/moved"))
    await watching.line(/^schemas\/.*thing\.ts and 1 more changed/)
    expect(project.has("examples/moved/src/generated/thing.ts")).toBe(true)
    expect(project.has("examples/other/src/generated/thing.ts")).toBe(false)
    await isUpToDate(project)
    // The folder that came is watched as well.
    project.write("schemas/moved/deep/thing.ts", declaration("Thing", "{ more: Schema.Int }"))
    await watching.line(/thing\.ts changed: \d+ files written/)
    rmSync(join(project.root, "schemas/moved"), { recursive: true })
    expect(await watching.line(/thing\.ts removed/)).toMatch(/removed in \d+ ms$/)
    await isUpToDate(project)
    rmSync(join(project.root, "schemas"), { recursive: true })
    // It finds the folder either half removed, or gone.
    await watching.line(/EF0001 (contains no schema files|does not exist)/)
    project.write(counter, declaration("Counter", "{ again: Schema.Int }"))
    await watching.line(/counter\.ts added: \d+ files written/)
    await isUpToDate(project)
  })

  it("sees saves by renaming, and takes no notice of an editor's own files", async () => {
    const { project, watching } = await watched()
    const folder = join(project.root, "schemas/count")
    writeFileSync(join(folder, ".counter.ts.swp"), "x")
    writeFileSync(join(folder, "4913"), "x")
    expect(await watching.silence()).toBe("")
    for (const field of ["one", "two"]) {
      writeFileSync(join(folder, "counter.ts.tmp"), declaration("Counter", `{ ${field}: Schema.Int }`))
      renameSync(join(folder, "counter.ts"), join(folder, "counter.ts~"))
      renameSync(join(folder, "counter.ts.tmp"), join(folder, "counter.ts"))
      await watching.line(/counter\.ts (changed|added): \d+ files written/)
      expect(project.read(contract)).toContain(`readonly ${field}: number`)
    }
    await isUpToDate(project)
  })

  it("names handlers that a body lacks, and with --fix puts them there", async () => {
    const { project, watching } = await watched()
    const more = declaration("Counter").replace("CounterCounted:", "Reset: {}, CounterCounted:")
    project.write(counter, more)
    await watching.line(/counter\.apply\.ts:\d+:\d+ EF0106 has no handler for Reset$/)
    await watching.line(/counter\.ts changed: \d+ files written/)
    const before = project.read(apply)
    project.edit(apply, "CounterCounted:", "Reset: (state) => state,\n  CounterCounted:")
    // The fold has changed, and its fingerprint with it.
    expect(await watching.line(/counter\.apply\.ts changed/)).toMatch(/: 1 file written in/)
    await isUpToDate(project)
    await watching.end("SIGTERM")
    project.write(apply, before)
    const fixing = new Watching(project, "--fix")
    await fixing.line(/^filled in .*counter\.apply\.ts/)
    await fixing.line(/^watching/)
    project.write(counter, more.replace("Reset: {}", "Reset: {}, Halved: {}"))
    expect(await fixing.line(/counter\.ts changed/)).toMatch(/files written, 1 filled in in \d+ ms$/)
    expect(project.read(apply)).toContain('Fold.notWritten("Counter.apply Halved")')
    expect(await fixing.silence()).toBe("")
    await isUpToDate(project)
  })

  it("goes on where files can't be used, or are written by halves", async () => {
    const { project, watching } = await watched()
    await watching.silence(600)
    const manifest = project.read("package.json")
    project.write("package.json", manifest.slice(0, 20))
    await watching.line(/package\.json changed: /)
    project.write("package.json", manifest)
    await watching.line(/package\.json changed: nothing to write/)
    rmSync(join(project.root, "examples"), { recursive: true })
    await watching.line(/removed: \d+ files written/)
    rmSync(join(project.root, "examples"), { recursive: true })
    project.write("examples", "a file")
    project.write(counter, declaration("Counter", "{ one: Schema.Int }"))
    await watching.line(/: can't use .*\/examples: it is a file, not a folder \(ENOTDIR\) \(\d+ ms\)$/)
    project.remove("examples")
    project.write(counter, declaration("Counter", "{ two: Schema.Int }"))
    await watching.line(/counter\.ts changed: \d+ files written/)
    await isUpToDate(project)
  })

  it("follows each save of the config", async () => {
    const { project, watching } = await watched()
    const config = "eventfold.config.ts"
    project.edit(config, "examples/{domain}/src/generated", "src/{domain}/generated")
    expect(await watching.line(/eventfold\.config\.ts changed/)).toMatch(/files written/)
    expect(project.has("src/count/generated/counter.ts")).toBe(true)
    const good = project.read(config)
    project.write(config, "export default 1\n")
    await watching.line(/EF0019/)
    project.write(config, good)
    // Written in two steps, as by an editor, it may be seen empty first.
    await watching.line(/config\.ts changed: .*nothing to write/)
  })

  it("runs once more, not once for each, after saves that came while it ran", async () => {
    const { project, watching } = await watched()
    for (let i = 0; i < 40; i++) {
      project.write(counter, declaration("Counter", `{ field${i}: Schema.Int }`))
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    for (;;) {
      await watching.line(/counter\.ts changed/)
      if (project.read(contract).includes("readonly field39: number")) break
    }
    expect(await watching.silence(1_500)).toMatch(/^(\S+ changed: nothing to write \(\d+ ms\)\n)?$/)
    expect(watching.text.match(/counter\.ts changed/g)?.length).toBeLessThan(15)
    await isUpToDate(project)
  })

  it("tells programs, an object on a line", async () => {
    const project = new Project({ [counter]: declaration("Counter") })
    const watching = new Watching(project, "--json")
    expect(JSON.parse(await watching.line(/^\{/))).toMatchObject({ command: "gen", exitCode: 0 })
    project.write(counter, declaration("Counter", "{ more: Schema.Int }"))
    expect(JSON.parse(await watching.line(/^\{/))).toMatchObject({
      cause: { files: [counter], milliseconds: expect.any(Number) },
      changes: expect.arrayContaining([{ kind: "wrote", file: contract }])
    })
  })
})
