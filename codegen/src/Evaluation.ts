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

/** Handed back, as JSON. */
export type Response =
  | { readonly kind: "loading"; readonly file: string }
  | { readonly kind: "failed"; readonly failed: ReadonlyArray<Failed> }
  | ({ readonly kind: "inspected" } & Inspected)

export type Outcome =
  | Exclude<Response, { readonly kind: "loading" }>
  /** It did not come to an end; the file is empty if it was none of the schema files. */
  | { readonly kind: "endless"; readonly file: string; readonly milliseconds: number }
  /** The thread ended by itself. */
  | { readonly kind: "exited"; readonly file: string; readonly why: string }

export interface Options extends Request {
  /** How long all files together may take. */
  readonly milliseconds?: number
}

/** This module as the worker has it: beside this one, in source and when built. */
const worker = new URL(
  import.meta.url.endsWith(".ts") ? "./EvaluationWorker.ts" : "./EvaluationWorker.js",
  import.meta.url
)

/** Runs the files and reads what they declare. */
export const run = ({ milliseconds = 10_000, ...request }: Options): Promise<Outcome> =>
  new Promise((resolve) => {
    const thread = new Worker(worker, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: 1024 } })
    let file = request.files[0]?.file ?? ""
    const end = (outcome: Outcome) => {
      clearTimeout(timer)
      resolve(outcome)
      void thread.terminate()
    }
    const timer = setTimeout(() => end({ kind: "endless", file, milliseconds }), milliseconds)
    thread.on("message", (text: string) => {
      const response: Response = JSON.parse(text)
      if (response.kind === "loading") file = response.file
      else end(response)
    })
    thread.on("error", (error) =>
      end({ kind: "exited", file, why: error instanceof Error ? error.message : String(error) })
    )
    thread.on("exit", (code) => {
      // Node's code for a module whose top-level `await` can no longer come to an end.
      const why = code === 13 ? "it awaits something that never happens" : `it ended the process with code ${code}`
      end({ kind: "exited", file, why })
    })
  })
