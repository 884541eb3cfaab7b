/** Runs `gen`, `check` and `diff`, and returns reports. */
import { realpathSync } from "node:fs"
import * as ConfigFile from "../project/ConfigFile.ts"
import { compare, type Diagnostic, sort, type Suppressed } from "../report/Diagnostic.ts"
import * as Generation from "./Generation.ts"
import type { Filled, Planned } from "./GenerationPlan.ts"
import * as Output from "./Output.ts"
import type { Change, Outcome, Report } from "../report/Report.ts"
import * as Stamp from "./Stamp.ts"
import type { Unwritten } from "../bodies/Stubs.ts"

const problems = (count: number): string => `${count} ${count === 1 ? "problem" : "problems"}`

/** Summary of a run that stopped because of problems. */
export const nothing = (count: number): string => `${problems(count)}; nothing was written`

/** Options of all commands. */
export type Shared = Pick<Generation.Options, "evaluate">

interface Context {
  readonly command: Report["command"]
  readonly root: string
}

/** Creates the report of a run with problems. */
export const refused = (
  { command, root }: Context,
  diagnostics: ReadonlyArray<Diagnostic>,
  summary: string,
  outcome: Outcome
): Report => ({ command, outcome, root, changes: [], diagnostics: sort(diagnostics), summary })

/** Creates the report of a run without problems. */
const succeeded = ({ command, root }: Context, summary: string, warnings: ReadonlyArray<Diagnostic> = []): Report => ({
  command,
  outcome: "ok",
  root,
  changes: [],
  diagnostics: sort(warnings),
  summary
})

const generate = async (
  command: Report["command"],
  cwd: string,
  same: string,
  { evaluate, strict = false }: Shared & { readonly strict?: boolean },
  then: (context: Context, generation: Planned) => Report | Promise<Report>
): Promise<Report> => {
  const here = realpathSync(cwd)
  const project = await ConfigFile.load(here)
  const stop = (root: string, found: ReadonlyArray<Diagnostic>) =>
    refused({ command, root }, found, command === "gen" ? nothing(found.length) : problems(found.length), "invalid")
  if (!("root" in project)) return stop(ConfigFile.folder(here) ?? here, project)
  const context = { command, root: project.root }
  const known = Stamp.upToDate(project)
  if (known !== undefined && command !== "check") {
    return succeeded(context, `${known.count} files, ${same}`, command === "gen" ? known.warnings : [])
  }
  // A stamp of `gen` does not cover the handlers, which `gen` does not check.
  if (known?.suppressed !== undefined) return checked(context, { ...known, suppressed: known.suppressed }, strict)
  const generation = await Generation.run(project, { evaluate })
  return generation.kind === "refused" ? stop(project.root, generation.diagnostics) : then(context, generation)
}

/** Turns a warning into a problem, for `--strict`. */
const asProblem = ({ severity: _warning, ...one }: Diagnostic): Diagnostic => one

const suppressions = (count: number): string =>
  count === 0 ? "" : `, ${count} ${count === 1 ? "finding" : "findings"} suppressed`

const counted = (count: number, one: string, many: string): string =>
  count === 0 ? "" : `, ${count} ${count === 1 ? one : many}`

const stubs = (count: number): string => counted(count, "handler not written yet", "handlers not written yet")

const countOf = (unwritten: ReadonlyArray<Unwritten>): number =>
  unwritten.reduce((sum, { handlers }) => sum + handlers, 0)

interface Checked {
  readonly count: number
  readonly suppressed: ReadonlyArray<Suppressed>
  readonly unwritten: ReadonlyArray<Unwritten>
  readonly warnings: ReadonlyArray<Diagnostic>
}

/** Creates the report of a check that found only warnings. With `strict`, they are problems. */
const checked = (context: Context, found: Checked, strict: boolean): Report => {
  const { count, suppressed, unwritten, warnings } = found
  const number = countOf(unwritten)
  const all = [...unwritten, ...warnings]
  const rest = stubs(number) + suppressions(suppressed.length)
  if (strict && all.length > 0) {
    return {
      ...refused(context, all.map(asProblem), problems(all.length) + rest, "stale"),
      suppressed,
      unwritten: number
    }
  }
  const warned = counted(warnings.length, "warning", "warnings")
  return { ...succeeded(context, `${count} files, up to date${warned}${rest}`, all), suppressed, unwritten: number }
}

