/**
 * The type checker on generated code, as in a project that installed the packages: it reads their
 * declarations, not their source.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import type { BenchFailed } from "../Database.ts"
import { timed, workspace } from "./GeneratedProject.ts"

const typescript = (manifest: string, name: string) =>
  path.join(path.dirname(createRequire(path.join(workspace, manifest)).resolve(`${name}/package.json`)), "bin/tsc")

/** TypeScript 7, and the previous release, which checks with one thread. */
const compilers = {
  current: () => typescript("package.json", "typescript"),
  before: () => typescript("codegen/package.json", "typescript-6")
}

const packages = { core: "eventfold", testing: "@eventfold/testing" } as const

/** Reads the doors of a package, and the source file of each. */
const exportsOf = (source: string): Readonly<Record<string, string>> =>
  JSON.parse(fs.readFileSync(path.join(source, "package.json"), "utf8")).exports

/** Writes the packages' declarations, and a config that finds them. */
export const prepare = (root: string): Effect.Effect<void, BenchFailed> =>
  Effect.gen(function* () {
    const paths: Record<string, ReadonlyArray<string>> = {}
    for (const [name, specifier] of Object.entries(packages)) {
      const source = path.join(workspace, "packages", name)
      const types = path.join(root, "types", name)
      for (const [door, file] of Object.entries(exportsOf(source))) {
        const declarations = file.replace("./src/", "").replace(/\.ts$/, ".d.ts")
        paths[specifier + door.slice(1)] = [path.join(types, declarations)]
      }
      const config = path.join(root, `tsconfig.${name}.json`)
      const options = { rootDir: path.join(source, "src"), outDir: types, emitDeclarationOnly: true, paths }
      const build = path.join(workspace, "tsconfig.build.json")
      fs.writeFileSync(
        config,
        JSON.stringify({
          extends: build,
          compilerOptions: { ...options, typeRoots: [path.join(workspace, "node_modules/@types")] },
          include: [path.join(source, "src")]
        })
      )
      yield* timed(`the declarations of ${specifier}`, root, [compilers.current(), "-p", config])
    }
    fs.writeFileSync(
      path.join(root, "tsconfig.json"),
      JSON.stringify({
        extends: path.join(workspace, "tsconfig.base.json"),
        compilerOptions: { paths },
        include: ["schemas", "examples"]
      })
    )
  })

const check = (root: string, compiler: keyof typeof compilers) =>
  timed(`tsc (${compiler})`, root, [compilers[compiler](), "--noEmit", "-p", "tsconfig.json"])

/** Measures the seconds that `tsc` takes for declarations, generated code and bodies. */
export const seconds = (root: string): Effect.Effect<number, BenchFailed> => check(root, "current")

/** Measures the same with the previous release, once. */
export const before = (root: string): Effect.Effect<number, BenchFailed> => check(root, "before")
