/** Finds the project: its config, upwards from where the command runs, else the nearest `package.json`. */
import { existsSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Config } from "./Config.ts"
import { codes, type Diagnostic } from "./Diagnostic.ts"

const name = "eventfold.config.ts"

export interface Project {
  /** Every path of the command is relative to this folder. */
  readonly root: string
  /** Whether a config file says so. */
  readonly configured: boolean
  readonly schemas: string
  /** Has `{domain}` in it. */
  readonly output: string
}

const upwards = (from: string, file: string): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** The folder of the nearest config file, if there is one. */
export const folder = (cwd: string): string | undefined => upwards(cwd, name)

const tidy = (path: string): string => path.replaceAll("\\", "/").replace(/^\.\//, "").replace(/\/+$/, "")

const problem = (message: string): Diagnostic => ({ code: codes.badConfig, file: name, message })

/** Reads the config; a faulty one is told as diagnostics. A process that lives on says which `edition` of it to load. */
export const load = async (cwd: string, edition = ""): Promise<Project | ReadonlyArray<Diagnostic>> => {
  const folder = upwards(cwd, name)
  if (folder === undefined) {
    const root = upwards(cwd, "package.json") ?? resolve(cwd)
    return { root, configured: false, schemas: "schemas", output: "src/{domain}/generated" }
  }
  let found: unknown
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(join(folder, name)).href + edition)
    found = module.default
  } catch (error) {
    return [problem(`cannot be loaded: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`)]
  }
  if (typeof found !== "object" || found === null) {
    return [problem("has no default export; write `export default defineConfig({ … })`")]
  }
  const wrong = Object.keys(found).filter((key) => key !== "schemas" && key !== "output")
  const { output = "src/{domain}/generated", schemas = "schemas" }: Config = found
  const problems = wrong.map((key) =>
    problem(`says ${JSON.stringify(key)}, which means nothing; it may say \`schemas\` and \`output\``)
  )
  if (typeof schemas !== "string" || schemas === "") problems.push(problem("`schemas` is not the name of a folder"))
  if (
    typeof output !== "string" ||
    tidy(output)
      .split("/")
      .filter((part) => part.includes("{domain}")).length !== 1
  ) {
    problems.push(
      problem('`output` must name a folder with `{domain}` once in its path, such as "src/{domain}/generated"')
    )
  } else if (!tidy(output).includes("/")) {
    problems.push(problem("`output` must be a folder in a folder: your own code goes beside the generated folder"))
  }
  return problems.length > 0
    ? problems
    : { root: folder, configured: true, schemas: tidy(schemas), output: tidy(output) }
}