interface Written {
  readonly report: Report
  /** Bodies that were created or changed. */
  readonly bodies: ReadonlyArray<Output.File>
  /** Records that everything is up to date, if no handler is missing. */
  readonly stamp: () => void
}

/** Writes the planned files, and with `fix` the missing handlers of bodies. */
export const write = async (
  context: Context,
  generation: Planned,
  { fix }: { readonly fix: boolean }
): Promise<Written> => {
  const { difference: before } = generation
  if (before.refused.length > 0) {
    const report = refused(context, before.refused, nothing(before.refused.length), "stale")
    return { report, bodies: [], stamp: () => undefined }
  }
  const { files: filled, left }: Filled = fix ? await generation.fill() : { files: [], left: [] }
  Output.writeAll(context.root, filled)
  // New handlers change the fingerprint of the fold.
  const planned = filled.length === 0 ? generation : generation.again()
  const { missing: added, newBodies, orphans, stale } = planned.difference
  Output.write(context.root, planned.difference)
  const written = added.length + stale.length
  const changes: ReadonlyArray<Change> = [
    ...[...added, ...stale]
      .map(({ path }) => ({ kind: "wrote" as const, file: path }))
      .sort((a, b) => compare(a.file, b.file)),
    ...orphans.map((file) => ({ kind: "removed" as const, file })),
    ...newBodies.map(({ path }) => ({ kind: "began" as const, file: path })),
    ...filled.map(({ path }) => ({ kind: "filled in" as const, file: path }))
  ]
  const { count } = planned
  const report = {
    ...succeeded(
      context,
      changes.length === 0 ? `${count} files, nothing to change` : `${count} files, ${written} written`
    ),
    changes,
    // Missing handlers do not stop `gen`, because the developer needs its types to write them.
    diagnostics: sort([...planned.missing, ...left, ...planned.warnings.left])
  }
  const stamp = () => (planned.missing.length === 0 ? planned.stamp() : undefined)
  return { report, bodies: [...newBodies, ...filled], stamp }
}

/** Writes generated code. */
export const gen = (
  cwd: string,
  { fix = false, ...shared }: Shared & { readonly fix?: boolean } = {}
): Promise<Report> =>
  generate("gen", cwd, "nothing to change", shared, async (context, generation) => {
    const { report, stamp } = await write(context, generation, { fix })
    stamp()
    return report
  })

/**
 * Reports the changes that `gen` would make, and handlers that are missing, not written or not
 * pure.
 */
export const check = (
  cwd: string,
  { strict = false, ...shared }: Shared & { readonly strict?: boolean } = {}
): Promise<Report> =>
  generate("check", cwd, "up to date", { ...shared, strict }, async (context, generation) => {
    const { count, difference, missing, purity, stamp, unwritten, warnings } = generation
    const { diagnostics, files, suppressed: pure } = await purity()
    const suppressed = [...pure, ...warnings.suppressed]
    const wrong = [...Output.report(difference), ...missing, ...diagnostics]
    if (wrong.length > 0) {
      // If there are problems, stubs are only counted, unless they are problems, too.
      const found = strict ? [...wrong, ...[...unwritten, ...warnings.left].map(asProblem)] : wrong
      const number = countOf(unwritten)
      const summary = problems(found.length) + stubs(number) + suppressions(suppressed.length)
      const listed = strict ? found : [...found, ...warnings.left]
      return { ...refused(context, listed, summary, "stale"), suppressed, unwritten: number }
    }
    stamp({ suppressed, files })
    return checked(context, { count, suppressed, unwritten, warnings: warnings.left }, strict)
  })

/** Returns the changes that `gen` would make, as a patch. */
export const diff = (cwd: string, shared: Shared = {}): Promise<Report> =>
  generate("diff", cwd, "nothing to change", shared, async (context, { count, difference }) => {
    const { patchOf } = await import("./Patch.ts")
    const { text, files } = patchOf(context.root, difference)
    if (files === 0 && difference.refused.length === 0) {
      return { ...succeeded(context, `${count} files, nothing to change`), patch: "" }
    }
    const summary = `${files} ${files === 1 ? "file" : "files"} would change; \`eventfold gen\` writes ${files === 1 ? "it" : "them"}`
    const stopped = `${problems(difference.refused.length)}; \`eventfold gen\` would write nothing`
    return {
      ...refused(context, difference.refused, difference.refused.length > 0 ? stopped : summary, "stale"),
      patch: text
    }
  })
