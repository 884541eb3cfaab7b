/**
 * The same declarations give the same bytes, wherever and however the command runs; and nothing is
 * written that need not be.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { counter, counterFile, counterProject } from "../Counter.ts"
import { Project, textsIn } from "../Project.ts"
import { golden, shop } from "../Shop.ts"

type Texts = Readonly<Record<string, string>>

/**
 * Generated files of the golden project: another process wrote them, in another folder, on another
 * day.
 */
let expected: Texts = {}
beforeAll(() => {
  expected = textsIn(golden, "src")
})

const config = "eventfold.config.ts"
const files = { ...shop, [config]: readFileSync(join(golden, config), "utf8") }

/** Lists folders the other way round. */
const reversing = `import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
const { readdirSync } = fs
fs.readdirSync = (...args) => readdirSync(...args).reverse()
syncBuiltinESMExports()
`
const reversed = { NODE_OPTIONS: "--import=./reversing.mjs" }

describe("a process gives the same bytes", () => {
  const cases: ReadonlyArray<
    readonly [name: string, texts: Texts, env: Readonly<Record<string, string>>, within: string]
  > = [
    ["at Chatham, whose time is off by three quarters of an hour", files, { TZ: "Pacific/Chatham" }, ""],
    [
      "in Turkish, which has an i of its own",
      files,
      { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", LANGUAGE: "tr" },
      ""
    ],
    [
      "from files with the line ends of Windows",
      Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replaceAll("\n", "\r\n")])),
      {},
      ""
    ],
    ["with folders listed in any order", files, reversed, ""],
    ["in a folder with spaces, signs and letters of other scripts", files, {}, "mein Projekt (1)/日本 é%20#?&'x/deep"]
  ]
  const separate = process.env["EVENTFOLD_SOAK"] !== undefined
  const hasVariables = ([, , env]: (typeof cases)[number]) => Object.keys(env).length > 0
  // The same bytes under all variables at once are the same under each. The soak run tries each
  // alone, to name it.
  const together = [
    cases
      .filter(hasVariables)
      .map(([name]) => name)
      .join("; "),
    files,
    Object.assign({}, ...cases.map(([, , env]) => env)),
    ""
  ] as const
  it.each(separate ? cases : [together, ...cases.filter((one) => !hasVariables(one))])(
    "%s",
    async (_, texts, env, within) => {
      const backwards = Object.fromEntries(Object.entries(texts).toReversed())
      const project = new Project({ ...backwards, "reversing.mjs": reversing }, within)
      const cwd = within === "" ? "." : "schemas/shop"
      expect(await project.process(["gen", "--quiet"], { cwd, env })).toEqual({ code: 0, out: "" })
      expect(project.texts("src")).toEqual(expected)
      expect((await project.process(["check"], { env })).code).toBe(0)
    }
  )
})

it("folders are listed the other way round there, which that rests on", async () => {
  const project = new Project({ ...files, "reversing.mjs": reversing })
  project.write(
    "list.mjs",
    `import { readdirSync } from "node:fs"\nconsole.log(JSON.stringify(readdirSync("schemas/shop")))\n`
  )
  const list = async (env: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> =>
    JSON.parse((await project.node(["list.mjs"], env)).out)
  const plain = await list({})
  expect(plain.length).toBeGreaterThan(1)
  expect(await list(reversed)).toEqual(plain.toReversed())
})

/** Times and inodes of all files: a file that is written again has another time. */
const written = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        const { ctimeNs, ino, mtimeNs } = statSync(path, { bigint: true })
        return [path, `${ino} ${mtimeNs} ${ctimeNs}`]
      })
  )

it("a second run writes nothing, also where it can't go by what the first one noted", async () => {
  const project = new Project(files)
  expect((await project.gen()).code).toBe(0)
  const before = written(join(project.root, "src"))
  const cache = join(project.root, "node_modules/.cache")
  for (const withNote of [true, false]) {
    if (!withNote) rmSync(cache, { recursive: true })
    expect((await project.gen()).out).toEqual([expect.stringMatching(/^\d+ files, nothing to change$/)])
    expect(written(join(project.root, "src"))).toEqual(before)
  }
})

describe("what is declared no more", () => {
  const src = "examples/count/src"
  const rows = `
export const Other = Aggregate.make("Other", { id: Schema.String, state: Schema.Struct({}), initial: {}, events: { Othered: {} }, errors: {}, commands: {} })
export const Totals = Projection.make("Totals", { from: [Counter], key: "streamId", row: Schema.Struct({ n: Schema.Int }) })
`
  const left = (file: string, contract: string) =>
    `${file} EF0109 is your file, and the contract that it imports from ./generated/${contract}.ts is no longer declared; move the code that you still need, then delete the file`
  const names = (project: Project, folder: string): ReadonlyArray<string> =>
    Object.keys(project.texts(folder)).map((file) => file.slice(folder.length + 1))

  it("an aggregate and a projection leave no generated file; bodies stay, and are named until they are gone", async () => {
    const project = counterProject({ [counterFile]: counter + rows })
    const alone = counterProject()
    expect((await project.gen()).code).toBe(0)
    await alone.gen()
    project.write(counterFile, counter)
    const messages = [
      left(`${src}/other.apply.ts`, "other"),
      left(`${src}/other.decide.ts`, "other"),
      left(`${src}/totals.projection.ts`, "totals")
    ]
    const checked = await project.check()
    expect(checked.code).toBe(1)
    expect(checked.err).toEqual(expect.arrayContaining(messages))
    for (const run of [1, 2]) {
      const { code, out } = await project.gen()
      expect(code).toBe(0)
      expect(out.filter((line) => line.includes("EF0109"))).toEqual(messages)
      expect(out.some((line) => line.startsWith("removed"))).toBe(run === 1)
    }
    expect(names(project, `${src}/generated`)).toEqual(names(alone, `${src}/generated`))
    expect(project.texts(`${src}/generated`)).toEqual(alone.texts(`${src}/generated`))
    expect((await project.check()).err).toEqual([...messages, "3 problems, 2 handlers not written yet"])
    for (const file of ["other.apply", "other.decide", "totals.projection"]) project.remove(`${src}/${file}.ts`)
    expect((await project.check()).code).toBe(0)
    expect(project.texts(src)).toEqual(alone.texts(src))
  })

  it("a domain leaves no generated file and no empty folder", async () => {
    const gone = "schemas/gone/other.ts"
    const project = counterProject({ [gone]: counter.replaceAll("Counter", "Other") })
    expect((await project.gen()).code).toBe(0)
    project.write("examples/gone/src/other.mine.ts", "export const mine = 1\n")
    project.remove(gone)
    const { out } = await project.gen()
    expect(out.filter((line) => line.includes("EF0109"))).toEqual([
      left("examples/gone/src/other.apply.ts", "other"),
      left("examples/gone/src/other.decide.ts", "other")
    ])
    expect(names(project, "examples/gone/src")).toEqual(["other.apply.ts", "other.decide.ts", "other.mine.ts"])
    expect(readdirSync(join(project.root, "examples/gone/src"))).not.toContain("generated")
    // Named without anything generated beside them, as in a fresh clone.
    expect((await project.check()).err).toContain(left("examples/gone/src/other.apply.ts", "other"))
  })

  it("a developer's file that happens to be named like a body is none", async () => {
    const project = counterProject()
    mkdirSync(join(project.root, src), { recursive: true })
    writeFileSync(join(project.root, src, "patch.apply.ts"), "export const apply = 1\n")
    await project.gen()
    expect((await project.check()).code).toBe(0)
  })
})
