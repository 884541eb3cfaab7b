/** `eventfold reactions parked` and `discard`. */
import { DateTime, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import type { ReactionStore } from "eventfold/store"
import { UsageError } from "../commandline/Failures.ts"
import { database, json } from "../commandline/Options.ts"
import { inform, report, run, write } from "../commandline/Session.ts"
import { ago, aligned, short } from "../commandline/TextTable.ts"
import { name, notParked, openWith } from "./NamedReaction.ts"

/** Converts a parked event to JSON. Times are ISO 8601. */
export const parkedJson = ({ parkedAt, ...parked }: ReactionStore.Parked): object => ({
  ...parked,
  parkedAt: DateTime.formatIso(parkedAt)
})

export const parkedCommand = Command.make(
  "parked",
  {
    ...database,
    json,
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Maximum number of events. Defaults to 100"),
      Flag.withDefault(100)
    ),
    after: Flag.Int("after").pipe(
      Flag.withDescription("Continue a list that was cut off, after this position"),
      Flag.withDefault(0)
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { after, limit } = options
        const parked = yield* store.parked(options.name, { after, limit })
        if (options.json) {
          return yield* write(parked.map((one) => `${JSON.stringify(parkedJson(one))}\n`).join(""))
        }
        if (parked.length === 0) return yield* inform("nothing is parked")
        const now = (yield* DateTime.now).epochMilliseconds
        const rows = parked.map(({ attempts, eventId, isAsked, parkedAt, problem, stream, type, version }) => [
          eventId,
          `${type} ${stream} v${version}`,
          isAsked ? "due" : String(attempts),
          ago(parkedAt.epochMilliseconds, now),
          short(problem, 100)
        ])
        yield* write(aligned(["ID", "EVENT", "TRIED", "SINCE", "ERROR"], rows, new Set(["TRIED"])))
        if (parked.length === limit) yield* inform(`there may be more: --after ${parked.at(-1)!.position}`)
      })
    )
).pipe(
  Command.withShortDescription("List parked events"),
  Command.withDescription("List the parked events of a reaction, with the errors that kept them from being delivered.")
)

export const discardCommand = Command.make(
  "discard",
  {
    ...database,
    json,
    id: Flag.String("id").pipe(Flag.withDescription("The event, by its id as `parked` lists it")),
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("Confirm that the event is never delivered"),
      Flag.withDefault(false)
    ),
    name
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* openWith(options, options.name)
        const { id, name, yes } = options
        if (!yes) {
          return yield* new UsageError({ message: `${name} would never deliver event ${id}: add --yes` })
        }
        if (!(yield* store.discard(name, id))) return yield* notParked(name, id)
        yield* report(options.json, `${name} discards event ${id}`, { discarded: id })
      })
    )
).pipe(
  Command.withShortDescription("Discard a parked event"),
  Command.withDescription("Discard a parked event: this reaction never delivers it. The log keeps the event.")
)
