/** `eventfold projections parked` and `retry`: keys whose events wait. */
import { DateTime, Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import { standardOutput } from "./backup/BackupFile.ts"
import { counted, database, inform, json, NotFound, run, say } from "./CommandLine.ts"
import { name, open, openWith } from "./NamedProjection.ts"
import * as StatusTable from "./StatusTable.ts"
import { aligned, short, span } from "./TextTable.ts"

/** A key as it is, where a terminal can show it and where it ends can be seen. */
const shown = (key: string): string => (/^[^\s\p{C}"]([^\p{C}]*[^\s\p{C}])?$/u.test(key) ? key : JSON.stringify(key))

export const parkedCommand = Command.make(
  "parked",
  {
    ...database,
    json,
    stage: Flag.Literals("stage", ["serving", "next", "old"]).pipe(
      Flag.withDescription("Of the rows that are served, of those that are being made anew, or of those before"),
      Flag.withDefault("serving" as const)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("At most so many keys of each projection"),
      Flag.withDefault(100)
    ),
    after: Flag.String("after").pipe(
      Flag.withDescription("Go on after those of a list that was cut off"),
      Flag.optional
    ),
    name: name.pipe(Argument.optional)
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const wanted = getOrUndefined(options.name)
        const after = getOrUndefined(options.after)
        const store = yield* wanted === undefined ? open(options) : openWith(options, wanted)
        const names = wanted === undefined ? [...new Set((yield* store.statuses).map((one) => one.name))] : [wanted]
        const rows: Array<ReadonlyArray<string>> = []
        const now = yield* DateTime.now
        for (const name of names) {
          const { keys, next } = yield* store.parked(name, {
            stage: options.stage,
            limit: options.limit,
            ...(after === undefined ? {} : { after })
          })
          if (options.json) {
            yield* standardOutput.write(
              keys.map((one) => `${JSON.stringify({ projection: name, ...StatusTable.parkedJson(one) })}\n`).join("")
            )
          }
          for (const { attempts, error, events, isDue, key, parkedAt, stream, type, version } of keys) {
            rows.push([
              name,
              shown(key),
              `${type} ${stream} v${version}`,
              events.toLocaleString("en-US"),
              isDue ? "due" : String(attempts),
              `${span(Math.max(0, now.epochMilliseconds - parkedAt.epochMilliseconds) / 1_000)} ago`,
              short(error, 100)
            ])
          }
          if (next !== undefined) yield* inform(`${name} has more: --after ${JSON.stringify(next)}`)
        }
        if (options.json) return
        if (rows.length === 0) return yield* inform("nothing is parked")
        const head = ["PROJECTION", "KEY", "EVENT", "WAITING", "TRIED", "SINCE", "ERROR"]
        yield* standardOutput.write(aligned(head, rows, new Set(["WAITING", "TRIED"])))
      })
    )
).pipe(
  Command.withShortDescription("List keys whose events wait, as one could not be folded"),
  Command.withDescription(
    "List the keys whose events wait, as one of them could not be folded: which event, why, and how many wait. Their rows are as they were before it."
  ),
  Command.withExamples([{ command: "eventfold projections parked AccountBalances", description: "Of one projection" }])
)

export const retryCommand = Command.make(
  "retry",
  {
    ...database,
    json,
    key: Flag.String("key").pipe(
      Flag.withDescription("One key, as it is listed; all that are parked unless given"),
      Flag.optional
    ),
    detach: Flag.Boolean("detach").pipe(Flag.withDescription("Ask for it, and don't wait"), Flag.withDefault(false)),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { name } = options
        const key = getOrUndefined(options.key)
        const asked = yield* store.retry(name, key)
        if (asked === 0)
          return yield* say(options.json, `nothing is parked in ${name}`, { asked, folded: 0, parked: [] })
        if (options.detach)
          return yield* say(options.json, `${counted(asked, "key")} of ${name} will be tried again`, { asked })
        const left = yield* settled(store, name, key)
        if (left === undefined) {
          return yield* new NotFound({
            message: `nobody has tried ${counted(asked, "key")} of ${name} again within ${patience} s: start a projector that has its handlers, and let it go on if it is paused or has stopped (eventfold projections status)`
          })
        }
        const folded = asked - left.length
        const rest = left.length === 0 ? "" : `; ${counted(left.length, "key")} can't be, still: ${left[0]!.error}`
        yield* say(options.json, `folded the events of ${counted(folded, "key")} of ${name}${rest}`, {
          asked,
          folded,
          parked: left.map(StatusTable.parkedJson)
        })
        if (left.length > 0) process.exitCode = 1
      })
    )
).pipe(
  Command.withShortDescription("Fold the events of parked keys, now that their handler is mended"),
  Command.withDescription(
    "Have the events of parked keys folded again, in their order, by the projector that keeps the rows. Those that fail stay parked, with the new error, and the command ends with 1."
  ),
  Command.withExamples([{ command: "eventfold projections retry AccountBalances --key 1787", description: "One key" }])
)

/** Seconds that a projector has to begin. */
const patience = 15

/** The keys that are parked once all that were due were tried; undefined where nobody does. */
const settled = Effect.fnUntraced(function* (
  store: ProjectionStore.Service,
  name: string,
  key: string | undefined
): Effect.fn.Return<ReadonlyArray<ProjectionStore.ListedKey> | undefined, EventStoreError.EventStoreError> {
  let due = Infinity
  let since = performance.now()
  for (;;) {
    const found: Array<ProjectionStore.ListedKey> = []
    for (const stage of ["serving", "next"] as const) {
      const { keys } = yield* store.parked(name, { stage, limit: 10_000 })
      found.push(...keys.filter((one) => key === undefined || one.key === key))
    }
    const events = found.filter(({ isDue }) => isDue).reduce((sum, one) => sum + one.events, 0)
    if (events === 0) return found
    if (events < due) since = performance.now()
    due = events
    if (performance.now() - since > patience * 1_000) return undefined
    yield* Effect.sleep("100 millis")
  }
})
