/**
 * Tables of rows in a database that is also used by other programs: views, long transactions, and
 * dropped tables and columns.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import { EventStore, InlineProjections, type Projection, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { definition, projector as bodies, put, sent, times } from "../../../core/test/projection/Parcels.ts"
import { clientOf, url } from "../StoreOnServer.ts"
import { newDatabase } from "../server/Database.ts"
import { connectPglite, freshSchema } from "../Stores.ts"

const running = Effect.fnUntraced(function* (
  one: ReturnType<typeof definition>,
  options: Parameters<typeof Projector.layer>[1] = { lease: "200 millis", retries: 0 }
) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  yield* Layer.buildWithScope(
    Layer.provide(
      Projector.layer([StoredProjection.runnable(one)], options),
      Layer.succeed(EventStore.EventStore, store)
    ),
    scope
  )
  return Scope.close(scope, Exit.void)
})

const until = Effect.fnUntraced(function* <E, R>(isSo: Effect.Effect<boolean, E, R>, what: string) {
  for (let i = 0; !(yield* isSo); i++) {
    assert.isBelow(i, 1_000, what)
    yield* Effect.sleep("10 millis")
  }
})

interface Setting {
  readonly sql: PgClient
  readonly schema: string
  readonly table: string
  readonly old: string
  readonly run: (text: string) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>>
}

const settingOf = (sql: PgClient, schema: string): Setting => ({
  sql,
  schema,
  table: `${quote(`${schema}_depot`)}.towns`,
  old: `${quote(`${schema}_depot$old`)}.towns`,
  run: (text) => Effect.orDie(sql.unsafe(text).values)
})

const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)

const stagesOf = Effect.flatMap(projectionsOf, ({ stages }) => stages("Towns"))
/**
 * Requests a rebuild, and waits until the rows are promoted, or the projection has stopped: then it
 * returns the problem.
 */
const rebuilt = Effect.gen(function* () {
  const { rebuild } = yield* projectionsOf
  yield* rebuild("Towns")
  yield* until(
    Effect.map(stagesOf, (all) =>
      all.some(({ problem, stage }) => stage === "next" && problem !== undefined)
        ? true
        : all.every(({ isRebuildAsked, stage }) => stage !== "next" && !isRebuildAsked)
    ),
    "not rebuilt"
  )
  return (yield* stagesOf).find(({ stage }) => stage === "next")?.problem
})

const onServer = <E>(
  claim: string,
  body: (setting: Setting) => Effect.Effect<void, E, EventStore.EventStore | Scope.Scope>
) =>
  it.live(
    claim,
    () =>
      Effect.gen(function* () {
        const [server, schema] = [yield* url, freshSchema()]
        const sql = yield* clientOf(server)
        yield* Effect.provide(body(settingOf(sql, schema)), PgEventStore.layer({ url: server, schema }))
      }).pipe(Effect.scoped),
    600_000
  )

const followed = Effect.fnUntraced(function* ({ old, run, schema, table }: Setting) {
  const { drop, rollback } = yield* projectionsOf
  yield* put("1", sent(["Brno"]))
  const end = yield* running(definition())
  yield* (yield* StoredProjection.make(definition())).waitFor(1)
  const view = `${quote(schema)}.${quote('Parcels "by" town')}`
  const total = `${quote(schema)}.total`
  yield* run(
    `create view ${view} with (security_barrier=true, check_option=local) as select _key, parcels from ${table} where parcels > 0`
  )
  yield* run(`create view ${total} as select sum(parcels)::int as parcels from ${view}`)
  yield* run(`comment on view ${view} is 'mine'`)
  const asked = Effect.map(run(`select parcels from ${total}`), ([row]) => row?.[0])
  const oid = Effect.map(run(`select '${view}'::regclass::oid::text, obj_description('${view}'::regclass)`), String)
  const before = yield* oid
  yield* end

  const next = yield* running(definition("Towns", times(5), "towns", "two"))
  yield* until(
    Effect.map(stagesOf, ([serving]) => serving?.fingerprint === "two"),
    "not served"
  )
  assert.strictEqual(yield* asked, 5)
  yield* put("1", sent(["Brno"]))
  yield* (yield* StoredProjection.make(definition())).waitFor(2)
  assert.strictEqual(yield* asked, 10)
  // Twice, so that the old rows are discarded.
  for (let i = 0; i < 2; i++) assert.isUndefined(yield* rebuilt)
  assert.strictEqual(yield* asked, 10)
  yield* next
  yield* rollback("Towns")
  yield* run(`update ${table} set parcels = 7`)
  assert.strictEqual(yield* asked, 7)
  assert.strictEqual(yield* oid, before)
  const [options] = yield* run(`select reloptions::text from pg_class where oid = '${view}'::regclass`)
  assert.deepStrictEqual(options, ["{security_barrier=true,check_option=local}"])
  assert.isTrue(yield* drop("Towns", "old"))
  assert.deepStrictEqual(yield* run(`select to_regclass('${old}')::text`), [[null]])
})

