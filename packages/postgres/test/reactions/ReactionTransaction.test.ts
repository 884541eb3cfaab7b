/**
 * Reactions with SQL of their own: their writes and their checkpoint are committed together, so
 * each event counts once.
 */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { EventStore, MemoryEventStore, Reaction } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { put, sent } from "../../../core/test/projection/Parcels.ts"
import { Away, parcels, reached, reactions, running, thrice } from "../../../core/test/reaction/Reactions.ts"
import { clientOf, eventually, url } from "../StoreOnServer.ts"
import { freshSchema } from "../Stores.ts"

/** A store on a server, and a table beside it, which a separate client reads. */
const setUp = Effect.gen(function* () {
  const [server, schema] = [yield* url, freshSchema()]
  const sql = yield* clientOf(server)
  const table = `${quote(schema)}.counted`
  const context = yield* Layer.build(PgEventStore.layer({ url: server, schema }))
  yield* sql.unsafe(`create table ${table} (stream text primary key, events int not null, last int not null)`)
    .unprepared
  const count = (stream: string) =>
    `insert into ${table} as t values ('${stream}', 1, 0) on conflict (stream) do update set events = t.events + 1`
  const counted = Effect.map(
    sql.unsafe(`select coalesce(sum(events), 0)::int from ${table}`).values,
    ([row]) => row?.[0]
  )
  const handing = (
    before: (
      delivery: typeof parcels extends Reaction.Source<infer Event, infer Id>
        ? Reaction.TypedDelivery<Event, Id>
        : never
    ) => Effect.Effect<unknown, Away>,
    options: { readonly batch?: number; readonly onFailure?: "stop" | "park" } = {}
  ) =>
    Reaction.inTransaction("Counting", {
      start: "beginning",
      retry: thrice,
      from: [parcels],
      ...options,
      // A write before a failure must not stay.
      handle: (delivery, client) =>
        Effect.andThen(Effect.orDie(client.unsafe(count(delivery.id)).unprepared), before(delivery))
    })
  return { at: Effect.provide(context), counted, handing, schema, sql }
})

it.live(
  "reaction with SQL: each event counts once, for any failure and any process that continues",
  () =>
    Effect.gen(function* () {
      const { at, counted, handing } = yield* setUp
      yield* Effect.gen(function* () {
        let written = 0
        for (const batch of [1, 3, 100]) {
          const unlucky = handing(
            ({ attempt, recorded }) =>
              recorded.position % 5 === attempt % 5 ? Effect.fail(new Away({ message: "away" })) : Effect.sleep(1),
            { batch }
          )
          for (let turn = 0; turn < 4; turn++) {
            const ends = [yield* running([unlucky]), yield* running([unlucky])]
            for (let i = 0; i < 10; i++) yield* put(String(i % 3), sent([]), { _tag: "Ignored" }, sent([]))
            written += 20
            // Often in the middle of a transaction.
            yield* ends[turn % 2]!
            if (turn === 3) {
              yield* reached("Counting", yield* put("0", sent([])))
              written++
              assert.strictEqual(yield* counted, written)
            }
            yield* ends[(turn + 1) % 2]!
          }
        }
      }).pipe(at)
    }),
  600_000
)

it.live("reaction with SQL: a parked event has left no writes, and counts once it is delivered", () =>
  Effect.gen(function* () {
    const { at, counted, handing } = yield* setUp
    yield* Effect.gen(function* () {
      let isMended = false
      const picky = handing(
        ({ event }) =>
          event._tag === "Returned" && !isMended ? Effect.fail(new Away({ message: "not that" })) : Effect.void,
        { batch: 10, onFailure: "park" }
      )
      const end = yield* running([picky])
      yield* reached("Counting", yield* put("1", sent([]), { _tag: "Returned", to: [] }, sent([])))
      assert.strictEqual(yield* counted, 2)
      isMended = true
      const { retry, status } = yield* reactions
      assert.strictEqual(yield* retry("Counting"), 1)
      yield* eventually(Effect.map(status("Counting"), (found) => found?.parked === 0))
      assert.strictEqual(yield* counted, 3)
      yield* end
    }).pipe(at)
  })
)

it.live("reaction with SQL: a process that has lost its lease writes neither rows nor a checkpoint", () =>
  Effect.gen(function* () {
    const { at, counted, handing, schema, sql } = yield* setUp
    yield* Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const slow = handing(() => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(goOn)))
      // Its lease is long, so that it does not renew.
      const endSlow = yield* running([slow], { lease: "60 seconds" })
      const last = yield* put("slow", sent([]))
      yield* Deferred.await(begun)
      yield* sql.unsafe(`update ${quote(schema)}.reactions set token = token + 1, leased_until = 0`).unprepared
      // The next process waits for the row that the first has written, and has not committed.
      const endNext = yield* running([handing(() => Effect.void)])
      const waiting = yield* Effect.forkChild(reached("Counting", last))
      yield* Effect.sleep("300 millis")
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(waiting)
      assert.strictEqual(yield* counted, 1)
      yield* endNext
      yield* endSlow
      assert.strictEqual(yield* counted, 1)
    }).pipe(at)
  })
)

it.effect("reaction with SQL: a store that is not in an SQL database refuses it", () =>
  Effect.gen(function* () {
    const one = Reaction.inTransaction("One", { start: "now", from: [parcels], handle: () => Effect.void })
    const error = yield* Effect.flip(Layer.build(Layer.provide(Reaction.layer([one]), MemoryEventStore.layer)))
    assert.match(error.message, /^reaction "One" writes SQL, and this store is not in an SQL database\. Use /)
    assert.isUndefined((yield* EventStore.EventStore).reactions?.inTransaction)
  }).pipe(Effect.provide(MemoryEventStore.layer))
)
