/** `eventfold store snapshots`: drops what can be made again. */
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import type { Snapshots } from "eventfold"
import { standardOutput } from "./backup/BackupFile.ts"
import { counted, database, inform, json, run, UsageError } from "./CommandLine.ts"
import { open } from "./OpenedStore.ts"

const which = (
  stream: string | undefined,
  aggregate: string | undefined,
  all: boolean
): Effect.Effect<Snapshots.Which, UsageError> => {
  const named: ReadonlyArray<Snapshots.Which> = [
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
              : "--stream, --aggregate and --all each say which: give one of them"
        })
      )
}

const dropCommand = Command.make(
  "drop",
  {
    ...database,
    stream: Flag.String("stream").pipe(Flag.withDescription("Those of one stream, such as Account-1"), Flag.optional),
    aggregate: Flag.String("aggregate").pipe(
      Flag.withDescription("Those of all streams of an aggregate, such as Account"),
      Flag.optional
    ),
    all: Flag.Boolean("all").pipe(Flag.withDescription("All there are"), Flag.withDefault(false)),
    json
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const chosen = yield* which(getOrUndefined(options.stream), getOrUndefined(options.aggregate), options.all)
        const { snapshots } = yield* open(options)
        const dropped = yield* snapshots!.drop(chosen)
        yield* inform(`dropped ${counted(dropped, "snapshot")}`)
        if (options.json) yield* standardOutput.write(`${JSON.stringify({ dropped })}\n`)
      })
    )
).pipe(
  Command.withShortDescription("Drop snapshots"),
  Command.withDescription(
    "Drop snapshots. Nothing is lost: the next load folds the events, and takes new ones. Services that run meanwhile go on."
  ),
  Command.withExamples([
    { command: "eventfold store snapshots drop --aggregate Account", description: "Of the store at DATABASE_URL" }
  ])
)

export const snapshotsCommand = Command.make("snapshots").pipe(
  Command.withDescription("Snapshots: states of long streams, kept beside the log"),
  Command.withSubcommands([dropCommand])
)
