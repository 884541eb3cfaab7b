/** `eventfold reactions`: how reactions stand, and what a person has done with what they have put aside. */
import { DateTime, Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import { type ReactionStore, StoreRequest } from "eventfold/store"
import { standardOutput } from "./backup/BackupFile.ts"
import { counted, database, inform, json, NotFound, run, say, UsageError } from "./CommandLine.ts"
import * as OpenedStore from "./OpenedStore.ts"
import { aligned, short, span } from "./TextTable.ts"

const name = Argument.String("name").pipe(Argument.withDescription("The reaction, as it is called in the code"))

/** The part of the store that keeps reactions. */
const open = (options: OpenedStore.Options) => Effect.map(OpenedStore.open(options), ({ reactions }) => reactions!)

/** The same, with a reaction of that name in it. */
const openWith = Effect.fnUntraced(function* (options: OpenedStore.Options, name: string) {
  const store = yield* open(options)
  if ((yield* store.status(name)) !== undefined) return store
  const names = (yield* store.statuses).map((one) => one.name)
  const others = names.length === 0 ? "none has ever run on it" : `it has ${names.join(", ")}`
  return yield* new NotFound({ message: `there is no reaction ${JSON.stringify(name)} in this store: ${others}` })
})

const stateOf = ({ isPaused, lag, owner, problem }: ReactionStore.Status): string => {
  if (problem !== undefined) return "stopped"
  if (isPaused) return "paused"
  if (owner === undefined) return "run by nobody"
  return lag.events === 0 ? "up to date" : "behind"
}

const statusText = (statuses: ReadonlyArray<ReactionStore.Status>): string => {
  if (statuses.length === 0) return "no reaction has ever run on this store\n"
  const rows = statuses.map((one) => [
    one.name,
    stateOf(one),
    one.lag.events === 0 ? "0" : `${one.lag.events.toLocaleString("en-US")} (${span(one.lag.seconds)})`,
    one.parked.toLocaleString("en-US"),
    one.checkpoint.position.toLocaleString("en-US"),
    one.owner === undefined ? "-" : short(one.owner, 9)
  ])
  const head = ["REACTION", "STATE", "BEHIND", "PARKED", "POSITION", "RUN BY"]
  const table = aligned(head, rows, new Set(["BEHIND", "PARKED", "POSITION"]))
  const problems = statuses.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${name} has stopped: ${short(problem, 1_000)}\n`]
  )
  return problems.length === 0 ? table : `${table}\n${problems.join("")}`
}

const statusJson = ({ savedAt, ...status }: ReactionStore.Status): object => ({
  ...status,
  savedAt: savedAt === undefined ? undefined : DateTime.formatIso(savedAt)
})

const parkedJson = ({ parkedAt, ...parked }: ReactionStore.Parked): object => ({
  ...parked,
  parkedAt: DateTime.formatIso(parkedAt)
})

const statusCommand = Command.make("status", { ...database, json }, (options) =>
  run(
    Effect.gen(function* () {
      const statuses = yield* (yield* open(options)).statuses
      const text = options.json ? `${JSON.stringify(statuses.map(statusJson))}\n` : statusText(statuses)
      yield* standardOutput.write(text)
    })
  )
).pipe(
  Command.withShortDescription("How reactions stand: how far behind, who runs them, why they stopped"),
  Command.withDescription(
    "How reactions stand: how far they are behind the log, how many events they have put aside, who runs them, and why they stopped, if they have."
  ),
  Command.withExamples([{ command: "eventfold reactions status", description: "Of the store at DATABASE_URL" }])
)

const pauseCommand = Command.make("pause", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.pause(options.name)
      yield* say(options.json, `${options.name} ends what is under way, and then waits`, { paused: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Have a reaction wait"),
  Command.withDescription("Have a reaction end what is under way, and deliver nothing more until it is resumed.")
)

const resumeCommand = Command.make("resume", { ...database, json, name }, (options) =>
  run(
    Effect.gen(function* () {
      const store = yield* openWith(options, options.name)
      yield* store.resume(options.name)
      const by = (yield* store.status(options.name))?.owner === undefined ? " once a process runs it" : ""
      yield* say(options.json, `${options.name} goes on${by}`, { resumed: options.name })
    })
  )
).pipe(
  Command.withShortDescription("Let a reaction go on that was paused or has stopped"),
  Command.withDescription(
    "Let a reaction go on that was paused, or that has stopped at an event: it goes on with that event."
  )
)

const parkedCommand = Command.make(
  "parked",
  {
    ...database,
    json,
    limit: Flag.Int("limit").pipe(Flag.withDescription("At most so many; 100 unless given"), Flag.withDefault(100)),
    after: Flag.Int("after").pipe(Flag.withDescription("Only events after this position"), Flag.withDefault(0)),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { after, limit } = options
        const parked = yield* store.parked(options.name, { after, limit })
        if (options.json) {
          return yield* standardOutput.write(parked.map((one) => `${JSON.stringify(parkedJson(one))}\n`).join(""))
        }
        if (parked.length === 0) return yield* inform("nothing is parked")
        const now = (yield* DateTime.now).epochMilliseconds
        const rows = parked.map(({ attempts, eventId, isAsked, parkedAt, problem, stream, type, version }) => [
          eventId,
          `${type} ${stream} v${version}`,
          isAsked ? "due" : String(attempts),
          `${span(Math.max(0, now - parkedAt.epochMilliseconds) / 1_000)} ago`,
          short(problem, 100)
        ])
        yield* standardOutput.write(aligned(["ID", "EVENT", "TRIED", "SINCE", "ERROR"], rows, new Set(["TRIED"])))
        if (parked.length === limit) yield* inform(`there may be more: --after ${parked.at(-1)!.position}`)
      })
    )
).pipe(
  Command.withShortDescription("List events that could not be delivered"),
  Command.withDescription(
    "List the events that a reaction has put aside: which they are, and why they could not be delivered."
  )
)

const retryCommand = Command.make(
  "retry",
  {
    ...database,
    json,
    id: Flag.String("id").pipe(
      Flag.withDescription("One event, by its id as it is listed; all that are parked unless given"),
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
        const id = getOrUndefined(options.id)
        const asked = yield* store.retry(name, id)
        if (asked === 0 && id !== undefined) return yield* notParked(name, id)
        if (asked === 0)
          return yield* say(options.json, `nothing is parked in ${name}`, { asked, delivered: 0, parked: [] })
        if (options.detach) {
          return yield* say(options.json, `${counted(asked)} of ${name} will be delivered again`, { asked })
        }
        const left = yield* settled(store, name, id)
        if (left === undefined) {
          return yield* new NotFound({
            message: `nobody has delivered ${counted(asked)} of ${name} again within ${patience} s: start a process that runs it, and let it go on if it is paused or has stopped (eventfold reactions status)`
          })
        }
        const delivered = asked - left.length
        const rest = left.length === 0 ? "" : `; ${counted(left.length)} can't be, still: ${left[0]!.problem}`
        yield* say(options.json, `delivered ${counted(delivered)} of ${name}${rest}`, {
          asked,
          delivered,
          parked: left.map(parkedJson)
        })
        if (left.length > 0) process.exitCode = 1
      })
    )
).pipe(
  Command.withShortDescription("Deliver events again that were put aside"),
  Command.withDescription(
    "Have events delivered again that were put aside, by the process that runs the reaction. Those that fail stay aside, with the new error, and the command ends with 1."
  )
)

