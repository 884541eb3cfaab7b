/** Pages whose code is one program: it compiles, runs, and prints what the page says. */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { emptyPgliteFile } from "../../packages/postgres/test/server/serverUrl.ts"
import { root } from "./Readme.ts"

const names = ["event-store", "aggregates", "projections", "reactions", "testing"]
// Inside the workspace, so that they find the packages as an app beside them would.
const folder = join(root, ".eventfold", "pages")

const preload = join(root, "packages/postgres/test/processes/EmptyDatabases.ts")

const run = async (file: string, args: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}) => {
  try {
    return (await promisify(execFile)(file, args, { env: { ...process.env, NO_COLOR: "1", ...more } })).stdout
  } catch (error) {
    const { stderr, stdout } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`${stdout}${stderr}`, { cause: error })
  }
}

const blocksOf = (name: string, language: string) => {
  const page = readFileSync(join(root, "docs", `${name}.md`), "utf8")
  const blocks = page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))
  return [...blocks].map((match) => match[1]!)
}

/** Runs the pages one after another. A page that fails prints its error, and the others go on. */
const all = `${names.map((name) => `await run("${name}", () => import("./${name}/page.ts"))`).join("\n")}
async function run(name, page) {
  console.log("## " + name)
  await page().catch((error) => console.log(error))
}
`

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "node_modules"), { recursive: true })
  // What an app has beside it: the example whose service a page uses.
  symlinkSync(join(root, "examples", "bank"), join(folder, "node_modules", "bank"))
  symlinkSync(join(root, "schemas"), join(folder, "node_modules", "schemas"))
  for (const name of names) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, "page.ts"), blocksOf(name, "ts").join("\n"))
  }
  writeFileSync(join(folder, "all.ts"), all)
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.base.json",
      include: ["*/page.ts"],
      compilerOptions: { noUnusedLocals: false }
    })
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// All of them at once: most of the work is what they have in common.
it("the pages compile", async () => {
  const tsc = join(root, "node_modules", ".bin", "tsc")
  expect(await run(tsc, ["-p", folder, "--pretty", "false", "--singleThreaded"])).toBe("")
}, 600_000)

let running: Promise<string> | undefined
/**
 * The pages' output. One process runs them all: each would load Effect, PGlite and this project
 * again. It must also end.
 */
const output = (): Promise<string> =>
  (running ??= emptyPgliteFile().then((file) =>
    run(process.execPath, ["--import", preload, join(folder, "all.ts")], { EVENTFOLD_TEST_PGLITE: file })
  ))

for (const name of names) {
  it(`docs/${name}.md prints what it says`, async () => {
    const printed = (await output()).split(/^## /m).find((text) => text.startsWith(`${name}\n`))
    expect(printed).toBe(`${name}\n${blocksOf(name, "text").join("")}`)
  }, 600_000)
}
