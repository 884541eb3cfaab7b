/** Runs schema files, beside the program that asks for it: whatever they do, it ends with this thread. */
import { readFileSync } from "node:fs"
import { enableCompileCache, flushCompileCache } from "node:module"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import type { Failed, Request, Response } from "./Evaluation.ts"
import type { Loaded } from "./Inspection.ts"

// A cache for each thread: most of the time goes into compiling Effect.
enableCompileCache()
const { inspect } = await import("./Inspection.ts")

const post = (response: Response): void => parentPort?.postMessage(JSON.stringify(response))

const describe = (file: string, error: unknown): Failed => ({
  file,
  name: error instanceof Error ? error.name : typeof error,
  message: error instanceof Error ? error.message : String(error),
  stack: error instanceof Error ? (error.stack ?? "") : ""
})

const run = async ({ files, root }: Request): Promise<void> => {
  const loaded: Array<Loaded> = []
  const failed: Array<Failed> = []
  for (const { domain, file } of files) {
    post({ kind: "loading", file })
    try {
      loaded.push({ file, domain, exports: await import(pathToFileURL(resolve(root, file)).href) })
    } catch (error) {
      failed.push(describe(file, error))
    }
  }
  // The parser runs in the other thread meanwhile; who declares a name is plain enough from the text.
  const home = (file: string, name: string) =>
    new RegExp(`^export\\s+(const|class)\\s+${name}\\b`, "m").test(readFileSync(resolve(root, file), "utf8"))
  if (failed.length > 0) return post({ kind: "failed", failed })
  post({ kind: "loading", file: "" })
  const inspected = inspect(loaded, home)
  // The thread is stopped as soon as it has answered.
  flushCompileCache()
  post({ kind: "inspected", ...inspected })
}

if (!isMainThread) await run(workerData)
