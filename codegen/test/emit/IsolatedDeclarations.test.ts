/**
 * Generated code declares the types of its exports, so that a compiler can emit declaration files
 * from one file alone.
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it, onTestFinished } from "vitest"

const workspace = join(import.meta.dirname, "../../..")

it("generated files of the golden project and of the examples pass isolatedDeclarations", async () => {
  // Below the workspace, whose packages are imported.
  const cache = join(workspace, "node_modules/.cache")
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, "isolated-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const generated = ["examples/*/src/generated", "codegen/test/golden/src/*/generated"]
  const config = {
    extends: join(workspace, "tsconfig.json"),
    compilerOptions: { declaration: true, isolatedDeclarations: true, rootDir: workspace, types: ["node"] },
    include: generated.map((path) => join(workspace, path)),
    exclude: []
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
  const { stdout } = await promisify(execFile)(
    join(workspace, "node_modules/.bin/tsc"),
    ["-p", join(folder, "tsconfig.json"), "--pretty", "false"],
    { cwd: workspace, maxBuffer: 64 * 1024 * 1024 }
  ).catch((error: { readonly stdout: string }) => error)
  const errors = stdout.split("\n").filter((line) => /error TS/.test(line))
  const isGenerated = (line: string) => /^[^(]*[\\/]generated[\\/]/.test(line)
  expect(errors.filter(isGenerated)).toEqual([])
  // The developer's bodies are read, too, and declare no types: the compiler did look.
  expect(errors.filter((line) => /order\.apply\.ts.*TS9010/.test(line))).not.toEqual([])
})
