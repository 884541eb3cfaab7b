/**
 * Runs schema files to read their declarations. They run in a worker that is used once, so that a
 * loop, a crash or an exit is a diagnostic and does not end the command. The worker can read files,
 * but not write: see `Confinement`.
 */
import { Worker } from "node:worker_threads"
import { getCompileCacheDir } from "node:module"
import type { ImportCycle } from "./ImportCycles.ts"
import type { Reach, Unresolved } from "./Confinement.ts"
import type { Position } from "../report/Diagnostic.ts"
import { end } from "./ThreadExit.ts"
import type { Inspected } from "../declare/Inspection.ts"
import type { SchemaFile } from "../project/SchemaFiles.ts"
import { StoredJson } from "eventfold/tables"
import { type Exceeded, type ThreadLimits, watchThread } from "./ThreadBudget.ts"

/** The request to the worker. */
export interface Request {
  readonly root: string
  readonly files: ReadonlyArray<SchemaFile>
}

/** A schema file that could not be loaded. */
export interface Failed {
  readonly file: string
  readonly name: string
  readonly message: string
  /** The first place in the project's code in the stack of the error. */
  readonly thrownAt?: { readonly file: string; readonly at: Position }
  /** The import that can't be resolved, if that is the cause. */
  readonly unresolved?: Unresolved
  /** The permission that Node's permission model denied, if that is the cause. */
  readonly denied?: string
}

/** Files that import each other in a cycle, and the error that this causes. */
export interface BrokenCycle extends ImportCycle {
  /**
   * The file that can't be loaded before the others; `undefined` if the cycle can't be loaded in
   * any order.
   */
  readonly first?: string
  readonly failed: Failed
}

/** Data that a worker is started with. */
export interface Start {
  readonly request: Request
  /** `true` if the worker loads the files, and then waits for a request to run them. */
  readonly waits: boolean
  /** Contains a counter that the worker increments at each step. */
  readonly steps: SharedArrayBuffer
}

/** The result of running all files. Paths are absolute, except for those of the request. */
export interface Evaluated extends Inspected {
  readonly kind: "evaluated"
  readonly failed: ReadonlyArray<Failed>
  readonly reached: ReadonlyArray<Reach>
  readonly cycles: ReadonlyArray<BrokenCycle>
}

/** A response of the worker, sent as JSON. */
export type Response =
  | { readonly kind: "loading"; readonly file: string }
  | Evaluated
  /** The worker has loaded the files. */
  | { readonly kind: "ready" }
  /** The worker can't load the current versions of the files, so another worker has to run them. */
  | { readonly kind: "unready" }

export type Outcome =
  | Evaluated
  /** The worker exceeded its limits. The file is empty if it was not a schema file. */
  | {
      readonly kind: "endless"
      readonly file: string
      readonly exceeded: Exceeded
      /** The statement that it executed; only set for a thread that uses CPU time. */
      readonly busyAt?: { readonly file: string; readonly at: Position }
    }
  /** The worker awaits something that can never happen. */
  | { readonly kind: "waits"; readonly file: string }
  /** The thread ended. */
  | { readonly kind: "exited"; readonly file: string; readonly why: string }

export interface Options extends Request {
  /** Limits for all files together. */
  readonly limits?: ThreadLimits
}

/**
 * Flags that change imports. Threads inherit them, and do not accept other flags of the process.
 */
const importFlags =
  /^(--conditions|-C|--import|--require|-r|--disable-warning|--no-warnings|--experimental-[a-z-]+)(=|$)/

/** Returns the flags of this process that threads inherit, with their values. */
const inheritedFlags = (flags: ReadonlyArray<string>): ReadonlyArray<string> =>
  flags.flatMap((flag, i) => {
    if (!importFlags.test(flag)) return []
    const next = flags[i + 1]
    return flag.includes("=") || next === undefined || next.startsWith("-") ? [flag] : [flag, next]
  })

/**
 * Returns the flags of Node's permission model. The thread can read files, and be inspected if it
 * does not end.
 */