onServer("tables of rows: a view reads the served rows, in any table, and does not block a promotion", followed)

it.live("on PGlite, too", () =>
  Effect.gen(function* () {
    const connector = yield* connectPglite
    const store = yield* SqlEventStore.make(connector)
    const setting = settingOf(connector.client, "eventfold")
    yield* Effect.provideService(followed(setting), EventStore.EventStore, store)
  }).pipe(Effect.scoped)
)

onServer(
  "tables of rows: a dependent object that can't be changed keeps the served rows, and is named; so are sessions that hold a table",
  (setting) =>
    Effect.gen(function* () {
      const { old, run, schema, table } = setting
      const { drop, resume } = yield* projectionsOf
      yield* put("1", sent(["Brno"]))
      yield* running(definition())
      const rows = yield* StoredProjection.make(definition())
      yield* rows.waitFor(1)
      const things = [
        [
          `materialized view ${schema}.sums`,
          `create materialized view ${quote(schema)}.sums as select sum(parcels) from ${table}`,
          `drop materialized view ${quote(schema)}.sums`,
          "only views can be changed"
        ],
        [
          `constraint hold_town_fkey on table ${schema}.hold`,
          `create table ${quote(schema)}.hold (town text collate "C" constraint hold_town_fkey references ${table})`,
          `drop table ${quote(schema)}.hold`,
          "only views can be changed"
        ]
      ] as const
      for (const [what, create, drops, why] of things) {
        yield* run(create)
        const problem = yield* rebuilt
        assert.include(problem, what)
        assert.include(problem, `depends on the rows of Towns, and can't be changed to read the rebuilt rows: ${why}`)
        assert.include(problem, "Drop it, promote the rows, and create it again: eventfold projections resume Towns")
        yield* run(drops)
        yield* resume("Towns")
        yield* until(
          Effect.map(stagesOf, (all) => all.every(({ stage }) => stage !== "next")),
          "not served"
        )
      }
      // A view on the old rows.
      yield* run(`create view ${quote(schema)}.then as select town from ${old}`)
      const error = yield* Effect.flip(drop("Towns", "old"))
      assert.include(
        error.message,
        "rows of Towns can't be discarded: another object of the database depends on their table"
      )
      yield* run(`drop view ${quote(schema)}.then`)

      const reading = yield* Effect.forkChild(
        setting.sql.withTransaction(Effect.andThen(run(`select 1 from ${old}`), Effect.never))
      )
      yield* until(
        Effect.map(run(`select 1 from pg_locks where relation = '${old}'::regclass`), (found) => found.length > 0),
        "not read"
      )
      const inUse = yield* Effect.flip(drop("Towns", "old"))
      assert.match(
        inUse.message,
        /other sessions use the tables of Towns, .*: process \d+, idle in transaction, its transaction \d+ s old, with: select 1 from/
      )
      yield* Fiber.interrupt(reading)
      assert.isTrue(yield* drop("Towns", "old"))
    })
)

onServer(
  "tables of rows: the error of a dropped table or column names the fix, and the fix works",
  ({ run, schema, table }) =>
    Effect.gen(function* () {
      yield* running(definition())
      const rows = yield* StoredProjection.make(definition())
      const live = yield* LiveProjection.make(definition())
      const breaks = [
        `drop schema ${quote(`${schema}_depot`)} cascade`,
        `alter table ${table} drop column mean`,
        `drop table ${table}`
      ]
      const fix = "Rebuild it: eventfold projections rebuild Towns"
      for (const [i, broken] of breaks.entries()) {
        yield* rows.waitFor(yield* put("1", sent(["Brno", `Town ${i}`])))
        yield* run(broken)
        for (const read of [rows.all, rows.get("Brno"), rows.byVia(null), rows.page()].map((one) =>
          Effect.asVoid<unknown, Projection.QueryError, never>(one)
        )) {
          assert.include((yield* Effect.flip(read)).message, fix)
        }
        yield* put("2", sent(["Brno"]))
        yield* until(
          Effect.map(stagesOf, ([serving]) => serving?.problem?.includes(fix) === true),
          "not stopped"
        )
        assert.isUndefined(yield* rebuilt)
        assert.deepStrictEqual(yield* rows.all, yield* live.all)
      }
      const { rollback } = yield* projectionsOf
      assert.match((yield* Effect.flip(rollback("Towns"))).message, /there are no rows of Towns to go back to/)
    })
)

