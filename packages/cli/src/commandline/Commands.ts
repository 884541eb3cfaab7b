/** The `eventfold` command line. What a command does is loaded when it is asked for. */
import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { finish, type Invocation, invocation } from "./Invocation.ts"
import { formats } from "./Rendering.ts"
import type { StoreCommand } from "./StoreCommand.ts"

const print = (running: Parameters<typeof finish>[0]): Effect.Effect<void> => Effect.promise(() => finish(running))

const shape = {
  format: Flag.Literals("format", formats).pipe(
    Flag.withDefault("text"),
    Flag.withDescription("For a person, for a program (an object on a line), or annotations of a GitHub workflow")
  ),
  json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("The same as --format json"))
}

const isSet = (name: string, what: string) =>
  Flag.Boolean(name).pipe(Flag.withDefault(false), Flag.withDescription(what))

const genCommand = ({ gen }: Invocation) =>
  Command.make(
    "gen",
    {
      watch: isSet("watch", "Go on, and generate anew whenever a declaration, a body or the config is saved").pipe(
        Flag.withAlias("w")
      ),
      fix: isSet("fix", "Put a stub for each missing handler into your files, and touch nothing else in them"),
      quiet: isSet("quiet", "Say nothing unless something is wrong"),
      ...shape
    },
    (how) => Effect.promise(() => gen(how))
  ).pipe(
    Command.withDescription("Write typed events, folds, services and law tests from the declarations in schemas/"),
    Command.withExamples([
      { command: "eventfold gen", description: "Write what has changed" },
      { command: "eventfold gen --watch", description: "Go on doing so while you edit" },
      { command: "eventfold gen --fix", description: "Begin the handlers of new events in your files, too" }
    ])
  )

const checkCommand = ({ check }: Invocation) =>
  Command.make(
    "check",
    {
      verbose: isSet("verbose", "List what comments suppress, too, with their reasons"),
      strict: isSet(
        "strict",
        "Exit with 1 for warnings, too: handlers that are still stubs, redacted values that are stored"
      ),
      ...shape
    },
    (how) => Effect.promise(() => check(how))
  ).pipe(
    Command.withDescription(
      "Say what `gen` would change, which handlers are missing and which are not pure, and change nothing; exits with 1 if anything"
    ),
    Command.withExamples([
      { command: "eventfold check --strict --format github", description: "In a workflow of GitHub" }
    ])
  )

const diffCommand = ({ diff }: Invocation) =>
  Command.make("diff", shape, (how) => Effect.promise(() => diff(how))).pipe(
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
    print(async () => {
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
    print(async () => {
      const { init } = await import("./Init.ts")
      return init(process.cwd(), folder, { json, agent: process.env["npm_config_user_agent"] })
    })
).pipe(Command.withDescription("Begin a project: a small example that runs. Writes over nothing"))

/** The whole command line. */
export const command = (store: ReadonlyArray<StoreCommand>, run: Invocation = invocation) =>
  Command.make("eventfold").pipe(
    Command.withDescription(
      "Declare events once: typed events, an exhaustive fold, projections, and the proof that replay is deterministic"
    ),
    Command.withSubcommands([
      initCommand,
      genCommand(run),
      checkCommand(run),
      diffCommand(run),
      explainCommand,
      ...store
    ])
  )
