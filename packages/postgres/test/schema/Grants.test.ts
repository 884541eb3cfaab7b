/** The rights of a role with the grants of `Grants`, and those that it lacks. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { EventStore, type EventStoreError, Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { Backup, Grants, PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { definition, put, sent } from "../../../core/test/projection/Parcels.ts"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import { event, events, freshSchema } from "../Stores.ts"

type Options = Parameters<typeof Grants.statements>[0]

const servers: ReadonlyArray<readonly [string, () => Promise<string>]> = [
  ["PostgreSQL", serverUrl],
  ["PostgreSQL 15", () => serverUrlOf(15)]
]

describe.each(servers)("on %s, a role with grants", (_, ask) => {
  const admin = Effect.flatMap(Effect.promise(ask), (url) => PgEventStore.connect({ url, maxConnections: 2 }))

  /** The server of the run, logged in as a role. */
  const urlOf = (role: string) =>
    Effect.map(Effect.promise(ask), (text) => {
      const url = new URL(text)
      url.username = encodeURIComponent(role)
      url.password = "pass word"
      return url.href
    })

  /** A role that can log in, and has no other right. */
  const newRole = (prefix: string) =>
    Effect.gen(function* () {
      const { client } = yield* admin
      const role = `${prefix}${freshSchema()}`
      yield* Effect.acquireRelease(
        client.unsafe(`create role ${quote(role)} login password 'pass word'`).unprepared,
        () =>
          Effect.orDie(
            Effect.andThen(
              client.unsafe(`drop owned by ${quote(role)} cascade`).unprepared,
              client.unsafe(`drop role ${quote(role)}`).unprepared
            )
          )
      )
      return role
    })

  /** A store that is owned by a role which is no superuser, in a schema with a hostile name. */
  const ownedStore = Effect.gen(function* () {
    const { client } = yield* admin
    const owner = yield* newRole("owner")
    const schema = `s"; drop '$body$ ${freshSchema()}`
    yield* client.unsafe(
      `do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$`
    ).unprepared
    const url = yield* urlOf(owner)
    const connector = yield* PgEventStore.connect({ url, maxConnections: 2 })
    const store = yield* SqlEventStore.make(connector, { schema })
    yield* store.append("A-1", "noStream", events(2))
    const grant = (options: Omit<Options, "schema">) =>
      Effect.forEach(
        Effect.runSync(Grants.statements({ ...options, schema })),
        (statement) => connector.client.unsafe(statement).unprepared
      )
    return { connector, grant, schema, store }
  })

  const openAs = (role: string, schema: string) =>
    Effect.flatMap(urlOf(role), (url) =>
      Effect.map(Layer.build(PgEventStore.layer({ url, schema, maxConnections: 2 })), (context) =>
        EventStore.EventStore.pipe(Effect.provide(context), Effect.runSync)
      )
    )

  /** Returns the statements that the role could run although it must not. */
  const allowed = Effect.fnUntraced(function* (role: string, statements: ReadonlyArray<string>) {
    const { client } = yield* PgEventStore.connect({ url: yield* urlOf(role), maxConnections: 2 })
    const ran: Array<string> = []
    for (const statement of statements) {
      const result = yield* Effect.result(client.withTransaction(client.unsafe(statement).unprepared))
      if (result._tag === "Success") ran.push(statement)
      else
        assert.match(
          String((result.failure.reason.cause as Error).message),
          /permission denied|must be owner/,
          statement
        )
    }
    return ran
  })

  const forbidden = (schema: string): ReadonlyArray<string> => {
    const s = quote(schema)
    const tables = [`${s}.events`, `${s}.store`, `${s}.truncations`]
    const sequence = `'${`${s}.positions`.replaceAll("'", "''")}'`
    return [
      ...tables.flatMap((table) => [
        `insert into ${table} default values`,
        `delete from ${table}`,
        `truncate ${table}`,
        `lock table ${table} in access exclusive mode`,
        `alter table ${table} disable trigger all`,
        `create trigger t before insert on ${table} for each row execute function suppress_redundant_updates_trigger()`,
        `drop table ${table}`
      ]),
      `update ${s}.events set data = '1'`,
      `update ${s}.store set id = gen_random_uuid()`,
      `update ${s}.truncations set first_version = 9`,
      `select * from ${s}.events for update`,
      `select setval(${sequence}, 1)`,
      `select nextval(${sequence})`,
      `alter sequence ${s}.positions restart`,
      `create table ${s}.mine ()`,
      `create or replace function ${s}.horizon() returns bigint language sql as 'select 0'`,
      `drop schema ${s} cascade`,
      `select ${s}.hold()`,
      `select ${s}.refuse_all()`,
      `select ${s}.refuse_position()`
    ]
  }
  const truncating = (schema: string) =>
    `select ${quote(schema)}.truncate_stream('A-1', 2, gen_random_uuid(), '{}', gen_random_uuid(), '{}')`
  const appending = (schema: string) =>
    `select ${quote(schema)}.append_one('A-9', -1, gen_random_uuid(), 'T', 1, '{}', '{}', null)`

  it.live("without grants it can't open a store", () =>
    Effect.gen(function* () {
      const { schema } = yield* ownedStore
      const role = yield* newRole("nobody")
      const { message, reason } = yield* Effect.flip(openAs(role, schema))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(message, /may not create or read the store's tables/)
    })
  )

  it.live(
    "to append: it opens the store, appends, archives, reads and subscribes, and can't bypass the functions",
    () =>
      Effect.gen(function* () {
        const { grant, schema } = yield* ownedStore
        const role = yield* newRole(`app"; drop role 'x' -- `)
        yield* grant({ role })
        const store = yield* openAs(role, schema)
        const following = yield* Effect.forkChild(
          store.subscribe().pipe(
            Stream.takeUntil(({ stream }) => stream === "D-1"),
            Stream.runCollect
          )
        )
        yield* store.append("A-1", 2, events(1))
        yield* Effect.all(
          ["B-1", "B-2", "B-3"].map((stream) => store.append(stream, "any", events(2))),
          { concurrency: "unbounded" }
        )
        yield* store.appendAll(["C-1", "C-2"].map((stream) => ({ stream, expected: "noStream", events: events(1) })))
        const known = event()
        yield* store.append("D-0", "any", [known])
        assert.isTrue((yield* store.append("D-0", "any", [known])).repeated)
        const conflict = yield* Effect.flip(store.append("A-1", 2, events(1)))
        assert.strictEqual(conflict.reason._tag, "VersionConflict")
        yield* store.archive("C-1")
        yield* store.append("D-1", "any", events(1))
        assert.strictEqual((yield* Fiber.join(following)).length, 14)
        assert.strictEqual(yield* Stream.runCount(store.readAll()), 14)
        assert.strictEqual(yield* Stream.runCount(store.read("A-1")), 3)
        assert.isTrue((yield* store.streamInfo("C-1")).archived)

        assert.deepStrictEqual(yield* allowed(role, [...forbidden(schema), truncating(schema)]), [])
        const { message } = yield* Effect.flip(store.truncate("A-1", { before: 2 }))
        assert.match(message, /lacks a right .* permission denied for function truncate_stream/)
        const connector = yield* PgEventStore.connect({ url: yield* urlOf(role) })
        const [head = "", ...rest] = (yield* Stream.mkString(Backup.exportLog(connector, { schema }))).split("\n")
        assert.isAbove(rest.length, 14)
        const imported = yield* Effect.flip(Backup.importLog(connector, Stream.make(head), { schema }))
        assert.match(imported.message, /may not write the tables of the store .* Import as the role that owns them/)
      })
  )

  it.live("to read: it opens the store, reads, subscribes and exports, and can't append", () =>
    Effect.gen(function* () {
      const { grant, schema, store: owner } = yield* ownedStore
      const role = yield* newRole("reader")
      yield* grant({ role, access: "read" })
      const store = yield* openAs(role, schema)
      const following = yield* Effect.forkChild(store.subscribe().pipe(Stream.take(3), Stream.runCollect))
      yield* Effect.sleep("50 millis")
      yield* owner.append("A-2", "noStream", events(1))
      assert.strictEqual((yield* Fiber.join(following)).length, 3)
      assert.strictEqual(yield* Stream.runCount(store.read("A-1")), 2)
      const connector = yield* PgEventStore.connect({ url: yield* urlOf(role) })
      assert.include(yield* Stream.mkString(Backup.exportLog(connector, { schema })), '"events":3')

      for (const append of [
        store.append("A-1", "any", events(1)),
        store.append("A-1", "any", events(2)),
        store.appendAll([{ stream: "A-1", expected: "any", events: events(1) }]),
        store.archive("A-1")
      ]) {
        const { message, reason } = yield* Effect.flip(
          Effect.asVoid<unknown, EventStoreError.EventStoreError, never>(append)
        )
        assert.strictEqual(reason._tag, "Unavailable")
        assert.isFalse(reason.isRetryable)
        assert.match(message, /lacks a right .* permission denied for function append_/)
      }
      assert.deepStrictEqual(yield* allowed(role, [...forbidden(schema), truncating(schema), appending(schema)]), [])
      assert.strictEqual(yield* Stream.runCount(owner.readAll()), 3)
    })
  )

  it.live("to maintain: it also truncates streams, and has no other right to write", () =>
    Effect.gen(function* () {
      const { grant, schema } = yield* ownedStore
      const role = yield* newRole("keeper")
      yield* grant({ role, maintain: true })
      const store = yield* openAs(role, schema)
      assert.isFalse((yield* store.truncate("A-1", { before: 2 })).repeated)
      assert.deepStrictEqual(yield* allowed(role, forbidden(schema)), [])
      // Shows that these checks would find a right: this role has it.
      assert.strictEqual((yield* allowed(role, [truncating(schema), appending(schema)])).length, 2)
    })
  )

  it.live("to react: it also runs reactions, and has no other right to write; without the grant it can't", () =>
    Effect.gen(function* () {
      const { grant, schema } = yield* ownedStore
      const role = yield* newRole("reactor")
      yield* grant({ role, access: "read" })
      const reader = yield* openAs(role, schema)
      const { message } = yield* Effect.flip(reader.reactions!.open("Mails", "now"))
      assert.match(message, /lacks a right .* permission denied for table reactions/)
      assert.deepStrictEqual(yield* reader.reactions!.statuses, [])
      yield* grant({ role, react: true })
      const { id, reactions } = yield* openAs(role, schema)
      const { acquire, discard, open, park, parked, pause, release, renew, resume, retry, save, stop, unpark } =
        reactions!
      yield* open("Mails", "beginning")
      const lease = (yield* acquire("Mails", "me", 60_000))!
      const eventId = globalThis.crypto.randomUUID()
      const event = { eventId, position: 1, stream: "A-1", version: 1, type: "T", attempts: 1, problem: "away" }
      assert.isTrue(yield* park(lease, event))
      assert.isTrue(yield* save(lease, { storeId: id, position: 1, eventId }))
      assert.strictEqual(yield* retry("Mails"), 1)
      assert.strictEqual((yield* parked("Mails")).length, 1)
      assert.isTrue(yield* unpark(lease, eventId))
      assert.isFalse(yield* discard("Mails", eventId))
      yield* pause("Mails")
      assert.deepStrictEqual(yield* renew(lease, 60_000), { isPaused: true, retries: 0 })
      yield* stop(lease, "away")
      yield* release(lease)
      yield* resume("Mails")
      assert.deepStrictEqual(yield* allowed(role, [...forbidden(schema), truncating(schema)]), [])
    })
  )

  it.live(
    "to project: it writes rows in tables of its own, which other roles read after a grant; without the grant it can't",
    () =>
      Effect.gen(function* () {
        const { grant, schema } = yield* ownedStore
        const one = definition()
        const appRole = yield* newRole("app")
        yield* grant({ role: appRole })
        const app = yield* openAs(appRole, schema)
        const refused = yield* Effect.flip(app.projections!.open(StoredProjection.runnable(one)))
        assert.match(
          refused.message,
          /no rows of Towns yet, and ".*" may not create their table: permission denied .* grants --role … --project/
        )
        const role = yield* newRole("projector")
        yield* grant({ role, project: true })
        // The last statement is for the owner of the database, who is not the owner of the store
        // here.
        const last = Effect.runSync(Grants.statements({ role, project: true, schema })).at(-1)!
        yield* (yield* admin).client.unsafe(last).unprepared
        const store = yield* openAs(role, schema)
        const as = (store: EventStore.Service) => Effect.provideService(EventStore.EventStore, store)
        yield* Effect.gen(function* () {
          const rows = yield* StoredProjection.make(one)
          const first = yield* put("1", sent(["Brno"])).pipe(as(app))
          yield* rows.waitFor(first)
          yield* store.projections!.rebuild(one.name)
          while ((yield* store.projections!.stages(one.name)).every(({ stage }) => stage !== "old"))
            yield* Effect.sleep("20 millis")
          assert.isTrue(yield* store.projections!.drop(one.name, "old"))
          assert.lengthOf(yield* rows.all, 1)

          // A view of another role can't be changed.
          const { client } = yield* admin
          const view = `${quote(`${schema}_depot`)}.mine`
          yield* client.unsafe(`create view ${view} as select town from ${quote(`${schema}_depot`)}.towns`).unprepared
          yield* client.unsafe(`alter view ${view} owner to ${quote(appRole)}`).unprepared
          yield* store.projections!.rebuild(one.name)
          const next = Effect.map(store.projections!.stages(one.name), (all) =>
            all.find(({ stage }) => stage === "next")
          )
          while ((yield* next)?.problem === undefined) yield* Effect.sleep("20 millis")
          assert.match(
            (yield* next)?.problem ?? "",
            /^view .*mine depends on the rows of Towns, .*: must be owner of view mine/
          )
          yield* client.unsafe(`drop view ${view}`).unprepared
          yield* store.projections!.resume(one.name)
          while ((yield* next) !== undefined) yield* Effect.sleep("20 millis")
        }).pipe(
          Effect.provide(Projector.layer([StoredProjection.runnable(one)], { lease: "400 millis", partitions: 2 })),
          as(store)
        )
        assert.strictEqual((yield* app.projections!.status(one.name))?.partitions.length, 2)
        const denied = yield* Effect.flip(app.projections!.page(StoredProjection.runnable(one), undefined, 10))
        assert.match(denied.message, /lacks a right .* permission denied for schema/)
        const { client } = yield* PgEventStore.connect({ url: yield* urlOf(role), maxConnections: 1 })
        const domain = quote(`${schema}_depot`)
        yield* client.unsafe(`grant usage on schema ${domain} to ${quote(appRole)}`).unprepared
        yield* client.unsafe(`grant select on all tables in schema ${domain} to ${quote(appRole)}`).unprepared
        assert.lengthOf(yield* app.projections!.page(StoredProjection.runnable(one), undefined, 10), 1)
        assert.deepStrictEqual(yield* allowed(role, [...forbidden(schema), truncating(schema)]), [])
      })
  )

  it.live("each function of the store is either granted or refused explicitly", () =>
    Effect.gen(function* () {
      const { connector, grant, schema } = yield* ownedStore
      const functions = Effect.fnUntraced(function* (options: Omit<Options, "role" | "schema">) {
        const role = yield* newRole("role")
        yield* grant({ ...options, role })
        const rows = yield* connector.client.unsafe(
          `select p.proname::text, has_function_privilege($1, p.oid, 'execute') from pg_proc p
            where p.pronamespace = (select n.oid from pg_namespace n where n.nspname = $2) order by 1`,
          [role, schema]
        ).values
        return rows.map(([name, may]) => `${may === true ? "+" : "-"} ${String(name)}`)
      })
      const closed = ["- enter_inline", "- hold", "- refuse_all", "- refuse_position", "- refuse_uninlined"]
      const reading = ["+ head", "+ horizon", "+ lock_space", "+ slice"]
      const appending = ["append_all", "append_batch", "append_many", "append_one", "publish", "save_snapshot"]
      const all = (may: "+" | "-") => appending.map((name) => `${may} ${name}`)
      const maintaining = (may: "+" | "-") => [`${may} drop_snapshots`, `${may} truncate_stream`]
      const sorted = (names: ReadonlyArray<string>) => [...names].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1))
      assert.deepStrictEqual(yield* functions({}), sorted([...closed, ...reading, ...all("+"), ...maintaining("-")]))
      assert.deepStrictEqual(
        yield* functions({ access: "read" }),
        sorted([...closed, ...reading, ...all("-"), ...maintaining("-")])
      )
      assert.deepStrictEqual(
        yield* functions({ maintain: true }),
        sorted([...closed, ...reading, ...all("+"), ...maintaining("+")])
      )
    })
  )
})

it.effect("Grants: names that mean another role or schema to PostgreSQL are refused", () =>
  Effect.gen(function* () {
    const cases: ReadonlyArray<readonly [Options, RegExp]> = [
      [{ role: "" }, /role's name is empty/],
      [{ role: "public" }, /"public" means all roles/],
      [{ role: "none" }, /has no role "none"/],
      [{ role: "é".repeat(32) }, /has 64 bytes, and PostgreSQL allows 63/],
      [{ role: "a\0b" }, /contains NUL/],
      [{ role: "a\ud800" }, /not well-formed/],
      [{ role: "app", schema: "" }, /schema's name is empty/],
      [{ role: "app", access: "read", maintain: true }, /omit access "read", or maintain/],
      [{ role: "app", access: "read", react: true }, /omit access "read", or react/]
    ]
    for (const [options, expected] of cases) {
      const { message, reason } = yield* Effect.flip(Grants.statements(options))
      assert.strictEqual(reason._tag, "InvalidRequest")
      assert.match(message, expected)
    }
  })
)
