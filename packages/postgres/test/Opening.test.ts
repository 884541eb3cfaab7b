/** Opening a store on a server: it is made, found, or refused with the mend. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlEventStore } from "@eventfold/postgres"
import { reasonOf } from "./StoreFixture.ts"
import { client, clientOf, open, positions, url } from "./StoreOnServer.ts"
import { events, freshSchema } from "./Stores.ts"

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
    yield* sql.unsafe(`update "${schema}".store set schema_version = 99, compatible_from = 98`)
    const reason = yield* reasonOf(open(schema))
    assert.strictEqual(reason._tag, "StoreRefused")
    assert.match(reason.message, /has version 99, this Eventfold knows versions up to 1\. Upgrade @eventfold\/postgres/)
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
    const raw = yield* clientOf(asRole)
    assert.strictEqual(
      (yield* Effect.flip(raw.unsafe(`delete from "${schema}".events`))).reason._tag,
      "AuthorizationError"
    )
  })
)
