/** The `eventfold` command. */
import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { realpathSync } from "node:fs"
import * as ConfigFile from "./ConfigFile.ts"
import { compare, type Diagnostic, format, sort } from "./Diagnostic.ts"
import * as Generation from "./Generation.ts"
import * as Output from "./Output.ts"
import * as Stamp from "./Stamp.ts"
import type { StoreCommand } from "./StoreCommand.ts"

/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  /** Something is not as `gen` would leave it. */
  stale: 1,
  /** The declarations cannot be generated from. */
  schema: 3,
  /** The command line could not be read. */
  usage: 2,
  /** A defect of this command, or of what it runs on. */
  internal: 70
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What a run came to: lines for the person, and the exit code. */
export interface Result {
  readonly code: ExitCode
  readonly out: ReadonlyArray<string>
  readonly err: ReadonlyArray<string>
}

const refused = (diagnostics: ReadonlyArray<Diagnostic>, last: string, code: ExitCode): Result => ({
  code,
  out: [],
  err: [...sort(diagnostics).map(format), last]
})

const problems = (count: number): string => `${count} ${count === 1 ? "problem" : "problems"}`

const nothing = (count: number): string => `${problems(count)}; nothing was written`

const generate = async (
  cwd: string,
  same: string,
  then: (root: string, generation: Generation.Generation & { readonly kind: "planned" }) => Result
): Promise<Result> => {
  const project = await ConfigFile.load(realpathSync(cwd))
  if (!("root" in project)) return refused(project, nothing(project.length), exitCodes.schema)
  const count = Stamp.upToDate(project)
  if (count !== undefined) return { code: exitCodes.ok, out: [`${count} files, ${same}`], err: [] }
  const generation = await Generation.run(project)
  return generation.kind === "refused"
    ? refused(generation.diagnostics, nothing(generation.diagnostics.length), exitCodes.schema)
    : then(project.root, generation)
}

/** Writes generated code. */
export const gen = async (cwd: string, { quiet }: { readonly quiet: boolean }): Promise<Result> => {
  const result = await generate(cwd, "nothing to change", (root, { count, difference, missing, stamp }) => {
    if (difference.refused.length > 0) {
      return refused(difference.refused, nothing(difference.refused.length), exitCodes.stale)
    }
    Output.write(root, difference)
    if (missing.length === 0) stamp()
    const { missing: added, newBodies, orphans, stale } = difference
    const written = added.length + stale.length
    const lines = [
      ...[...added, ...stale].map(({ path }) => `wrote ${path}`).sort(compare),
      ...orphans.map((path) => `removed ${path}`),
      ...newBodies.map(({ path }) => `began ${path}: yours to write`),
      // They do not stop `gen`: the types that it writes are what one writes a handler with.
      ...missing.map(format),
      written + orphans.length + newBodies.length === 0
        ? `${count} files, nothing to change`
        : `${count} files, ${written} written`
    ]
    return { code: exitCodes.ok, out: lines, err: [] }
  })
  return quiet ? { ...result, out: [] } : result
}

/** Says what `gen` would change, and which handlers are missing. */
export const check = (cwd: string): Promise<Result> =>
  generate(cwd, "up to date", (_, { count, difference, missing, stamp }) => {
    const found = [...Output.report(difference), ...missing]
    if (found.length > 0) return refused(found, problems(found.length), exitCodes.stale)
    stamp()
    return { code: exitCodes.ok, out: [`${count} files, up to date`], err: [] }
  })

/** Prints a result, and leaves its code for the end of the process. */
const finish = (running: () => Promise<Result>): Effect.Effect<void> =>
  Effect.promise(async () => {
    const { code, err, out } = await running()
    if (out.length > 0) process.stdout.write(`${out.join("\n")}\n`)
    if (err.length > 0) process.stderr.write(`${err.join("\n")}\n`)
    process.exitCode = code
  })

const genCommand = Command.make(
  "gen",
  {
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Say nothing unless something is wrong")
    )
  },
  ({ quiet }) => finish(() => gen(process.cwd(), { quiet }))
).pipe(Command.withDescription("Write typed events, folds, services and law tests from the declarations in schemas/"))

const checkCommand = Command.make("check", {}, () => finish(() => check(process.cwd()))).pipe(
  Command.withDescription(
    "Say what `gen` would change and which handlers are missing, and change nothing; exits with 1 if anything"
  )
)

/** The whole command line. */
export const command = (store: StoreCommand) =>
  Command.make("eventfold").pipe(
    Command.withDescription(
      "Declare events once: typed events, an exhaustive fold, projections, and the proof that replay is deterministic"
    ),
    Command.withSubcommands([genCommand, checkCommand, store])
  )
