/** Runs schema files, beside the program that asks for it: whatever they do, it ends with this thread. */
import { readFileSync } from "node:fs"
import { enableCompileCache, flushCompileCache } from "node:module"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import type { Failed, Request, Response, Start } from "./Evaluation.ts"
import type { Loaded } from "./Inspection.ts"

// A cache for each thread: most of the time goes into compiling Effect.
enableCompileCache()
const { inspect } = await import("./Inspection.ts")

const post = (response: Response): void => parentPort?.postMessage(JSON.stringify(response))

const describe = (file: string, error: unknown): Failed => ({
  file,
  name: error instanceof Error ? error.name : typeof error,
  message: plain(error instanceof Error ? error.message : String(error)),
  stack: plain(error instanceof Error ? (error.stack ?? "") : "")
})

/** Places as a person knows them, without what `Reloading` adds to them. */
const plain = (text: string): string => text.replace(/\?eventfold=\d+/g, "")

const run = async ({ files, root }: Request, post: (response: Response) => void): Promise<void> => {
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
  post({ kind: "inspected", ...inspect(loaded, home) })
}

if (!isMainThread) {
  const { request, waits }: Start = workerData
  // Node's own code for an await that can no longer come to an end. It is not awaited here, where Node would print a warning.
  process.exitCode = 13
  if (waits) void (await import("./Reloading.ts")).serve(request, run, post)
  else {
    void run(request, (response) => {
      // The thread is stopped as soon as it has answered.
      if (response.kind !== "loading") flushCompileCache()
      post(response)
    })
  }
}
