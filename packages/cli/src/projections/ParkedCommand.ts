/** `eventfold projections parked`: lists parked keys. */
import { DateTime, Effect } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import { database, json } from "../commandline/Options.ts"
import { inform, run, write } from "../commandline/Session.ts"
import { ago, aligned, grouped, short } from "../commandline/TextTable.ts"
import { name, open, openWith } from "./NamedProjection.ts"
import * as StatusTable from "./StatusTable.ts"

/** Shows a key unquoted if a terminal can show it, and its start and end are visible. */
const shown = (key: string): string => (/^[^\s\p{C}"]([^\p{C}]*[^\s\p{C}])?$/u.test(key) ? key : JSON.stringify(key))

const rowOf = (name: string, one: StatusTable.ListedKey, nowMs: number): ReadonlyArray<string> => [
  name,
  shown(one.key),
  `${one.type} ${one.stream} v${one.version}`,
  grouped(one.events),
  one.isDue ? "due" : String(one.attempts),
  ago(one.parkedAt.epochMilliseconds, nowMs),
  short(one.error, 100)
]

export const parkedCommand = Command.make(
  "parked",
  {
    ...database,
    json,
    stage: Flag.Literals("stage", ["serving", "next", "old"]).pipe(
      Flag.withDescription(
        "The rows whose keys are listed: those that are served, those of a running rebuild (next), or those before the last rebuild (old). Defaults to serving"
      ),
      Flag.withDefault("serving" as const)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Maximum number of keys of each projection. Defaults to 100"),
      Flag.withDefault(100)
    ),
    after: Flag.String("after").pipe(
      Flag.withDescription("Continue a list that was cut off, after this key"),
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
        const now = (yield* DateTime.now).epochMilliseconds
        for (const name of names) {
          const { keys, next } = yield* store.parked(name, {
            stage: options.stage,
            limit: options.limit,
            ...(after === undefined ? {} : { after })
          })
          if (options.json) {
            yield* write(
              keys.map((one) => `${JSON.stringify({ projection: name, ...StatusTable.parkedJson(one) })}\n`).join("")
            )
          }
          rows.push(...keys.map((one) => rowOf(name, one, now)))
          if (next !== undefined) yield* inform(`${name} has more: --after ${JSON.stringify(next)}`)
        }
        if (options.json) return
        if (rows.length === 0) return yield* inform("nothing is parked")
        const head = ["PROJECTION", "KEY", "EVENT", "WAITING", "TRIED", "SINCE", "ERROR"]
        yield* write(aligned(head, rows, new Set(["WAITING", "TRIED"])))
      })
    )
).pipe(
  Command.withShortDescription("List parked keys"),
  Command.withDescription(
    "List parked keys: the event that could not be folded, the error, and the number of events that wait. The rows of these keys are as they were before that event."
  ),
  Command.withExamples([{ command: "eventfold projections parked AccountBalances", description: "Of one projection" }])
)
