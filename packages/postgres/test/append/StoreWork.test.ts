/**
 * Writes that run in fibers of the store: transactions, connections and interruptions of callers do
 * not affect them.
 */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Result, Scope, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { client, eventually, open, sleepingStream, url } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

/** A transaction of another program that holds a stream until it is released. */
const holding = (schema: string, stream: string) =>
  Effect.gen(function* () {
    const sql = yield* client
    const [held, letGo] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const { id } = event()
    const text = `select * from "${schema}".append_one($1, -1, $2, 'X', 1, '{}', '{}', null)`
    yield* Effect.forkChild(
      sql.withTransaction(
        Effect.gen(function* () {
          yield* sql.unsafe(text, [stream, id])
          yield* Deferred.succeed(held, undefined)
          yield* Deferred.await(letGo)
        })
      )
    )
    yield* Deferred.await(held)
    return Deferred.succeed(letGo, undefined)
  })

/** Fails an effect that would otherwise wait until the end of the test. */
const soon = Effect.timeout("2 minutes")

it.live(
  "StoreWork: the same append of two processes gives one result, even if a neighbour in its batch is refused",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const [one, other] = [yield* open(schema), yield* open(schema, { lanes: 1 })]
      for (let i = 0; i < 100; i++) {
        const [used, shared, both] = [event(), event(), event()]
        yield* one.append(`U-${i}`, "any", [used])
        const later = Effect.sleep(`${Math.random() * 3} millis`)
        const results = yield* Effect.all(
          [
            // A repeat, which rolls back its batch; and its neighbour, which the other process
            // sends too.
            other.append(`U-${i}`, "any", [used]),
            other.append(`G-${i}`, "noStream", [shared]),
            Effect.andThen(later, one.append(`G-${i}`, "noStream", [shared]))
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          results
            .slice(1)
            .map(({ repeated }) => repeated)
            .toSorted(),
          [false, true]
        )
        const append = { stream: `K-${i}`, expected: "noStream", events: [both] } as const
        yield* Effect.all(
          [
            other.appendAll([{ stream: `U-${i}`, expected: "any", events: [used] }, append]),
            Effect.andThen(later, one.appendAll([append]))
          ],
          { concurrency: "unbounded" }
        )
      }
    }),
  600_000
)

it.live(
  "StoreWork: writes that wait for a stream leave connections to other writes",
  () =>
    Effect.gen(function* () {
      for (const maxConnections of [2, 10]) {
        const schema = freshSchema()
        const store = yield* open(schema, { maxConnections })
        yield* store.append("S-1", "any", events(1))
        const letGo = yield* holding(schema, "S-1")
        const waiting = yield* Effect.forEach(Array.from({ length: 12 }), () =>
          Effect.forkChild(store.appendAll([{ stream: "S-1", expected: "any", events: events(1) }]), {
            startImmediately: true
          })
        )
        yield* Effect.sleep("100 millis")
        assert.strictEqual((yield* soon(store.streamInfo("S-2"))).version, 0)
        assert.strictEqual((yield* soon(store.append("S-2", "any", events(1)))).version, 1)
        assert.isDefined(yield* soon(Stream.runHead(store.subscribe())))
        yield* letGo
        yield* Effect.forEach(waiting, Fiber.join)
        assert.strictEqual((yield* store.streamInfo("S-1")).version, 14)
      }
    }),
  600_000
)

it.live(
  "StoreWork: a transaction of the caller does not roll back acknowledged writes, and they do not run in it",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const connector = yield* PgEventStore.connect({ url: yield* url })
      const store = yield* SqlEventStore.make(connector, { schema })
      yield* store.append("A-1", "any", events(3))
      const inside = Effect.gen(function* () {
        yield* store.append("A-2", "any", events(1))
        yield* store.appendAll([{ stream: "A-3", expected: "any", events: events(1) }])
        yield* store.append("A-3", "any", events(1))
        const conflict = yield* Effect.flip(store.appendAll([{ stream: "A-3", expected: 7, events: events(1) }]))
        assert.strictEqual(conflict.reason._tag, "VersionConflict")
        yield* store.truncate("A-1", { before: 2 })
        return yield* Effect.fail("rolls back" as const)
      })
      assert.strictEqual(yield* Effect.flip(connector.client.withTransaction(inside)), "rolls back")
      const versions = yield* Effect.forEach(["A-1", "A-2", "A-3"], (stream) => store.streamInfo(stream))
      assert.deepStrictEqual(
        versions.map(({ version }) => version),
        [4, 1, 2]
      )
    })
)

it.live("StoreWork: a subscription that begins in a transaction does not block other subscriptions when it ends", () =>
  Effect.gen(function* () {
    const connector = yield* PgEventStore.connect({ url: yield* url, maxConnections: 5 })
    const store = yield* SqlEventStore.make(connector, { schema: freshSchema(), pollInterval: "50 millis" })
    yield* store.append("S-1", "any", events(1))
    const first = yield* Effect.forkChild(connector.client.withTransaction(Stream.runDrain(store.subscribe())))
    yield* Effect.sleep("200 millis")
    const second = yield* Effect.forkChild(Stream.runCollect(Stream.take(store.subscribe(), 4)))
    yield* Effect.sleep("200 millis")
    yield* Fiber.interrupt(first)
    for (let i = 0; i < 3; i++) yield* store.append("S-1", "any", events(1))
    assert.lengthOf(yield* soon(Fiber.join(second)), 4)
  })
)

