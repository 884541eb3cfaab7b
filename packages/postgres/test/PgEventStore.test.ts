/** What only a server shows: several processes' worth of connections, transactions that stay open, refusals at the start. */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Redacted, Result, Stream } from "effect"
import { EventStore, EventStoreError } from "eventfold"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { createServer, type Server, type Socket } from "node:net"
import { serverUrl } from "./server/serverUrl.ts"
import { event, events, freshSchema } from "./Stores.ts"

const url = Effect.promise(serverUrl)

/** Opens a store for as long as the test runs. */
const open = (schema: string, options: Partial<PgEventStore.Options> = {}) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(PgEventStore.layer({ url: yield* url, schema, ...options }))
    return yield* Effect.provide(EventStore.EventStore, context)
  })

/** A client of the test's own, beside the store. */
const client = Effect.gen(function* () {
  const context = yield* Layer.build(clientLayer({ url: Redacted.make(yield* url) }))
  return yield* Effect.provide(PgClient, context)
})

const reasonOf = <A, R>(effect: Effect.Effect<A, EventStoreError.EventStoreError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const appendRaw = (sql: PgClient, schema: string, stream: string, expected = -1) => {
  const { data, id, type } = event()
  return sql.unsafe(
    `select new_version::int, new_position::int from "${schema}".append_one($1, $2, $3, $4, 1, $5, '{}', null)`,
    [stream, expected, id, type, JSON.stringify(data)]
  ).values
}

const positions = (store: EventStore.Service, after = 0) =>
  Effect.map(Stream.runCollect(store.readAll({ after })), (rows) => rows.map(({ position }) => position))

/** Tries until it holds; fails after five seconds. */
const eventually = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep("10 millis")
  }).pipe(Effect.timeout("5 seconds"))

/** Whether a connection of this name waits for another transaction. */
const waitsForLock = (sql: PgClient, name: string) =>
  Effect.map(
    sql.unsafe("select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'", [name])
      .values,
    (rows) => rows.length > 0
  )

describe("opening", () => {
  it.live("ten at once make one store", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const stores = yield* Effect.all(
        Array.from({ length: 10 }, () => open(schema, { maxConnections: 2 })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(stores.map(({ id }) => id)).size, 1)
      for (const [i, { append }] of stores.entries())
        assert.strictEqual((yield* append("A-1", i, events(1))).version, i + 1)
    })
  )

  it.live("any schema name is only a name", () =>
    Effect.gen(function* () {
      const schema = `we"ird'; drop schema public; -- $1 $$ é ${freshSchema().slice(-12)}`
      const store = yield* open(schema)
      yield* store.append("A-1", "noStream", events(1))
      yield* store.appendAll([{ stream: "A-2", expected: "any", events: events(2) }])
      assert.strictEqual((yield* positions(store)).length, 3)
      assert.strictEqual((yield* open(schema)).id, store.id)
      for (const bad of ["", "x".repeat(64), "pg_mine", "a\0b"])
        assert.strictEqual((yield* reasonOf(open(bad)))._tag, "StoreRefused")
    })
  )

  it.live("a store of a newer version is refused", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      yield* open(schema)
      const sql = yield* client
      yield* sql.unsafe(`update "${schema}".store set schema_version = 99`)
      const reason = yield* reasonOf(open(schema))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(
        reason.message,
        /has version 99, this Eventfold knows versions up to 1\. Upgrade @eventfold\/postgres/
      )
    })
  )

  it.live("a server that is too old, or whose database can't hold all text, is refused", () =>
    Effect.gen(function* () {
      const sql = yield* client
      const place = { address: "here:5432", database: "app", user: "me", connectSeconds: 5 }
      for (const [asked, answered, message] of [
        ["current_setting('server_version_num')", "'140009'", /is PostgreSQL .*Eventfold needs PostgreSQL 15 or later/],
        ["current_setting('server_encoding')", "'LATIN1'", /encoding is LATIN1.*ENCODING 'UTF8'/]
      ] as const) {
        // A real server that gives another answer to one question.
        const pretending = new Proxy(sql, {
          get: (target, key) =>
            key === "unsafe"
              ? (text: string, parameters?: ReadonlyArray<unknown>) =>
                  target.unsafe(text.replace(asked, answered), parameters)
              : Reflect.get(target, key)
        })
        const schema = freshSchema()
        const reason = yield* reasonOf(SqlEventStore.make({ client: pretending, place, lanes: 1 }, { schema }))
        assert.strictEqual(reason._tag, "StoreRefused")
        assert.match(reason.message, message)
        assert.deepStrictEqual(yield* sql.unsafe("select 1 from pg_namespace where nspname = $1", [schema]).values, [])
      }
    })
  )

  it.live("wrong settings of the sequence are refused, with the statement that mends them", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const store = yield* open(schema)
      yield* store.append("A-1", "any", events(5))
      for (const wrong of [
        `alter sequence "${schema}".positions cache 20`,
        `alter sequence "${schema}".positions increment 2`,
        `alter sequence "${schema}".positions cycle`,
        `select setval('"${schema}".positions', 3)`
      ]) {
        yield* sql.unsafe(wrong)
        const reason = yield* reasonOf(open(schema))
        assert.strictEqual(reason._tag, "StoreRefused")
        const mend = /Mend it with: (.*)$/.exec(reason.message)?.[1]
        yield* sql.unsafe(mend!)
        yield* open(schema)
      }
      assert.strictEqual((yield* store.append("A-1", "any", events(1))).position, 6)
    })
  )

  it.live("a schema that holds something else of the same names is refused", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      yield* sql.unsafe(`create schema "${schema}"`)
      yield* sql.unsafe(`create table "${schema}".events (mine int)`)
      assert.match((yield* reasonOf(open(schema))).message, /already holds .* not Eventfold's/)
      assert.deepStrictEqual(yield* sql.unsafe(`select to_regclass('"${schema}".store')::text`).values, [[null]])
    })
  )

  it.live("a role that may only read and call the functions can work, and can't write past them", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const role = `app_${schema}`
      const sql = yield* client
      const owner = yield* open(schema)
      yield* sql.unsafe(`create role "${role}" login password 'pw'`)
      yield* Effect.addFinalizer(() =>
        Effect.orDie(Effect.andThen(sql.unsafe(`drop owned by "${role}"`), sql.unsafe(`drop role "${role}"`)))
      )
      const asRole = (yield* url).replace(/\/\/[^@]*@/, `//${role}:pw@`)
      const before = yield* reasonOf(open(schema, { url: asRole }))
      assert.strictEqual(before._tag, "StoreRefused")
      for (const grant of [
        `usage on schema "${schema}"`,
        `select on "${schema}".store, "${schema}".events, "${schema}".positions`,
        `execute on all functions in schema "${schema}"`
      ]) {
        yield* sql.unsafe(`grant ${grant} to "${role}"`)
      }
      const store = yield* open(schema, { url: asRole })
      yield* store.append("A-1", "noStream", events(2))
      assert.strictEqual((yield* positions(owner)).length, 2)
      const context = yield* Layer.build(clientLayer({ url: Redacted.make(asRole) }))
      const raw = yield* Effect.provide(PgClient, context)
      assert.strictEqual(
        (yield* Effect.flip(raw.unsafe(`delete from "${schema}".events`))).reason._tag,
        "AuthorizationError"
      )
    })
  )
})

