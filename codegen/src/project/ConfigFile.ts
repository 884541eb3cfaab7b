/** Finds the project: its config, upwards from where the command runs, else the nearest `package.json`. */
import { existsSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Config } from "./Config.ts"
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import { nearest } from "../report/Suggestion.ts"
import { textIfThere } from "../syntax/Texts.ts"

const name = "eventfold.config.ts"

export interface Project {
  /** Every path of the command is relative to this folder. */
  readonly root: string
  /** Whether a config file says so. */
  readonly configured: boolean
  readonly schemas: string
  /** Has `{domain}` in it. */
  readonly output: string
  /** Domains that have a store of their own. */
  readonly separateStores: ReadonlyArray<string>
}

const upwards = (from: string, file: string): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** The folder of the nearest config file, if there is one. */
export const folder = (cwd: string): string | undefined => upwards(cwd, name)

const tidy = (path: string): string =>
  path
    .replaceAll("\\", "/")
    .replace(/^(\.\/+)+/, "")
    .replace(/\/+$/, "")
    .replace(/\/(\.?\/)+/g, "/")

/** What a config may say, and what it says else. */
const options = { schemas: "schemas", output: "src/{domain}/generated", separateStores: [] } as const

interface Problem extends Pick<Diagnostic, "message" | "fix"> {
  /** The option that it is about. */
  readonly option?: string
}

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? "an array" : typeof value

/** Whether one folder is the other, or somewhere in it. */
const isWithin = (inner: string, outer: string): boolean => outer === "." || `${inner}/`.startsWith(`${outer}/`)

const folderProblem = (option: "schemas" | "output", value: unknown): Problem | undefined => {
  const fix = `write a path from the config's folder, such as ${JSON.stringify(options[option])}`
  if (typeof value !== "string")
    return { option, message: `\`${option}\` is ${shown(value)}, and no path of a folder`, fix }
  if (tidy(value) === "") return { option, message: `\`${option}\` names no folder`, fix }
  if (isAbsolute(value) || /^[A-Za-z]:/.test(value)) {
    return { option, message: `\`${option}\` is a path of one machine, ${shown(value)}`, fix }
  }
  return undefined
}

const outputProblem = (output: string, schemas: unknown): Problem | undefined => {
  const option = "output"
  const parts = output.split("/")
  const fix = `write \`output: ${JSON.stringify(options.output)}\`, or another folder with \`{domain}\` in its path`
  if (parts.includes("..")) {
    return { option, message: `\`output\` leads out of the project, to ${JSON.stringify(output)}`, fix }
  }
  if (parts.filter((part) => part.includes("{domain}")).length !== 1 || output.split("{domain}").length !== 2) {
    const many = output.includes("{domain}")
      ? "says `{domain}` more than once"
      : "does not say `{domain}`, so that all domains would be written to one folder"
    return { option, message: `\`output\` ${many}`, fix }
  }
  if (parts.length === 1) {
    return {
      option,
      message: "`output` is no folder in a folder, and your own code goes beside the generated one",
      fix
    }
  }
  if (typeof schemas === "string" && isWithin(output.replace("{domain}", "x"), tidy(schemas))) {
    return {
      option,
      message: `\`output\` is inside of \`schemas\`, ${JSON.stringify(tidy(schemas))}: what is generated would be read as declarations`,
      fix: "keep generated code outside of the folder of declarations"
    }
  }
  return undefined
}

const storesProblem = (value: unknown): Problem | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : {
        option: "separateStores",
        message: `\`separateStores\` is ${Array.isArray(value) ? "a list of other things than texts" : shown(value)}`,
        fix: 'list the names of domains that have a store of their own, as in `separateStores: ["billing"]`'
      }

