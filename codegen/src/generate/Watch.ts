/** `gen --watch`: generates again when a file that generated code depends on is saved. */
import { existsSync, readdirSync, realpathSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as ConfigFile from "../project/ConfigFile.ts"
import { fileError, Unable } from "../report/Failure.ts"
import type { Diagnostic } from "../report/Diagnostic.ts"
import { EvaluationPool } from "../load/EvaluationPool.ts"
import { folders } from "../project/Folders.ts"
import { FolderWatch } from "./FolderWatch.ts"
import * as Generation from "./Generation.ts"
import type { Warm } from "./GenerationPlan.ts"
import * as GenerationReports from "./GenerationReports.ts"
import { type Change, Inputs } from "./Inputs.ts"
import type { Report } from "../report/Report.ts"
import * as SchemaFiles from "../project/SchemaFiles.ts"
import * as Stamp from "./Stamp.ts"
import { Texts } from "../syntax/Texts.ts"

export interface Options {
  readonly cwd: string
  readonly fix: boolean
  /** Called with the report of each run, and waited for. */
  readonly onReport: (report: Report) => Promise<void>
  /** Called after the first report, with the name of what is watched. */
  readonly onWatching: (subject: string) => Promise<void>
  /** Ends the watch, and lets a run that is under way finish. */
  readonly signal: AbortSignal
}

/** Time without changes before files are read, because editors save in several steps. */
const debounceMs = 8
/**
 * Time without changes before a worker is prepared, so that it does not delay the next of several
 * saves.
 */
const idleMs = 250

/** Returns a folder with all folders in it. */
const foldersIn = (folder: string): ReadonlyArray<string> => {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: "utf8" })
  return [
    folder,
    ...entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .flatMap(({ name }) => foldersIn(join(folder, name)))
  ]
}

