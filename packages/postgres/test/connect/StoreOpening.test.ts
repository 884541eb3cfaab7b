/** Opening a store on a server: it is created, found, or refused with the fix. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Grants, SqlEventStore } from "@eventfold/postgres"
import { logged } from "../SubscriptionTools.ts"
import { newDatabase } from "../server/Database.ts"
import { reasonOf } from "../StoreFixture.ts"
import { client, clientOf, eventually, open, positions, url } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

it.live("opening: ten processes at the same time create one store", () =>
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

it.live("opening: the schema can have any name", () =>
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

it.live("opening: with `create: false`, a store that exists is opened, and no tables are created", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const refusal = yield* reasonOf(open(schema, { create: false }))
    assert.strictEqual(refusal._tag, "StoreRefused")
    assert.match(refusal.message, /^there is no store in schema /)
    const found = yield* (yield* client).unsafe("select 1 from pg_namespace where nspname = $1", [schema])
    assert.deepStrictEqual(found, [])
    const { id } = yield* open(schema)
    assert.strictEqual((yield* open(schema, { create: false })).id, id)
  })
)

it.live("opening: a store of a newer version is refused", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    yield* open(schema)
    const sql = yield* client
    yield* sql.unsafe(`update "${schema}".store set schema_version = 99, compatible_from = 98`)
    const reason = yield* reasonOf(open(schema))
    assert.strictEqual(reason._tag, "StoreRefused")
    assert.match(reason.message, /has version 99, this Eventfold knows versions up to 1\. Upgrade @eventfold\/postgres/)
  })
)

it.live("opening: a server that is too old, or whose database can't hold all text, is refused", () =>
  Effect.gen(function* () {
    const sql = yield* client
    const place = { address: "here:5432", database: "app", user: "me", connectSeconds: 5 }
    for (const [asked, answered, message] of [
      ["current_setting('server_version_num')", "'140009'", /is PostgreSQL .*Eventfold needs PostgreSQL 15 or later/],
      ["current_setting('server_encoding')", "'LATIN1'", /encoding is LATIN1.*ENCODING 'UTF8'/]
    ] as const) {
      // A real server whose answer to one query is replaced.
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

it.live("opening: wrong settings of the sequence are refused, with the statement that fixes them", () =>
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
      const fix = /Run: (.*)$/.exec(reason.message)?.[1]
      yield* sql.unsafe(fix!)
      yield* open(schema)
    }
    assert.strictEqual((yield* store.append("A-1", "any", events(1))).position, 6)
  })
)

it.live("opening: positions near the end of the store's range are refused, with the statement that fixes it", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const sql = yield* client
    const store = yield* open(schema)
    yield* store.append("A-1", "any", events(2))
    yield* sql.unsafe(`select setval('"${schema}".positions', ${2 ** 47})`)
    const reason = yield* reasonOf(open(schema))
    assert.strictEqual(reason._tag, "StoreRefused")
    assert.match(reason.message, /stands at 140737488355328, and a store's positions are below 140737488355328/)
    yield* sql.unsafe(/: (SELECT .*)$/.exec(reason.message)![1]!)
    yield* open(schema)
    assert.strictEqual((yield* store.append("A-1", "any", events(1))).position, 3)
    yield* sql.unsafe(`update "${schema}".events set position = ${2 ** 47} where version = 3`)
    yield* sql.unsafe(`select setval('"${schema}".positions', ${2 ** 47})`)
    assert.match((yield* reasonOf(open(schema))).message, /Continue in a new store: this log is full/)
  })
)

it.live(
  "opening: a database or role whose transactions have one snapshot each is refused, with the statement that fixes it",
  () =>
    Effect.gen(function* () {
      const database = yield* newDatabase(yield* url)
      const name = new URL(database).pathname.slice(1)
      const admin = yield* client
      for (const isolation of ["repeatable read", "serializable"]) {
        yield* admin.unsafe(`alter database ${name} set default_transaction_isolation to '${isolation}'`)
        const reason = yield* reasonOf(Effect.scoped(open("eventfold", { url: database })))
        assert.strictEqual(reason._tag, "StoreRefused")
        assert.include(reason.message, `default_transaction_isolation is ${isolation.toUpperCase()}`)
        const sql = yield* clientOf(database)
        assert.deepStrictEqual(yield* sql.unsafe("select 1 from pg_namespace where nspname = 'eventfold'").values, [])
        yield* sql.unsafe(/Run: (ALTER DATABASE [^;]*);/.exec(reason.message)![1]!)
      }
      const store = yield* open("eventfold", { url: database })
      yield* store.append("A-1", "any", events(1))
      assert.deepStrictEqual(yield* positions(store), [1])
    })
)

it.live("opening: publishing for replicas needs its right, and is refused without it", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const role = `reader_${schema}`
    const sql = yield* client
    yield* open(schema)
    yield* sql.unsafe(`create role "${role}" login password 'pw'`)
    yield* Effect.addFinalizer(() =>
      Effect.orDie(Effect.andThen(sql.unsafe(`drop owned by "${role}"`), sql.unsafe(`drop role "${role}"`)))
    )
    for (const grant of yield* Grants.statements({ role, schema, access: "read" })) yield* sql.unsafe(grant)
    const asRole = (yield* url).replace(/\/\/[^@]*@/, `//${role}:pw@`)
    yield* open(schema, { url: asRole })
    const reason = yield* reasonOf(open(schema, { url: asRole, forReplicas: true }))
    assert.strictEqual(reason._tag, "StoreRefused")
    assert.match(reason.message, /may not publish .* forReplicas .*Grant the right: GRANT EXECUTE ON FUNCTION/)
    const grant = /(GRANT EXECUTE ON FUNCTION .* TO )…/.exec(reason.message)![1]!
    yield* sql.unsafe(`${grant}"${role}"`)
    yield* open(schema, { url: asRole, forReplicas: true })
  })
)

it.live("opening: a failure of publishing for replicas is logged once, and so is its end", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const sql = yield* client
    const { layer, lines } = logged()
    const holds = (count: number, text: string) =>
      eventually(Effect.sync(() => lines.filter((line) => line.includes(text)).length === count))
    yield* Effect.provide(open(schema, { forReplicas: true, pollInterval: "20 millis" }), layer)
    yield* Effect.sleep("100 millis")
    assert.deepStrictEqual(lines, [])
    for (const outage of [1, 2]) {
      yield* sql.unsafe(`alter table "${schema}".published rename to hidden`)
      yield* holds(outage, "replicas wait, because publishing how far they can read the log fails: ")
      yield* Effect.sleep("200 millis")
      yield* sql.unsafe(`alter table "${schema}".hidden rename to published`)
      yield* holds(outage, "publishing how far replicas can read the log succeeds again")
      assert.strictEqual(lines.length, 2 * outage)
    }
  })
)

it.live("opening: a schema that holds other objects with the same names is refused", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const sql = yield* client
    yield* sql.unsafe(`create schema "${schema}"`)
    yield* sql.unsafe(`create table "${schema}".events (mine int)`)
    assert.match((yield* reasonOf(open(schema))).message, /already holds .* not Eventfold's/)
    assert.deepStrictEqual(yield* sql.unsafe(`select to_regclass('"${schema}".store')::text`).values, [[null]])
  })
)

it.live("opening: a role that may only read and call the functions can work, and can't bypass them", () =>
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
    const raw = yield* clientOf(asRole)
    assert.strictEqual(
      (yield* Effect.flip(raw.unsafe(`delete from "${schema}".events`))).reason._tag,
      "AuthorizationError"
    )
  })
)
