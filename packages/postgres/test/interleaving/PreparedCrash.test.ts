/**
 * A prepared transaction keeps its lock when the server crashes and restarts, and readers wait
 * behind it.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Stream } from "effect"
import { EventStore } from "eventfold"
import { startServer } from "../server/PostgresServer.ts"
import { event, events } from "../Stores.ts"
import * as Session from "./Session.ts"

const server = Effect.acquireRelease(
  Effect.promise(() => startServer()),
  ({ stop }) => Effect.promise(stop)
)

const streams = EventStore.EventStore.use(({ readAll }) =>
  Effect.map(Stream.runCollect(readAll()), (page) => page.map(({ stream }) => stream))
)
const append = (stream: string) => EventStore.EventStore.use((store) => store.append(stream, "noStream", events(1)))

it.live(
  "crash: an append that was prepared before a crash and committed after it is delivered, at its position",
  () =>
    Effect.gen(function* () {
      const { crash, start, url } = yield* server
      /** Runs an effect with a store and connections that end with the server. */
      const store = <A, E>(effect: Effect.Effect<A, E, EventStore.EventStore>) =>
        Effect.provide(effect, PgEventStore.layer({ url }), { local: true })
      const execute = (...texts: ReadonlyArray<string>) =>
        Effect.scoped(
          Effect.flatMap(Session.connect(url), (sql) =>
            Effect.forEach(texts, (text) => sql.unsafe(text).unprepared, { discard: true })
          )
        )

      assert.deepStrictEqual(yield* store(Effect.andThen(append("First"), streams)), ["First"])
      yield* execute(
        "begin",
        `select new_position::float8 from eventfold.append_one('Prepared', 0, '${event().id}', 'T', 1, '{}', '{}', null)`,
        "prepare transaction 'crash'"
      )
      assert.deepStrictEqual(yield* store(Effect.andThen(append("Second"), streams)), ["First"])
      yield* Effect.promise(crash)
      yield* Effect.promise(start)
      assert.deepStrictEqual(yield* store(Effect.andThen(append("Third"), streams)), ["First"])
      yield* execute("commit prepared 'crash'")
      assert.deepStrictEqual(yield* store(streams), ["First", "Prepared", "Second", "Third"])
    }),
  600_000
)
