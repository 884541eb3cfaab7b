/** `eventfold projections`: how rows in tables stand, and what a person has done with them. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import { standardOutput } from "./backup/BackupFile.ts"
import { counted, database, json, run, say, UsageError } from "./CommandLine.ts"
import { name, open, openWith } from "./NamedProjection.ts"
import { parkedCommand, retryCommand } from "./ParkedCommands.ts"
import { follow } from "./RebuildProgress.ts"
import * as StatusTable from "./StatusTable.ts"
import { span } from "./TextTable.ts"

const statusCommand = Command.make(
  "status",
  {
    ...database,
    json,
    watch: Flag.Boolean("watch").pipe(
      Flag.withAlias("w"),
      Flag.withDescription("Go on, and say so again every second"),
      Flag.withDefault(false)
    )
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* open(options)
        let lines = 0
        do {
          const statuses = yield* store.statuses
          const text = options.json
            ? `${JSON.stringify(statuses.map(StatusTable.toJson))}\n`
            : StatusTable.text(statuses)
          // In place of what was there, where somebody looks.
          const isOver = process.stdout.isTTY && !options.json && lines > 0
          yield* standardOutput.write(isOver ? `\u001b[${lines}A\u001b[J${text}` : text)
          lines = text.split("\n").length - 1
          if (options.watch) yield* Effect.sleep("1 second")
        } while (options.watch)
      })
    )
).pipe(
  Command.withShortDescription("How projections stand: how far behind, who keeps them, why they stopped"),
  Command.withDescription(
    "How projections stand: how far they are behind the log, how many keys are parked, who keeps their rows, and why they stopped, if they have."
  ),
  Command.withExamples([
    { command: "eventfold projections status --watch", description: "Of the store at DATABASE_URL" }
  ])
)

const pauseCommand = Command.make("pause", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.pause(options.name)
      yield* say(options.json, `${options.name} is paused: its rows are served as they are`, { paused: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Have a projection wait"),
  Command.withDescription(
    "Have a projection wait: its rows are served as they are, and nobody writes them until it is resumed."
  )
)

const resumeCommand = Command.make(
  "resume",
  {
    ...database,
    json,
    acceptParked: Flag.Boolean("accept-parked").pipe(
      Flag.withDescription(
        "Serve rows that were made anew also where more keys are parked in them than in those served now"
      ),
      Flag.withDefault(false)
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        yield* store.resume(options.name, { acceptParked: options.acceptParked })
        const status = yield* store.status(options.name)
        const by = status?.owner === undefined ? " once a projector runs it" : ""
        yield* say(options.json, `${options.name} goes on${by}`, { resumed: options.name })
      })
    )
).pipe(
  Command.withShortDescription("Let a projection go on that was paused or has stopped"),
  Command.withDescription(
    "Let a projection go on that was paused, or that has stopped at an event whose handler is mended now."
  )
)

const outcomeOf = (compared: ProjectionStore.Compared | undefined): string => {
  if (compared === undefined) return ""
  const { differing, keys, position, rows } = compared
  const at = `at position ${position.toLocaleString("en-US")}`
  if (differing === 0) return `, ${counted(rows, "row")}, with no difference to what was served ${at}`
  const some = `${keys.map((key) => JSON.stringify(key)).join(", ")}${differing > keys.length ? ", …" : ""}`
  return `; ${counted(differing, "row")} that were served ${at} had not been what the handlers make of the log: ${some}`
}

const rebuildCommand = Command.make(
  "rebuild",
  {
    ...database,
    json,
    detach: Flag.Boolean("detach").pipe(Flag.withDescription("Ask for it, and don't wait"), Flag.withDefault(false)),
    cancel: Flag.Boolean("cancel").pipe(
      Flag.withDescription(
        "Give up the one that is asked for or under way; the rows that are served stay, and a new release that made it begins no other one until it is asked to, with --handlers"
      ),
      Flag.withDefault(false)
    ),
    handlers: Flag.String("handlers").pipe(
      Flag.withDescription(
        "By the handlers of another release, by their fingerprint: it is the newest from then on, also if it was replaced or given up. Does not wait"
      ),
      Flag.optional
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const fingerprint = Option.getOrUndefined(options.handlers)
        if (options.cancel && fingerprint !== undefined) {
          return yield* new UsageError({ message: "--cancel gives up the rebuild under way: leave --handlers out" })
        }
        if (options.cancel) {
          const isCancelled = yield* store.drop(options.name, "next")
          const line = isCancelled
            ? `given up: the rows of ${options.name} that are served stay`
            : `the rows of ${options.name} are not being made anew`
          return yield* say(options.json, line, { cancelled: isCancelled })
        }
        const before = yield* store.stages(options.name)
        yield* store.rebuild(options.name, { fingerprint })
        if (
          fingerprint !== undefined &&
          before.every((one) => one.stage !== "serving" || one.fingerprint !== fingerprint)
        ) {
          const line = `asked for: a projector with handlers ${fingerprint} makes the rows of ${options.name} anew, and those of other releases step aside: start the release that has those handlers (eventfold projections status --watch)`
          return yield* say(options.json, line, { asked: options.name, handlers: fingerprint })
        }
        if (options.detach) {
          const line = `asked for: a projector with the handlers of ${options.name} makes its rows anew (eventfold projections status --watch)`
          return yield* say(options.json, line, { asked: options.name })
        }
        const done = yield* follow(store, options.name, before)
        const rate = Math.round(done.events / Math.max(done.seconds, 0.001))
        const compared = (yield* store.status(options.name))?.compared
        yield* say(
          options.json,
          `${options.name} was made anew from ${counted(done.events)} in ${span(done.seconds)} (${counted(rate)}/s)${outcomeOf(compared)}; the rows before are kept: eventfold projections drop-old ${StoreRequest.shellWord(options.name)}`,
          { rebuilt: options.name, ...done, compared }
        )
      })
    )
).pipe(
  Command.withShortDescription("Make the rows of a projection anew, while those that are there are served"),
  Command.withDescription(
    "Make the rows of a projection anew from the whole log, by the handlers that it has. A projector does it, in the app or wherever one runs; the rows that are there are served meanwhile, and kept for a rollback."
  ),
  Command.withExamples([
    { command: "eventfold projections rebuild AccountBalances", description: "And wait until the new rows are served" },
    {
      command: "eventfold projections rebuild AccountBalances --handlers 5b1d-77c0",
      description: "Deploy an earlier release once more: let its projectors make their rows"
    }
  ])
)

const rollbackCommand = Command.make("rollback", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      const { checkpoint, fingerprint, lag } = yield* store.rollback(options.name)
      const behind = lag.events === 0 ? "up to date" : `${counted(lag.events)} behind`
      yield* say(
        options.json,
        `${options.name} is served from the rows before again, ${behind}, made by handlers ${fingerprint}: a projector that has those keeps them`,
        { rolledBack: options.name, fingerprint, position: checkpoint.position, lag }
      )
    })
  )
).pipe(
  Command.withShortDescription("Serve the rows again that were served before"),
  Command.withDescription(
    "Serve the rows again that were served before the last rebuild, in place of those that are, which are kept. They are as they were then, until a projector with their handlers brings them up to date: start the release that has them. That release is the newest from then on: projectors with other handlers step aside."
  )
)

const dischargeCommand = Command.make("discharge", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.inline!.discharge(options.name)
      yield* say(options.json, `${options.name} is kept by a projector from now on`, { discharged: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Have a projector keep rows that are written with the events"),
  Command.withDescription(
    "Have a projector keep the rows from now on that were written with the events until now (InlineProjections.layer). Events may be appended by any program again; start a projector for the rows."
  )
)

const dropOldCommand = Command.make("drop-old", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      const isDropped = yield* store.drop(options.name, "old")
      const line = isDropped
        ? `dropped the rows of ${options.name} that were served before`
        : `${options.name} has no rows from before a rebuild`
      yield* say(options.json, line, { dropped: isDropped })
    })
  )
).pipe(
  Command.withShortDescription("Discard the rows that were served before"),
  Command.withDescription("Discard the rows that were served before a rebuild: there is no rollback to them any more.")
)

const removeCommand = Command.make(
  "remove",
  {
    ...database,
    json,
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("Yes: discard its rows, those before, and what is parked"),
      Flag.withDefault(false)
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        if (!options.yes) {
          return yield* new UsageError({
            message: `all rows of ${options.name} would be gone, and made from the log again by a program that has it still: add --yes`
          })
        }
        yield* store.remove(options.name)
        yield* say(options.json, `removed: nothing is kept of ${options.name} any more`, { removed: options.name })
      })
    )
).pipe(
  Command.withShortDescription("Discard all that is kept of a projection that no program has any more"),
  Command.withDescription(
    "Discard all that is kept of a projection: its rows, those before a rebuild, and what is parked. For one that was deleted, renamed, or moved to another domain. A program that has it still makes its rows anew from the whole log when it is started."
  )
)

export const projectionsCommand = Command.make("projections").pipe(
  Command.withDescription(
    "Look after rows of projections in tables: how far they are, what is parked; pause them, make them anew, go back"
  ),
  Command.withSubcommands([
    statusCommand,
    pauseCommand,
    resumeCommand,
    rebuildCommand,
    rollbackCommand,
    dischargeCommand,
    dropOldCommand,
    removeCommand,
    parkedCommand,
    retryCommand
  ])
)