/** Reads a folder; returns an empty array if it does not exist. */
const ifExists = <A>(read: () => ReadonlyArray<A>): ReadonlyArray<A> => {
  try {
    return read()
  } catch (error) {
    // A folder was deleted while it was read. The folder above it reports the change, and
    // everything is read again.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return []
    throw error
  }
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** Names the changed files in one line. */
const describeChanges = (root: string, changes: ReadonlyArray<Change>): string => {
  const [first] = changes
  const name = first === undefined ? "nothing" : relative(root, first.path).replaceAll("\\", "/")
  const kind = changes.every((change) => change.kind === first?.kind) ? (first?.kind ?? "changed") : "changed"
  return changes.length === 1 ? `${name} ${kind}` : `${name} and ${changes.length - 1} more ${kind}`
}

/** Names the written files in one line. */
const describeResult = ({ changes, outcome, summary }: Report, milliseconds: number): string => {
  if (outcome !== "ok") return `${summary} (${milliseconds} ms)`
  const count = (kind: Report["changes"][number]["kind"]) => changes.filter((change) => change.kind === kind).length
  const parts = [
    [count("wrote"), "written"],
    [count("removed"), "removed"],
    [count("began"), "created"],
    [count("filled in"), "filled in"]
  ] as const
  const [first, ...rest] = parts.filter(([count]) => count > 0)
  if (first === undefined) return `nothing to write (${milliseconds} ms)`
  return `${plural(first[0], "file")} ${[first[1], ...rest.map(([count, what]) => `${count} ${what}`)].join(", ")} in ${milliseconds} ms`
}

interface Ran {
  readonly report: Report
  /** Start of the run, comparable to the times of files. */
  readonly began: number
  /** Records that everything is up to date. */
  readonly stamp: () => void
}

class Session {
  readonly #options: Options
  readonly #cwd: string
  readonly #inputs = new Inputs()
  readonly #pool = new EvaluationPool()
  /** Texts of generated files. */
  readonly #texts = new Texts()
  readonly #remembered = new Map<string, { readonly text: string; readonly value: unknown }>()
  readonly #folders: FolderWatch
  #project: ConfigFile.Project | ReadonlyArray<Diagnostic> = []
  #edition = 0
  #bodies: ReadonlyArray<string> = []
  /** All files that known files import, as of the last run. */
  #imported: ReadonlySet<string> = new Set()
  #wake: () => void = () => undefined
  #since: number | undefined
  #failure: Error | undefined
  /** Changes that were found outside of a run. */
  #pending: ReadonlyArray<Change> = []
  #unsettled: Ran | undefined

  constructor(options: Options) {
    this.#options = options
    this.#cwd = realpathSync(options.cwd)
    options.signal.addEventListener("abort", () => this.#wake(), { once: true })
    this.#folders = new FolderWatch(
      () => this.#notice(),
      (error) => {
        this.#failure = error
        this.#notice()
      }
    )
  }

  get #root(): string {
    return "root" in this.#project ? this.#project.root : (ConfigFile.folder(this.#cwd) ?? this.#cwd)
  }

  /** Returns all files that a run depends on. */
  #paths(): ReadonlySet<string> {
    const project = this.#project
    const config = join(this.#root, "eventfold.config.ts")
    if (!("root" in project)) return new Set([config])
    const { root, schemas } = project
    const files = ifExists(() => SchemaFiles.find(root, schemas)).map(({ file }) => join(root, file))
    return new Set([config, ...files, ...this.#bodies.map((file) => join(root, file)), ...this.#imported])
  }

  /** Watches the folders of these files. Returns `true` if one is new. */
  #watch(paths: ReadonlySet<string>): boolean {
    const project = this.#project
    const schemas = "root" in project ? join(project.root, project.schemas) : this.#root
    return this.#folders.set([
      schemas,
      ...("root" in project ? ifExists(() => foldersIn(schemas)) : []),
      ...[...paths].map((path) => dirname(path))
    ])
  }

  /** Returns the changes since the last call. Also watches new folders. */
  #findChanges(): ReadonlyArray<Change> {
    let changes = this.#inputs.update(this.#paths())
    while (this.#watch(this.#paths())) {
      const more = this.#inputs.update(this.#paths())
      if (more.length === 0) break
      changes = [...changes, ...more]
    }
    return changes
  }

  readonly #warm: Warm = {
    evaluate: (request) => this.#pool.evaluate(request),
    read: (path) => this.#texts.read(path),
    remember: <A>(kind: string, file: string, text: string, read: () => A): A => {
      const key = `${kind} ${file}`
      const known = this.#remembered.get(key)
      // All values of a kind are results of one function.
      if (known !== undefined && known.text === text) return known.value as A
      const value = read()
      this.#remembered.set(key, { text, value })
      return value
    }
  }

  async #run(): Promise<Ran> {
    const ran = await this.#generate(Date.now())
    this.#unsettled = ran
    return ran
  }

  /**
   * Reports an error of the file system, which may no longer occur at the next save. Rethrows all
   * other errors.
   */
  #reportFileError(error: unknown): Report {
    const why = fileError(error)
    if (why === undefined || error instanceof Unable) throw error
    return GenerationReports.refused({ command: "gen", root: this.#root }, [], why, "failed")
  }

  async #generate(began: number): Promise<Ran> {
    const project = this.#project
    const context = { command: "gen", root: this.#root } as const
    const stop = (found: ReadonlyArray<Diagnostic>) => ({
      report: GenerationReports.refused(context, found, GenerationReports.nothing(found.length), "invalid"),
      began,
      stamp: () => undefined
    })
    if (!("root" in project)) return stop(project)
    const generation = await Generation.run(project, { warm: this.#warm })
    if (generation.kind === "refused") return stop(generation.diagnostics)
    const { bodies, report, stamp } = await GenerationReports.write(context, generation, this.#options)
    this.#bodies = generation.bodies
    for (const { path, text } of bodies) this.#inputs.wrote(join(project.root, path), text)
    const known = generation.bodies.map((path) => join(project.root, path))
    if (this.#inputs.add(known, began)) this.#notice()
    return { report, began, stamp }
  }

  async #loadProject(): Promise<void> {
    this.#edition++
    this.#project = await ConfigFile.load(this.#cwd, `?edition=${this.#edition}`)
  }

  /** Does the work that can wait until the result is printed. */
  #settle({ began, stamp }: Ran): void {
    // If a file has changed since the run, the stamp would be wrong.
    this.#pending = this.#findChanges()
    if (this.#pending.length > 0) return this.#notice()
    const project = this.#project
    if (!("root" in project)) return
    const library = join(project.root, "node_modules/eventfold")
    // Ignores generated files, and Eventfold itself, which may be linked, not installed.
    const ignored = [
      ...folders(project).map((folder) => join(project.root, folder, "/")),
      ...(existsSync(library) ? [join(realpathSync(library), "/")] : [])
    ]
    this.#imported = new Set(
      [...Stamp.inputs(project, this.#bodies)].filter(
        (path) => !path.includes("/node_modules/") && !ignored.some((folder) => path.startsWith(folder))
      )
    )
    const paths = this.#paths()
    const hasChanged = this.#inputs.add(paths, began)
    if (this.#watch(paths) || hasChanged) return this.#notice()
    stamp()
    this.#pool.prepare({ root: project.root, files: SchemaFiles.find(project.root, project.schemas) })
  }

  #notice(): void {
    this.#since ??= performance.now()
    this.#wake()
  }

  /** Waits for the next change. If there is none for a while, does the postponed work. */
  async #next(): Promise<void> {
    while (this.#since === undefined && !this.#options.signal.aborted) {
      const woken = new Promise<"woken">((resolve) => {
        this.#wake = () => resolve("woken")
      })
      const ran = this.#unsettled
      if (ran === undefined) await woken
      else if ((await Promise.race([woken, sleep(idleMs, "idle" as const)])) === "idle") {
        this.#unsettled = undefined
        try {
          this.#settle(ran)
        } catch (error) {
          this.#reportFileError(error)
          this.#notice()
        }
      }
    }
  }

  async #rerun(changes: ReadonlyArray<Change>): Promise<Report> {
    // Manifests decide how imports are resolved.
    if (changes.some(({ path }) => path.endsWith(".json"))) this.#remembered.clear()
    if (changes.some(({ path }) => path.endsWith("/eventfold.config.ts"))) {
      this.#remembered.clear()
      await this.#loadProject()
      this.#findChanges()
    }
    const { report } = await this.#run()
    return report
  }

  async run(): Promise<void> {
    await this.#loadProject()
    this.#findChanges()
    await this.#options.onReport(await this.#rerun([]).catch((error: unknown) => this.#reportFileError(error)))
    await this.#options.onWatching(
      "root" in this.#project ? `${this.#project.schemas} and your bodies` : "eventfold.config.ts"
    )
    for (;;) {
      await this.#next()
      if (this.#options.signal.aborted) break
      if (this.#failure !== undefined) throw this.#failure
      const since = this.#since ?? performance.now()
      await sleep(debounceMs)
      this.#since = undefined
      const changes = [...this.#pending, ...this.#findChanges()]
      this.#pending = []
      if (changes.length === 0) continue
      // A file was deleted while it was read, so another change follows.
      const report = await this.#rerun(changes).catch((error: unknown) => this.#reportFileError(error))
      const milliseconds = Math.round(performance.now() - since)
      const files = changes.map(({ path }) => relative(this.#root, path))
      const summary = `${describeChanges(this.#root, changes)}: ${describeResult(report, milliseconds)}`
      await this.#options.onReport({ ...report, cause: { files, milliseconds }, summary })
    }
    this.#folders.close()
    this.#pool.close()
  }
}

/** Generates, and again after each change, until the signal is aborted. */
export const watch = (options: Options): Promise<void> => new Session(options).run()
