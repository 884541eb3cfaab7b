/** Errors when the server or the connection fails. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result } from "effect"
import { EventStoreError } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { createServer, type Server, type Socket } from "node:net"
import { reasonOf } from "../StoreFixture.ts"
import { appendRaw, client, eventually, open, url, waitsForLock } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

const listen = (behave: (socket: Socket) => void) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly server: Server; readonly sockets: Set<Socket> }>((resolve) => {
          const sockets = new Set<Socket>()
          const server = createServer((socket) => {
            sockets.add(socket.on("error", () => {}))
            behave(socket)
          })
          server.listen(0, "127.0.0.1", () => resolve({ server, sockets }))
        })
    ),
    ({ server, sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  ).pipe(
    Effect.map(({ server }) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    })
  )

it.live(
  "failure: a connection that is lost during an append gives an unknown outcome, and sending the append again resolves it",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema, { applicationName: schema })
      const sql = yield* client
      const batch = events(2)
      const reason = yield* sql.withTransaction(
        Effect.gen(function* () {
          // The append waits for this row, and its connection is ended at that moment.
          yield* appendRaw(sql, schema, "A-1")
          const appending = yield* Effect.forkChild(reasonOf(store.append("A-1", "noStream", batch)))
          // The append waits in short attempts: there is not always a session to end.
          yield* eventually(
            Effect.map(
              sql.unsafe(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'",
                [schema]
              ).values,
              (rows) => rows.length > 0
            )
          )
          return yield* Fiber.join(appending)
        })
      )
      assert.strictEqual(reason._tag, "OutcomeUnknown")
      assert.deepInclude(yield* store.append("A-1", 1, batch), { version: 3, repeated: false })
      assert.deepInclude(yield* store.append("A-1", 1, batch), { version: 3, repeated: true })
    })
)

it.live("failure: a deadlock with another transaction is retried by the store", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema, { applicationName: schema })
    const sql = yield* client
    const appends = ["A-1", "B-1"].map((stream) => ({ stream, expected: 0, events: events(1) }))
    const result = yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* appendRaw(sql, schema, "B-1", 0)
        const appending = yield* Effect.forkChild(Effect.result(store.appendAll(appends)))
        yield* eventually(waitsForLock(sql, schema))
        yield* Effect.sleep("50 millis")
        // The store waited first, so PostgreSQL ends its transaction after a second.
        yield* appendRaw(sql, schema, "A-1", 0)
        return appending
      })
    )
    const outcome = yield* Fiber.join(result)
    assert.isTrue(Result.isFailure(outcome) && EventStoreError.hasReason("VersionConflict")(outcome.failure))
  })
)

it.live("failure: an unreachable server or a wrong login gives one clear line, without the password", () =>
  Effect.gen(function* () {
    const good = new URL(yield* url)
    const problem = (change: (url: URL) => void, options: Partial<PgEventStore.Options> = {}) => {
      const changed = new URL(good)
      changed.password = "open-sesame"
      change(changed)
      return Effect.map(reasonOf(open("unused", { url: changed.href, ...options })), (reason) => {
        assert.notInclude(JSON.stringify(reason) + reason.message, "open-sesame")
        return `${reason._tag}: ${reason.message}`
      })
    }
    const right = good.password
    assert.strictEqual(
      yield* problem((to) => (to.port = "1")),
      `Unavailable: no PostgreSQL server answers at ${good.hostname}:1 (connection refused)`
    )
    assert.match(
      yield* problem((to) => (to.hostname = "no-such-host.invalid")),
      /^Unavailable: the host of no-such-host\.invalid:\d+ is unknown/
    )
    assert.match(yield* problem(() => {}), /^Unavailable: the server at .* rejects the password of user "\w+"$/)
    assert.match(
      yield* problem((to) => ((to.pathname = "/nowhere"), (to.password = right))),
      /^Unavailable: database "nowhere" does not exist on the server at/
    )
  })
)

for (const [what, behave, expected] of [
  [
    "an HTTP server",
    (socket) => socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    /is not a PostgreSQL server/
  ],
  ["a server that does not answer", () => {}, /no PostgreSQL server answered at 127\.0\.0\.1:\d+ within 0\.3 s/],
  ["a server that hangs up", (socket) => socket.destroy(), /closed the connection before|ECONNRESET/]
] satisfies ReadonlyArray<readonly [string, (socket: Socket) => void, RegExp]>) {
  it.live(`failure: ${what} is reported as such`, () =>
    Effect.gen(function* () {
      const port = yield* listen(behave)
      const reason = yield* reasonOf(
        Effect.scoped(
          Layer.build(PgEventStore.layer({ url: `postgres://a:b@127.0.0.1:${port}/c`, connectTimeout: "300 millis" }))
        )
      )
      assert.strictEqual(reason._tag, "Unavailable")
      assert.match(reason.message, expected)
    })
  )
}

it.live("failure: a malformed url is refused without repeating it", () =>
  Effect.gen(function* () {
    for (const bad of [
      "",
      "localhost:5432",
      "mysql://u:sesame@h/d",
      "postgres://u:se%same@h/d",
      "postgres://u:sesame@h:99999/d",
      "postgres://u:sesame@h/d?sslmode=perhaps"
    ]) {
      const reason = yield* reasonOf(Effect.scoped(Layer.build(PgEventStore.layer({ url: bad }))))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.notMatch(reason.message, /sesame|se%same/)
    }
  })
)
