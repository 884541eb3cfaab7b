/**
 * The cost of a page of the log: it must not grow with the rest of the log, also if ANALYZE has not
 * run yet.
 */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { EventStore } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import * as LogScan from "../../src/internal/rows/LogScan.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { serverUrl } from "../server/serverUrl.ts"
import { events, freshSchema } from "../Stores.ts"

const size = 100

const pages: Readonly<Record<string, string>> = {
  "the whole log": "null, null",
  "one aggregate": "array['A-'], null",
  "one aggregate and one type": "array['A-'], array['AccountOpened']"
}

/** A log of 20,000 events without statistics. */
const filled = Effect.gen(function* () {
  const url = yield* Effect.promise(serverUrl)
  const schema = freshSchema()
  const { append } = Context.get(yield* Layer.build(PgEventStore.layer({ url, schema })), EventStore.EventStore)
  for (let i = 0; i < 20; i++) yield* append(`A-${i}`, "noStream", events(1_000))
  const sql = Context.get(yield* Layer.build(clientLayer({ url: Redacted.make(url), maxConnections: 1 })), PgClient)
  return { schema, sql }
})

it.live("log pages: a scan reads only the rows of its range, with any plan", () =>
  Effect.gen(function* () {
    const { schema, sql } = yield* filled
    const scan = LogScan.make((text, parameters) => Effect.orDie(sql.unsafe(text, parameters).values), quote(schema))
    const asked = { aggregates: ["A"], types: ["AccountOpened", "Nothing"], readable: 20_000, width: size, size: 1_000 }
    const oid = `'"${schema}".events'::regclass`
    // The session's counters include reads that are not in the server's statistics yet.
    const read = Effect.map(
      sql.unsafe(`select (pg_stat_get_xact_tuples_fetched(${oid}) + pg_stat_get_xact_tuples_returned(${oid}))::int`)
        .values,
      ([row]) => Number(row?.[0])
    )
    // For its first executions the statement has a plan for its parameters, and then one for all
    // parameters.
    for (let i = 0; i < 10; i++) {
      const fetched = yield* sql.withTransaction(
        Effect.gen(function* () {
          const before = yield* read
          assert.lengthOf((yield* scan.page({ ...asked, after: i * 1_000 }))!.events, size)
          return (yield* read) - before
        })
      )
      assert.isAtMost(fetched, 2 * size, `time ${i + 1}`)
    }
  })
)

it.live("log pages: a page scans only the rows that it returns, for any length of the rest of the log", () =>
  Effect.gen(function* () {
    const { schema, sql } = yield* filled
    for (const [what, filters] of Object.entries(pages)) {
      const fetched = yield* sql.withTransaction(
        Effect.gen(function* () {
          const slice = `select count(*)::int from "${schema}".slice(1, 1000000, ${size}, ${filters}, -1, true)`
          assert.deepStrictEqual(yield* sql.unsafe(slice).values, [[size]])
          const oid = `'"${schema}".events'::regclass`
          const read = `pg_stat_get_xact_tuples_fetched(${oid}) + pg_stat_get_xact_tuples_returned(${oid})`
          const [row] = yield* sql.unsafe(`select (${read})::int`).values
          return Number(row?.[0])
        })
      )
      assert.isAtMost(fetched, 2 * size, what)
    }
  })
)
