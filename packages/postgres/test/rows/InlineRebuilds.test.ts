/**
 * Releases that follow each other while all of them append: inline rows are rebuilt, and no event
 * is lost.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { EventStore, InlineProjections } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { PgEventStore } from "@eventfold/postgres"
import { sameRows } from "../../../core/test/projection/Histories.ts"
import { definition, put, sent, times } from "../../../core/test/projection/Parcels.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { clientOf, url } from "../StoreOnServer.ts"
import { freshSchema } from "../Stores.ts"

const releases = 10
const towns = ["Aš", "Brno", "Cheb", "Děčín"]

it.live(
  `inline rows: ${releases} releases follow each other while eight writers append without a pause`,
  () =>
    Effect.gen(function* () {
      const [server, schema] = [yield* url, freshSchema()]
      const released = (number: number) => definition("Towns", times(number), "towns", `release ${number}`)
      /** A program of the release, as its own process has it. */
      const start = (number: number) =>
        Layer.build(
          InlineProjections.layer([StoredProjection.runnable(released(number))], { pageSize: 200 }).pipe(
            Layer.provide(PgEventStore.layer({ url: server, schema }))
          )
        )
      const run = { current: yield* start(1), isOver: false, written: 0 }
      const write = Effect.fnUntraced(function* (writer: number) {
        for (let i = 0; !run.isOver; i++) {
          const program = run.current
          const outcome = yield* Effect.result(
            Effect.provide(put(`${writer}`, sent([towns[i % 4]!, towns[(i * writer) % 4]!])), program)
          )
          if (outcome._tag === "Success") run.written++
          else if (outcome.failure.reason._tag !== "StoreRefused") return yield* outcome.failure
          // Its handlers were replaced: the next release appends its event.
          else while (run.current === program) yield* Effect.sleep("1 millis")
        }
      })
      const writers = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3, 4, 5, 6, 7, 8], write, { concurrency: "unbounded" })
      )
      for (let number = 2; number <= releases; number++) {
        run.current = yield* start(number)
        yield* Effect.sleep("50 millis")
      }
      run.isOver = true
      yield* Fiber.join(writers)
      yield* Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        yield* sameRows(
          yield* StoredProjection.make(released(releases)),
          yield* LiveProjection.make(released(releases))
        )
        assert.strictEqual(yield* Stream.runCount(store.readAll()), run.written)
        assert.isAbove(run.written, 100)
      }).pipe(Effect.provide(run.current))
    }),
  600_000
)

it.live("promotion: a role that may read the served rows may read those that replace them", () =>
  Effect.gen(function* () {
    const [server, schema] = [yield* url, freshSchema()]
    const sql = yield* clientOf(server)
    const role = `reader_${schema.slice(-12)} "x"`
    const start = (number: number) =>
      Layer.build(
        InlineProjections.layer([
          StoredProjection.runnable(definition("Towns", times(number), "towns", `${number}`))
        ]).pipe(Layer.provide(PgEventStore.layer({ url: server, schema })))
      )
    yield* Effect.provide(put("1", sent(["Brno"])), yield* start(1))
    const table = `${quote(`${schema}_depot`)}.towns`
    yield* Effect.acquireRelease(sql.unsafe(`create role ${quote(role)}`).unprepared, () =>
      Effect.orDie(
        Effect.andThen(
          sql.unsafe(`drop owned by ${quote(role)}`).unprepared,
          sql.unsafe(`drop role ${quote(role)}`).unprepared
        )
      )
    )
    yield* sql.unsafe(`grant select (town), update (parcels) on ${table} to ${quote(role)}`).unprepared
    yield* sql.unsafe(`grant insert on ${table} to ${quote(role)} with grant option`).unprepared
    yield* sql.unsafe(`grant select (via) on ${table} to public`).unprepared
    const grants = Effect.map(
      sql.unsafe(
        `select c.relacl::text, array_agg(a.attname || '=' || a.attacl::text order by 1) filter (where a.attacl is not null)
          from pg_class c join pg_attribute a on a.attrelid = c.oid where c.oid = $1::regclass group by 1`,
        [table]
      ).values,
      ([row]) => row
    )
    const before = yield* grants
    assert.include(String(before), "via={=r")
    const oid = Effect.map(sql.unsafe("select $1::regclass::oid::text", [table]).values, ([row]) => row?.[0])
    const first = yield* oid
    yield* start(2)
    assert.notStrictEqual(yield* oid, first)
    assert.deepStrictEqual(yield* grants, before)
  })
)
