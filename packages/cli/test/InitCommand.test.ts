/**
 * `eventfold init` as a user calls it: the project that it writes generates, type-checks, passes
 * its laws and runs.
 */
import { execFileSync, spawnSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { run } from "../src/commandline/Run.ts"
import { host } from "./TestHost.ts"

const workspace = join(import.meta.dirname, "../../..")
const bin = join(workspace, "packages/cli/src/bin.ts")
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(workspace, folder, "package.json"), "utf8"))

const empty = (): string => {
  const root = mkdtempSync(join(tmpdir(), "eventfold-init-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  return root
}

let agent = ""
/** Runs the command in this process. */
const eventfold = async (cwd: string, ...args: ReadonlyArray<string>) => {
  const { err, host: printed, out } = host(cwd, { NO_COLOR: "1", npm_config_user_agent: agent })
  const code = await run(args, printed)
  return { code, out: out(), err: err() }
}

/** Runs the command in a process of its own. */
const inProcessOf = (cwd: string, ...args: ReadonlyArray<string>) => {
  const env = { ...process.env, NO_COLOR: "1", npm_config_user_agent: "" }
  const { status, stderr, stdout } = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: "utf8", env })
  return { code: status, out: stdout, err: stderr }
}

it("init: the new project generates, type-checks, passes its laws and runs", () => {
  const root = empty()
  const { code, err, out } = inProcessOf(root, "init", "My Shop")
  expect({ code, err }).toEqual({ code: 0, err: "" })
  expect(out).toContain(
    "Next:\n\n  cd 'My Shop'\n  npm install\n  npx eventfold gen  writes typed events, folds, services and law tests\n"
  )
  const shop = join(root, "My Shop")
  // As `npm install` does.
  symlinkSync(join(workspace, "node_modules"), join(shop, "node_modules"))
  expect(JSON.parse(readFileSync(join(shop, "package.json"), "utf8")).name).toBe("my-shop")
  const generated = inProcessOf(shop, "gen")
  expect(generated.err).toBe("")
  expect(generated.out).not.toContain("EF0")
  expect(generated.out).not.toContain("began")
  expect(inProcessOf(shop, "check")).toMatchObject({ code: 0 })
  const node = (...args: ReadonlyArray<string>) =>
    execFileSync(process.execPath, args, { cwd: shop, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } })
  expect(
    execFileSync(join(workspace, "node_modules/.bin/tsc"), ["--singleThreaded"], { cwd: shop, encoding: "utf8" })
  ).toBe("")
  expect(node(join(workspace, "node_modules/vitest/vitest.mjs"), "run", "--no-isolate", "--maxWorkers=1")).toMatch(
    /Tests {2}(\d+) passed \(\1\)/
  )
  expect(node("src/main.ts")).toBe(
    "refused: only 3800 left\nCardIssued: 5000 left\nCardRedeemed: 3800 left\n[ { shop: 'bakery', total: 1200 } ]\n"
  )
})

it("init: dependencies have the versions that this workspace is tested with", async () => {
  const root = empty()
  const { out } = await eventfold(root, "init", "--json")
  const said = JSON.parse(out)
  expect(said).toMatchObject({ exitCode: 0, folder: expect.stringContaining("eventfold-init-") })
  expect(said.next).toEqual(["npm install", "npx eventfold gen", "npm test", "npm start"])
  for (const file of said.files) expect(existsSync(join(root, file))).toBe(true)
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const here: Record<string, string> = manifestOf(".").devDependencies
  const { version } = manifestOf("packages/cli")
  const pinned = { ...dependencies, ...devDependencies }
  expect(Object.keys(pinned).sort()).toEqual([
    "@effect/vitest",
    "@eventfold/cli",
    "@eventfold/testing",
    "@types/node",
    "effect",
    "eventfold",
    "fast-check",
    "typescript",
    "vitest"
  ])
  for (const [name, wanted] of Object.entries(pinned)) {
    expect([name, wanted]).toEqual([name, name.includes("eventfold") ? version : here[name]])
  }
  // The peer dependencies of the laws.
  const peers = Object.keys(manifestOf("packages/testing").peerDependencies)
  expect(Object.keys(pinned)).toEqual(expect.arrayContaining(peers))
})

