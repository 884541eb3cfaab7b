/** Virtual connections over one PGlite. */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { PGlite } from "@electric-sql/pglite"
import { assert, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Queue, Scope } from "effect"
import type { Duplex } from "node:stream"
import { PgliteWire } from "../../src/internal/connect/PgliteWire.ts"
import { emptyPglite } from "../server/serverUrl.ts"

class Wire extends Context.Service<Wire, { readonly wire: PgliteWire; readonly sql: PgClient }>()("test/Wire") {}

const client = (connect: () => Duplex) =>
  Effect.map(
    Layer.build(
      clientLayer({
        stream: connect,
        username: "postgres",
        database: "postgres",
        maxConnections: 4,
        connectTimeout: "5 seconds"
      })
    ),
    (context) => Context.get(context, PgClient)
  )

const createPglite = Effect.promise(async () => PGlite.create({ loadDataDir: await emptyPglite() }))

const live = Layer.effect(
  Wire,
  Effect.gen(function* () {
    const db = yield* Effect.acquireRelease(createPglite, (db) => Effect.promise(() => db.close()))
    const wire = new PgliteWire(db)
    const sql = yield* client(wire.connect)
    yield* sql.unsafe("create table t (n int)")
    return { wire, sql }
  })
)

const startup = Buffer.concat([
  Buffer.from([0, 0, 0, 41, 0, 3, 0, 0]),
  Buffer.from("user\0postgres\0database\0postgres\0\0")
])
const query = (text: string) => {
  const message = Buffer.alloc(6 + text.length)
  message[0] = 0x51
  message.writeInt32BE(5 + text.length, 1)
  message.write(text, 5)
  return message
}

/** Waits for a number of messages "ready for query". */
const answers = (stream: Duplex, ready: number) =>
  Effect.promise(async () => {
    let bytes = Buffer.alloc(0)
    for await (const chunk of stream) {
      bytes = Buffer.concat([bytes, chunk as Buffer])
      let count = 0
      for (let at = 0; at + 5 <= bytes.length; at += bytes.readInt32BE(at + 1) + 1) if (bytes[at] === 0x5a) count++
      if (count === ready) break
    }
    return bytes.toString("latin1")
  })