it.live(
  "StoreWork: closing waits for running writes, fails waiting ones, and a closed store reports that it is closed",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        PgEventStore.layer({ url: yield* url, schema, maxConnections: 2 }),
        scope
      )
      const store = yield* Effect.provide(EventStore.EventStore, context)
      const gate = yield* sleepingStream(yield* client, schema, "S-1")
      yield* store.append("S-1", "any", events(2))
      yield* gate.fallAsleep
      const write = store.appendAll([{ stream: "S-1", expected: "any", events: events(1) }])
      const [begun, waiting] = yield* Effect.all([
        Effect.forkChild(write, { startImmediately: true }),
        Effect.forkChild(Effect.flip(write), { startImmediately: true })
      ])
      yield* eventually(gate.isAsleep)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      assert.match((yield* Fiber.join(waiting)).message, /store is closed/)
      yield* gate.wake
      assert.strictEqual((yield* Fiber.join(begun))[0]!.version, 3)
      yield* Fiber.join(closing)
      const after = [
        Effect.asVoid(store.append("S-1", "any", events(1))),
        Effect.asVoid(write),
        Effect.asVoid(store.truncate("S-1", { before: 2 })),
        Effect.asVoid(store.archive("S-1")),
        Effect.asVoid(store.streamInfo("S-1")),
        Stream.runDrain(store.read("S-1")),
        Stream.runDrain(store.readAll()),
        Stream.runDrain(store.subscribe())
      ]
      for (const effect of after) {
        const result = yield* Effect.result(effect)
        assert.match(Result.isFailure(result) ? result.failure.message : "went on", /the store is closed/)
      }
    })
)

it.live("StoreWork: closing does not wait for held streams, and fails the writes that wait for them", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(PgEventStore.layer({ url: yield* url, schema }), scope)
    const store = yield* Effect.provide(EventStore.EventStore, context)
    const letGo = yield* holding(schema, "S-1")
    const waiting = yield* Effect.forEach(
      [
        store.append("S-1", "any", events(1)),
        store.append("S-1", "any", events(1)),
        store.appendAll([{ stream: "S-1", expected: "any", events: events(1) }])
      ],
      (write: Effect.Effect<unknown, EventStoreError.EventStoreError>) =>
        Effect.forkChild(Effect.flip(write), { startImmediately: true })
    )
    yield* Effect.sleep("200 millis")
    // The other transaction is open all the time.
    yield* Scope.close(scope, Exit.void)
    for (const { message } of yield* Effect.forEach(waiting, Fiber.join)) assert.match(message, /store is closed/)
    yield* letGo
    const reader = yield* open(schema)
    yield* eventually(Effect.map(reader.streamInfo("S-1"), ({ version }) => version === 1))
  })
)

it.live("StoreWork: an interrupted caller ends its waiting write, and a running write continues", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema, { maxConnections: 2 })
    const gate = yield* sleepingStream(yield* client, schema, "S-1")
    yield* store.append("S-1", "any", events(1))
    yield* gate.fallAsleep
    const write = store.appendAll([{ stream: "S-1", expected: "any", events: events(1) }])
    const begun = yield* Effect.forkChild(write, { startImmediately: true })
    yield* eventually(gate.isAsleep)
    const waiting = yield* Effect.forkChild(write, { startImmediately: true })
    yield* soon(Fiber.interruptAll([begun, waiting]))
    yield* gate.wake
    // Later writes come after the running one.
    yield* store.appendAll([{ stream: "S-1", expected: "any", events: events(1) }])
    assert.strictEqual((yield* store.streamInfo("S-1")).version, 3)
  })
)

it.live("StoreWork: a write that waits for a held stream ends with its caller, after any number of attempts", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema, { maxWaiting: 4 })
    const letGo = yield* holding(schema, "S-1")
    const one = [{ stream: "S-1", expected: "any", events: events(1) }] as const
    const ways: ReadonlyArray<Effect.Effect<unknown, EventStoreError.EventStoreError>> = [
      store.append("S-1", "any", events(1)),
      store.append("S-1", "any", events(1)),
      store.appendAll(one),
      store.projections!.inline!.append(one, []),
      store.truncate("S-1", { before: 2 })
    ]
    // More writes than may wait: none of the earlier ones is left.
    for (let round = 0; round < 3; round++) {
      const waiting = yield* Effect.forEach(ways, (way) => Effect.forkChild(way, { startImmediately: true }))
      yield* Effect.sleep("300 millis")
      assert.deepStrictEqual(
        waiting.map((fiber) => fiber.pollUnsafe()),
        waiting.map(() => undefined)
      )
      yield* soon(Fiber.interruptAll(waiting))
    }
    // The last attempt of each may be running, and finds the stream held.
    yield* Effect.sleep("300 millis")
    yield* letGo
    yield* store.append("S-1", "any", events(1))
    assert.strictEqual((yield* store.streamInfo("S-1")).version, 2)
  })
)
