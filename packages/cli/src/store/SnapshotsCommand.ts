/** `eventfold store snapshots`: drops snapshots. */
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import type { Snapshots } from "eventfold"
import { UsageError } from "../commandline/Failures.ts"
import { database, json } from "../commandline/Options.ts"
import { report, run } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { open } from "./Connection.ts"

type Which = Parameters<Snapshots.Service["drop"]>[0]

const which = (
  stream: string | undefined,
  aggregate: string | undefined,
  all: boolean
): Effect.Effect<Which, UsageError> => {
  const named: ReadonlyArray<Which> = [
    ...(stream === undefined ? [] : [{ stream }]),
    ...(aggregate === undefined ? [] : [{ aggregate }]),
    ...(all ? (["all"] as const) : [])
  ]
  const [only] = named
  return only !== undefined && named.length === 1
    ? Effect.succeed(only)
    : Effect.fail(
        new UsageError({
          message:
            named.length === 0
              ? "which snapshots? Give --stream Account-1, --aggregate Account, or --all"
              : "--stream, --aggregate and --all exclude each other: give one of them"
        })
      )
}

const dropCommand = Command.make(
  "drop",
  {
    ...database,
    stream: Flag.String("stream").pipe(
      Flag.withDescription("Drop those of one stream, such as Account-1"),
      Flag.optional
    ),
    aggregate: Flag.String("aggregate").pipe(
      Flag.withDescription("Drop those of all streams of an aggregate, such as Account"),
      Flag.optional
    ),
    all: Flag.Boolean("all").pipe(Flag.withDescription("Drop all snapshots"), Flag.withDefault(false)),
    json
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const chosen = yield* which(getOrUndefined(options.stream), getOrUndefined(options.aggregate), options.all)
        const { snapshots } = yield* open(options)
        const dropped = yield* snapshots!.drop(chosen)
        yield* report(options.json, `dropped ${counted(dropped, "snapshot")}`, { dropped })
      })
    )
).pipe(
  Command.withShortDescription("Drop snapshots"),
  Command.withDescription(
    "Drop snapshots. No data is lost: the next load folds all events, and takes new snapshots. Services may run at the same time."
  ),
  Command.withExamples([
    { command: "eventfold store snapshots drop --aggregate Account", description: "In the store at DATABASE_URL" }
  ])
)

export const snapshotsCommand = Command.make("snapshots").pipe(
  Command.withDescription("Operate snapshots: states of long streams, stored beside the log"),
  Command.withSubcommands([dropCommand])
)
