/** `eventfold projections rollback`, `discharge`, `drop-old` and `remove`. */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { UsageError } from "../commandline/Failures.ts"
import { database, json } from "../commandline/Options.ts"
import { report, run } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { name, openWith } from "./NamedProjection.ts"

export const rollbackCommand = Command.make("rollback", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      const { checkpoint, fingerprint, lag } = yield* store.rollback(options.name)
      const behind = lag.events === 0 ? "up to date" : `${counted(lag.events)} behind`
      yield* report(
        options.json,
        `${options.name} is served from the rows before the rebuild, ${behind}, written by handlers ${fingerprint}: a projector with those handlers updates them`,
        { rolledBack: options.name, fingerprint, position: checkpoint.position, lag }
      )
    })
  )
).pipe(
  Command.withShortDescription("Serve the rows before the last rebuild again"),
  Command.withDescription(
    "Serve the rows before the last rebuild again, and keep the current rows. A projector with the handlers that wrote those rows updates them: start the release that has those handlers. That release counts as the newest from then on, and projectors with other handlers stop."
  )
)

export const dischargeCommand = Command.make("discharge", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.inline!.discharge(options.name)
      yield* report(options.json, `a projector updates ${options.name} from now on`, { discharged: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Turn an inline projection into one that a projector updates"),
  Command.withDescription(
    "Turn an inline projection (InlineProjections.layer), whose rows were written with the events, into one that a projector updates. Any program may append events again; start a projector for the rows."
  )
)

export const dropOldCommand = Command.make("drop-old", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      const isDropped = yield* store.drop(options.name, "old")
      const line = isDropped
        ? `dropped the rows of ${options.name} before the last rebuild`
        : `${options.name} has no rows from before a rebuild`
      yield* report(options.json, line, { dropped: isDropped })
    })
  )
).pipe(
  Command.withShortDescription("Drop the rows before the last rebuild"),
  Command.withDescription("Drop the rows before the last rebuild: a rollback to them is no longer possible.")
)

export const removeCommand = Command.make(
  "remove",
  {
    ...database,
    json,
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("Confirm that the rows, the rows before them and the parked keys are dropped"),
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
            message: `this drops all rows of ${options.name}, and a program that still has it rebuilds them from the log: add --yes`
          })
        }
        yield* store.remove(options.name)
        yield* report(options.json, `removed ${options.name}, with its rows and parked keys`, { removed: options.name })
      })
    )
).pipe(
  Command.withShortDescription("Drop a projection that no program has any more"),
  Command.withDescription(
    "Drop all that is stored of a projection: its rows, the rows before a rebuild, and parked keys. Use it for a projection that was deleted, renamed, or moved to another domain. A program that still has it rebuilds its rows from the whole log when it starts."
  )
)
