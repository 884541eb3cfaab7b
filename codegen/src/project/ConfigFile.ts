/**
 * Finds the project of a folder: the nearest config file above it, or the nearest `package.json`.
 */
import { existsSync } from "node:fs"
import { dirname, isAbsolute, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Config } from "./Config.ts"
import { codes, type Diagnostic, type Problem } from "../report/Diagnostic.ts"
import { nearest } from "../report/Suggestion.ts"
import { textIfThere } from "../syntax/Texts.ts"

const configName = "eventfold.config.ts"

export interface Project {
  /** Absolute path of the project. All other paths are relative to it. */
  readonly root: string
  /** `true` if the project has a config file. */
  readonly configured: boolean
  readonly schemas: string
  /** Contains `{domain}`. */
  readonly output: string
  /** Domains with a separate store. */
  readonly separateStores: ReadonlyArray<string>
}

/** Finds the nearest folder, upwards, that contains a file. */
const folderWith = (from: string, file: string): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

/** Returns the folder of the nearest config file; `undefined` if there is none. */
export const folder = (cwd: string): string | undefined => folderWith(cwd, configName)

/** Normalizes a relative path: `/` as separator, no `.` segments, no slash at the end. */
const tidy = (path: string): string =>
  path
    .replaceAll("\\", "/")
    .replace(/^(\.\/+)+/, "")
    .replace(/\/+$/, "")
    .replace(/\/(\.?\/)+/g, "/")

/** All options with their defaults. */
const defaults = { schemas: "schemas", output: "src/{domain}/generated", separateStores: [] } as const

/** A problem of the config, at an option or at the whole object. */
interface ConfigProblem extends Problem {
  readonly option?: string
}

/** Shows a value of the wrong type in a message. */
const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? "an array" : typeof value

/** `true` if one folder is the other, or is inside of it. */
const isWithin = (inner: string, outer: string): boolean => outer === "." || `${inner}/`.startsWith(`${outer}/`)

const folderProblem = (option: "schemas" | "output", value: unknown): ConfigProblem | undefined => {
  const fix = `write a path relative to the config, such as ${JSON.stringify(defaults[option])}`
  if (typeof value !== "string")
    return { option, message: `\`${option}\` is ${shown(value)}, not the path of a folder`, fix }
  if (tidy(value) === "") return { option, message: `\`${option}\` is an empty path`, fix }
  if (isAbsolute(value) || /^[A-Za-z]:/.test(value)) {
    return { option, message: `\`${option}\` is an absolute path, ${shown(value)}`, fix }
  }
  return undefined
}

const outputProblem = (output: string, schemas: unknown): ConfigProblem | undefined => {
  const option = "output"
  const parts = output.split("/")
  const fix = `write \`output: ${JSON.stringify(defaults.output)}\`, or another folder with \`{domain}\` in its path`
  if (parts.includes("..")) {
    return { option, message: `\`output\` is outside of the project: ${JSON.stringify(output)}`, fix }
  }
  if (parts.filter((part) => part.includes("{domain}")).length !== 1 || output.split("{domain}").length !== 2) {
    const why = output.includes("{domain}")
      ? "contains `{domain}` more than once"
      : "does not contain `{domain}`, so all domains would be written to one folder"
    return { option, message: `\`output\` ${why}`, fix }
  }
  if (parts.length === 1) {
    return {
      option,
      message: "`output` is a top-level folder, and your own code is written to its parent folder",
      fix
    }
  }
  if (typeof schemas === "string" && isWithin(output.replace("{domain}", "x"), tidy(schemas))) {
    return {
      option,
      message: `\`output\` is inside of \`schemas\`, ${JSON.stringify(tidy(schemas))}, so generated code would be read as declarations`,
      fix: "use a folder outside of the folder of declarations"
    }
  }
  return undefined
}

const storesProblem = (value: unknown): ConfigProblem | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : {
        option: "separateStores",
        message: `\`separateStores\` is ${Array.isArray(value) ? "an array with other values than strings" : shown(value)}, not an array of strings`,
        fix: 'list the names of the domains with a separate store, as in `separateStores: ["billing"]`'
      }

