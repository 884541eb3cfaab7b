/**
 * Runs schema files for their meaning, in a worker that is thrown away: a loop, a crash or an exit is an error, not the end.
 *
 * The worker may read, and write nothing: see `Confinement`.
 */
import { Worker } from "node:worker_threads"
import { getCompileCacheDir } from "node:module"
import type { Circle } from "./ImportCycles.ts"
import type { Reach, Unresolved } from "./Confinement.ts"
import type { Position } from "../report/Diagnostic.ts"
import { end } from "./ThreadExit.ts"
import type { Inspected } from "../declare/Inspection.ts"
import type { SchemaFile } from "../project/SchemaFiles.ts"
import * as JsonText from "../syntax/JsonText.ts"
import { type Exceeded, type ThreadLimits, watchThread } from "./ThreadBudget.ts"

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
  /** The first place of the project in its stack. */
  readonly thrownAt?: { readonly file: string; readonly at: Position }
  /** The import that leads nowhere, if that is what was thrown. */
  readonly unresolved?: Unresolved
  /** What Node's permission model refused, if that is what was thrown. */
  readonly denied?: string
}

/** Files that import each other in a circle, and what comes of it. */
export interface Circular extends Circle {
  /** The file that the circle can't be loaded from first; none where it can't be loaded at all. */
  readonly first?: string
  readonly failed: Failed
}

/** What a worker is started with. */
export interface Start {
  readonly request: Request
  /** Whether it is to load the files and wait, until it is asked to run them. */
  readonly waits: boolean
  /** Holds a number that the worker raises whenever it moves on. */
  readonly steps: SharedArrayBuffer
}

/** What came of running all files. Paths are absolute, but for those of the request. */
export interface Evaluated extends Inspected {
  readonly kind: "evaluated"
  readonly failed: ReadonlyArray<Failed>
  readonly reached: ReadonlyArray<Reach>
  readonly circles: ReadonlyArray<Circular>
}

/** Handed back, as JSON. */
export type Response =
  | { readonly kind: "loading"; readonly file: string }
  | Evaluated
  /** It has the files loaded. */
  | { readonly kind: "ready" }
  /** It can't have the files as they are now: another has to run them. */
  | { readonly kind: "unready" }

export type Outcome =
  | Evaluated
  /** It did not come to an end; the file is empty if it was none of the schema files. */
  | {
      readonly kind: "endless"
      readonly file: string
      readonly exceeded: Exceeded
      /** Where it was then, unless it waited. */
      readonly busyAt?: { readonly file: string; readonly at: Position }
    }
  /** It awaits something that can't happen any more. */
  | { readonly kind: "waits"; readonly file: string }
  /** The thread ended by itself. */
  | { readonly kind: "exited"; readonly file: string; readonly why: string }

export interface Options extends Request {
  /** What all files together may use. */
  readonly limits?: ThreadLimits
}

/** Flags that decide what is imported, and how: the others are the process's alone, and a thread can't have them. */
const importing = /^(--conditions|-C|--import|--require|-r|--disable-warning|--no-warnings|--experimental-[a-z-]+)(=|$)/

/** Those among the flags of this process, each with its value. */
const inherited = (flags: ReadonlyArray<string>): ReadonlyArray<string> =>
  flags.flatMap((flag, i) => {
    if (!importing.test(flag)) return []
    const next = flags[i + 1]
    return flag.includes("=") || next === undefined || next.startsWith("-") ? [flag] : [flag, next]
  })

/** What Node lets the thread do: read. It may be looked into, too, if it never comes to an end. */
const permissions = (): ReadonlyArray<string> => {
  const cache = getCompileCacheDir()
  return [
    "--permission",
    "--allow-fs-read=*",
    // Older versions of Node 24 don't have the flag; loops are told without their place there.
    ...(process.allowedNodeEnvironmentFlags.has("--allow-inspector") ? ["--allow-inspector"] : []),
    // That a debugger could undo all this goes without saying here: the files can't get at one.
    "--disable-warning=SecurityWarning",
    ...(cache === undefined ? [] : [`--allow-fs-write=${cache}`])
  ]
}

/** A thread for schema files. */
export interface SchemaThread {
  readonly worker: Worker
  /** How often it has moved on. */
  readonly steps: () => number
}

/** Starts a thread for schema files. */
export const thread = (start: Omit<Start, "steps">): SchemaThread => {
  const steps = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const data: Start = { ...start, steps }
  const one = new Worker(worker, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    execArgv: [...inherited(process.execArgv), ...permissions()],
    stdout: true
  })
  // What a declaration prints is for the person, and no part of what this command prints for programs.
  one.stdout.pipe(process.stderr, { end: false })
  const counter = new Int32Array(steps)
  return { worker: one, steps: () => Atomics.load(counter, 0) }
}

/** This module as the worker has it: beside this one, in source and when built. */
const worker = new URL(
  import.meta.url.endsWith(".ts") ? "./EvaluationWorker.ts" : "./EvaluationWorker.js",
  import.meta.url
)

/** What all files together may use, unless limited otherwise: an ordinary project needs less than a second. */
export const defaultLimits: ThreadLimits = { cpuMs: 10_000, stillMs: 30_000 }

/** Runs the files and reads what they declare. */
export const run = ({ limits = defaultLimits, ...request }: Options): Promise<Outcome> => {
  const one = thread({ request, waits: false })
  return answer(one, request, limits).then((outcome) => {
    end(one.worker)
    if (outcome.kind === "unready") throw new Error("a worker that did not wait is not ready")
    return outcome
  })
}

/** What a thread that runs files answers; one that waited may not be able to. */
export const answer = (
  { steps, worker }: SchemaThread,
  request: Request,
  limits: ThreadLimits
): Promise<Outcome | Extract<Response, { readonly kind: "unready" }>> =>
  new Promise((resolve) => {
    let file = request.files[0]?.file ?? ""
    let unwatch: (() => void) | undefined
    const finish = (outcome: Parameters<typeof resolve>[0]) => {
      unwatch?.()
      worker.off("message", hear).off("error", fail).off("exit", leave)
      resolve(outcome)
    }
    const giveUp = async (exceeded: Exceeded) => {
      const busyAt = exceeded.how === "works" ? await whereabouts(worker) : undefined
      finish({ kind: "endless", file, exceeded, ...(busyAt === undefined ? {} : { busyAt }) })
    }
    const hear = (text: string) => {
      const told: unknown = JsonText.parse(text)
      const response = told as Response
      if (response.kind === "loading") {
        // Before the first file it loads Effect, which no declaration is to blame for.
        unwatch ??= watchThread(worker, limits, steps, (exceeded) => void giveUp(exceeded))
        file = response.file
      } else if (response.kind !== "ready") finish(response)
    }
    const fail = (error: unknown) =>
      finish({ kind: "exited", file, why: error instanceof Error ? error.message : String(error) })
    const leave = (code: number) => {
      // Node's code for a module whose top-level `await` can no longer come to an end.
      if (code === 13) finish({ kind: "waits", file })
      else finish({ kind: "exited", file, why: `it ended the process with code ${code}` })
    }
    worker.on("message", hear).on("error", fail).on("exit", leave)
  })

/** A thread that works on pauses at its next statement, unless it is in one long call: so much more of it is waited for. */
const searchLimits: ThreadLimits = { cpuMs: 1_000, stillMs: 5_000 }

const whereabouts = async (worker: Worker) => {
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
