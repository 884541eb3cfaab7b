/**
 * Creation and migration of a store's tables: by any number of processes at the same time,
 * completely or not at all.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Result, Stream } from "effect"
import { SqlEventStore } from "@eventfold/postgres"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { open as openWith } from "../../src/internal/schema/StoreOpening.ts"
import { current, quote } from "../../src/internal/schema/StoreSchema.ts"
import { logged } from "../SubscriptionTools.ts"
import { failing, incompatible, next } from "./NextRelease.ts"
import { reasonOf } from "../StoreFixture.ts"
import { newDatabase } from "../server/Database.ts"
import { client, clientOf, eventually, open, url, waitsForLock } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

const place = { address: "the test's server", database: "postgres", user: "postgres", connectSeconds: 5 }

/** The steps that the Migrator's table records, in order. */
const steps = (sql: PgClient, schema: string) =>
  Effect.map(sql.unsafe(`select migration_id from ${quote(schema)}.migrations order by migration_id`).values, (rows) =>
    rows.map(([id]) => id)
  )

const versions = (sql: PgClient, schema: string) =>
  Effect.map(sql.unsafe(`select schema_version, compatible_from from ${quote(schema)}.store`).values, ([row]) => row)

/**
 * Begins to create a store under the lock of migrations, and ends when the session of this name
 * waits for the lock.
 */
const makingWhileAwaited = Effect.fnUntraced(function* (
  sql: PgClient,
  schema: string,
  name: string,
  release = current
) {
  const maker = yield* client
  const locked = yield* Deferred.make<void>()
  const made = yield* Effect.forkChild(
    maker.withTransaction(
      Effect.gen(function* () {
        yield* maker.unsafe("select pg_advisory_xact_lock(hashtext('eventfold: migration'), hashtext($1))", [schema])
        yield* Deferred.succeed(locked, undefined)
        yield* eventually(waitsForLock(sql, name))
        yield* openWith(maker, schema, place, { release })
      })
    )
  )
  yield* Deferred.await(locked)
  return made
})

const opener = fileURLToPath(new URL("../processes/opener.ts", import.meta.url))