const problemsOf = (config: object): ReadonlyArray<ConfigProblem> => {
  const names = Object.keys(defaults)
  const unknown = Object.keys(config)
    .filter((key) => !names.includes(key))
    .map((option): ConfigProblem => {
      const meant = nearest(option, names)
      return {
        option,
        message: `has an unknown option ${JSON.stringify(option)}`,
        fix:
          meant === undefined
            ? "remove it: the options are `schemas`, `output` and `separateStores`"
            : `write \`${meant}\``
      }
    })
  const {
    output = defaults.output,
    schemas = defaults.schemas,
    separateStores = defaults.separateStores
  }: { readonly output?: unknown; readonly schemas?: unknown; readonly separateStores?: unknown } = config
  const folders = [folderProblem("schemas", schemas), folderProblem("output", output)]
  const about =
    folders[1] === undefined && typeof output === "string" ? outputProblem(tidy(output), schemas) : undefined
  return [...unknown, ...folders, about, storesProblem(separateStores)].filter((one) => one !== undefined)
}

/**
 * Adds the place in the file to each problem. Loads the parser, so it is only called if there are
 * problems.
 */
const located = async (path: string, problems: ReadonlyArray<ConfigProblem>): Promise<ReadonlyArray<Diagnostic>> => {
  const { defaultExport } = await import("../syntax/Syntax.ts")
  const { at, options } = defaultExport(path, textIfThere(path) ?? "")
  return problems.map(({ option, ...problem }) => {
    const place = option === undefined ? at : (options.get(option) ?? at)
    return { code: codes.badConfig, file: configName, ...(place === undefined ? {} : { at: place }), ...problem }
  })
}

const exportFix = "write `export default defineConfig({ … })`"

/** Describes the error that loading the config threw, with its place. */
const loadProblem = async (path: string, error: unknown): Promise<ReadonlyArray<Diagnostic>> => {
  const [{ parse, errorsOf }, { firstConflict }] = await Promise.all([
    import("../syntax/Syntax.ts"),
    import("./MergeConflict.ts")
  ])
  const conflict = firstConflict(textIfThere(path) ?? "")
  if (conflict !== undefined) {
    const message = "has an unresolved merge conflict"
    return [{ code: codes.badConfig, file: configName, at: conflict, message, fix: "resolve the conflict" }]
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
      file: configName,
      ...(at === undefined ? {} : { at }),
      message: `can't be loaded: ${syntax === undefined ? message : syntax.message.replace(/\.$/, "")}`,
      fix: message.includes("'@eventfold/cli'")
        ? "npm install --save-dev @eventfold/cli"
        : "fix the error; a config only needs to import `defineConfig`"
    }
  ]
}

/** Reports config files with another name, which are not read. */
const misnamed = (root: string): ReadonlyArray<Diagnostic> => {
  const files = ["js", "mjs", "cjs", "mts", "cts", "json"].map((ending) => `eventfold.config.${ending}`)
  return files
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ({ code: codes.badConfig, file, message: "is not read", fix: `rename it to ${configName}` }))
}

/**
 * Loads the project of a folder; returns diagnostics if its config is invalid.
 *
 * Node caches modules by URL. A process that loads the config again passes a different `edition`
 * each time, which is appended to the URL.
 */
export const load = async (cwd: string, edition = ""): Promise<Project | ReadonlyArray<Diagnostic>> => {
  const folder = folderWith(cwd, configName)
  if (folder === undefined) {
    const root = folderWith(cwd, "package.json") ?? resolve(cwd)
    const problems = misnamed(root)
    return problems.length > 0 ? problems : { root, configured: false, ...defaults }
  }
  const path = join(folder, configName)
  let found: unknown
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(path).href + edition)
    found = module.default
  } catch (error) {
    return loadProblem(path, error)
  }
  if (found === undefined) return located(path, [{ message: "has no default export", fix: exportFix }])
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return located(path, [
      {
        message: `has ${found === null ? "null" : shown(found)} as its default export, not an object of options`,
        fix: exportFix
      }
    ])
  }
  const problems = problemsOf(found)
  if (problems.length > 0) return located(path, problems)
  const {
    output = defaults.output,
    schemas = defaults.schemas,
    separateStores = defaults.separateStores
  }: Config = found
  return { root: folder, configured: true, schemas: tidy(schemas), output: tidy(output), separateStores }
}
