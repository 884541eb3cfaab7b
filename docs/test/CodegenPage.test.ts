/**
 * docs/codegen.md, taken as a reader takes it: in an empty folder, each command is run, each change
 * made, and what is printed is what the page shows. Times differ; so may the length of a list, of
 * which the page shows a part.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, expect, it } from "vitest"
import { inProcess } from "../../codegen/test/Project.ts"
import { exitCodes } from "../../packages/cli/src/commandline/ExitCodes.ts"
import { root } from "./Readme.ts"

const page = readFileSync(join(root, "docs", "codegen.md"), "utf8")
const blocks = [...page.matchAll(/(?:`([\w./-]+)`[^\n`]*:\n\n)?```(\w+)\n([^]*?)```/g)].map(
  ([, path, language, text]) => ({ path, language: language!, text: text! })
)
const folder = mkdtempSync(join(tmpdir(), "codegen-page-"))
const bin = join(root, "packages/cli/src/bin.ts")
// Runs the command as the reader of the page does, independent of the package manager that runs the
// tests.
const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", npm_config_user_agent: "npm/11.0.0 node/v24.0.0" }
let watching: ChildProcess | undefined
afterAll(() => {
  watching?.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

const run = (args: ReadonlyArray<string>): string => {
  try {
    return execFileSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8", env, stdio: "pipe" })
  } catch (error) {
    const { stderr, stdout } = error as { readonly stderr: string; readonly stdout: string }
    return `${stdout}${stderr}`
  }
}

const timeless = (text: string): string => text.replace(/\b\d+ ms\b/g, "… ms")

it("docs/codegen.md is right in every step", async () => {
  let printed = ""
  let calls = 0
  const shows = (text: string): boolean =>
    timeless(text)
      .trimEnd()
      .split("\n")
      .every((line) => timeless(printed).split("\n").includes(line))
  for (const { language, path, text } of blocks) {
    if (language === "sh" && /^(npx tsc|node) /.test(text)) {
      const commands = { "npx tsc": join(root, "node_modules/.bin/tsc"), node: process.execPath }
      printed = text
        .trim()
        .split("\n")
        .map((line) => {
          const [name, command] = Object.entries(commands).find(([one]) => line.startsWith(one))!
          const args = line
            .slice(name.length)
            .trim()
            .split(" ")
            .concat(command === process.execPath ? [] : ["--singleThreaded"])
          return execFileSync(command, args, { cwd: folder, encoding: "utf8", env })
        })
        .join("")
    } else if (language === "sh") {
      const args = text
        .trim()
        .replace(/^npx (eventfold|@eventfold\/cli) /, "")
        .split(" ")
      if (args.includes("--watch")) {
        watching = spawn(process.execPath, [bin, ...args], { cwd: folder, env })
        printed = ""
        for (const stream of [watching.stdout, watching.stderr]) {
          stream?.on("data", (chunk: Buffer) => (printed += chunk.toString()))
        }
      } else {
        watching?.kill("SIGINT")
        watching = undefined
        // The first two commands run as processes. The others run in this process, which has loaded
        // Effect.
        printed = calls++ < 2 || args[0] === "explain" ? run(args) : (await inProcess(args, folder, env)).out
      }
      // What `npm install` would put there.
      if (args[0] === "init") symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    } else if (language === "text") {
      const patience = watching === undefined ? 0 : 300_000
      for (let waited = 0; waited < patience && !shows(text); waited += 50) await sleep(50)
      for (const line of timeless(text).trimEnd().split("\n")) expect(timeless(printed).split("\n")).toContain(line)
    } else if (language === "diff") {
      const file = join(folder, path!)
      const of = (marks: string) => [...text.matchAll(/^(.)(.*)$/gm)].filter(([, mark]) => marks.includes(mark!))
      const lines = (marks: string) => of(marks).map(([, , line]) => line)
      const before = readFileSync(file, "utf8")
      expect(before).toContain(lines(" -").join("\n"))
      const changed = before.replace(lines(" -").join("\n"), lines(" +").join("\n"))
      writeFileSync(file, changed)
    } else if (language === "ts" && path !== undefined) expect(readFileSync(join(folder, path), "utf8")).toBe(text)
    else if (language === "js") {
      const generated = readFileSync(join(folder, path!), "utf8").split("\n")
      for (const line of text.trimEnd().split("\n")) expect(generated).toContain(`  ${line}`)
    } else if (language === "ts") {
      const code = (source: string) => source.replace(/^\/\/.*\n/gm, "")
      expect(code(text)).toBe(code(readFileSync(join(folder, "eventfold.config.ts"), "utf8")))
    } else if (language === "gitattributes") expect(readFileSync(join(folder, ".gitattributes"), "utf8")).toBe(text)
    else expect(language).toBe("yaml")
  }
  expect(blocks.filter(({ language }) => language === "text").length).toBeGreaterThan(7)
})

it("docs/codegen.md has every exit code", () => {
  const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  expect(listed).toEqual(Object.values(exitCodes))
})
