/** docs/event-store.md is one program: it compiles, runs, and prints what the page says. */
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "./Readme.ts"

// Inside the workspace, so that it finds the packages as an app beside them would.
const folder = join(root, ".eventfold", "event-store-page")
const page = readFileSync(join(root, "docs", "event-store.md"), "utf8")
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g"))].map((match) => match[1]!)

it("docs/event-store.md compiles, and prints what it says", () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "page.ts"), blocks("ts").join("\n"))
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.base.json",
      include: ["*.ts"],
      compilerOptions: { noUnusedLocals: false }
    })
  )
  const run = (file: string, args: ReadonlyArray<string>) => {
    try {
      return execFileSync(file, args, { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } })
    } catch (error) {
      const { stderr, stdout } = error as { readonly stdout: string; readonly stderr: string }
      throw new Error(`${stdout}${stderr}`, { cause: error })
    }
  }
  run(join(root, "node_modules", ".bin", "tsc"), ["-p", folder, "--pretty", "false"])
  const printed = run(process.execPath, [join(folder, "page.ts")])
  expect(printed).toBe(blocks("text").join(""))
  rmSync(folder, { recursive: true, force: true })
}, 60_000)