const permissionFlags = (): ReadonlyArray<string> => {
  const cache = getCompileCacheDir()
  return [
    "--permission",
    "--allow-fs-read=*",
    // Older versions of Node 24 don't have the flag. They report an endless loop without its place.
    ...(process.allowedNodeEnvironmentFlags.has("--allow-inspector") ? ["--allow-inspector"] : []),
    // Node warns that a debugger can bypass the permissions. The schema files have no access to
    // one.
    "--disable-warning=SecurityWarning",
    ...(cache === undefined ? [] : [`--allow-fs-write=${cache}`])
  ]
}

/** A thread that runs schema files. */
export interface SchemaThread {
  readonly worker: Worker
  /** Returns the number of its steps. */
  readonly steps: () => number
}

/** Starts a thread that runs schema files. */
export const startThread = (start: Omit<Start, "steps">): SchemaThread => {
  const steps = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const data: Start = { ...start, steps }
  const worker = new Worker(workerModule, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    execArgv: [...inheritedFlags(process.execArgv), ...permissionFlags()],
    stdout: true
  })
  // Output of declarations goes to standard error, because programs read the standard output of
  // this command.
  worker.stdout.pipe(process.stderr, { end: false })
  const counter = new Int32Array(steps)
  return { worker, steps: () => Atomics.load(counter, 0) }
}

/** The module of the worker, beside this one in the source and in the build. */
const workerModule = new URL(
  import.meta.url.endsWith(".ts") ? "./EvaluationWorker.ts" : "./EvaluationWorker.js",
  import.meta.url
)

/** Default limits for all files together. A typical project needs less than a second. */
export const defaultLimits: ThreadLimits = { cpuMs: 10_000, stillMs: 30_000 }

/** Runs the files, and reads their declarations. */
export const run = ({ limits = defaultLimits, ...request }: Options): Promise<Outcome> => {
  const thread = startThread({ request, waits: false })
  return outcomeOf(thread, request, limits).then((outcome) => {
    end(thread.worker)
    if (outcome.kind === "unready") throw new Error("a new worker reported that it is not ready")
    return outcome
  })
}

/** Waits for the outcome of a thread that runs files. A warm thread can answer `unready`. */
export const outcomeOf = (
  { steps, worker }: SchemaThread,
  request: Request,
  limits: ThreadLimits
): Promise<Outcome | Extract<Response, { readonly kind: "unready" }>> =>
  new Promise((resolve) => {
    let file = request.files[0]?.file ?? ""
    let unwatch: (() => void) | undefined
    const finish = (outcome: Parameters<typeof resolve>[0]) => {
      unwatch?.()
      worker.off("message", onMessage).off("error", onError).off("exit", onExit)
      resolve(outcome)
    }
    const giveUp = async (exceeded: Exceeded) => {
      const busyAt = exceeded.how === "works" ? await placeOf(worker) : undefined
      finish({ kind: "endless", file, exceeded, ...(busyAt === undefined ? {} : { busyAt }) })
    }
    const onMessage = (text: string) => {
      const received: unknown = StoredJson.parse(text)
      const response = received as Response
      if (response.kind === "loading") {
        // Before the first file the worker loads Effect, which does not count towards the limits.
        unwatch ??= watchThread(worker, limits, steps, (exceeded) => void giveUp(exceeded))
        file = response.file
      } else if (response.kind !== "ready") finish(response)
    }
    const onError = (error: unknown) =>
      finish({ kind: "exited", file, why: error instanceof Error ? error.message : String(error) })
    const onExit = (code: number) => {
      // Node's exit code for a top-level `await` that can never be resolved.
      if (code === 13) finish({ kind: "waits", file })
      else finish({ kind: "exited", file, why: `the exit code was ${code}` })
    }
    worker.on("message", onMessage).on("error", onError).on("exit", onExit)
  })

/**
 * Limits for the search. A busy thread pauses at its next statement, unless it is in one long call.
 */
const searchLimits: ThreadLimits = { cpuMs: 1_000, stillMs: 5_000 }

const placeOf = async (worker: Worker) => {
  const { find } = await import("./BusyThread.ts")
  const stopped = Promise.withResolvers<void>()
  const unwatch = watchThread(
    worker,
    searchLimits,
    () => 0,
    () => stopped.resolve()
  )
  const found = await find(worker.threadId, stopped.promise)
  unwatch()
  return found
}
