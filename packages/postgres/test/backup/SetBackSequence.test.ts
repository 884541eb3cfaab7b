/**
 * A sequence of positions that is set back under an open store: by a setval, or by a failover that
 * does not replicate sequences.
 */
import { assert, layer } from "@effect/vitest"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { reasonOf, stream } from "../StoreFixture.ts"
import { appendRaw, url } from "../StoreOnServer.ts"
import { connectOnce, event, events, freshSchema } from "../Stores.ts"

type Call = (
  store: EventStore.Service,
  stream: string,
  other: string
) => Effect.Effect<unknown, EventStoreError.EventStoreError>

const calls: Readonly<Record<string, Call>> = {
  "an append of one event": ({ append }, one) => append(one, "any", [event()]),
  "an append of several events": ({ append }, one) => append(one, "any", events(3)),
  "a batch of appends": ({ append }, one, other) =>
    Effect.all([append(one, "any", events(1)), append(other, "any", events(2))], { concurrency: "unbounded" }),
  "an appendAll": ({ appendAll }, one, other) =>
    appendAll([
      { stream: one, expected: "any", events: events(1) },
      { stream: other, expected: "noStream", events: events(1) }
    ]),
  "an archive": ({ archive }, one) => archive(one),
  "a truncate": ({ truncate }, one) => truncate(one, { before: 2 })
}

const connectors = {
  PostgreSQL: Effect.flatMap(url, (to) => PgEventStore.connect({ url: to })),
  PGlite: connectOnce
}

const readPositions = (store: EventStore.Service) =>
  Effect.map(Stream.runCollect(store.readAll({ truncated: "skip" })), (rows) => rows.map(({ position }) => position))

/** A store, and its database. */
class Database extends Context.Service<Database, Effect.Success<ReturnType<typeof openDatabase>>>()("test/Database") {}

const openDatabase = (connect: Effect.Effect<SqlEventStore.Connector, EventStoreError.EventStoreError, Scope.Scope>) =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const connector = yield* connect
    const sql = connector.client
    const store = yield* SqlEventStore.make(connector, { schema })
    const setBackTo = (position: number) => sql.unsafe("select setval($1, $2)", [`"${schema}".positions`, position])
    const repair = `SELECT setval('"${schema}".positions', (SELECT max(position) FROM "${schema}".events))`
    /**
     * Appends two events to a stream, draws two positions that are rolled back, and appends one
     * event.
     */
    const leaveGap = Effect.fnUntraced(function* (one: string) {
      const { position } = yield* store.append(one, "noStream", events(2))
      const twice = Effect.all([appendRaw(sql, schema, "Gap-1"), appendRaw(sql, schema, "Gap-1")])
      yield* Effect.flip(sql.withTransaction(Effect.andThen(twice, Effect.fail("undone" as const))))
      const last = yield* store.append(one, 2, events(1))
      assert.strictEqual(last.position, position + 3)
      return position
    })
    return { schema, sql, store, setBackTo, repair, leaveGap }
  })

for (const [engine, connect] of Object.entries(connectors)) {
  layer(Layer.effect(Database, openDatabase(connect)), { excludeTestServices: true })(
    `${engine}: a sequence that is set back under an open store`,
    (it) => {
      for (const [what, call] of Object.entries(calls)) {
        it.effect(`${what} is refused with the setval that repairs the sequence, and succeeds after it`, () =>
          Effect.gen(function* () {
            const { leaveGap, repair, schema, setBackTo, sql, store } = yield* Database
            for (const intoGap of [true, false]) {
              const [one, other] = [stream(), stream()]
              const gap = yield* leaveGap(one)
              const before = yield* readPositions(store)
              yield* setBackTo(intoGap ? gap : gap - 1)
              // The refusal draws no position, so enough appends alone do not repair the sequence.
              for (let i = 0; i < 6; i++) {
                const reason = yield* reasonOf(call(store, one, other))
                assert.deepInclude(reason, {
                  _tag: "StoreRefused",
                  problem: `sequence "${schema}".positions was set back behind the log's last position: readers would miss new events`,
                  fix: `Run, as the store's owner: ${repair}`
                })
              }
              assert.deepStrictEqual(yield* readPositions(store), before)
              yield* sql.unsafe(repair)
              yield* call(store, one, other)
              assert.isAbove((yield* readPositions(store)).at(-1)!, before.at(-1)!)
            }
          })
        )
      }

      it.effect(
        "an append is refused if its later positions are below a visible one: the sequence was set back while it drew",
        () =>
          Effect.gen(function* () {
            const { leaveGap, repair, schema, sql, store } = yield* Database
            const one = stream()
            const gap = yield* leaveGap(one)
            for (const statement of [
              `create function "${schema}".set_back() returns trigger language plpgsql as $$
              begin perform setval('"${schema}".positions', ${gap}); return new; end $$`,
              `create trigger set_back before insert on "${schema}".events for each row when (new.position = ${gap + 4})
              execute function "${schema}".set_back()`
            ]) {
              yield* sql.unsafe(statement).unprepared
            }
            const before = yield* readPositions(store)
            assert.strictEqual((yield* reasonOf(store.append(one, "any", events(3))))._tag, "StoreRefused")
            yield* sql.unsafe(`drop trigger set_back on "${schema}".events`).unprepared
            assert.deepStrictEqual(yield* readPositions(store), before)
            yield* sql.unsafe(repair)
          })
      )

      it.effect("a transaction that appended before the sequence was set back is refused its next append", () =>
        Effect.gen(function* () {
          const { leaveGap, repair, schema, setBackTo, sql, store } = yield* Database
          const gap = yield* leaveGap(stream())
          const before = yield* readPositions(store)
          const error = yield* Effect.flip(
            sql.withTransaction(
              Effect.gen(function* () {
                yield* appendRaw(sql, schema, "Slow-1")
                yield* setBackTo(gap)
                yield* appendRaw(sql, schema, "Slow-1")
              })
            )
          )
          assert.include(String(error.reason.cause), "the sequence of positions is behind the log")
          yield* sql.unsafe(repair)
          assert.deepStrictEqual(yield* readPositions(store), before)
        })
      )
    }
  )
}
