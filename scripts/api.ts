/**
 * Reports the public surface of each package, in `api.md` beside its `package.json`.
 *
 * `node scripts/api.ts` writes the reports. With `--check` it compares them and fails if one
 * differs.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { Surface } from "./api/Surface.ts"

const root = dirname(import.meta.dirname)
/**
 * Before those that import them: the compiler emits no file that it first reaches through
 * `node_modules`.
 */
const folders = ["packages/core", "packages/postgres", "packages/testing", "codegen", "packages/cli"]

/** Packages whose docstrings are checked. A package is added when its docstrings are complete. */
const documented = new Set(["codegen", "packages/core", "packages/postgres", "packages/testing", "packages/cli"])

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
}

/**
 * Emits the declarations of all packages with one run of the compiler, and returns their folder.
 *
 * `paths` resolves the doors to their sources. Through `node_modules` the compiler would take a
 * file for one of an external library, and leave it out, depending on which import it meets first.
 */
const emitDeclarations = (doors: ReadonlyMap<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), "eventfold-api-"))
  const config = {
    extends: join(root, "tsconfig.build.json"),
    compilerOptions: {
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      rootDir: root,
      outDir: join(folder, "out"),
      emitDeclarationOnly: true,
      sourceMap: false,
      rewriteRelativeImportExtensions: false,
      paths: Object.fromEntries([...doors].map(([door, file]) => [door, [file]]))
    },
    files: [...doors.values()]
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], { stdio: "inherit" })
  return folder
}

const check = process.argv.includes("--check")
const packages = folders.map((folder) => {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
  return { folder, manifest, doors: Object.entries(manifest.exports) }
})
const sourceOfDoor = packages.flatMap(({ doors, folder, manifest }) =>
  doors.map(([door, file]) => [manifest.name + door.slice(1), join(root, folder, file)] as const)
)
const emitted = emitDeclarations(new Map(sourceOfDoor))
const problems: Array<string> = []
let total = 0
try {
  for (const { doors, folder, manifest } of packages) {
    const surface = new Surface(root, join(emitted, "out"))
    for (const [door, file] of doors) surface.add(manifest.name + door.slice(1), join(folder, file))
    total += surface.size
    const path = join(root, folder, "api.md")
    const text = surface.report(manifest.name)
    if (documented.has(folder)) problems.push(...surface.problems)
    if (!check) writeFileSync(path, text)
    else {
      let committed = ""
      try {
        committed = readFileSync(path, "utf8")
      } catch {
        problems.push(`${relative(root, path)} is missing; run: node scripts/api.ts`)
        continue
      }
      if (committed !== text) problems.push(`${relative(root, path)} differs; run: node scripts/api.ts, and commit it`)
    }
  }
} finally {
  rmSync(emitted, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
console.log(`${total} public names, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
