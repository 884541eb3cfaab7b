/**
 * The cost of the store's statements on a log of a million events: no table is scanned as a whole,
 * and the rows that are read are in proportion to the request. The planner has different
 * statistics: none, those of a small table, or all; those from before many rows were deleted; and
 * it uses plans for given parameters, for any parameters, and plans that a session has kept since
 * the log was small.
 *
 * The statements are those that the store sends. Functions hide their plans from EXPLAIN, so the
 * test compares the counters of the session before and after each statement.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { SqlEventStore } from "@eventfold/postgres"
import { DateTime, Effect, type Scope, Stream } from "effect"
import { Checkpoint, type EventStore } from "eventfold"
import { newDatabase } from "../server/Database.ts"
import { serverUrlOf } from "../server/serverUrl.ts"
import { clientOf, eventually } from "../StoreOnServer.ts"
import { event, events } from "../Stores.ts"

const place = { address: "the test's server", database: "postgres", user: "postgres", connectSeconds: 5 }

const size = 1_000_000
const idOf = (position: number) => `01890a5d-ac96-7000-8000-${position.toString(16).padStart(12, "0")}`
const firstTime = 1_700_000_000_000

/**
 * Writes a log as the store would write it, in a few seconds. Every tenth event is in the big
 * stream, 100,000 in all; the other streams have nine each.
 */
const fill = (sql: PgClient) =>
  Effect.forEach(
    [
      `insert into eventfold.events
        (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
      select n, version, ${firstTime} + n, ${firstTime} + n,
        ('01890a5d-ac96-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, stream, 'Type' || n % 7, '{"n":1}', '{}'
      from generate_series(1, ${size}) n, lateral (
        select n / 10 as version, 'Big-1' as stream where n % 10 = 0
        union all select (n - 1) / 10 % 9 + 1, 'Small-' || (n % 10) || '-' || (n - 1) / 90 where n % 10 <> 0
      ) of`,
      `insert into eventfold.truncations select 'Gone-' || n, 2 from generate_series(1, 100000) n`,
      `select setval('eventfold.positions', ${size})`
    ],
    (statement) => sql.unsafe(statement).unprepared,
    { discard: true }
  )

/** Streams that no task below reads: three events of ten. */
const deleteOthers = (sql: PgClient) =>
  sql.unsafe(
    "delete from eventfold.events where stream_id ^@ any(array['Small-1-', 'Small-4-', 'Small-9-']) and position > 60000"
  )

const analyze = (sql: PgClient) => sql.unsafe("analyze eventfold.events, eventfold.truncations").unprepared

/** The statistics of the planner; they follow each other on the same tables. */
const knowledge: Readonly<Record<string, (sql: PgClient) => Effect.Effect<unknown, unknown>>> = {
  "those of small tables": () => Effect.void,
  nothing: (sql) =>
    Effect.andThen(
      sql.unsafe(
        "delete from pg_statistic where starelid in (select oid from pg_class where relnamespace = 'eventfold'::regnamespace)"
      ),
      sql.unsafe(
        "update pg_class set reltuples = -1, relpages = 0 where relnamespace = 'eventfold'::regnamespace and relkind = 'r'"
      )
    ),
  "those of ANALYZE": analyze,
  "those from before rows were deleted": deleteOthers,
  "those of ANALYZE after rows were deleted": analyze
}

/**
 * Modes of planning, and the runs of each task: after the fifth run PostgreSQL may use one plan for
 * all parameters.
 */
const planning: Readonly<Record<string, number>> = { auto: 8, force_generic_plan: 1, force_custom_plan: 1 }

interface Cost {
  readonly text: string
  /** Scans of a whole table. */
  readonly scans: number
  /** Rows and index entries that were read. */
  readonly rows: number
  readonly blocks: number
}

