/** `eventfold projections retry`: folds the events of parked keys again. */
import { Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as DueWork from "../commandline/DueWork.ts"
import { exitCodes } from "../commandline/ExitCodes.ts"
import { NotFound } from "../commandline/Failures.ts"
import { database, detach, json } from "../commandline/Options.ts"
import { endWith, report, run } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { name, openWith } from "./NamedProjection.ts"
import * as StatusTable from "./StatusTable.ts"

export const retryCommand = Command.make(
  "retry",
  {
    ...database,
    json,
    key: Flag.String("key").pipe(
      Flag.withDescription("One key, as `parked` lists it. Defaults to all parked keys"),
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
        const key = getOrUndefined(options.key)
        const asked = yield* store.retry(name, key)
        if (asked === 0) {
          return yield* report(options.json, `nothing is parked in ${name}`, { asked, folded: 0, parked: [] })
        }
        if (options.detach) {
          return yield* report(options.json, `${counted(asked, "key")} of ${name} will be retried`, { asked })
        }
        const left = yield* settled(store, name, key)
        if (left === undefined) {
          return yield* new NotFound({
            message: `no projector has retried ${counted(asked, "key")} of ${name} within ${startTimeoutSeconds} s: start a projector that has its handlers, and resume it if it is paused or has stopped (eventfold projections status)`
          })
        }
        const folded = asked - left.length
        const rest = left.length === 0 ? "" : `; ${counted(left.length, "key")} failed again: ${left[0]!.error}`
        yield* report(options.json, `folded the events of ${counted(folded, "key")} of ${name}${rest}`, {
          asked,
          folded,
          parked: left.map(StatusTable.parkedJson)
        })
        if (left.length > 0) yield* endWith(exitCodes.failed)
      })
    )
).pipe(
  Command.withShortDescription("Fold the events of parked keys again, after their handler is fixed"),
  Command.withDescription(
    "Fold the events of parked keys again, in their order. The projector that updates the rows does the work. Keys that fail stay parked with the new error, and the command exits with 1."
  ),
  Command.withExamples([{ command: "eventfold projections retry AccountBalances --key 1787", description: "One key" }])
)

/** Time that a projector has to start on the next key. */
const startTimeoutSeconds = 15

/**
 * Waits until all due keys were tried. Returns the keys that are still parked, or `undefined` if no
 * projector tries them.
 */
const settled = Effect.fnUntraced(function* (
  store: ProjectionStore.Service,
  name: string,
  key: string | undefined
): Effect.fn.Return<ReadonlyArray<StatusTable.ListedKey> | undefined, EventStoreError.EventStoreError> {
  let found: ReadonlyArray<StatusTable.ListedKey> = []
  const due = Effect.gen(function* () {
    const stages = yield* Effect.forEach(["serving", "next"] as const, (stage) =>
      store.parked(name, { stage, limit: 10_000 })
    )
    found = stages.flatMap(({ keys }) => keys).filter((one) => key === undefined || one.key === key)
    return found.filter(({ isDue }) => isDue).reduce((sum, one) => sum + one.events, 0)
  })
  return (yield* DueWork.untilDone(due, startTimeoutSeconds)) ? found : undefined
})
