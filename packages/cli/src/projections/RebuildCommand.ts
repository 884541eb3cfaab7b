/** `eventfold projections rebuild`: rebuilds the rows of a projection. */
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import { UsageError } from "../commandline/Failures.ts"
import { database, detach, json } from "../commandline/Options.ts"
import { report, run } from "../commandline/Session.ts"
import { counted, grouped, span } from "../commandline/TextTable.ts"
import { name, openWith } from "./NamedProjection.ts"
import { follow } from "./RebuildProgress.ts"

const comparisonOf = (compared: ProjectionStore.Status["compared"]): string => {
  if (compared === undefined) return ""
  const { differing, keys, position, rows } = compared
  const at = `at position ${grouped(position)}`
  if (differing === 0) return `, ${counted(rows, "row")}, equal to the rows that were served ${at}`
  const some = `${keys.map((key) => JSON.stringify(key)).join(", ")}${differing > keys.length ? ", …" : ""}`
  return `; ${counted(differing, "row")} that were served ${at} differed from the rebuilt ones: ${some}`
}

const cancel = Effect.fnUntraced(function* (store: ProjectionStore.Service, name: string, isJson: boolean) {
  const isCancelled = yield* store.drop(name, "next")
  const line = isCancelled
    ? `cancelled: the rows of ${name} that are served stay`
    : `there is no rebuild of ${name} to cancel`
  yield* report(isJson, line, { cancelled: isCancelled })
})

const waitFor = Effect.fnUntraced(function* (
  store: ProjectionStore.Service,
  name: string,
  isJson: boolean,
  before: ReadonlyArray<ProjectionStore.Status>
) {
  const done = yield* follow(store, name, before)
  const rate = Math.round(done.events / Math.max(done.seconds, 0.001))
  const compared = (yield* store.status(name))?.compared
  yield* report(
    isJson,
    `rebuilt ${name} from ${counted(done.events)} in ${span(done.seconds)} (${counted(rate)}/s)${comparisonOf(compared)}; the rows before are kept: eventfold projections drop-old ${StoreRequest.shellWord(name)}`,
    { rebuilt: name, ...done, compared }
  )
})

export const rebuildCommand = Command.make(
  "rebuild",
  {
    ...database,
    json,
    detach,
    cancel: Flag.Boolean("cancel").pipe(
      Flag.withDescription(
        "Cancel the rebuild that is requested or running. The rows that are served stay, and a new release whose rebuild is cancelled begins no other rebuild until --handlers requests it"
      ),
      Flag.withDefault(false)
    ),
    handlers: Flag.String("handlers").pipe(
      Flag.withDescription(
        "Rebuild with the handlers of another release, by their fingerprint, even if that release was replaced or its rebuild cancelled. It counts as the newest from then on. The command does not wait"
      ),
      Flag.optional
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const { name } = options
        const store = yield* openWith(options, name)
        const fingerprint = Option.getOrUndefined(options.handlers)
        if (options.cancel && fingerprint !== undefined) {
          return yield* new UsageError({
            message: "--cancel cancels the rebuild that is running: leave --handlers out"
          })
        }
        if (options.cancel) return yield* cancel(store, name, options.json)
        const before = yield* store.stages(name)
        yield* store.rebuild(name, { fingerprint })
        const isServed = before.some((one) => one.stage === "serving" && one.fingerprint === fingerprint)
        if (fingerprint !== undefined && !isServed) {
          const line = `requested: a projector with handlers ${fingerprint} rebuilds the rows of ${name}, and projectors of other releases stop: start the release that has those handlers (eventfold projections status --watch)`
          return yield* report(options.json, line, { asked: name, handlers: fingerprint })
        }
        if (options.detach) {
          const line = `requested: a projector with the handlers of ${name} rebuilds its rows (eventfold projections status --watch)`
          return yield* report(options.json, line, { asked: name })
        }
        yield* waitFor(store, name, options.json, before)
      })
    )
).pipe(
  Command.withShortDescription("Rebuild the rows of a projection while the current rows are served"),
  Command.withDescription(
    "Rebuild the rows of a projection from the whole log with its current handlers. A projector does the work, in the app or in any process that runs one. The current rows are served until then, and kept for a rollback."
  ),
  Command.withExamples([
    { command: "eventfold projections rebuild AccountBalances", description: "Wait until the new rows are served" },
    {
      command: "eventfold projections rebuild AccountBalances --handlers 5b1d-77c0",
      description: "Deploy an earlier release again: let its projectors rebuild the rows"
    }
  ])
)