/** Opens a store that measures each of its statements, on a connection of its own. */
const measured = Effect.fnUntraced(function* (
  url: string,
  planCacheMode: string
): Effect.fn.Return<{ readonly store: EventStore.Service; readonly costs: Array<Cost> }, unknown, Scope.Scope> {
  const to = new URL(url)
  to.searchParams.set("options", `-c plan_cache_mode=${planCacheMode}`)
  const sql = yield* clientOf(to.href)
  const costs: Array<Cost> = []
  let isOpen = false
  const counters = Effect.map(
    sql.unsafe(
      `select sum(pg_stat_get_xact_numscans(c.oid)) filter (where c.relkind = 'r')::float8,
        sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid))::float8,
        sum(pg_stat_get_xact_blocks_fetched(c.oid))::float8
      from pg_class c left join pg_index i on i.indexrelid = c.oid
      where coalesce(i.indrelid, c.oid) in ('eventfold.events'::regclass, 'eventfold.truncations'::regclass)`
    ).values,
    ([row = []]) => row.map(Number)
  )
  const measure = <A, E>(text: string, run: Effect.Effect<A, E>) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const before = yield* counters
        const result = yield* run
        const [scans = 0, rows = 0, blocks = 0] = (yield* counters).map((value, i) => value - before[i]!)
        costs.push({ text, scans, rows, blocks })
        return result
      })
    )
  const measuring = new Proxy(sql, {
    get: (target, key) =>
      key === "unsafe" && isOpen
        ? (text: string, parameters?: ReadonlyArray<unknown>) => {
            const statement = target.unsafe(text, parameters)
            return new Proxy(statement, {
              get: (of, name) => (name === "values" ? measure(text, of.values) : Reflect.get(of, name))
            })
          }
        : Reflect.get(target, key)
  })
  const store = yield* SqlEventStore.make({ client: measuring, place, lanes: 1 }, { pollInterval: "1 hour" })
  isOpen = true
  return { store, costs }
})

interface Task {
  readonly run: (store: EventStore.Service, round: number) => Effect.Effect<unknown, unknown, Scope.Scope>
  /** Number of events of the request. */
  readonly events: number
}

const take = (count: number) => (stream: Stream.Stream<unknown, unknown>) =>
  Effect.map(Stream.runCollect(Stream.take(stream, count)), (rows) => assert.strictEqual(rows.length, count))

const at = (position: number) => DateTime.makeUnsafe(firstTime + position)

/** Returns another small stream in each round and for each use. */
const small = (round: number, use: number) => `Small-${1 + (use % 9)}-${100 + round}`