/** Starts a process that opens the store on request, and returns its output. */
const process_ = (url: string, schema: string, stream: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [opener, url, schema, stream], { stdio: ["pipe", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const line = Effect.map(
        Effect.promise(() => lines.next()),
        ({ value }) => String(value)
      )
      return { line, go: Effect.sync(() => child.stdin.write("go\n")) }
    }
  )

describe("creating a store", () => {
  it.live(
    "ten processes that start together create it once; all of them open it, and each appends",
    () =>
      Effect.gen(function* () {
        const schema = `ten at once. "${freshSchema()}"`
        const server = yield* url
        const processes = yield* Effect.forEach(
          Array.from({ length: 10 }, (_, i) => `P-${i}`),
          (stream) => process_(server, schema, stream)
        )
        for (const { line } of processes) assert.strictEqual(yield* line, "ready")
        for (const { go } of processes) yield* go
        const said = yield* Effect.forEach(processes, ({ line }) => line)
        const store = yield* open(schema)
        assert.deepStrictEqual(
          said,
          said.map(() => `opened ${store.id}`)
        )
        const log = yield* Stream.runCollect(store.readAll())
        assert.deepStrictEqual(
          log.map(({ stream, version }) => `${stream}@${version}`).toSorted(),
          Array.from({ length: 10 }, (_, i) => [`P-${i}@1`, `Shared-1@${i + 1}`])
            .flat()
            .toSorted()
        )
        assert.deepStrictEqual(yield* steps(yield* client, schema), [1])
      }),
    600_000
  )

  it.live("its steps are recorded in its own schema only, with any name", () =>
    Effect.gen(function* () {
      // A database of its own: in that of the run, tests create and drop schemas at the same time.
      const own = yield* newDatabase(yield* url)
      const sql = yield* clientOf(own)
      const openHere = (schema: string) => open(schema, { url: own })
      const found = Effect.map(
        sql.unsafe(
          `select n.nspname, array_agg(c.relname order by c.relname collate "C")
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'S') and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
            group by 1`
        ).values,
        (rows) => new Map(rows.map(([name, tables]) => [String(name), tables]))
      )
      const tail = freshSchema().slice(-14)
      for (const name of [
        `a.b.${tail}`,
        `.${tail}`,
        `"."${tail}"`,
        ` two  spaces ${tail} `,
        `Ünï — 🐎 ${tail}`,
        `a,b;${tail}'`,
        `$user${tail}`,
        `public.events ${tail}`,
        `MiXed${tail}`,
        `${"é".repeat(20)}${tail}`
      ]) {
        const others = yield* found
        yield* (yield* openHere(name)).append("A-1", "noStream", events(1))
        // Again, in a session whose search path was changed before.
        assert.deepInclude(yield* (yield* openHere(name)).append("A-1", 1, events(1)), { version: 2 })
        const now = yield* found
        assert.deepStrictEqual(now.get(name), [
          "events",
          "migrations",
          "parked",
          "parked_deliveries",
          "positions",
          "projection_partitions",
          "projection_releases",
          "projections",
          "projectors",
          "published",
          "reactions",
          "snapshots",
          "store",
          "truncations"
        ])
        for (const [other, tables] of others) assert.deepStrictEqual(now.get(other), tables)
      }
      assert.include((yield* reasonOf(openHere("$user"))).message, "must not be $user")
    })
  )

  it.live("it is created beside another store on the same connection, whose search path does not change", () =>
    Effect.gen(function* () {
      const sql = yield* clientOf(`${yield* url}?application_name=two`)
      const path = Effect.map(sql.unsafe("show search_path").values, ([row]) => row)
      const before = yield* path
      const [a, b] = [freshSchema(), `${freshSchema()}.b`]
      for (const schema of [a, b]) {
        const store = yield* SqlEventStore.make({ client: sql, place, lanes: 1 }, { schema })
        yield* store.append("A-1", "noStream", events(1))
        assert.deepStrictEqual(yield* steps(sql, schema), [1])
      }
      assert.deepStrictEqual(yield* path, before)
    })
  )

  it.live("a session that waited for its creation, and had seen that it did not exist, finds it", () =>
    Effect.gen(function* () {
      const [schema, name] = [freshSchema(), freshSchema()]
      const sql = yield* client
      const waiting = yield* clientOf(`${yield* url}?application_name=${name}`)
      const made = yield* makingWhileAwaited(sql, schema, name)
      yield* waiting.unsafe(`select to_regclass($1)`, [`${quote(schema)}.migrations`])
      const id = yield* openWith(waiting, schema, place, { release: next })
      yield* Fiber.join(made)
      assert.strictEqual(id, (yield* Effect.provide(open(schema), logged().layer)).id)
      // It took the remaining step, and did not repeat the first one.
      assert.deepStrictEqual(yield* steps(sql, schema), [1, 2])
    })
  )

  it.live("it is refused if the schema holds a foreign table of migrations, which the Migrator would trust", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      yield* sql.unsafe(`create schema ${schema}`)
      yield* sql.unsafe(
        `create table ${schema}.migrations (migration_id int primary key, created_at timestamptz default now(), name text)`
      )
      yield* sql.unsafe(`insert into ${schema}.migrations values (7, now(), 'mine')`)
      const reason = yield* reasonOf(open(schema))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(reason.message, /already holds .* not Eventfold's\. Give the store a schema of its own/)
      assert.deepStrictEqual(yield* steps(sql, schema), [7])
    })
  )

  it.live("it is refused to a role that may not use the schema, or not create in it", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const role = `app_${schema}`
      const sql = yield* client
      const [database] = (yield* sql.unsafe("select quote_ident(current_database())").values)[0] ?? []
      yield* sql.unsafe(`create schema ${schema}`)
      yield* sql.unsafe(`create role ${role} login password 'pw'`)
      yield* Effect.addFinalizer(() =>
        Effect.orDie(Effect.andThen(sql.unsafe(`drop owned by ${role}`), sql.unsafe(`drop role ${role}`)))
      )
      const asRole = (yield* url).replace(/\/\/[^@]*@/, `//${role}:pw@`)
      for (const grant of [undefined, `create on database ${String(database)}`, `usage on schema ${schema}`]) {
        if (grant !== undefined) yield* sql.unsafe(`grant ${grant} to ${role}`)
        const reason = yield* reasonOf(open(schema, { url: asRole }))
        assert.strictEqual(reason._tag, "StoreRefused")
        assert.match(
          reason.message,
          /^user "app_\w+" may not create or read the store's tables in schema .*GRANT CREATE/
        )
      }
      yield* sql.unsafe(`grant create on schema ${schema} to ${role}`)
      yield* (yield* open(schema, { url: asRole })).append("A-1", "noStream", events(1))
    })
  )
})

