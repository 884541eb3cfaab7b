/** `eventfold store grants`: prints the rights that a role needs. */
import { Grants } from "@eventfold/postgres"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { UsageError } from "../commandline/Failures.ts"
import { schema } from "../commandline/Options.ts"
import { run, write } from "../commandline/Session.ts"

const right = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const grantsCommand = Command.make(
  "grants",
  {
    role: Flag.String("role").pipe(Flag.withDescription("The role that the app logs in as. It must exist already")),
    schema,
    readOnly: right("read-only", "Grant reading and subscribing, and not appending"),
    maintain: right("maintain", "Also grant truncating streams, which removes the content of events permanently"),
    react: right("react", "Also grant running reactions, which store their progress"),
    project: right("project", "Also grant running projectors, which create tables for rows of projections")
  },
  ({ maintain, project, react, readOnly, role, schema }) =>
    run(
      Effect.gen(function* () {
        const rights = Object.entries({ maintain, react, project })
        const [writing] = rights.find(([, isGiven]) => isGiven) ?? []
        if (readOnly && writing !== undefined) {
          return yield* new UsageError({
            message: `--${writing} lets the role write, and --read-only does not: give one of the two`
          })
        }
        const access = readOnly ? "read" : "append"
        const statements = yield* Effect.mapError(
          Grants.statements({ role, schema, access, maintain, project, react }),
          ({ message }) => new UsageError({ message })
        )
        yield* write(statements.map((statement) => `${statement};\n`).join(""))
      })
    )
).pipe(
  Command.withShortDescription("Print the SQL that lets a role append and read, and nothing else"),
  Command.withDescription(
    "Print the SQL that lets a role append and read, and nothing else. The command does not connect to a database: run the SQL as the owner of the store, after the store was opened for the first time."
  ),
  Command.withExamples([
    { command: 'eventfold store grants --role app | psql "$DATABASE_URL"', description: "For the role of an app" }
  ])
)
