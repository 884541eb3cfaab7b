/**
 * `eventfold projections` as an operator calls it, while a projector runs: one server, and a
 * connection of each command.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Exit, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { definition, projector as bodies, put, sent } from "../../core/test/projection/Parcels.ts"
import { serverUrl } from "../../postgres/test/server/serverUrl.ts"
import { freshSchema } from "../../postgres/test/Stores.ts"
import { call, callProcess } from "./CommandCalls.ts"

it.live(
  "projections: each command prints its result, and a running projector does the work",
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => serverUrl())
      const schema = freshSchema()
      const calledBy =
        (caller: typeof call) =>
        (...args: ReadonlyArray<string>) =>
          Effect.promise(() => caller(["projections", ...args, "--schema", schema], { DATABASE_URL: url }))
      const command = calledBy(call)
      const inProcess = calledBy(callProcess)
      const none = yield* inProcess("status")
      assert.strictEqual(none.code, 1)
      assert.match(none.err, /^there is no store in schema "test_/)

      yield* Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const poison = new Set<string>()
        const one = {
          ...definition("Towns", {
            ...bodies,
            project: (row, event, origin, key) => {
              if (poison.has(key)) throw new Error(`no ${key}`)
              return bodies.project(row, event, origin, key)
            }
          } satisfies typeof bodies),
          onFailure: "park" as const
        }
        const start = Effect.gen(function* () {
          const scope = yield* Scope.make()
          const layer = Projector.layer([StoredProjection.runnable(one)], { lease: "200 millis", retries: 0 })
          yield* Layer.buildWithScope(Layer.provide(layer, Layer.succeed(EventStore.EventStore, store)), scope)
          return Scope.close(scope, Exit.void)
        })
        const empty = yield* command("status")
        assert.deepStrictEqual(empty, {
          code: 0,
          err: "",
          out: "no projector has ever run on this store, and no rows were requested\n"
        })
        const rows = yield* StoredProjection.make(one)
        poison.add("Cheb town")
        yield* put("1", sent(["Brno", "Cheb town"]), sent(["Brno", "Cheb town", "Aš"]))

        // No projector runs yet.
        const [idle, unknown, asked, cancelled] = yield* Effect.all(
          [command("status"), command("pause", "Cities"), command("rebuild", "Towns", "--detach"), command("parked")],
          { concurrency: 2 }
        )
        assert.match(
          idle.out,
          /^PROJECTION  STATE {9,}BEHIND  PARKED  POSITION  HANDLERS  PROJECTOR\nTowns       no projector  2 \(\d+ m?s\)       0         0  one       -\n$/
        )
        assert.deepStrictEqual(
          [unknown.code, unknown.err],
          [1, 'there is no projection "Cities" in this store: it has Towns\n']
        )
        assert.match(asked.err, /^requested: a projector with the handlers of Towns rebuilds its rows/)
        assert.deepStrictEqual([cancelled.code, cancelled.err], [0, "nothing is parked\n"])
        assert.deepStrictEqual(yield* command("rebuild", "Towns", "--cancel"), {
          code: 0,
          out: "",
          err: "cancelled: the rows of Towns that are served stay\n"
        })

        const end = yield* start
        yield* rows.waitFor((yield* put("2", { _tag: "Ignored" })).position)
        const [standing, parked, listed] = yield* Effect.all(
          [command("status", "--json"), command("parked", "Towns"), command("parked", "--json")],
          { concurrency: 2 }
        )
        const [status] = JSON.parse(standing.out)
        assert.deepInclude(status, { name: "Towns", stage: "serving", parked: 1, lag: { events: 0, seconds: 0 } })
        assert.match(
          parked.out,
          /^PROJECTION  KEY        EVENT             WAITING  TRIED  SINCE +ERROR\nTowns       Cheb town  Sent Parcel-1 v1        2      1  \d.* ago +no Cheb town\n$/
        )
        assert.deepInclude(JSON.parse(listed.out), {
          projection: "Towns",
          key: "Cheb town",
          events: 2,
          error: "no Cheb town"
        })

        const still = yield* inProcess("retry", "Towns")
        assert.deepStrictEqual(still, {
          code: 1,
          out: "",
          err: "folded the events of 0 keys of Towns; 1 key failed again: no Cheb town\n"
        })
        poison.clear()
        const folded = yield* command("retry", "Towns", "--key", "Cheb town", "--json")
        assert.deepStrictEqual([folded.code, JSON.parse(folded.out)], [0, { asked: 1, folded: 1, parked: [] }])
        assert.strictEqual((yield* rows.get("Cheb town"))?.parcels, 2)

        const rebuilt = yield* command("rebuild", "Towns", "--json")
        assert.strictEqual(rebuilt.code, 0, rebuilt.err)
        assert.match(
          rebuilt.err,
          /rebuilt Towns from \d+ events in .* \(.* events\/s\), \d+ rows?, equal to the rows that were served at position \d+; the rows before are kept: eventfold projections drop-old Towns\n$/
        )
        assert.deepInclude(JSON.parse(rebuilt.out), { rebuilt: "Towns" })
        const rolled = yield* command("rollback", "Towns")
        assert.match(
          rolled.err,
          /^Towns is served from the rows before the rebuild, .*, written by handlers one: a projector with those handlers updates them\n$/
        )
        assert.match((yield* command("drop-old", "Towns")).err, /^dropped the rows of Towns before the last rebuild\n$/)
        const gone = yield* command("rollback", "Towns")
        assert.deepStrictEqual([gone.code, gone.out], [1, ""])
        assert.match(gone.err, /there are no rows of Towns to go back to/)

        const never = yield* command("rebuild", "Towns", "--handlers", "two")
        assert.strictEqual(never.code, 1)
        assert.match(
          never.err,
          /no program with handlers "two" has ever kept rows of Towns\. Newest first, it has had: one\n$/
        )
        yield* store.projections!.enroll({ ...StoredProjection.runnable(one), fingerprint: "two" })
        const [again, both] = [
          yield* command("rebuild", "Towns", "--handlers", "two"),
          yield* command("rebuild", "Towns", "--cancel", "--handlers", "two")
        ]
        assert.deepStrictEqual([again.code, both.code], [0, 64])
        assert.match(
          again.err,
          /^requested: a projector with handlers two rebuilds the rows of Towns, .* start the release/
        )
        assert.match(both.err, /leave --handlers out/)

        assert.match((yield* command("pause", "Towns")).err, /^Towns is paused/)
        const [paused, resumed] = [yield* command("status"), yield* command("resume", "Towns")]
        assert.match(paused.out, /\nTowns       paused /)
        assert.match(resumed.err, /^Towns continues/)
        yield* end

        const unsure = yield* command("remove", "Towns")
        assert.deepStrictEqual([unsure.code, unsure.out], [64, ""])
        assert.match(unsure.err, /^this drops all rows of Towns, .*: add --yes\n$/)
        const removed = yield* command("remove", "Towns", "--yes", "--json")
        assert.deepStrictEqual(removed, {
          code: 0,
          out: '{"removed":"Towns"}\n',
          err: "removed Towns, with its rows and parked keys\n"
        })
        assert.match((yield* command("remove", "Towns", "--yes")).err, /^there is no projection "Towns" in this store/)
      }).pipe(Effect.provide(PgEventStore.layer({ url, schema })))
    }),
  600_000
)
