/**
 * README's tour, as a reader follows it: files are written, commands are run, and
 * what they print is what README says that they print. It is taken in a copy of the workspace.
 */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { blocks, root } from "./Readme.ts"

const workspace = mkdtempSync(join(tmpdir(), "tour-"))
afterAll(() => rmSync(workspace, { recursive: true, force: true }))
for (const name of ["package.json", "eventfold.config.ts", "tsconfig.base.json", "tsconfig.json", "vitest.config.ts"]) {
  cpSync(join(root, name), join(workspace, name))
}
symlinkSync(join(root, "node_modules"), join(workspace, "node_modules"))
for (const folder of ["codegen", "packages"]) symlinkSync(join(root, folder), join(workspace, folder))
for (const folder of ["schemas", "examples/bank", "examples/orders"]) {
  const filter = (path: string) => !/\/(node_modules|data|test)$/.test(path)
  cpSync(join(root, folder), join(workspace, folder), { recursive: true, filter })
  symlinkSync(join(root, folder, "node_modules"), join(workspace, folder, "node_modules"))
}

/**
 * The commands that README shows, and what stands for them here: no installing, and this
 * workspace's own files.
 */
const commands: Readonly<Record<string, ReadonlyArray<string>>> = {
  "npx --yes pnpm@12.21.0 gen": [process.execPath, "packages/cli/src/bin.ts", "gen"],
  "npx --yes pnpm@12.21.0 exec node examples/cards/src/main.ts": [process.execPath, "examples/cards/src/main.ts"],
  "npx --yes pnpm@12.21.0 exec tsc": ["node_modules/.bin/tsc", "--pretty", "false", "--singleThreaded"],
  "npx --yes pnpm@12.21.0 test examples/cards": [
    process.execPath,
    "node_modules/vitest/vitest.mjs",
    "run",
    "--no-isolate",
    "--maxWorkers=1",
    "--root",
    workspace,
    "examples/cards"
  ]
}

const run = (command: string): string => {
  const [file, ...args] = commands[command] ?? []
  if (file === undefined) throw new Error(`the tour shows a command that this test does not know: ${command}`)
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" }
  try {
    return execFileSync(file, args, { cwd: workspace, encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    const { stderr, stdout } = error as { readonly stderr: string; readonly stdout: string }
    return `${stdout}${stderr}`
  }
}

it("README: every step of the tour works", () => {
  let printed = ""
  for (const { language, path, text } of blocks) {
    if (language === "diff" && path !== undefined) {
      const [before, after] = [" ", "+"].map((mark) =>
        text
          .split("\n")
          .filter((line) => line.startsWith(mark))
          .map((line) => line.slice(1))
          .join("\n")
      )
      const file = join(workspace, path)
      const changed = readFileSync(file, "utf8").replace(before!, `${before}\n${after}`)
      expect(changed).toContain(after)
      writeFileSync(file, changed)
    } else if (language === "ts" && path !== undefined) {
      mkdirSync(dirname(join(workspace, path)), { recursive: true })
      writeFileSync(join(workspace, path), text)
    } else if (language === "sh") printed = run(text.trim())
    else if (language === "text") {
      // Times differ from run to run; everything else is as shown.
      for (const line of text.trimEnd().split("\n")) expect(printed).toContain(line)
    } else throw new Error(`a block that is neither file, command nor output:\n${text}`)
  }
  expect(existsSync(join(workspace, "examples/cards/src/generated/gift-card.service.ts"))).toBe(true)
  expect(blocks.filter(({ language }) => language === "sh").length).toBeGreaterThan(3)
}, 600_000)
