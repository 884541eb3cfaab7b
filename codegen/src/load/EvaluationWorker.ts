/** Runs schema files in a thread, so that their effects end with it. */
import { enableCompileCache, flushCompileCache } from "node:module"
import { relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import * as ImportCycles from "./ImportCycles.ts"
import { Confinement, type Imports, Refused } from "./Confinement.ts"
import type { BrokenCycle, Failed, Request, Response, Start } from "./Evaluation.ts"
import { withoutEdition } from "./ModuleUrl.ts"
import type { Foreign } from "../declare/types/Exports.ts"
import type { Inspected, InspectOptions, IsDeclaredIn, Loaded } from "../declare/Inspection.ts"
import { literally, wordEnd } from "../model/Names.ts"
import { isOfProject } from "../project/Ownership.ts"
import { textIfThere } from "../syntax/Texts.ts"

// The cache has to be enabled in each thread. Most of the startup time is spent on compiling
// Effect.
enableCompileCache()
// Before any other module can keep a reference to an unguarded function.
const confinement = new Confinement()
const { inspect } = await import("../declare/Inspection.ts")
const { SchemaIssue } = await import("effect")
const formatIssue = SchemaIssue.makeFormatterDefault()

const { request, steps, waits }: Start = workerData
const counter = new Int32Array(steps)
const step = () => void Atomics.add(counter, 0, 1)
confinement.watchImports(step)

const post = (response: Response): void => {
  step()
  parentPort?.postMessage(JSON.stringify(response))
}

/** Returns the first place in the project's code in a stack. */
const thrownAt = (stack: string): Failed["thrownAt"] => {
  for (const [, script = "", line, column] of stack.matchAll(
    /(file:\/\/\/.*?|(?<=[( ])\/.*?):(\d+)(?::(\d+))?\)?$/gm
  )) {
    const file = script.startsWith("file:") ? fileURLToPath(script) : script
    if (isOfProject(file)) return { file, at: { line: Number(line), column: Number(column ?? 1) } }
  }
  return undefined
}

const maxMessageLetters = 400

/** Returns the message of an error and of its cause, in one line. */
const messageOf = ({ cause, message }: Error): string => {
  const reason = SchemaIssue.isIssue(cause) ? formatIssue(cause) : cause instanceof Error ? cause.message : ""
  return (reason === "" ? message : `${message}: ${reason}`).replace(/\s*\n\s*/g, " ").slice(0, maxMessageLetters)
}

const describe = (file: string, error: unknown): Failed => {
  const at = error instanceof Error ? thrownAt(withoutEdition(error.stack ?? "")) : undefined
  const denied =
    error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED" && "permission" in error
      ? String(error.permission)
      : undefined
  const unresolved = confinement.unresolved(error)
  return {
    file,
    name: error instanceof Error ? error.name : typeof error,
    message: withoutEdition(error instanceof Error ? messageOf(error) : String(error)),
    ...(at === undefined ? {} : { thrownAt: at }),
    ...(unresolved === undefined ? {} : { unresolved }),
    ...(denied === undefined ? {} : { denied })
  }
}

/** Returns the imports of files, and of all files that they import. */
const reachedFrom = (files: ReadonlyArray<string>, all: Imports): Imports => {
  const reached = new Set(files)
  for (const file of reached) for (const to of all.get(file)?.keys() ?? []) reached.add(to)
  return new Map([...reached].map((file) => [file, all.get(file) ?? new Map()]))
}

/**
 * Returns the cycles that can't be loaded if one of their files is loaded first, because an app may
 * load any of them first.
 */
const brokenCycles = async (imports: Imports, failed: ReadonlyArray<Failed>): Promise<ReadonlyArray<BrokenCycle>> => {
  const found: Array<BrokenCycle> = []
  for (const group of ImportCycles.groups(imports)) {
    const before = failed.find(
      ({ message, thrownAt }) => thrownAt !== undefined && group.has(thrownAt.file) && isTooEarly(message)
    )
    if (before !== undefined) {
      const cycle = ImportCycles.through(imports, before.thrownAt?.file ?? "")
      if (cycle !== undefined) found.push({ ...cycle, failed: before })
      continue
    }
    if (failed.length > 0) continue
    for (const file of group) {
      const suffix = confinement.reload(group)
      try {
        await import(pathToFileURL(file).href + suffix)
      } catch (error) {
        const why = describe(file, error)
        const cycle = ImportCycles.through(imports, why.thrownAt?.file ?? file)
        if (cycle !== undefined) found.push({ ...cycle, first: file, failed: why })
        break
      }
    }
  }
  return found
}

/** `true` for JavaScript's error for a variable that is used before its declaration has run. */
const isTooEarly = (message: string): boolean => message.includes("before initialization")

/**
 * Reads all declarations; none if one contains the stub of a refused module, which is reported
 * already.
 */
const inspectAll = (loaded: ReadonlyArray<Loaded>, isDeclaredIn: IsDeclaredIn, options: InspectOptions): Inspected => {
  try {
    return inspect(loaded, isDeclaredIn, options)
  } catch (error) {
    if (error instanceof Refused) return { domains: [], problems: [], warnings: [] }
    throw error
  }
}

/**
 * Returns other files and packages that schema files import. They are loaded already, so importing
 * them runs nothing.
 */
const foreignModules = async ({ files, root }: Request): Promise<ReadonlyArray<Foreign>> => {
  const own = new Set(files.map(({ file }) => resolve(root, file)))
  const wanted = [...own].flatMap((path) => [
    ...[...(confinement.imports.get(path) ?? [])].map(([to, specifier]) => ({
      path,
      specifier,
      to,
      url: pathToFileURL(to).href
    })),
    ...[...(confinement.packages.get(path) ?? [])].map(([url, specifier]) => ({ path, specifier, to: "", url }))
  ])
  const found: Array<Foreign> = []
  for (const { path, specifier, to, url } of wanted) {
    // JSON files have no schemas, and importing them needs an import attribute.
    if (own.has(to) || !/\.[cm]?[jt]s(\?|$)/.test(url)) continue
    const exports: Foreign["exports"] = await import(url)
    const file = to === "" ? undefined : relative(root, to).replaceAll("\\", "/")
    const isInside = file !== undefined && !file.startsWith("../../")
    const importer = relative(root, path).replaceAll("\\", "/")
    found.push({ importer, specifier, exports, ...(isInside ? { file } : {}) })
  }
  return found
}

const run = async ({ files, root }: Request, post: (response: Response) => void): Promise<void> => {
  const loaded: Array<Loaded> = []
  const failed: Array<Failed> = []
  for (const { domain, file } of files) {
    post({ kind: "loading", file })
    const path = resolve(root, file)
    try {
      const exports: Loaded["exports"] = await confinement.during(path, () => import(pathToFileURL(path).href))
      loaded.push({ file, domain, exports })
    } catch (error) {
      if (!(error instanceof Refused)) failed.push(describe(file, error))
    }
  }
  const imports = reachedFrom(
    files.map(({ file }) => resolve(root, file)),
    confinement.imports
  )
  const cycles = await confinement.during("", () => brokenCycles(imports, failed))
  // The parser runs in the main thread at the same time. A regular expression is enough to find the
  // file that declares a name.
  const isDeclaredIn = (file: string, name: string) =>
    new RegExp(`^export\\s+(const|class)\\s+${literally(name)}${wordEnd}`, "mu").test(
      textIfThere(resolve(root, file)) ?? ""
    )
  post({ kind: "loading", file: "" })
  const isWhole = loaded.length === files.length
  // Imports of files that failed can be missing, so they are not read then.
  const foreign = isWhole ? await confinement.during("", () => foreignModules({ files, root })) : []
  const inspected = inspectAll(loaded, isDeclaredIn, { isWhole, foreign })
  post({ kind: "evaluated", ...inspected, failed, cycles, reached: confinement.take() })
}

if (!isMainThread) {
  // Node's exit code for an await that can never be resolved. The run is not awaited here, because
  // Node would print a warning.
  process.exitCode = 13
  if (waits) void (await import("./WarmWorker.ts")).serve(request, run, post)
  else {
    void run(request, (response) => {
      // The thread is terminated when it has answered.
      if (response.kind !== "loading") flushCompileCache()
      post(response)
    })
  }
}