onServer("tables of rows: a role that may not create tables learns which role may", ({ run, schema }) =>
  Effect.gen(function* () {
    const role = `app_${schema}`
    yield* Effect.acquireRelease(run(`create role ${role} login password 'secret'`), () =>
      Effect.andThen(run(`drop owned by ${role}`), run(`drop role ${role}`))
    )
    for (const all of ["tables", "sequences", "functions"]) {
      const right = all === "functions" ? "execute" : "select"
      yield* run(`grant ${right} on all ${all} in schema ${quote(schema)} to ${role}`)
    }
    yield* run(`grant usage on schema ${quote(schema)} to ${role}`)
    const server = new URL(yield* url)
    server.username = role
    server.password = "secret"
    const context = yield* Layer.build(PgEventStore.layer({ url: server.href, schema }))
    const asApp = <A, E, R>(effect: Effect.Effect<A, E, R | EventStore.EventStore>) => Effect.provide(effect, context)
    const expected = new RegExp(
      `there are no rows of Towns yet, and "${role}" may not create their table: permission denied for database .*Start a projector first, with a role that may \\(eventfold store grants --role … --project\\)`
    )
    assert.match((yield* Effect.flip(asApp(StoredProjection.make(definition())))).message, expected)
    assert.match((yield* Effect.flip(asApp(running(definition())))).message, expected)
    yield* StoredProjection.make(definition())
    const inline = InlineProjections.layer([StoredProjection.runnable(definition())])
    const error = yield* Effect.flip(asApp(Layer.build(inline)))
    assert.match(error.message, /lacks a right in database .*: permission denied for table projection_partitions$/)
  })
)

onServer("tables of rows: a value that a column can't hold matches no row, and paging skips no key", () =>
  Effect.gen(function* () {
    yield* running(definition("Towns", { ...bodies, keys: ({ to }) => to }))
    const rows = yield* StoredProjection.make(definition())
    const live = yield* LiveProjection.make(definition())
    yield* rows.waitFor(yield* put("1", sent(["", "a", "a\u0001", "aa", "b"])))
    for (const text of ["a\0", "\0", "\ud800", "a\0b"]) {
      assert.deepStrictEqual(yield* rows.byVia(text), [])
      assert.deepStrictEqual(yield* rows.byVia(text), yield* live.byVia(text))
      assert.isUndefined(yield* rows.get(text))
      assert.deepStrictEqual(yield* rows.page({ after: text }), yield* live.page({ after: text }))
    }
  })
)

onServer(
  "tables of rows: a client that reads a view all the time neither fails nor keeps rows from being promoted",
  ({ run, schema, table }) =>
    Effect.gen(function* () {
      yield* put("1", sent(["Brno"]))
      // Longer than the timeout of the lock.
      yield* running(definition(), { lease: "2 seconds" })
      yield* (yield* StoredProjection.make(definition())).waitFor(1)
      const view = `${quote(schema)}.parcels`
      yield* run(`create view ${view} as select parcels from ${table}`)
      let reads = 0
      const reading = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 8 }),
          () =>
            Effect.forever(
              Effect.map(run(`select parcels from ${view}`), ([row]) => {
                reads++
                assert.deepStrictEqual(row?.map(Number), [1])
              })
            ),
          { concurrency: "unbounded", discard: true }
        )
      )
      for (let i = 0; i < 3; i++) assert.isUndefined(yield* rebuilt)
      assert.isUndefined(reading.pollUnsafe())
      assert.isAbove(reads, 100)
      yield* Fiber.interrupt(reading)
    })
)

it.live("tables of rows: rows are rebuilt even if the database has a short statement timeout", () =>
  Effect.gen(function* () {
    const server = yield* newDatabase(yield* url)
    const sql = yield* clientOf(server)
    const run = (text: string) => Effect.orDie(sql.unsafe(text).unprepared)
    const schema = freshSchema()
    // The time that an index on many rows takes.
    yield* run(
      `create function slowly() returns event_trigger language plpgsql as $$ begin perform pg_sleep(0.5); end $$`
    )
    yield* run(`create event trigger slow on ddl_command_end when tag in ('CREATE INDEX') execute function slowly()`)
    const opened = PgEventStore.layer({ url: server, schema })
    yield* Effect.provide(StoredProjection.make(definition()), opened)
    yield* run(`alter database ${quote(new URL(server).pathname.slice(1))} set statement_timeout = '200ms'`)
    yield* Effect.gen(function* () {
      yield* put("1", sent(["Brno"]))
      yield* running(definition("Towns", times(2), "towns", "two"))
      yield* until(
        Effect.map(stagesOf, ([serving]) => serving?.fingerprint === "two"),
        "never served"
      )
    }).pipe(Effect.scoped, Effect.provide(PgEventStore.layer({ url: server, schema })))
  }).pipe(Effect.scoped)
)
