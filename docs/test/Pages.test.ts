/** Pages whose code is one program: it compiles, runs, and prints what the page says. */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { root } from "./Readme.ts"

const names = ["event-store", "aggregates", "projections", "reactions", "testing"]
// Inside the workspace, so that they find the packages as an app beside them would.
const folder = join(root, ".eventfold", "pages")

const run = async (file: string, args: ReadonlyArray<string>) => {
  try {
    return (await promisify(execFile)(file, args, { env: { ...process.env, NO_COLOR: "1" } })).stdout
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
  expect(await run(join(root, "node_modules", ".bin", "tsc"), ["-p", folder, "--pretty", "false"])).toBe("")
}, 600_000)

for (const name of names) {
  it(`docs/${name}.md prints what it says`, async () => {
    const printed = await run(process.execPath, [join(folder, name, "page.ts")])
    expect(printed).toBe(blocksOf(name, "text").join(""))
  }, 600_000)
}