const notParked = (name: string, id: string) =>
  new NotFound({
    message: `event ${JSON.stringify(id)} is not parked in ${name}: eventfold reactions parked ${StoreRequest.shellWord(name)}`
  })

/** Seconds that a process has to begin with the next one. */
const patience = 30

/** The events that are parked once all that were due were tried; undefined where nobody does. */
const settled = Effect.fnUntraced(function* (
  store: ReactionStore.Service,
  name: string,
  id: string | undefined
): Effect.fn.Return<ReadonlyArray<ReactionStore.Parked> | undefined, EventStoreError.EventStoreError> {
  let due = Infinity
  let since = performance.now()
  for (;;) {
    const left = (yield* store.parked(name, { asked: true, limit: 10_000 })).length
    if (left === 0) {
      const parked = yield* store.parked(name, { limit: 10_000 })
      return parked.filter(({ eventId }) => id === undefined || eventId === id)
    }
    if (left < due) since = performance.now()
    due = left
    if (performance.now() - since > patience * 1_000) return undefined
    yield* Effect.sleep("100 millis")
  }
})

const discardCommand = Command.make(
  "discard",
  {
    ...database,
    json,
    id: Flag.String("id").pipe(Flag.withDescription("The event, by its id as it is listed")),
    yes: Flag.Boolean("yes").pipe(Flag.withDescription("It is never delivered then: say so"), Flag.withDefault(false)),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { id, name, yes } = options
        if (!yes)
          return yield* new UsageError({ message: `event ${id} would never be delivered by ${name}: add --yes` })
        if (!(yield* store.discard(name, id))) return yield* notParked(name, id)
        yield* say(options.json, `${name} gives up event ${id}`, { discarded: id })
      })
    )
).pipe(
  Command.withShortDescription("Give up an event that was put aside"),
  Command.withDescription(
    "Give up an event that was put aside: it is never delivered by this reaction. The log keeps it."
  )
)

export const reactionsCommand = Command.make("reactions").pipe(
  Command.withDescription(
    "Look after reactions: how far they are, what they have put aside; pause them, deliver it again"
  ),
  Command.withSubcommands([statusCommand, pauseCommand, resumeCommand, parkedCommand, retryCommand, discardCommand])
)
