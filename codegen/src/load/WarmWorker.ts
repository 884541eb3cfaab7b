/**
 * In a worker that waits: has all schema files loaded, and when it is asked for them loads anew only those whose text has
 * changed, and what imports those.
 *
 * Modules stay loaded in Node under their URL, so a changed one gets another: `account.ts?eventfold=3`. Whether it has changed
 * is seen from its text at the time; nobody has to say so.
 */
import { registerHooks } from "node:module"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parentPort } from "node:worker_threads"
import { mark } from "./Confinement.ts"
import type { Request, Response } from "./Evaluation.ts"
import { textIfThere } from "../syntax/Texts.ts"

const textOf = (url: string): string | undefined => {
  return textIfThere(fileURLToPath(url))
}

/** Everything that leads to one of the places, or that they lead to. */
const closure = (from: Iterable<string>, edges: ReadonlyMap<string, ReadonlySet<string>>): Set<string> => {
  const reached = new Set(from)
  for (const one of reached) for (const next of edges.get(one) ?? []) reached.add(next)
  return reached
}

interface Modules {
  /** Notes that a module could not be loaded. */
  readonly fail: (url: string) => void
  /** Sees to it that what has changed is loaded anew; says no where that can't be done. */
  readonly refresh: () => boolean
}

const watchModules = (): Modules => {
  /** As they were before they were loaded: if one changes in between, it is loaded once more than needed. */
  const texts = new Map<string, string | undefined>()
  const editions = new Map<string, number>()
  const importers = new Map<string, Set<string>>()
  const imports = new Map<string, Set<string>>()
  /** Loaded for good: Node keeps CommonJS by its path. */
  const lasting = new Set<string>()
  const failed = new Set<string>()
  let edition = 0
  const connect = (edges: Map<string, Set<string>>, from: string, to: string) => {
    const known = edges.get(from)
    if (known === undefined) edges.set(from, new Set([to]))
    else known.add(to)
  }
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const { url } = resolved
      if (!url.startsWith("file:") || url.includes("/node_modules/") || url.includes("?")) return resolved
      if (!texts.has(url)) texts.set(url, textOf(url))
      const parent = context.parentURL?.replace(mark, "")
      if (parent !== undefined) {
        connect(importers, url, parent)
        connect(imports, parent, url)
      }
      if (resolved.format?.startsWith("commonjs") === true || !context.conditions.includes("import")) lasting.add(url)
      const now = editions.get(url)
      return now === undefined ? resolved : { ...resolved, url: `${url}?eventfold=${now}` }
    }
  })
  return {
    fail: (url) => failed.add(url),
    refresh: () => {
      const changed = [...texts].filter(([url, text]) => textOf(url) !== text).map(([url]) => url)
      // A module that failed fails for ever, and so does what it was imported for: perhaps what it lacked is there now.
      const stale = closure([...changed, ...closure(failed, imports)], importers)
      failed.clear()
      for (const url of stale) {
        if (lasting.has(url)) return false
        editions.set(url, ++edition)
        texts.delete(url)
      }
      return true
    }
  }
}

/** Loads the files of a request, says that it is ready, and runs each request that comes. */
export const serve = async (
  request: Request,
  run: (request: Request, post: (response: Response) => void) => Promise<void>,
  post: (response: Response) => void
): Promise<void> => {
  const modules = watchModules()
  const note = (response: Response) => {
    if (response.kind !== "evaluated") return
    const { circles, failed, reached } = response
    // What is noted while a file is loaded would not be noted again if it weren't.
    const files = [...failed, ...reached, ...circles.map((circle) => circle.failed)].map(({ file }) => file)
    for (const file of files) modules.fail(pathToFileURL(resolve(request.root, file)).href)
  }
  await run(request, note)
  parentPort?.on("message", (asked: Request) => {
    if (!modules.refresh()) return post({ kind: "unready" })
    // While it runs, waiting for the next request is no reason to live on: an await that never ends is noticed that way.
    parentPort?.unref()
    void run(asked, (response) => {
      note(response)
      if (response.kind !== "loading") parentPort?.ref()
      post(response)
    })
  })
  post({ kind: "ready" })
}
