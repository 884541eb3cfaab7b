/**
 * A process with a cache (none if its capacity is 0) that runs the request in each line of its
 * input, and answers with a line: the encoded state, or the error. Lines are those of `Request`.
 */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { AggregateCache, EventStore } from "eventfold"
import { createInterface } from "node:readline"
import { makeShelves, put, spoil, type State } from "../../../core/test/Shelf.ts"

export type Request =
  | { readonly load: string }
  | { readonly put: string; readonly item: string }
  /** Puts it, then changes in place the returned state, and one that is loaded. */
  | { readonly putAndSpoil: string; readonly item: string }
  | { readonly truncate: string; readonly before: number }

export interface Answer {
  readonly items?: State["items"]
  readonly counts?: ReadonlyArray<string>
  readonly seen?: number
  readonly error?: unknown
}

const [url, schema, capacity] = process.argv.slice(2) as [string, string, string]

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const program = Effect.gen(function* () {
  const shelves = yield* makeShelves
  const { truncate } = yield* EventStore.EventStore
  const does = Effect.fnUntraced(function* (asked: Request) {
    if ("truncate" in asked) {
      yield* truncate(`Shelf-${asked.truncate}`, { before: asked.before })
      return {}
    }
    if ("putAndSpoil" in asked) {
      spoil((yield* shelves.execute(asked.putAndSpoil, put(asked.item))).state)
      spoil((yield* shelves.load(asked.putAndSpoil)).state)
      return {}
    }
    const { state } =
      "load" in asked ? yield* shelves.load(asked.load) : yield* shelves.execute(asked.put, put(asked.item))
    return { items: state.items, counts: [...state.counts.keys()], seen: state.seen.getTime() }
  })
  yield* say("ready")
  for (;;) {
    const line = yield* Effect.promise(() => lines.next())
    if (line.done === true) return
    const answer: Answer = yield* does(JSON.parse(line.value)).pipe(
      Effect.catch((error) => Effect.succeed({ error: { ...(error._tag === "ShelfFull" ? error : error.reason) } }))
    )
    yield* say(JSON.stringify(answer))
  }
})

await Effect.runPromise(
  Effect.scoped(program).pipe(
    Effect.provide(
      Layer.merge(
        PgEventStore.layer({ url, schema, maxConnections: 3 }),
        AggregateCache.layer({ capacity: Number(capacity) })
      )
    )
  )
)