it("init: an existing file is never overwritten, and then nothing is written", async () => {
  const root = empty()
  mkdirSync(join(root, "src"))
  writeFileSync(join(root, "src/main.ts"), "// mine\n")
  writeFileSync(join(root, "package.json"), "{}\n")
  expect(await eventfold(root, "init")).toEqual({
    code: 1,
    out: "",
    err: "package.json, src/main.ts are there already, so nothing was written; name a new folder, as in `eventfold init my-app`\n"
  })
  expect(readdirSync(root, { recursive: true }).sort()).toEqual(["package.json", "src", "src/main.ts"])
  expect(readFileSync(join(root, "src/main.ts"), "utf8")).toBe("// mine\n")
  expect(await eventfold(root, "init", "package.json")).toMatchObject({
    code: 64,
    err: "package.json is a file; name a folder\n"
  })
  writeFileSync(join(root, ".gitignore"), "mine\n")
  writeFileSync(join(root, ".gitattributes"), "* text\n")
  writeFileSync(join(root, "README.md"), "# Mine\n")
  rmSync(join(root, "package.json"))
  rmSync(join(root, "src/main.ts"))
  expect((await eventfold(root, "init")).code).toBe(0)
  expect(readFileSync(join(root, ".gitignore"), "utf8")).toBe("mine\n")
  expect(readFileSync(join(root, ".gitattributes"), "utf8")).toBe("* text\n")
  expect(readFileSync(join(root, "README.md"), "utf8")).toBe("# Mine\n")
})

it("init: the next steps and the README name commands of the package manager that runs it", async () => {
  const root = empty()
  onTestFinished(() => void (agent = ""))
  for (const [name, install, gen] of [
    ["npm", "npm install", "npx eventfold gen"],
    ["pnpm", "pnpm install", "pnpm eventfold gen"],
    ["yarn", "yarn install", "yarn eventfold gen"]
  ] as const) {
    agent = `${name}/10.0.0 npm/? node/v24.0.0 linux x64`
    const { out } = await eventfold(root, "init", `it's ${name}`)
    expect(out).toContain(`Next:\n\n  cd 'it'\\''s ${name}'\n  ${install}\n  ${gen} `)
    const readme = readFileSync(join(root, `it's ${name}`, "README.md"), "utf8")
    expect(readme).toMatch(new RegExp(`^# it-s-${name}\n[^]*\`\`\`sh\n${install}\n`))
    const { scripts } = JSON.parse(readFileSync(join(root, `it's ${name}`, "package.json"), "utf8"))
    // The README explains every script, and nothing else.
    const told = [...readme.matchAll(/^\| `(?:npm|pnpm|yarn)(?: run)? (\w+)` \|/gm)].map(([, script]) => script)
    expect(told).toEqual(Object.keys(scripts))
  }
})

it("init: a project in a workspace is reported, with the path to add", async () => {
  const root = empty()
  writeFileSync(join(root, "pnpm-workspace.yaml"), 'packages: ["packages/*"]\n')
  mkdirSync(join(root, "packages"))
  expect((await eventfold(join(root, "packages"), "init", "shop")).out).toContain(
    "\n.. is a workspace: name packages/shop among its packages before you install\n\nNext:"
  )
  rmSync(join(root, "pnpm-workspace.yaml"))
  writeFileSync(join(root, "package.json"), '{ "workspaces": ["packages/*"] }')
  expect((await eventfold(join(root, "packages"), "init", "bar")).out).toContain(".. is a workspace: name packages/bar")
  // The folder of the workspace itself gets no note.
  rmSync(join(root, "package.json"))
  expect((await eventfold(root, "init")).out).not.toContain("workspace")
})

it("init: if one file cannot be written, none is, and the reason is one line", async () => {
  const root = empty()
  writeFileSync(join(root, "src"), "a file")
  expect(await eventfold(root, "init")).toEqual({
    code: 70,
    out: "",
    err: `can't use ${join(root, "src")}: it is a file, not a folder (ENOTDIR); nothing was written\n`
  })
  expect(readdirSync(root)).toEqual(["src"])
  const json = await eventfold(root, "init", "src/deeper", "--json")
  expect({ ...json, out: JSON.parse(json.out) }).toMatchObject({ code: 70, err: "", out: { exitCode: 70 } })
  expect(JSON.parse(json.out).summary).toContain("it is a file, not a folder (ENOTDIR); nothing was written")
  expect(readdirSync(root)).toEqual(["src"])
})
