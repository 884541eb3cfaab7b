/** Runs schema files for their meaning, in a worker that is thrown away: a loop, a crash or an exit is an error, not the end. */
import { Worker } from "node:worker_threads"
import type { Inspected } from "./Inspection.ts"
import type { SchemaFile } from "./SchemaFiles.ts"

/** Handed to the worker. */
export interface Request {
  readonly root: string
  readonly files: ReadonlyArray<SchemaFile>
}

/** A schema file that could not be run. */
export interface Failed {
  readonly file: string
  readonly name: string
  readonly message: string
  readonly stack: string
}

/** What a worker is started with. */
export interface Start {
  readonly request: Request
  /** Whether it is to load the files and wait, until it is asked to run them. */
  readonly waits: boolean
}

/** Handed back, as JSON. */
export type Response =
  | { readonly kind: "loading"; readonly file: string }
  | { readonly kind: "failed"; readonly failed: ReadonlyArray<Failed> }
  | ({ readonly kind: "inspected" } & Inspected)
  /** It has the files loaded. */
  | { readonly kind: "ready" }
  /** It can't have the files as they are now: another has to run them. */
  | { readonly kind: "unready" }

export type Outcome =
  | Exclude<Response, { readonly kind: "loading" | "ready" | "unready" }>
  /** It did not come to an end; the file is empty if it was none of the schema files. */
  | { readonly kind: "endless"; readonly file: string; readonly milliseconds: number }
  /** The thread ended by itself. */
  | { readonly kind: "exited"; readonly file: string; readonly why: string }

export interface Options extends Request {
  /** How long all files together may take. */
  readonly milliseconds?: number
}

/** A thread for schema files. */
export const thread = (start: Start): Worker =>
  new Worker(worker, { workerData: start, resourceLimits: { maxOldGenerationSizeMb: 1024 } })

/** This module as the worker has it: beside this one, in source and when built. */
const worker = new URL(
  import.meta.url.endsWith(".ts") ? "./EvaluationWorker.ts" : "./EvaluationWorker.js",
  import.meta.url
)

/** How long all files together may take, unless said otherwise. */
export const patience = 10_000

/** Runs the files and reads what they declare. */
export const run = ({ milliseconds = patience, ...request }: Options): Promise<Outcome> => {
  const one = thread({ request, waits: false })
  return answer(one, request, milliseconds).then((outcome) => {
    void one.terminate()
    if (outcome.kind === "unready") throw new Error("a worker that did not wait is not ready")
    return outcome
  })
}

/** What a thread comes to that runs files; one that waited may not be able to. */
export const answer = (
  thread: Worker,
  request: Request,
  milliseconds: number
): Promise<Outcome | Extract<Response, { readonly kind: "unready" }>> =>
  new Promise((resolve) => {
    let file = request.files[0]?.file ?? ""
    const end = (outcome: Parameters<typeof resolve>[0]) => {
      clearTimeout(timer)
      thread.off("message", hear).off("error", fail).off("exit", leave)
      resolve(outcome)
    }
    const timer = setTimeout(() => end({ kind: "endless", file, milliseconds }), milliseconds)
    const hear = (text: string) => {
      const response: Response = JSON.parse(text)
      if (response.kind === "loading") file = response.file
      else if (response.kind !== "ready") end(response)
    }
    const fail = (error: unknown) =>
      end({ kind: "exited", file, why: error instanceof Error ? error.message : String(error) })
    const leave = (code: number) => {
      // Node's code for a module whose top-level `await` can no longer come to an end.
      const why = code === 13 ? "it awaits something that never happens" : `it ended the process with code ${code}`
      end({ kind: "exited", file, why })
    }
    thread.on("message", hear).on("error", fail).on("exit", leave)
  })