const tasks: Readonly<Record<string, Task>> = {
  "append one event to a new stream": {
    run: ({ append }) => append(`New-${event().id}`, "noStream", [event()]),
    events: 1
  },
  "append one event, expecting a version": {
    run: ({ append }, round) => append(small(round, 1), 9, [event()]),
    events: 1
  },
  "append one event to the big stream": { run: ({ append }) => append("Big-1", "any", [event()]), events: 1 },
  "append one event to a stream that exists": {
    run: ({ append }) => append("Big-1", "streamExists", [event()]),
    events: 1
  },
  "append ten events": { run: ({ append }) => append("Big-1", "any", events(10)), events: 10 },
  "append to fifty streams in a batch": {
    run: ({ append }, round) =>
      Effect.all(
        Array.from({ length: 50 }, (_, i) => append(`Small-3-${1_000 + round * 50 + i}`, 9, [event()])),
        { concurrency: "unbounded" }
      ),
    events: 50
  },
  "append to two streams at once": {
    run: ({ appendAll }, round) =>
      appendAll([
        { stream: small(round, 4), expected: 9, events: events(2) },
        { stream: "Big-1", expected: "any", events: events(2) }
      ]),
    events: 4
  },
  "append with a version that is not met": {
    run: ({ append }) => Effect.flip(append("Big-1", 7, [event()])),
    events: 1
  },
  "repeat an append": {
    run: ({ append }, round) =>
      append("Big-1", "any", [event({ n: 1 }, { id: idOf(10 * (round + 1)), type: `Type${(10 * (round + 1)) % 7}` })]),
    events: 1
  },
  // First the tasks that are most sensitive to plans: later the plan may be one for all parameters.
  "read the big stream, from its middle, by whole pages": {
    run: ({ read }) => take(1_500)(read("Big-1", { from: 50_000 })),
    events: 2_000
  },
  "read the big stream backwards by whole pages": {
    run: ({ read }) => take(1_500)(read("Big-1", { direction: "backwards" })),
    events: 2_000
  },
  "read a small stream": { run: ({ read }, round) => take(9)(read(small(round, 5))), events: 9 },
  "read forty streams at once, one of them big": {
    run: ({ read }, round) =>
      Effect.forEach(
        Array.from({ length: 40 }, (_, i) => (i === 20 ? "Big-1" : `Small-2-${2_000 + round * 40 + i}`)),
        (stream) => take(9)(read(stream, { limit: 100 })),
        { concurrency: "unbounded" }
      ),
    events: 39 * 9 + 100
  },
  "read the beginning of the big stream": { run: ({ read }) => take(50)(read("Big-1", { limit: 50 })), events: 50 },
  "read the middle of the big stream": {
    run: ({ read }) => take(50)(read("Big-1", { from: 50_000, limit: 50 })),
    events: 50
  },
  "read the big stream backwards": {
    run: ({ read }) => take(50)(read("Big-1", { direction: "backwards", limit: 50 })),
    events: 50
  },
  "read a part of the big stream backwards": {
    run: ({ read }) => take(51)(read("Big-1", { direction: "backwards", from: 50_000, to: 50_050 })),
    events: 51
  },
  // It reads the events of the stream up to the first that is too late; these are the result.
  "read the big stream as of a time": {
    run: ({ read }) => take(100)(read("Big-1", { asOf: at(1_000) })),
    events: 100
  },
  "read the big stream as known at a time": {
    run: ({ read }) => take(100)(read("Big-1", { asKnownAt: at(1_000) })),
    events: 100
  },
  "read the rest of the big stream": {
    run: ({ read }) => take(50)(read("Big-1", { from: 50_000, limit: 50, truncated: "skip" })),
    events: 50
  },
  "the last event of a stream": { run: ({ streamInfo }) => streamInfo("Big-1"), events: 1 },
  "the first page of the log": { run: ({ readAll }) => take(100)(readAll({ limit: 100 })), events: 100 },
  "a page from the middle of the log": {
    run: ({ readAll }) => take(100)(readAll({ after: 500_000, limit: 100 })),
    events: 100
  },
  "the last page of the log": {
    run: ({ readAll }) => take(50)(readAll({ after: size - 50, limit: 50 })),
    events: 50
  },
  "a page of an aggregate, which has one event in ten": {
    run: ({ readAll }) => take(50)(readAll({ after: 500_000, aggregates: ["Big"], limit: 50 })),
    events: 500
  },
  "a page of types, which have two events in seven": {
    run: ({ readAll }) => take(50)(readAll({ after: 500_000, types: ["Type1", "Type2"], limit: 50 })),
    events: 200
  },
  "a page of a type of an aggregate": {
    run: ({ readAll }) => take(10)(readAll({ after: 500_000, aggregates: ["Big"], types: ["Type1"], limit: 10 })),
    events: 1_000
  },
  "continue from a checkpoint": {
    run: ({ id, subscribe }) => {
      const after = Checkpoint.after(id, { id: idOf(size - 60), position: size - 60 })
      return take(50)(subscribe({ after, pageSize: 50 }))
    },
    events: 50
  },
  "continue from a position": {
    run: ({ subscribe }) => take(50)(subscribe({ after: size - 60, pageSize: 50 })),
    events: 50
  },
  "archive and unarchive a stream": {
    run: ({ archive, unarchive }, round) => Effect.andThen(archive(small(round, 6)), unarchive(small(round, 6))),
    events: 1
  },
  "truncate a stream": { run: ({ truncate }, round) => truncate(small(round, 7), { before: 5 }), events: 5 }
}

