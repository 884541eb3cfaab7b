/** The `eventfold` command line. What a command does is loaded when it is asked for. */
import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type { ExitCode } from "./ExitCode.ts"
import { type Format, formats, type Rendered } from "./Rendering.ts"
import type { Report } from "./Report.ts"
import type { StoreCommand } from "./StoreCommand.ts"

/** What a command printed, and its code. */
export interface Printed extends Rendered {
  readonly code: ExitCode
}

/** Prints, and leaves the code for the end of the process. */
const finish = (running: () => Promise<Printed>): Effect.Effect<void> =>
  Effect.promise(async () => {
    const { code, err, out } = await running()
    process.exitCode = code
    if (out !== "") process.stdout.write(out)
    if (err !== "") process.stderr.write(err)
  })

/** Colours are for terminals, and for who asks for them. */
const takesColours = (stream: NodeJS.WriteStream): boolean => {
  const { FORCE_COLOR, NO_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false
  return FORCE_COLOR === undefined || FORCE_COLOR === "" ? stream.isTTY : FORCE_COLOR !== "0"
}

interface Shape {
  readonly format: Format
  readonly json: boolean
  readonly quiet?: boolean
}

/** How this process writes reports down. */
const printer =
  ({ format, json, quiet = false }: Shape) =>
  async (report: Report): Promise<Printed> => {
    const { render } = await import("./Rendering.ts")
    const colours = { out: takesColours(process.stdout), err: takesColours(process.stderr) }
    const workspace = process.env["GITHUB_WORKSPACE"]
    return { code: report.code, ...render(report, { format: json ? "json" : format, quiet, colours, workspace }) }
  }

const shape = {
  format: Flag.Literals("format", formats).pipe(
    Flag.withDefault("text"),
    Flag.withDescription("For a person, for a program (an object on a line), or annotations of a GitHub workflow")
  ),
  json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("The same as --format json"))
}

const isSet = (name: string, what: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withDescription(what))

const genCommand = Command.make(
  "gen",
  {
    watch: isSet("watch", "Go on, and generate anew whenever a declaration, a body or the config is saved").pipe(
      Flag.withAlias("w")
    ),
    fix: isSet("fix", "Put a stub for each missing handler into your files, and touch nothing else in them"),
    quiet: isSet("quiet", "Say nothing unless something is wrong"),
    ...shape
  },
  ({ fix, watch, ...how }) =>
    watch
      ? Effect.promise(async () => {
          const { watch } = await import("./Watch.ts")
          await watch({ cwd: process.cwd(), fix, print: printer(how), isText: !how.json && how.format === "text" })
        })
      : finish(async () => {
          const { gen } = await import("./Cli.ts")
          return printer(how)(await gen(process.cwd(), { fix }))
        })
).pipe(
  Command.withDescription("Write typed events, folds, services and law tests from the declarations in schemas/"),
  Command.withExamples([
    { command: "eventfold gen", description: "Write what has changed" },
    { command: "eventfold gen --watch", description: "Go on doing so while you edit" },
    { command: "eventfold gen --fix", description: "Begin the handlers of new events in your files, too" }
  ])
)

const checkCommand = Command.make("check", shape, (how) =>
  finish(async () => {
    const { check } = await import("./Cli.ts")
    return printer(how)(await check(process.cwd()))
  })
).pipe(
  Command.withDescription(
    "Say what `gen` would change and which handlers are missing, and change nothing; exits with 1 if anything"
  ),
  Command.withExamples([{ command: "eventfold check --format github", description: "In a workflow of GitHub" }])
)

const diffCommand = Command.make("diff", shape, (how) =>
  finish(async () => {
    const { diff } = await import("./Cli.ts")
    return printer(how)(await diff(process.cwd()))
  })
).pipe(
  Command.withDescription(
    "Show what `gen` would change, as a unified diff, and change nothing; exits with 1 if anything"
  ),
  Command.withExamples([{ command: "eventfold diff | git apply", description: "The same as `eventfold gen`" }])
)

const explainCommand = Command.make(
  "explain",
  {
    code: Argument.String("code").pipe(
      Argument.withDescription("Such as EF0106; all of them are listed without one"),
      Argument.optional
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("As JSON"))
  },
  ({ code, json }) =>
    finish(async () => {
      const { explain } = await import("./Explain.ts")
      return explain(code._tag === "Some" ? code.value : undefined, { json })
    })
).pipe(Command.withDescription("What a problem's code means, with an example and the mend"))

const initCommand = Command.make(
  "init",
  {
    folder: Argument.String("folder").pipe(
      Argument.withDescription("Where to; here unless given"),
      Argument.withDefault(".")
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Say what was written as JSON, on stdout")
    )
  },
  ({ folder, json }) =>
    finish(async () => {
      const { init } = await import("./Init.ts")
      return init(process.cwd(), folder, { json })
    })
).pipe(Command.withDescription("Begin a project: a small example that runs. Writes over nothing"))

/** The whole command line. */
export const command = (store: StoreCommand) =>
  Command.make("eventfold").pipe(
    Command.withDescription(
      "Declare events once: typed events, an exhaustive fold, projections, and the proof that replay is deterministic"
    ),
    Command.withSubcommands([initCommand, genCommand, checkCommand, diffCommand, explainCommand, store])
  )
