/** `gen --watch`: generates anew whenever something that generated code depends on is saved. */
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

/** So long a folder must be still before it is read, in milliseconds: editors save in several steps. */
const stillness = 8
/** So long nothing must happen before a worker is made ready: it would take the time of a save that follows at once. */
const calm = 250

/** Every folder in a folder, with itself. */
const tree = (folder: string): ReadonlyArray<string> => {
  const entries = readdirSync(folder, { withFileTypes: true, encoding: "utf8" })
  return [
    folder,
    ...entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
      .flatMap(({ name }) => tree(join(folder, name)))
  ]
}

const ifThere = <A>(read: () => ReadonlyArray<A>): ReadonlyArray<A> => {
  try {
    return read()
  } catch (error) {
    // Folders may go while they are read; the one above says so, and everything is read again.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return []
    throw error
  }
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

const what = (root: string, changes: ReadonlyArray<Change>): string => {
  const [first] = changes
  const name = first === undefined ? "nothing" : relative(root, first.path).replaceAll("\\", "/")
  const kind = changes.every((change) => change.kind === first?.kind) ? (first?.kind ?? "changed") : "changed"
  return changes.length === 1 ? `${name} ${kind}` : `${name} and ${changes.length - 1} more ${kind}`
}

const done = ({ changes, outcome, summary }: Report, milliseconds: number): string => {
  if (outcome !== "ok") return `${summary} (${milliseconds} ms)`
  const count = (kind: Report["changes"][number]["kind"]) => changes.filter((change) => change.kind === kind).length
  const parts = [
    [count("wrote"), "written"],
    [count("removed"), "removed"],
    [count("began"), "begun"],
    [count("filled in"), "filled in"]
  ] as const
  const [first, ...rest] = parts.filter(([count]) => count > 0)
  if (first === undefined) return `nothing to write (${milliseconds} ms)`
  return `${plural(first[0], "file")} ${[first[1], ...rest.map(([count, what]) => `${count} ${what}`)].join(", ")} in ${milliseconds} ms`
}

interface Ran {
  readonly report: Report
  /** By the clock of files. */
  readonly began: number
  readonly stamp: () => void
}

class Session {
  readonly #options: Options
  readonly #cwd: string
  readonly #inputs = new Inputs()
  readonly #pool = new EvaluationPool()
  /** Of generated files. */
  readonly #texts = new Texts()
  readonly #remembered = new Map<string, { readonly text: string; readonly value: unknown }>()
  readonly #folders: FolderWatch
  #project: ConfigFile.Project | ReadonlyArray<Diagnostic> = []
  #edition = 0
  #bodies: ReadonlyArray<string> = []
  /** What is reached from the files that are known, as of the last look. */
  #reached: ReadonlySet<string> = new Set()
  #wake: () => void = () => undefined
  #since: number | undefined
  #failure: Error | undefined
  /** Changes that were seen while something else was done. */
  #carried: ReadonlyArray<Change> = []
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

  /** Every file that a run depends on. */
  #paths(): ReadonlySet<string> {
    const project = this.#project
    const config = join(this.#root, "eventfold.config.ts")
    if (!("root" in project)) return new Set([config])
    const { root, schemas } = project
    const files = ifThere(() => SchemaFiles.find(root, schemas)).map(({ file }) => join(root, file))
    return new Set([config, ...files, ...this.#bodies.map((file) => join(root, file)), ...this.#reached])
  }

  /** Watches the folders of all that. */
  #watch(paths: ReadonlySet<string>): boolean {
    const project = this.#project
    const schemas = "root" in project ? join(project.root, project.schemas) : this.#root
    return this.#folders.set([
      schemas,
      ...("root" in project ? ifThere(() => tree(schemas)) : []),
      ...[...paths].map((path) => dirname(path))
    ])
  }

  /** What has changed since the last look, watching whatever came to be in between. */
  #look(): ReadonlyArray<Change> {
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
      // What a kind holds is always read by the same function.
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

  /** What the file system refused, as a report: it may be otherwise at the next save. */
  #unable(error: unknown): Report {
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

  /** What can wait until the person has the result. */
  #settle({ began, stamp }: Ran): void {
    // Nothing may be noted as up to date that a run has not seen.
    this.#carried = this.#look()
    if (this.#carried.length > 0) return this.#notice()
    const project = this.#project
    if (!("root" in project)) return
    const library = join(project.root, "node_modules/eventfold")
    // Generated files count as nothing, and so does Eventfold itself, where it is linked and not installed.
    const ignored = [
      ...folders(project).map((folder) => join(project.root, folder, "/")),
      ...(existsSync(library) ? [join(realpathSync(library), "/")] : [])
    ]
    this.#reached = new Set(
      [...Stamp.inputs(project, this.#bodies)].filter(
        (path) => !path.includes("/node_modules/") && !ignored.some((folder) => path.startsWith(folder))
      )
    )
    const paths = this.#paths()
    const isLate = this.#inputs.add(paths, began)
    if (this.#watch(paths) || isLate) return this.#notice()
    stamp()
    this.#pool.prepare({ root: project.root, files: SchemaFiles.find(project.root, project.schemas) })
  }

  #notice(): void {
    this.#since ??= performance.now()
    this.#wake()
  }

  /** Waits for the next event; when all is calm, does what was put off. */
  async #next(): Promise<void> {
    while (this.#since === undefined && !this.#options.signal.aborted) {
      const woken = new Promise<"woken">((resolve) => {
        this.#wake = () => resolve("woken")
      })
      const ran = this.#unsettled
      if (ran === undefined) await woken
      else if ((await Promise.race([woken, sleep(calm, "calm" as const)])) === "calm") {
        this.#unsettled = undefined
        try {
          this.#settle(ran)
        } catch (error) {
          this.#unable(error)
          this.#notice()
        }
      }
    }
  }

  async #rerun(changes: ReadonlyArray<Change>): Promise<Report> {
    // Manifests decide how files import each other.
    if (changes.some(({ path }) => path.endsWith(".json"))) this.#remembered.clear()
    if (changes.some(({ path }) => path.endsWith("/eventfold.config.ts"))) {
      this.#remembered.clear()
      await this.#loadProject()
      this.#look()
    }
    const { report } = await this.#run()
    return report
  }

  async run(): Promise<void> {
    await this.#loadProject()
    this.#look()
    await this.#options.onReport(await this.#rerun([]).catch((error: unknown) => this.#unable(error)))
    await this.#options.onWatching(
      "root" in this.#project ? `${this.#project.schemas} and your bodies` : "eventfold.config.ts"
    )
    for (;;) {
      await this.#next()
      if (this.#options.signal.aborted) break
      if (this.#failure !== undefined) throw this.#failure
      const since = this.#since ?? performance.now()
      await sleep(stillness)
      this.#since = undefined
      const changes = [...this.#carried, ...this.#look()]
      this.#carried = []
      if (changes.length === 0) continue
      // Files may go while they are read; then there is more to come.
      const report = await this.#rerun(changes).catch((error: unknown) => this.#unable(error))
      const milliseconds = Math.round(performance.now() - since)
      const files = changes.map(({ path }) => relative(this.#root, path))
      const summary = `${what(this.#root, changes)}: ${done(report, milliseconds)}`
      await this.#options.onReport({ ...report, cause: { files, milliseconds }, summary })
    }
    this.#folders.close()
    this.#pool.close()
  }
}

/** Generates, and again after each change, until the signal is aborted. */
export const watch = (options: Options): Promise<void> => new Session(options).run()
