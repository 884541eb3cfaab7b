/**
 * Two adjacent releases on one store at the same time, as during a rolling deployment: the older
 * release continues while the newer one changes the tables, and both append and subscribe.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { Checkpoint, type Event, type EventStore } from "eventfold"
import { open as openWith } from "../../src/internal/schema/StoreOpening.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { collect, logged } from "../SubscriptionTools.ts"
import { next } from "../schema/NextRelease.ts"
import { reasonOf } from "../StoreFixture.ts"
import { client, eventually, open } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

const place = { address: "the test's server", database: "postgres", user: "postgres", connectSeconds: 5 }
const streams = Array.from({ length: 6 }, (_, i) => `S-${i}`)

/**
 * Appends in every way of the API, to streams that other writers use, until it is stopped; returns
 * the ids that were written.
 */
const writing = Effect.fnUntraced(function* (store: EventStore.Service, stop: { now: boolean }) {
  const written = new Set<string>()
  const wrote = (batch: ReadonlyArray<Event.NewEvent>) => {
    for (const { id } of batch) written.add(id)
  }
  const writer = Effect.fnUntraced(function* (w: number) {
    for (let i = w; !stop.now; i++) {
      const stream = streams[i % streams.length]!
      const batch = events(1 + (i % 3))
      const other = [event()]
      if (i % 4 === 3) {
        yield* store.appendAll([
          { stream, expected: "any", events: batch },
          { stream: streams[(i + 1) % streams.length]!, expected: "any", events: other }
        ])
        wrote(other)
      } else if (i % 4 === 2) {
        yield* store.append(`Own-${batch[0]!.id}`, "noStream", batch)
      } else {
        yield* store.append(stream, "any", batch)
      }
      wrote(batch)
    }
  })
  const fiber = yield* Effect.forkChild(
    Effect.all(
      Array.from({ length: 4 }, (_, w) => writer(w)),
      { concurrency: "unbounded", discard: true }
    )
  )
  // A failure of any append fails the test.
  return Effect.as(Fiber.join(fiber), written)
})

/** Waits until a subscriber has received a number of events. */
const arrived = ({ events }: { readonly events: ReadonlyArray<unknown> }, count: number) =>
  eventually(Effect.sync(() => events.length >= count))

/**
 * Appends in transactions that stay open for a while: a reader that passes them loses their events.
 */
const slowWriting = Effect.fnUntraced(function* (sql: PgClient, schema: string, stop: { now: boolean }) {
  const written = new Set<string>()
  const fiber = yield* Effect.forkChild(
    Effect.gen(function* () {
      for (let i = 0; !stop.now; i++) {
        const { data, id, type } = event()
        yield* sql.withTransaction(
          Effect.andThen(
            sql.unsafe(`select new_position::int from ${quote(schema)}.append_one($1, -1, $2, $3, 1, $4, '{}', null)`, [
              `Slow-${i % 3}`,
              id,
              type,
              JSON.stringify(data)
            ]).values,
            Effect.sleep("25 millis")
          )
        )
        written.add(id)
      }
    })
  )
  return Effect.as(Fiber.join(fiber), written)
})

const idsOf = (log: ReadonlyArray<Event.RecordedEvent>) => log.map(({ id }) => id)

it.live(
  "rolling deployment: the older release continues while the newer one migrates; both append and subscribe, and no event is lost",
  ({ annotate }) =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const stop = { now: false }
      const older = yield* open(schema)
      const first = event({ first: true })
      yield* older.append("First-1", "noStream", [first])
      const olderSees = yield* collect(older)
      const olderWrites = yield* writing(older, stop)
      const sql = yield* client
      const slowWrites = yield* slowWriting(sql, schema, stop)
      yield* arrived(olderSees, 100)
      const before = olderSees.events.length

      // The newer release: its migration, and then its client, which is today's, on the newer
      // functions.
      assert.strictEqual(yield* openWith(sql, schema, place, { release: next }), older.id)
      const { layer, lines } = logged()
      const newer = yield* Effect.provide(open(schema), layer)
      const newerSees = yield* collect(newer)
      const newerWrites = yield* writing(newer, stop)
      yield* arrived(newerSees, before + 200)

      // A process of the older release restarts, and continues behind the last one.
      const restarted = yield* Effect.provide(open(schema), layer)
      assert.strictEqual(lines.filter((line) => line.includes("has version 2")).length, 2)
      const seenBefore = olderSees.events[before - 1]!
      const restartedSees = yield* collect(restarted, { after: Checkpoint.after(older.id, seenBefore) })
      const restartedWrites = yield* writing(restarted, stop)
      yield* arrived(restartedSees, 200)
      stop.now = true
      const written = new Set([
        first.id,
        ...(yield* slowWrites),
        ...(yield* olderWrites),
        ...(yield* newerWrites),
        ...(yield* restartedWrites)
      ])

      const log = yield* Stream.runCollect(newer.readAll())
      assert.deepStrictEqual(new Set(idsOf(log)), written)
      assert.strictEqual(log.length, written.size)
      const versions = new Map<string, number>()
      for (const [i, { position, stream, version }] of log.entries()) {
        if (i > 0) assert.isAbove(position, log[i - 1]!.position)
        assert.strictEqual(version, (versions.get(stream) ?? 0) + 1)
        versions.set(stream, version)
      }
      for (const [seen, wanted] of [
        [olderSees, log],
        [newerSees, log],
        [restartedSees, log.filter(({ position }) => position > seenBefore.position)]
      ] as const) {
        yield* arrived(seen, wanted.length)
        assert.deepStrictEqual(idsOf(seen.events), idsOf(wanted))
      }

      // The newer functions wrote all later events, for every caller; they did not exist from the
      // start.
      const rows = yield* sql.unsafe(
        `select release, count(*)::int, min(position)::int, max(position)::int from ${quote(schema)}.events group by 1 order by 3`
      ).values
      assert.deepStrictEqual(
        rows.map(([release]) => release),
        [null, "next"]
      )
      assert.isAbove(Number(rows[0]![1]), 50)
      assert.isAbove(Number(rows[1]![1]), 100)
      // The newer release knows the events that the older one wrote before.
      const again = yield* newer.append("First-1", "noStream", [first])
      assert.deepInclude(again, { version: 1, repeated: true })

      // When the older processes are gone, a later step may exclude them.
      yield* sql.unsafe(`update ${quote(schema)}.store set compatible_from = 2`)
      const refused = yield* reasonOf(open(schema))
      assert.strictEqual(refused._tag, "StoreRefused")
      assert.match(
        refused.message,
        /has version 2, this Eventfold knows versions up to 1\. Upgrade @eventfold\/postgres/
      )
      yield* Effect.promise(() =>
        annotate(`${String(rows[0]![1])} events before the migration, ${String(rows[1]![1])} after`)
      )
    }),
  600_000
)
