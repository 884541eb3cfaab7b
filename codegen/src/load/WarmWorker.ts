/**
 * Runs in a warm worker, which has loaded all schema files before a request. At the request, it
 * loads only the files again whose text has changed, and the files that import them.
 *
 * Node caches modules by URL, so a changed file is loaded under a new URL:
 * `account.ts?eventfold=3`. Files are compared with their text at the time of loading, so the
 * caller does not have to name the changed ones.
 */
import { registerHooks } from "node:module"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parentPort } from "node:worker_threads"
import { editionSuffix, withoutEdition } from "./ModuleUrl.ts"
import type { Request, Response } from "./Evaluation.ts"
import { textIfThere } from "../syntax/Texts.ts"

const textOf = (url: string): string | undefined => textIfThere(fileURLToPath(url))

/** Returns all nodes that can be reached by the edges. */
const closure = (from: Iterable<string>, edges: ReadonlyMap<string, ReadonlySet<string>>): Set<string> => {
  const reached = new Set(from)
  for (const one of reached) for (const next of edges.get(one) ?? []) reached.add(next)
  return reached
}

interface Modules {
  /** Marks a module as failed. */
  readonly fail: (url: string) => void
  /** Makes the next imports load changed modules again; returns `false` if that is not possible. */
  readonly refresh: () => boolean
}

const watchModules = (): Modules => {
  /**
   * Texts before loading. If a file changes while it is loaded, it is loaded again at the next
   * request.
   */
  const texts = new Map<string, string | undefined>()
  const editions = new Map<string, number>()
  const importers = new Map<string, Set<string>>()
  const imports = new Map<string, Set<string>>()
  /** Modules that can't be loaded again: Node caches CommonJS by its path, without the edition. */
  const permanent = new Set<string>()
  const failed = new Set<string>()
  let edition = 0
  const addEdge = (edges: Map<string, Set<string>>, from: string, to: string) => {
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
      const parent = context.parentURL === undefined ? undefined : withoutEdition(context.parentURL)
      if (parent !== undefined) {
        addEdge(importers, url, parent)
        addEdge(imports, parent, url)
      }
      if (resolved.format?.startsWith("commonjs") === true || !context.conditions.includes("import")) permanent.add(url)
      const current = editions.get(url)
      return current === undefined ? resolved : { ...resolved, url: url + editionSuffix(current) }
    }
  })
  return {
    fail: (url) => failed.add(url),
    refresh: () => {
      const changed = [...texts].filter(([url, text]) => textOf(url) !== text).map(([url]) => url)
      // Node caches failures, too. A failed module is loaded again, with its imports, because the
      // cause may be fixed now.
      const stale = closure([...changed, ...closure(failed, imports)], importers)
      failed.clear()
      for (const url of stale) {
        if (permanent.has(url)) return false
        editions.set(url, ++edition)
        texts.delete(url)
      }
      return true
    }
  }
}

/** Loads the files of a request, reports that it is ready, and then runs each request. */
export const serve = async (
  request: Request,
  run: (request: Request, post: (response: Response) => void) => Promise<void>,
  post: (response: Response) => void
): Promise<void> => {
  const modules = watchModules()
  const note = (response: Response) => {
    if (response.kind !== "evaluated") return
    const { cycles, failed, reached } = response
    // Problems are noted while a file is loaded, so files with problems have to be loaded again.
    const files = [...failed, ...reached, ...cycles.map((cycle) => cycle.failed)].map(({ file }) => file)
    for (const file of files) modules.fail(pathToFileURL(resolve(request.root, file)).href)
  }
  await run(request, note)
  parentPort?.on("message", (next: Request) => {
    if (!modules.refresh()) return post({ kind: "unready" })
    // During a run, the port must not keep the thread alive, so that an await that never ends ends
    // the thread.
    parentPort?.unref()
    void run(next, (response) => {
      note(response)
      if (response.kind !== "loading") parentPort?.ref()
      post(response)
    })
  })
  post({ kind: "ready" })
}
