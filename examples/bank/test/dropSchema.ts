/** Removes a schema that a test made: `node dropSchema.ts URL SCHEMA`. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"

const [url = "", schema = ""] = process.argv.slice(2)
const drop = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  yield* sql`drop schema if exists ${sql(schema)} cascade`
})
await Effect.runPromise(drop.pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) }))))