layer(live, { excludeTestServices: true, timeout: "10 minutes" })("virtual connections of PGlite", (it) => {
  it.effect("they accept messages in pieces of any size, and several at once", () =>
    Effect.gen(function* () {
      const { wire } = yield* Wire
      const bytes = Buffer.concat([startup, query("select 'one'"), query("select 'two'"), query("select 'three'")])
      for (const size of [1, 3, 50, bytes.length]) {
        const stream = wire.connect()
        for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
        const text = yield* answers(stream, 4)
        assert.match(text, /one.*two.*three/s)
        stream.destroy()
      }
    })
  )

  it.effect("a transaction of one connection makes the other connections wait", () =>
    Effect.gen(function* () {
      const { sql } = yield* Wire
      const inside = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const transaction = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql.unsafe("insert into t values (1)")
            yield* Deferred.succeed(inside, undefined)
            yield* Deferred.await(go)
            yield* sql.unsafe("insert into t values (2)")
          })
        )
      )
      yield* Deferred.await(inside)
      const reader = yield* Effect.forkChild(sql.unsafe("select count(*)::int from t").values)
      yield* Effect.sleep("50 millis")
      assert.isUndefined(reader.pollUnsafe())
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(transaction)
      assert.deepStrictEqual(yield* Fiber.join(reader), [[2]])
    })
  )

  it.effect("a connection that is closed in the middle of a transaction rolls it back", () =>
    Effect.gen(function* () {
      const { sql, wire } = yield* Wire
      yield* sql.unsafe("truncate t")
      const stream = wire.connect()
      stream.write(Buffer.concat([startup, query("begin"), query("insert into t values (3)")]))
      yield* answers(stream, 3)
      stream.destroy()
      assert.deepStrictEqual(yield* sql.unsafe("select count(*)::int from t").values, [[0]])
      const failed = yield* Effect.exit(
        sql.withTransaction(Effect.andThen(sql.unsafe("insert into t values (4)"), Effect.die("no")))
      )
      assert.strictEqual(failed._tag, "Failure")
      assert.deepStrictEqual(yield* sql.unsafe("select count(*)::int from t").values, [[0]])
    })
  )

  it.effect("every connection receives the notifications of the others", () =>
    Effect.gen(function* () {
      const { sql } = yield* Wire
      const queue = yield* sql.listen("news")
      for (let i = 0; i < 3; i++) yield* sql.notify("news", `item ${i}`)
      for (let i = 0; i < 3; i++) assert.strictEqual((yield* Queue.take(queue)).payload, `item ${i}`)
    })
  )

  it.effect("they survive a reader that is interrupted", () =>
    Effect.gen(function* () {
      const { sql } = yield* Wire
      for (let i = 0; i < 10; i++) {
        const fiber = yield* Effect.forkChild(sql.unsafe("select count(*) from generate_series(1, 20000)"), {
          startImmediately: true
        })
        if (i % 2 === 0) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
      }
      assert.deepStrictEqual(yield* sql.unsafe("select 1").values, [[1]])
    })
  )

  it.effect("they yield to the event loop, even under continuous load", () =>
    Effect.gen(function* () {
      const { sql } = yield* Wire
      const busy = yield* Effect.forkChild(Effect.forever(sql.unsafe("select 1").values, { disableYield: true }))
      // If they did not yield, no timer would fire, and this would never end.
      for (let turn = 0; turn < 10; turn++) {
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))
      }
      assert.isUndefined(busy.pollUnsafe())
      yield* Fiber.interrupt(busy)
    })
  )

  it.effect("they return an error, and continue", () =>
    Effect.gen(function* () {
      const { sql } = yield* Wire
      assert.strictEqual((yield* Effect.flip(sql.unsafe("select 1/0"))).reason._tag, "UnknownError")
      assert.deepStrictEqual(yield* sql.unsafe("select 2").values, [[2]])
    })
  )

  it.effect("all of them end when PGlite itself fails", () =>
    Effect.gen(function* () {
      let broken = false
      const db = yield* createPglite
      const wire = new PgliteWire({
        execProtocolRawStream: (message, options) =>
          broken ? Promise.reject(new Error("out of memory")) : db.execProtocolRawStream(message, options)
      })
      const scope = yield* Scope.make()
      const sql = yield* Scope.provide(client(wire.connect), scope)
      assert.deepStrictEqual(yield* sql.unsafe("select 1").values, [[1]])
      broken = true
      for (let i = 0; i < 2; i++)
        assert.strictEqual((yield* Effect.flip(sql.unsafe("select 1"))).reason._tag, "ConnectionError")
      yield* Effect.promise(() => db.close())
    })
  )

  it.effect("all of them end when PGlite panics, as on a full disk, and does not answer any more", () =>
    Effect.gen(function* () {
      let full = false
      const db = yield* createPglite
      const fields = ["SPANIC", "VPANIC", "C53100", "MNo space left on device", "", ""].join("\0")
      const panic = Buffer.from(`E\0\0\0${String.fromCharCode(4 + fields.length)}${fields}`, "latin1")
      const wire = new PgliteWire({
        execProtocolRawStream: async (message, options) =>
          full ? options?.onRawData(panic) : db.execProtocolRawStream(message, options)
      })
      const scope = yield* Scope.make()
      const sql = yield* Scope.provide(client(wire.connect), scope)
      assert.deepStrictEqual(yield* sql.unsafe("select 1").values, [[1]])
      full = true
      yield* Effect.flip(sql.unsafe("select 1"))
      assert.strictEqual(wire.broken?.message, "PGlite stopped: No space left on device")
      assert.strictEqual((yield* Effect.flip(sql.unsafe("select 1"))).reason._tag, "ConnectionError")
      yield* Effect.promise(() => db.close())
    })
  )
})
