/**
 * The published packages, in an app of their own: built, packed, installed by npm from the
 * tarballs, and taken on README's tour. It takes a minute and asks the registry, so it runs with
 * EVENTFOLD_SOAK=1 only.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { blocks, root } from "./Readme.ts"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined
const app = join(tmpdir(), `published-${process.pid}`)

const bin = join(root, "node_modules", ".bin")
const run = (cwd: string, file: string, ...args: ReadonlyArray<string>) =>
  execFileSync(file, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", PATH: `${bin}:${process.env["PATH"]}` }
  })

const install = () => {
  mkdirSync(app)
  onTestFinished(() => rmSync(app, { recursive: true, force: true }))
  run(root, "node", "scripts/build.ts")
  for (const folder of ["packages/core", "packages/postgres", "packages/testing", "codegen", "packages/cli"]) {
    run(join(root, folder), "npx", "--yes", "pnpm@12.21.0", "pack", "--pack-destination", app)
  }
  writeFileSync(join(app, "package.json"), JSON.stringify({ type: "module", private: true }))
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const wanted = ["effect", "@effect/vitest", "@types/node", "vitest", "fast-check", "typescript"]
  const tarballs = readdirSync(app).filter((name) => name.endsWith(".tgz"))
  expect(tarballs).toHaveLength(5)
  run(
    app,
    "npm",
    "install",
    ...tarballs.map((name) => join(app, name)),
    ...wanted.map((name) => `${name}@${devDependencies[name]}`)
  )
}

it.runIf(soak)(
  "the published packages work outside the workspace",
  () => {
    install()
    for (const { language, path, text } of blocks) {
      if (language !== "ts" || path === undefined) continue
      // Without a config of its own, an app's generated code goes to src/<domain>/generated.
      const file = join(app, path.replace("examples/cards/src", "src/cards"))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text.replace("../../../schemas", "../../schemas"))
      if (path.startsWith("schemas/")) run(app, join(app, "node_modules/.bin/eventfold"), "gen")
    }
    const compilerOptions = {
      target: "esnext",
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: ["node"]
    }
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src", "schemas"] }))
    expect(run(app, join(app, "node_modules/.bin/tsc"), "--pretty", "false")).toBe("")
    expect(run(app, join(app, "node_modules/.bin/eventfold"), "store", "--help")).toMatch(/export[^]*import[^]*grants/)
    expect(run(app, "node", "src/cards/main.ts")).toContain("CardRedeemed: 3000 left")
    const [, shown] = blocks.flatMap(({ text }) => /Tests +(\d+ passed)/.exec(text) ?? [])
    expect(run(app, join(app, "node_modules/.bin/vitest"), "run")).toContain(shown ?? "what README shows")
    run(app, join(app, "node_modules/.bin/eventfold"), "gen")
    expect(run(app, join(app, "node_modules/.bin/eventfold"), "check")).toContain("up to date")
    expect(run(app, join(app, "node_modules/.bin/eventfold"), "golden", "record")).toContain("GiftCard: ")
    expect(run(app, join(app, "node_modules/.bin/eventfold"), "golden", "verify")).toContain("GiftCard")
    writeFileSync(
      join(app, "elsewhere.ts"),
      `import { Laws } from "@eventfold/testing"
import { GiftCardLaws } from "./src/cards/generated/gift-card.laws.ts"
await Laws.processes(GiftCardLaws, { module: "src/cards/generated/gift-card.laws.ts" })
console.log("the same elsewhere")
`
    )
    expect(run(app, "node", "elsewhere.ts")).toContain("the same elsewhere")
  },
  300_000
)
