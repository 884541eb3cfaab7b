/** `eventfold reactions status`: shows the status of all reactions. */
import { DateTime, Effect } from "effect"
import { Command } from "effect/cli"
import type { ReactionStore } from "eventfold/store"
import { database, json } from "../commandline/Options.ts"
import { run, write } from "../commandline/Session.ts"
import { aligned, grouped, short, span } from "../commandline/TextTable.ts"
import { open } from "./NamedReaction.ts"

const stateOf = ({ isPaused, lag, owner, problem }: ReactionStore.Status): string => {
  if (problem !== undefined) return "stopped"
  if (isPaused) return "paused"
  if (owner === undefined) return "not running"
  return lag.events === 0 ? "up to date" : "behind"
}

const text = (statuses: ReadonlyArray<ReactionStore.Status>): string => {
  if (statuses.length === 0) return "no reaction has ever run on this store\n"
  const rows = statuses.map((one) => [
    one.name,
    stateOf(one),
    one.lag.events === 0 ? "0" : `${grouped(one.lag.events)} (${span(one.lag.seconds)})`,
    grouped(one.parked),
    grouped(one.checkpoint.position),
    one.owner === undefined ? "-" : short(one.owner, 9)
  ])
  const head = ["REACTION", "STATE", "BEHIND", "PARKED", "POSITION", "RUN BY"]
  const table = aligned(head, rows, new Set(["BEHIND", "PARKED", "POSITION"]))
  const problems = statuses.flatMap(({ name, problem }) =>
    problem === undefined ? [] : [`${name} has stopped: ${short(problem, 1_000)}\n`]
  )
  return problems.length === 0 ? table : `${table}\n${problems.join("")}`
}

const toJson = ({ savedAt, ...status }: ReactionStore.Status): object => ({
  ...status,
  savedAt: savedAt === undefined ? undefined : DateTime.formatIso(savedAt)
})

export const statusCommand = Command.make("status", { ...database, json }, (options) =>
  run(
    Effect.gen(function* () {
      const statuses = yield* (yield* open(options)).statuses
      yield* write(options.json ? `${JSON.stringify(statuses.map(toJson))}\n` : text(statuses))
    })
  )
).pipe(
  Command.withShortDescription("Show the status of reactions"),
  Command.withDescription(
    "Show the status of reactions: the number of events that each is behind the log, the number of parked events, the process that runs it, and the problem that has stopped it."
  ),
  Command.withExamples([{ command: "eventfold reactions status", description: "Of the store at DATABASE_URL" }])
)
