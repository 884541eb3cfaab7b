/** Runs schema files, beside the program that asks for it: whatever they do, it ends with this thread. */
import { enableCompileCache, flushCompileCache } from "node:module"
import { relative, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import * as Circles from "./ImportCycles.ts"
import { confine, type Imports, mark, Refused } from "./Confinement.ts"
import type { Circular, Failed, Request, Response, Start } from "./Evaluation.ts"
import type { Foreign } from "../declare/Exports.ts"
import type { Home, Inspected, InspectOptions, Loaded } from "../declare/Inspection.ts"
import { literally, wordEnd } from "../model/Names.ts"
import { isOfProject } from "../project/Ownership.ts"
import { textIfThere } from "../syntax/Texts.ts"

// A cache for each thread: most of the time goes into compiling Effect.
enableCompileCache()
// Before anything could take hold of what is guarded.
const confinement = confine()
const { inspect } = await import("../declare/Inspection.ts")
const { SchemaIssue } = await import("effect")
const said = SchemaIssue.makeFormatterDefault()

const { request, steps, waits }: Start = workerData
const counter = new Int32Array(steps)
const step = () => void Atomics.add(counter, 0, 1)
confinement.watchImports(step)

const post = (response: Response): void => {
  step()
  parentPort?.postMessage(JSON.stringify(response))
}

/** Places as a person knows them, without what is added to load a file once more. */
const plain = (text: string): string => text.replace(mark, "")

/** The first place of the project in a stack. */
const thrownAt = (stack: string): Failed["thrownAt"] => {
  for (const [, script = "", line, column] of stack.matchAll(
    /(file:\/\/\/.*?|(?<=[( ])\/.*?):(\d+)(?::(\d+))?\)?$/gm
  )) {
    const file = script.startsWith("file:") ? fileURLToPath(script) : script
    if (isOfProject(file)) return { file, at: { line: Number(line), column: Number(column ?? 1) } }
  }
  return undefined
}

/** What an error says, with what is behind it, in one line. */
const words = ({ cause, message }: Error): string => {
  const behind = SchemaIssue.isIssue(cause) ? said(cause) : cause instanceof Error ? cause.message : ""
  return (behind === "" ? message : `${message}: ${behind}`).replace(/\s*\n\s*/g, " ").slice(0, 400)
}

const describe = (file: string, error: unknown): Failed => {
  const at = error instanceof Error ? thrownAt(plain(error.stack ?? "")) : undefined
  const denied =
    error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED" && "permission" in error
      ? String(error.permission)
      : undefined
  const unresolved = confinement.unresolved(error)
  return {
    file,
    name: error instanceof Error ? error.name : typeof error,
    message: plain(error instanceof Error ? words(error) : String(error)),
    ...(at === undefined ? {} : { thrownAt: at }),
    ...(unresolved === undefined ? {} : { unresolved }),
    ...(denied === undefined ? {} : { denied })
  }
}

/** Imports as far as they are reached from files. */
const reachedFrom = (files: ReadonlyArray<string>, all: Imports): Imports => {
  const reached = new Set(files)
  for (const file of reached) for (const to of all.get(file)?.keys() ?? []) reached.add(to)
  return new Map([...reached].map((file) => [file, all.get(file) ?? new Map()]))
}

/** Circles that can't be loaded from one of their files: nobody knows which of them an app comes to first. */
const brokenCircles = async (imports: Imports, failed: ReadonlyArray<Failed>): Promise<ReadonlyArray<Circular>> => {
  const found: Array<Circular> = []
  for (const group of Circles.groups(imports)) {
    const before = failed.find(
      ({ message, thrownAt }) => thrownAt !== undefined && group.has(thrownAt.file) && isTooEarly(message)
    )
    if (before !== undefined) {
      const circle = Circles.through(imports, before.thrownAt?.file ?? "")
      if (circle !== undefined) found.push({ ...circle, failed: before })
      continue
    }
    if (failed.length > 0) continue
    for (const file of group) {
      const added = confinement.anew(group)
      try {
        await import(pathToFileURL(file).href + added)
      } catch (error) {
        const why = describe(file, error)
        const circle = Circles.through(imports, why.thrownAt?.file ?? file)
        if (circle !== undefined) found.push({ ...circle, first: file, failed: why })
        break
      }
    }
  }
  return found
}

/** What JavaScript says of a name that is used before its file has got there. */
const isTooEarly = (message: string): boolean => message.includes("before initialization")

/** What could be loaded may hold something that was refused: then there is nothing more to say about any of it. */
const inspectAll = (loaded: ReadonlyArray<Loaded>, home: Home, options: InspectOptions): Inspected => {
  try {
    return inspect(loaded, home, options)
  } catch (error) {
    if (error instanceof Refused) return { domains: [], problems: [], warnings: [] }
    throw error
  }
}

/** What schema files import from other files and from packages: loaded already, so that importing it again runs nothing. */
const foreign = async ({ files, root }: Request): Promise<ReadonlyArray<Foreign>> => {
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
    // Of JSON and the like there is nothing to find, and an import would have to say what it is.
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
  const circles = await confinement.during("", () => brokenCircles(imports, failed))
  // The parser runs in the other thread meanwhile; who declares a name is plain enough from the text.
  const home = (file: string, name: string) =>
    new RegExp(`^export\\s+(const|class)\\s+${literally(name)}${wordEnd}`, "mu").test(
      textIfThere(resolve(root, file)) ?? ""
    )
  post({ kind: "loading", file: "" })
  const isWhole = loaded.length === files.length
  // Of what could not be loaded, nothing can be found in what it imports.
  const others = isWhole ? await confinement.during("", () => foreign({ files, root })) : []
  const inspected = inspectAll(loaded, home, { isWhole, foreign: others })
  post({ kind: "evaluated", ...inspected, failed, circles, reached: confinement.take() })
}

if (!isMainThread) {
  // Node's own code for an await that can no longer come to an end. It is not awaited here, where Node would print a warning.
  process.exitCode = 13
  if (waits) void (await import("./WarmWorker.ts")).serve(request, run, post)
  else {
    void run(request, (response) => {
      // The thread is stopped as soon as it has answered.
      if (response.kind !== "loading") flushCompileCache()
      post(response)
    })
  }
}