it.live(
  "plans: on a million events each statement reads only the rows of its request, for any statistics of the planner",
  ({ annotate }) =>
    Effect.gen(function* () {
      const database = yield* newDatabase(yield* Effect.promise(() => serverUrlOf(18)))
      const sql = yield* clientOf(database)
      const { append } = yield* SqlEventStore.make({ client: sql, place, lanes: 1 })
      // The server's own ANALYZE must not run in between.
      for (const table of ["events", "truncations"]) {
        yield* sql.unsafe(`alter table eventfold.${table} set (autovacuum_enabled = false)`)
      }
      const problems: Array<string> = []
      const seen = new Set<string>()
      let base = 0
      const examine = Effect.fnUntraced(function* (
        what: string,
        { costs, store }: Effect.Success<ReturnType<typeof measured>>,
        rounds: number
      ) {
        for (const [task, { events, run }] of Object.entries(tasks)) {
          for (let round = 0; round < rounds; round++) {
            costs.length = 0
            yield* Effect.scoped(run(store, base + round))
            for (const { blocks, rows, scans, text } of costs) {
              seen.add(text)
              if (scans === 0 && rows <= 6 * events + 20 && blocks <= 20 * events + 60) continue
              problems.push(
                `with ${what}, "${task}", round ${round + 1}: ${scans} scans of whole tables, ${rows} rows, ${blocks} blocks for ${events} events: ${text.replaceAll(/\s+/g, " ").slice(0, 200)}`
              )
            }
          }
        }
        base += rounds
      })

      // Plans of a session that has been open since the log was small, and analyzed. The results of
      // tasks do not matter here, only that they end: a subscription would wait for events that do
      // not exist yet.
      const ending = Object.entries(tasks).filter(([task]) => !task.startsWith("continue from"))
      yield* append("First-1", "any", events(1))
      const early = yield* measured(database, "auto")
      for (let round = 0; round < 8; round++) {
        for (const [, { run }] of ending) yield* Effect.exit(Effect.scoped(run(early.store, round)))
        if (round === 0) yield* analyze(sql)
      }
      yield* sql.unsafe("delete from eventfold.events")
      yield* sql.unsafe("delete from eventfold.truncations")
      const begun = performance.now()
      yield* fill(sql)
      const filled = Math.round(performance.now() - begun)
      yield* examine("plans made when the log was small", early, 2)

      for (const [known, prepare] of Object.entries(knowledge)) {
        yield* prepare(sql)
        for (const [mode, rounds] of Object.entries(planning)) {
          // New sessions: a session keeps its earlier plans.
          yield* Effect.scoped(
            Effect.flatMap(measured(database, mode), (store) => examine(`${known} known, ${mode}`, store, rounds))
          )
        }
      }
      assert.strictEqual(problems.join("\n"), "")
      // All functions of the store that write or read events have been called.
      const functions = yield* sql.unsafe(
        "select proname from pg_proc where pronamespace = 'eventfold'::regnamespace and (proname ~ '^(append|truncate)_' or proname in ('slice', 'head', 'horizon'))"
      ).values
      const unseen = functions.flatMap(([name]) =>
        [...seen].some((text) => text.includes(`.${String(name)}(`)) ? [] : [String(name)]
      )
      assert.deepStrictEqual(unseen, [])
      yield* Effect.promise(() =>
        annotate(`filled in ${filled} ms; ${seen.size} statements, ${Math.round(performance.now() - begun)} ms in all`)
      )
    }),
  300_000
)

it.live("plans: a session that has been open since there was one snapshot finds each of many by the index", () =>
  Effect.gen(function* () {
    const database = yield* newDatabase(yield* Effect.promise(() => serverUrlOf(18)))
    const sql = yield* clientOf(database)
    const session = yield* clientOf(database)
    const { snapshots } = yield* SqlEventStore.make({ client: session, place, lanes: 1 })
    yield* sql.unsafe("alter table eventfold.snapshots set (autovacuum_enabled = false)")
    const save = (stream: string) =>
      snapshots!.save({ stream, version: 1, eventId: idOf(1), fingerprint: "f", state: "{}" })
    yield* save("S-0")
    yield* sql.unsafe("analyze eventfold.snapshots").unprepared
    for (let round = 0; round < 8; round++) yield* Effect.andThen(save("S-0"), snapshots!.latest("S-0", "f"))
    yield* sql.unsafe(
      `insert into eventfold.snapshots select 'S-' || n, 'f', 1, '${idOf(1)}', 0, '{}' from generate_series(1, 20000) n`
    )
    const read = Effect.map(
      sql.unsafe(
        "select seq_scan::float8, seq_scan + idx_scan::float8 from pg_stat_user_tables where schemaname = 'eventfold' and relname = 'snapshots'"
      ).values,
      ([row]) => ({ scans: Number(row?.[0]), all: Number(row?.[1]) })
    )
    // A session reports its reads after 10 seconds at the latest.
    const tell = session.unsafe("select pg_stat_force_next_flush()").values
    yield* tell
    yield* eventually(Effect.map(read, ({ all }) => all >= 17))
    const before = yield* read
    for (let i = 0; i < 20; i++) yield* Effect.andThen(save(`S-${i}`), snapshots!.latest(`S-${i}`, "f"))
    yield* tell
    yield* eventually(Effect.map(read, ({ all }) => all >= before.all + 40))
    assert.strictEqual((yield* read).scans, before.scans)
  })
)
