/** The log without gaps, while transactions stay open, are partly rolled back, or do not append. */
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Result, Stream } from "effect"
import { appendRaw, client, eventually, open, positions } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

it.live("horizon: a reader waits for a transaction that holds an earlier position, and then sees it first", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const sql = yield* client
    yield* store.append("A-1", "any", events(1))
    yield* sql.withTransaction(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* appendRaw(sql, schema, "Slow-1"), [[1, 2]])
        assert.strictEqual((yield* store.append("Fast-1", "any", events(1))).position, 3)
        assert.deepStrictEqual(yield* positions(store), [1])
        // A reader of one stream does not wait.
        assert.strictEqual((yield* Stream.runCollect(store.read("Fast-1"))).length, 1)
      })
    )
    assert.deepStrictEqual(yield* positions(store), [1, 2, 3])
  })
)

it.live("horizon: transactions that don't append and other stores do not hold back readers", () =>
  Effect.gen(function* () {
    const [schema, other] = [freshSchema(), freshSchema()]
    const store = yield* open(schema)
    yield* open(other)
    const sql = yield* client
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql.unsafe(
          "select pg_current_xact_id()::text, pg_advisory_xact_lock(1), pg_advisory_xact_lock_shared(-1)"
        )
        yield* appendRaw(sql, other, "A-1")
        yield* store.append("A-1", "any", events(1))
        assert.deepStrictEqual(yield* positions(store), [1])
      })
    )
  })
)

it.live("horizon: advisory locks that are not of an append do not hold back readers, for any lock number", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const [sql, waiting] = [yield* client, yield* client]
    yield* store.append("A-1", "any", events(3))
    const lock = (mode: string) => `select pg_advisory_${mode}(("${schema}".lock_space() << 48) | 1)`
    yield* sql.withTransaction(
      Effect.gen(function* () {
        // A lock of the session, exclusive, on the number that an append after position 1 takes.
        yield* sql.unsafe(lock("lock"))
        yield* store.append("A-1", "any", events(17))
        assert.strictEqual((yield* positions(store)).length, 20)
        // A transaction that waits for this lock in the mode of an append has drawn no position.
        const shared = yield* Effect.forkChild(waiting.unsafe(lock("xact_lock_shared")))
        yield* eventually(
          Effect.map(
            sql.unsafe("select 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and not granted")
              .values,
            (rows) => rows.length > 0
          )
        )
        assert.strictEqual((yield* positions(store)).length, 20)
        yield* sql.unsafe(lock("unlock"))
        yield* Fiber.join(shared)
      })
    )
  })
)

it.live("horizon: an append after a rollback to a savepoint holds readers back again", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const sql = yield* client
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql.unsafe("savepoint before")
        yield* appendRaw(sql, schema, "Slow-1")
        yield* sql.unsafe("rollback to savepoint before")
        yield* appendRaw(sql, schema, "Slow-2")
        yield* store.append("Fast-1", "any", events(1))
        assert.deepStrictEqual(yield* positions(store), [])
      })
    )
    assert.deepStrictEqual(yield* positions(store), [2, 3])
  })
)

it.live("horizon: a transaction that changes the store's own setting still holds readers back, or is refused", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const sql = yield* client
    yield* store.append("Old-1", "any", events(3))
    for (const place of ["0", "-1", "2", "99999", "281474976710656", "9223372036854775807"]) {
      const before = yield* positions(store)
      const attempt = sql.withTransaction(
        Effect.gen(function* () {
          yield* sql.unsafe(
            `select set_config('eventfold.hold_' || "${schema}".lock_space(), pg_current_xact_id()::text || ' ' || $1, true)`,
            [place]
          ).values
          yield* appendRaw(sql, schema, "Slow-1")
          yield* store.append("Fast-1", "any", events(1))
          // No reader passes the open append.
          assert.deepStrictEqual(yield* positions(store, before.at(-1)), [], place)
        })
      )
      const result = yield* Effect.result(attempt)
      if (Result.isFailure(result)) assert.include(String(result.failure.reason.cause), "is behind the log", place)
    }
  })
)

it.live("horizon: a session that held the lock takes it again in its next transaction", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const sql = yield* client
    yield* appendRaw(sql, schema, "Slow-1")
    yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* appendRaw(sql, schema, "Slow-2")
        yield* store.append("Fast-1", "any", events(1))
        assert.deepStrictEqual(yield* positions(store), [1])
      })
    )
  })
)

it.live(
  "horizon: it is refused in a transaction with one snapshot, and an append changes settings only in its own transaction",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      yield* open(schema)
      const sql = yield* client
      const horizon = Effect.flip(
        sql.withTransaction(
          Effect.andThen(
            sql.unsafe("set transaction isolation level repeatable read"),
            sql.unsafe(`select "${schema}".horizon()`)
          )
        )
      )
      assert.include(String((yield* horizon).reason.cause), "READ COMMITTED")
      const settings =
        "select current_setting('synchronous_commit'), current_setting('idle_in_transaction_session_timeout')"
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql.unsafe("set local synchronous_commit = off")
          yield* appendRaw(sql, schema, "A-1")
          assert.deepStrictEqual(yield* sql.unsafe(settings).values, [["local", "1min"]])
        })
      )
      assert.deepStrictEqual((yield* sql.unsafe(settings).values)[0]?.[1], "0")
    })
)

it.live("horizon: a reader beside sixteen writers sees every event once, in order", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const reader = yield* open(schema)
    const sql = yield* client
    const end = Date.now() + 2_500
    const acknowledged = new Set<number>()
    const writer = (w: number) =>
      Effect.gen(function* () {
        const { append } = w < 12 ? yield* open(schema, { maxConnections: 2 }) : reader
        for (let i = 0; Date.now() < end || acknowledged.size <= 500; i++) {
          if (w % 4 === 0) {
            // Slow, and sometimes rolled back.
            const [row] = yield* sql
              .withTransaction(
                Effect.gen(function* () {
                  const rows = yield* appendRaw(sql, schema, `W${w}-${i}`)
                  yield* Effect.sleep(Duration.millis((i * 7) % 30))
                  return i % 5 === 4 ? yield* Effect.fail("undone" as const) : rows
                })
              )
              .pipe(
                Effect.catchIf(
                  (error) => error === "undone",
                  () => Effect.succeed([])
                )
              )
            if (row !== undefined) acknowledged.add(Number(row[1]))
          } else {
            acknowledged.add((yield* append(`W${w}-${i % 7}`, "any", events(1))).position)
          }
        }
      })
    const writers = yield* Effect.forkChild(
      Effect.all(
        Array.from({ length: 16 }, (_, w) => writer(w)),
        { concurrency: "unbounded" }
      )
    )
    const seen: Array<number> = []
    let rounds = 0
    for (let done = false; !done; rounds++) {
      done = writers.pollUnsafe() !== undefined
      seen.push(...(yield* positions(reader, seen.at(-1) ?? 0)))
    }
    yield* Fiber.join(writers)
    assert.isAbove(acknowledged.size, 500)
    assert.isAbove(rounds, 10)
    assert.deepStrictEqual(
      seen,
      [...acknowledged].sort((a, b) => a - b)
    )
  })
)
