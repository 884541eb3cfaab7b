/** `eventfold projections pause` and `resume`. */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { database, json } from "../commandline/Options.ts"
import { report, run } from "../commandline/Session.ts"
import { name, openWith } from "./NamedProjection.ts"

export const pauseCommand = Command.make("pause", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.pause(options.name)
      yield* report(options.json, `${options.name} is paused: its rows are served, and not updated`, {
        paused: options.name
      })
    })
  )
).pipe(
  Command.withShortDescription("Pause a projection"),
  Command.withDescription("Pause a projection: its rows are served, and no projector updates them until it is resumed.")
)

export const resumeCommand = Command.make(
  "resume",
  {
    ...database,
    json,
    acceptParked: Flag.Boolean("accept-parked").pipe(
      Flag.withDescription(
        "Serve rebuilt rows even if more keys are parked in them than in the rows that are served now"
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
        const condition = status?.owner === undefined ? " when a projector runs it" : ""
        yield* report(options.json, `${options.name} continues${condition}`, { resumed: options.name })
      })
    )
).pipe(
  Command.withShortDescription("Resume a projection that was paused or has stopped"),
  Command.withDescription(
    "Resume a projection that was paused, or that has stopped at an event. Fix the handler of that event first."
  )
)
