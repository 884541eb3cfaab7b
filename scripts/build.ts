/**
 * `pnpm build`: compiles each package to `dist`, as JavaScript and declarations, dependencies
 * first.
 */
import { execFileSync } from "node:child_process"
import { rmSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)

for (const folder of ["packages/core", "packages/testing", "packages/postgres", "codegen", "packages/cli"]) {
  rmSync(join(root, folder, "dist"), { recursive: true, force: true })
  execFileSync("tsc", ["-p", join(root, folder, "tsconfig.build.json")], { stdio: "inherit" })
  console.log(`built ${folder}/dist`)
}