describe("times", () => {
  it.live("never go back within a stream, also when the server's clock does", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema)
      const sql = yield* client
      for (const stream of ["A-1", "A-2", "A-3"]) yield* store.append(stream, "noStream", events(1))
      const future = Date.now() + 3_600_000
      yield* sql.unsafe(`update "${schema}".events set recorded_at = $1 where stream_id <> 'A-3'`, [future])
      yield* store.append("A-1", 1, events(1))
      yield* store.append("A-2", "any", events(2))
      yield* store.append("A-3", 1, events(1))
      const times = yield* Effect.forEach(["A-1", "A-2", "A-3"], (stream) =>
        Effect.map(Stream.runCollect(store.read(stream, { from: 2 })), (rows) =>
          rows.map(({ recordedAt }) => recordedAt.epochMilliseconds)
        )
      )
      assert.deepStrictEqual(times.slice(0, 2), [[future], [future, future]])
      assert.isBelow(times[2]![0]!, future)
    })
  )
})

describe("the log without gaps", () => {
  it.live("a reader waits for a transaction that holds an earlier position, and then sees it first", () =>
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

  it.live("transactions that don't append hold nobody up, nor does another store", () =>
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

  it.live("an append after a rollback to a savepoint holds readers back again", () =>
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

  it.live("a session that held the lock before holds it anew in its next transaction", () =>
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
    "is refused to a transaction with one snapshot, and sets what an appender needs for its transaction only",
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

  it.live("a reader beside sixteen writers sees every event once, in order", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const reader = yield* open(schema)
      const sql = yield* client
      const end = Date.now() + 2_500
      const acknowledged = new Set<number>()
      const writer = (w: number) =>
        Effect.gen(function* () {
          const { append } = w < 12 ? yield* open(schema, { maxConnections: 2 }) : reader
          for (let i = 0; Date.now() < end; i++) {
            if (w % 4 === 0) {
              // Slow, and now and then undone.
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
})

describe("failures", () => {
  it.live("a connection lost under an append leaves an unknown outcome, and sending it again settles it", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema, { applicationName: schema })
      const sql = yield* client
      const batch = events(2)
      const reason = yield* sql.withTransaction(
        Effect.gen(function* () {
          // The store's append waits for this row, and its connection is ended meanwhile.
          yield* appendRaw(sql, schema, "A-1")
          const appending = yield* Effect.forkChild(reasonOf(store.append("A-1", "noStream", batch)))
          yield* eventually(waitsForLock(sql, schema))
          yield* sql.unsafe(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'",
            [schema]
          )
          return yield* Fiber.join(appending)
        })
      )
      assert.strictEqual(reason._tag, "OutcomeUnknown")
      assert.deepInclude(yield* store.append("A-1", 1, batch), { version: 3, repeated: false })
      assert.deepInclude(yield* store.append("A-1", 1, batch), { version: 3, repeated: true })
    })
  )

  it.live("a deadlock with another transaction is tried again inside", () =>
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
          // The store waited first, so it is the one that PostgreSQL gives up on after a second.
          yield* appendRaw(sql, schema, "A-1", 0)
          return appending
        })
      )
      const outcome = yield* Fiber.join(result)
      assert.isTrue(Result.isFailure(outcome) && EventStoreError.hasReason("VersionConflict")(outcome.failure))
    })
  )

  it.live("nothing answers, or something else does: one clear line, without the password", () =>
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
        /^Unavailable: the host of no-such-host\.invalid:\d+ is not known/
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
    ["a server that says nothing", () => {}, /no PostgreSQL server answered at 127\.0\.0\.1:\d+ within 0\.3 s/],
    ["a server that hangs up", (socket) => socket.destroy(), /closed the connection before|ECONNRESET/]
  ] satisfies ReadonlyArray<readonly [string, (socket: Socket) => void, RegExp]>) {
    it.live(`${what} is told as such`, () =>
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

  it.live("a malformed url is refused without being repeated", () =>
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
})

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
