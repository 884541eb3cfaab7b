/** Invalid options are refused before anything is opened, by the name that the caller gave. */
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Stream, Tracer } from "effect"
import { Backup, PgEventStore, PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
import { existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { reasonOf } from "../StoreFixture.ts"
import { open, url } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

/** Values that the types forbid, or that they cannot exclude. */
const bad: ReadonlyArray<readonly [key: string, value: unknown, message: RegExp]> = [
  ["lanes", 0, /option lanes can't be 0\. It must be a positive integer/],
  ["lanes", NaN, /option lanes can't be NaN/],
  ["lanes", "2", /option lanes can't be "2"/],
  ["maxConnections", NaN, /option maxConnections can't be NaN/],
  ["maxConnections", 2.5, /option maxConnections can't be 2.5/],
  ["maxWaiting", 0, /option maxWaiting can't be 0/],
  ["maxWaiting", Infinity, /option maxWaiting can't be Infinity/],
  ["pollInterval", "soon", /option pollInterval can't be "soon"\. It must be a positive duration/],
  ["pollInterval", -5, /option pollInterval can't be -5/],
  ["pollInterval", {}, /option pollInterval can't be an object/],
  ["stalledAfter", NaN, /option stalledAfter can't be NaN/],
  ["stalledAfter", null, /option stalledAfter can't be /],
  ["connectTimeout", 0, /option connectTimeout can't be 0/],
  ["schema", 5, /option schema can't be 5\. A schema's name must have 1 to 63 bytes/],
  ["schema", "x\ud800", /option schema can't be "x\\ud800"/],
  ["applicationName", 7, /option applicationName can't be 7/],
  ["create", 0, /option create can't be 0\. It must be true or false/],
  ["replica", "yes", /option replica can't be "yes"\. It must be true or false/]
]

it.live("Store options: an invalid option is refused before the store connects", () =>
  Effect.gen(function* () {
    for (const [key, value, message] of bad) {
      const options: PgEventStore.Options = { url: "postgres://nobody@127.0.0.1:1/none", [key]: value }
      const reason = yield* reasonOf(Effect.scoped(Layer.build(PgEventStore.layer(options))))
      assert.strictEqual(reason._tag, "StoreRefused", key)
      assert.match(reason.message, message)
    }
    const secret = yield* reasonOf(PgEventStore.connect(JSON.parse('{"url":{"password":"hunter2"}}')))
    assert.match(secret.message, /option url is not a string\. It must be a string or a Redacted string/)
    assert.notInclude(secret.message, "hunter2")
  })
)

it.live("Store options: an invalid option is refused before PGlite creates a database", () =>
  Effect.gen(function* () {
    const dataDir = join(tmpdir(), `eventfold-never-made-${process.pid}`)
    for (const [key, value] of [
      ["dataDir", 5],
      ["schema", ""],
      ["maxWaiting", -1],
      ["loadDataDir", "empty.tar"]
    ] as const) {
      const reason = yield* reasonOf(Effect.scoped(Layer.build(PgliteEventStore.layer({ dataDir, [key]: value }))))
      assert.strictEqual(reason._tag, "StoreRefused")
    }
    const both = PgliteEventStore.layer({ dataDir: ".data", loadDataDir: new Blob([]) })
    assert.include(
      (yield* reasonOf(Effect.scoped(Layer.build(both)))).message,
      "dataDir and loadDataDir exclude each other"
    )
    assert.isFalse(existsSync(dataDir))
    const damaged = PgliteEventStore.layer({ loadDataDir: new Blob(["no archive"]) })
    const reason = yield* reasonOf(Effect.scoped(Layer.build(damaged)))
    assert.strictEqual(reason._tag, "StoreRefused")
    assert.include(reason.message, "Pass the result of dumpDataDir() of the same version of PGlite as loadDataDir")
  })
)

it.live("Store options: a store on a custom client and a backup refuse invalid options", () =>
  Effect.gen(function* () {
    const connector = yield* PgEventStore.connect({ url: yield* url })
    assert.match((yield* reasonOf(SqlEventStore.make({ ...connector, lanes: 0 }))).message, /option lanes can't be 0/)
    const reason = yield* reasonOf(SqlEventStore.make(connector, { maxWaiting: 0.5 }))
    assert.match(reason.message, /option maxWaiting can't be 0.5/)
    const storeId = JSON.parse('"New"') as "new"
    const unclear = yield* reasonOf(Backup.importLog(connector, Stream.empty, { storeId }))
    assert.match(unclear.message, /storeId "New" must be "same" or "new"/)
  })
)

it.live("Store options: every form of a duration and of a url is accepted", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const given = yield* url
    for (const pollInterval of ["20 millis", 20, Duration.millis(20), 20_000_000n] as const) {
      const store = yield* open(schema, { url: Redacted.make(given), pollInterval, stalledAfter: Infinity })
      yield* store.append("A-1", "any", events(1))
    }
  })
)

it.live("PgEventStore: the driver's spans name the server and the database of the url", () =>
  Effect.gen(function* () {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const given = new URL(yield* url)
    const { client } = yield* PgEventStore.connect({ url: given.href })
    yield* Effect.withTracer(client.unsafe("select 1"), tracer)
    const attributes = Object.fromEntries(spans.at(-1)?.attributes ?? [])
    assert.strictEqual(attributes["server.address"], given.hostname)
    assert.strictEqual(String(attributes["server.port"]), given.port)
    assert.strictEqual(attributes["db.namespace"], given.pathname.slice(1))
  })
)
