/** What a page of the log costs: it must not grow with what is left of the log, also where nobody has run ANALYZE yet. */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { EventStore } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { serverUrl } from "./server/serverUrl.ts"
import { events, freshSchema } from "./Stores.ts"

const size = 100

const pages: Readonly<Record<string, string>> = {
  "the whole log": "null, null",
  "one aggregate": "array['A-'], null",
  "one aggregate and one type": "array['A-'], array['AccountOpened']"
}

it.live("a page scans no more rows than it gives, however long the log goes on after it", () =>
  Effect.gen(function* () {
    const url = yield* Effect.promise(serverUrl)
    const schema = freshSchema()
    const { append } = Context.get(yield* Layer.build(PgEventStore.layer({ url, schema })), EventStore.EventStore)
    for (let i = 0; i < 20; i++) yield* append(`A-${i}`, "noStream", events(1_000))
    const sql = Context.get(yield* Layer.build(clientLayer({ url: Redacted.make(url), maxConnections: 1 })), PgClient)
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
