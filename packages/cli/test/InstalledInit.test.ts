/**
 * `eventfold init` for a new user: with the published packages, installed by npm and by pnpm, and
 * then every command that the README of the new project names. It takes minutes and asks the
 * registry, so it runs with EVENTFOLD_SOAK=1 only.
 */
import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined
const workspace = join(import.meta.dirname, "../../..")
const folder = join(tmpdir(), `eventfold init (installed) ${process.pid}`)
const packages = join(folder, "packages")
const pnpm = ["--yes", "pnpm@12.21.0"]

const env = { ...process.env, NO_COLOR: "1", PATH: `${join(workspace, "node_modules/.bin")}:${process.env["PATH"]}` }

const run = (cwd: string, file: string, ...args: ReadonlyArray<string>): string =>
  execFileSync(file, args, {
    cwd,
    encoding: "utf8",
    stdio: "pipe",
    env
  })

/**
 * Replaces the packages in a manifest, and those that they depend on, by tarballs: no registry has
 * them before the release.
 */
const fromTarballs = (root: string): void => {
  const file = join(root, "package.json")
  const text = readFileSync(file, "utf8").replace(
    /"((?:@eventfold\/)?[a-z]+)": "0\.1\.0"/g,
    (_, name: string) => `"${name}": ${JSON.stringify(`file:${tarball(name)}`)}`
  )
  const overrides = { "@eventfold/codegen": `file:${tarball("@eventfold/codegen")}` }
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), overrides }))
  // pnpm reads overrides from here. YAML holds JSON.
  writeFileSync(join(root, "pnpm-workspace.yaml"), JSON.stringify({ overrides }))
}
const tarball = (name: string): string => {
  const start = name.replace("@", "").replace("/", "-")
  const found = readdirSync(packages).find((one) => one.startsWith(`${start}-`) && /^-\d/.test(one.slice(start.length)))
  return join(packages, found!)
}

describe.runIf(soak)("eventfold init, installed", { timeout: 600_000 }, () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeAll(() => {
    mkdirSync(packages, { recursive: true })
    run(workspace, "node", "scripts/build.ts")
    for (const one of ["packages/core", "packages/testing", "codegen", "packages/cli"]) {
      run(join(workspace, one), "npx", ...pnpm, "pack", "--pack-destination", packages)
    }
    mkdirSync(join(folder, "tool"))
    writeFileSync(join(folder, "tool/package.json"), "{}")
    const tarballs = readdirSync(packages).map((name) => join(packages, name))
    run(join(folder, "tool"), "npm", "install", "--no-audit", "--no-fund", ...tarballs)
  }, 600_000)

  it.each([
    ["npm", ["npm"]],
    ["pnpm", ["npx", ...pnpm]]
  ] as const)("%s: everything that its README names works", async (name, [program, ...before]) => {
    run(folder, join(folder, "tool/node_modules/.bin/eventfold"), "init", `shop by ${name}`)
    const shop = join(folder, `shop by ${name}`)
    fromTarballs(shop)
    const call = (...args: ReadonlyArray<string>) => run(shop, program, ...before, ...args)
    call("install")
    expect(call("run", "gen")).toMatch(/^16 files, 16 written$/m)
    expect(call("run", "check")).toMatch(/^16 files, up to date$/m)
    expect(call("test")).toMatch(/Tests {2}(\d+) passed \(\1\)/)
    expect(call("start")).toContain("refused: only 3800 left\nCardIssued: 5000 left\nCardRedeemed: 3800 left\n")
    const build = ["--noEmit", "false", "--outDir", "out", "--rootDir", ".", "--rewriteRelativeImportExtensions"]
    run(shop, join(shop, "node_modules/.bin/tsc"), ...build)
    expect(run(shop, "node", "out/src/main.js")).toContain("CardRedeemed: 3800 left\n")
    // The confinement of declarations works with the installed packages, too.
    const schema = join(shop, "schemas/cards/gift-card.ts")
    const text = readFileSync(schema, "utf8")
    writeFileSync(schema, `import { writeFileSync } from "node:fs"\nwriteFileSync("evil", "")\n${text}`)
    expect(() => call("run", "gen")).toThrow(/gift-card\.ts:1:31 EF0007 imports node:fs/)
    expect(readdirSync(shop)).not.toContain("evil")
    writeFileSync(schema, text)
    const child = spawn(program, [...before, "run", "watch"], { cwd: shop, detached: true, stdio: "pipe", env })
    try {
      let said = ""
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => void (said += chunk.toString()))
      const hears = async (pattern: RegExp) => {
        for (let waited = 0; waited < 300_000 && !pattern.test(said); waited += 50) await sleep(50)
        expect(said).toMatch(pattern)
      }
      await hears(/^watching/m)
      writeFileSync(schema, text.replace("CardIssued: {", "CardLost: {},\n    CardIssued: {"))
      await hears(/gift-card\.ts changed: \d+ files written in \d+ ms\n/)
      expect(said).toMatch(/has no handler for CardLost/)
    } finally {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    }
  })
})
