/** `eventfold reactions pause` and `resume`. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { database, json } from "../commandline/Options.ts"
import { report, run } from "../commandline/Session.ts"
import { name, openWith } from "./NamedReaction.ts"

export const pauseCommand = Command.make("pause", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.pause(options.name)
      const line = `${options.name} is paused: it finishes the deliveries that are running, and starts no others`
      yield* report(options.json, line, { paused: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Pause a reaction"),
  Command.withDescription(
    "Pause a reaction: it finishes the deliveries that are running, and starts no others until it is resumed."
  )
)

export const resumeCommand = Command.make("resume", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.resume(options.name)
      const condition = (yield* store.status(options.name))?.owner === undefined ? " when a process runs it" : ""
      yield* report(options.json, `${options.name} continues${condition}`, { resumed: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Resume a reaction that was paused or has stopped"),
  Command.withDescription(
    "Resume a reaction that was paused, or that has stopped at an event: it continues with that event."
  )
)
