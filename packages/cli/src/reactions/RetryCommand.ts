/** `eventfold reactions retry`: delivers parked events again. */
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import type { ReactionStore } from "eventfold/store"
import * as DueWork from "../commandline/DueWork.ts"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { NotFound } from "../commandline/Failures.ts"
import { database, detach, json } from "../commandline/Options.ts"
import { endWith, report, run } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { name, notParked, openWith } from "./NamedReaction.ts"
import { parkedJson } from "./ParkedCommands.ts"

export const retryCommand = Command.make(
  "retry",
  {
    ...database,
    json,
    id: Flag.String("id").pipe(
      Flag.withDescription("One event, by its id as `parked` lists it. Defaults to all parked events"),
      Flag.optional
    ),
    detach,
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { name } = options
        const id = getOrUndefined(options.id)
        const asked = yield* store.retry(name, id)
        if (asked === 0 && id !== undefined) return yield* notParked(name, id)
        if (asked === 0) {
          return yield* report(options.json, `nothing is parked in ${name}`, { asked, delivered: 0, parked: [] })
        }
        if (options.detach) {
          return yield* report(options.json, `${counted(asked)} of ${name} will be delivered again`, { asked })
        }
        const left = yield* settled(store, name, id)
        if (left === undefined) {
          return yield* new NotFound({
            message: `no process has delivered ${counted(asked)} of ${name} again within ${startTimeoutSeconds} s: start a process that runs it, and resume it if it is paused or has stopped (eventfold reactions status)`
          })
        }
        const delivered = asked - left.length
        const rest = left.length === 0 ? "" : `; ${counted(left.length)} failed again: ${left[0]!.problem}`
        yield* report(options.json, `delivered ${counted(delivered)} of ${name}${rest}`, {
          asked,
          delivered,
          parked: left.map(parkedJson)
        })
        if (left.length > 0) yield* endWith(exitCodes.failed)
      })
    )
).pipe(
  Command.withShortDescription("Deliver parked events again"),
  Command.withDescription(
    "Deliver parked events again. The process that runs the reaction does the work. Events that fail stay parked with the new error, and the command exits with 1."
  )
)

/** Time that a process has to start on the next event. */
const startTimeoutSeconds = 30

/**
 * Waits until all due events were tried. Returns those that are still parked, or `undefined` if no
 * process tries them.
 */
const settled = Effect.fnUntraced(function* (
  store: ReactionStore.Service,
  name: string,
  id: string | undefined
): Effect.fn.Return<ReadonlyArray<ReactionStore.Parked> | undefined, EventStoreError.EventStoreError> {
  const due = Effect.map(store.parked(name, { asked: true, limit: 10_000 }), ({ length }) => length)
  if (!(yield* DueWork.untilDone(due, startTimeoutSeconds))) return undefined
  const parked = yield* store.parked(name, { limit: 10_000 })
  return parked.filter(({ eventId }) => id === undefined || eventId === id)
})