const problemsOf = (config: object): ReadonlyArray<Problem> => {
  const names = Object.keys(options)
  const unknown = Object.keys(config)
    .filter((key) => !names.includes(key))
    .map((option): Problem => {
      const meant = nearest(option, names)
      return {
        option,
        message: `says ${JSON.stringify(option)}, which is no option`,
        fix:
          meant === undefined
            ? "take it out: there are `schemas`, `output` and `separateStores`"
            : `did you mean \`${meant}\`?`
      }
    })
  const {
    output = options.output,
    schemas = options.schemas,
    separateStores = options.separateStores
  }: { readonly output?: unknown; readonly schemas?: unknown; readonly separateStores?: unknown } = config
  const folders = [folderProblem("schemas", schemas), folderProblem("output", output)]
  const about =
    folders[1] === undefined && typeof output === "string" ? outputProblem(tidy(output), schemas) : undefined
  return [...unknown, ...folders, about, storesProblem(separateStores)].filter((one) => one !== undefined)
}

/** Each at its place in the file: the parser is loaded only where something is wrong. */
const located = async (path: string, problems: ReadonlyArray<Problem>): Promise<ReadonlyArray<Diagnostic>> => {
  const { defaultExport } = await import("../syntax/Syntax.ts")
  const { at, options } = defaultExport(path, textIfThere(path) ?? "")
  return problems.map(({ option, ...problem }) => {
    const place = option === undefined ? at : (options.get(option) ?? at)
    return { code: codes.badConfig, file: name, ...(place === undefined ? {} : { at: place }), ...problem }
  })
}

const write = "write `export default defineConfig({ … })`"

/** What was thrown by loading it, at its place. */
const thrown = async (path: string, error: unknown): Promise<ReadonlyArray<Diagnostic>> => {
  const [{ parse, errorsOf }, { firstConflict }] = await Promise.all([
    import("../syntax/Syntax.ts"),
    import("./MergeConflict.ts")
  ])
  const conflict = firstConflict(textIfThere(path) ?? "")
  if (conflict !== undefined) {
    const message = "holds a merge conflict: both sides are still there"
    return [{ code: codes.badConfig, file: name, at: conflict, message, fix: "resolve it" }]
  }
  const [syntax] = errorsOf(parse(path, textIfThere(path) ?? ""))
  const message = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? ""
  const quoted = [pathToFileURL(path).href, path].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  const own = new RegExp(`(?:${quoted.join("|")})[^:\\s]*:(\\d+):(\\d+)`)
  const [, line, column] = own.exec(error instanceof Error ? (error.stack ?? "") : "") ?? []
  const at = syntax?.at ?? (line === undefined ? undefined : { line: Number(line), column: Number(column) })
  return [
    {
      code: codes.badConfig,
      file: name,
      ...(at === undefined ? {} : { at }),
      message: `cannot be loaded: ${syntax === undefined ? message : syntax.message.replace(/\.$/, "")}`,
      fix: message.includes("'@eventfold/cli'")
        ? "npm install --save-dev @eventfold/cli"
        : "mend that; a config needs nothing but `defineConfig`"
    }
  ]
}

/** Configs of other names are read by nobody. */
const misnamed = (root: string): ReadonlyArray<Diagnostic> => {
  const files = ["js", "mjs", "cjs", "mts", "cts", "json"].map((ending) => `eventfold.config.${ending}`)
  return files
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ({ code: codes.badConfig, file, message: "is not read", fix: `call it ${name}` }))
}

/** Reads the config; a faulty one is told as diagnostics. A process that lives on says which `edition` of it to load. */
export const load = async (cwd: string, edition = ""): Promise<Project | ReadonlyArray<Diagnostic>> => {
  const folder = upwards(cwd, name)
  if (folder === undefined) {
    const root = upwards(cwd, "package.json") ?? resolve(cwd)
    const others = misnamed(root)
    return others.length > 0 ? others : { root, configured: false, ...options }
  }
  const path = join(folder, name)
  let found: unknown
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(path).href + edition)
    found = module.default
  } catch (error) {
    return thrown(path, error)
  }
  if (found === undefined) return located(path, [{ message: "has no default export", fix: write }])
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return located(path, [
      { message: `exports ${found === null ? "null" : shown(found)} by default, and no options`, fix: write }
    ])
  }
  const problems = problemsOf(found)
  if (problems.length > 0) return located(path, problems)
  const { output = options.output, schemas = options.schemas, separateStores = options.separateStores }: Config = found
  return { root: folder, configured: true, schemas: tidy(schemas), output: tidy(output), separateStores }
}