describe("a store of the previous version", () => {
  it.live("ten processes at the same time migrate it once, with its data", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const store = yield* open(schema)
      yield* store.append("A-1", "noStream", events(3))
      const opened = yield* Effect.all(
        Array.from({ length: 10 }, () =>
          Effect.flatMap(client, (own) => openWith(own, schema, place, { release: next }))
        ),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        opened,
        opened.map(() => store.id)
      )
      assert.deepStrictEqual(yield* steps(sql, schema), [1, 2])
      assert.deepStrictEqual(yield* versions(sql, schema), [2, 1])
      assert.strictEqual((yield* Stream.runCollect(store.read("A-1"))).length, 3)
    })
  )

  it.live("a step that fails leaves it unchanged, and the next process that opens it migrates it", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const store = yield* open(schema)
      const columns = sql.unsafe("select count(*)::int from information_schema.columns where table_schema = $1", [
        schema
      ]).values
      const before = yield* columns
      const failed = yield* Effect.result(openWith(sql, schema, place, { release: failing }))
      assert.isTrue(Result.isFailure(failed) && failed.failure.message.includes("division by zero"))
      assert.deepStrictEqual(yield* columns, before)
      assert.deepStrictEqual(yield* steps(sql, schema), [1])
      assert.deepStrictEqual(yield* versions(sql, schema), [1, 1])
      assert.strictEqual(yield* openWith(sql, schema, place, { release: next }), store.id)
      assert.deepStrictEqual(yield* steps(sql, schema), [1, 2])
    })
  )
})

describe("a store of a newer version", () => {
  it.live(
    "it is opened if the newer release declares that this one works with it, and otherwise refused with the fix",
    () =>
      Effect.gen(function* () {
        const sql = yield* client
        const [compatible, not] = [freshSchema(), freshSchema()]
        for (const schema of [compatible, not]) yield* open(schema)
        yield* openWith(sql, compatible, place, { release: next })
        yield* openWith(sql, not, place, { release: incompatible })
        const { layer, lines } = logged()
        yield* (yield* Effect.provide(open(compatible), layer)).append("A-1", "noStream", [event()])
        assert.strictEqual(lines.length, 1)
        assert.match(
          lines[0]!,
          /has version 2, made by a newer Eventfold; this one knows versions up to 1 and works with it$/
        )
        const reason = yield* reasonOf(open(not))
        assert.strictEqual(reason._tag, "StoreRefused")
        assert.match(
          reason.message,
          /has version 2, this Eventfold knows versions up to 1\. Upgrade @eventfold\/postgres here/
        )
        // The steps of the older release are not taken again.
        assert.deepStrictEqual(yield* versions(sql, not), [2, 2])
      })
  )

  it.live("it is also refused to a process that waited while it was created", () =>
    Effect.gen(function* () {
      const [schema, name] = [freshSchema(), freshSchema()]
      const made = yield* makingWhileAwaited(yield* client, schema, name, incompatible)
      const reason = yield* reasonOf(open(schema, { applicationName: name }))
      yield* Fiber.join(made)
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(reason.message, /has version 2/)
    })
  )
})

it("the release declares its compatibility correctly: the previous release works with its tables", () => {
  assert.isAtLeast(current.compatibleFrom, 1)
  assert.isAtMost(current.compatibleFrom, Math.max(1, current.migrations.length - 1))
})
