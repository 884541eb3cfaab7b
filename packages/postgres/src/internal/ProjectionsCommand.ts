/** `eventfold projections`: how rows in tables stand, and what a person has done with them. */
import { DateTime, Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import type { EventStoreError, ProjectionStore } from "eventfold"
import { standardOutput } from "./BackupFile.ts"
import { counted, database, inform, json, NotFound, run, say } from "./CommandLine.ts"
import * as OpenedStore from "./OpenedStore.ts"
import { follow } from "./RebuildProgress.ts"
import * as StatusTable from "./StatusTable.ts"
import { aligned, short, span } from "./TextTable.ts"

const name = Argument.String("name").pipe(Argument.withDescription("The projection, as it is declared"))

/** The part of the store that keeps rows. */
const open = (options: OpenedStore.Options) => Effect.map(OpenedStore.open(options), ({ projections }) => projections!)

/** The same, with a projection of that name in it. */
const openWith = Effect.fnUntraced(function* (options: OpenedStore.Options, name: string) {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = [...new Set((yield* store.statuses).map((one) => one.name))]
  const others =
    names.length === 0 ? "no projector has ever run on it, and no rows were asked for" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no projection ${JSON.stringify(name)} in this store: ${others}` })
})

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
      Flag.withDescription("Give up the one that is asked for or under way; the rows that are served stay"),
      Flag.withDefault(false)
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        if (options.cancel) {
          const isCancelled = yield* store.drop(options.name, "next")
          const line = isCancelled
            ? `given up: the rows of ${options.name} that are served stay`
            : `the rows of ${options.name} are not being made anew`
          return yield* say(options.json, line, { cancelled: isCancelled })
        }
        const before = yield* store.stages(options.name)
        yield* store.rebuild(options.name)
        if (options.detach) {
          const line = `asked for: a projector with the handlers of ${options.name} makes its rows anew (eventfold projections status --watch)`
          return yield* say(options.json, line, { asked: options.name })
        }
        const done = yield* follow(store, options.name, before)
        const rate = Math.round(done.events / Math.max(done.seconds, 0.001))
        const compared = (yield* store.status(options.name))?.compared
        yield* say(
          options.json,
          `${options.name} was made anew from ${counted(done.events)} in ${span(done.seconds)} (${counted(rate)}/s)${outcomeOf(compared)}; the rows before are kept: eventfold projections drop-old ${options.name}`,
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
    { command: "eventfold projections rebuild AccountBalances", description: "And wait until the new rows are served" }
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
    "Serve the rows again that were served before the last rebuild, in place of those that are, which are kept. They are as they were then, until a projector with their handlers brings them up to date: start the release that has them. Projectors with the other handlers leave them alone."
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

/** A key as it is, where a terminal can show it and where it ends can be seen. */
const shown = (key: string): string => (/^[^\s\p{C}"]([^\p{C}]*[^\s\p{C}])?$/u.test(key) ? key : JSON.stringify(key))

const parkedCommand = Command.make(
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

const retryCommand = Command.make(
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
    parkedCommand,
    retryCommand
  ])
)
