/** Transactions that don't append to the log and are left open: readers must not wait for them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { freshSchema } from "../Stores.ts"
import * as PausedStore from "./PausedStore.ts"
import * as Session from "./Session.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"

export interface Places {
  readonly url: string
  /** A connection to the store's database, and the store's schema, already quoted. */
  readonly keeper: PgClient
  readonly schema: string
}

/**
 * Sends statements on a connection of its own, which stays open in their state until the scope
 * ends.
 */
const leaveOpen = Effect.fnUntraced(function* (url: string, ...texts: ReadonlyArray<string>) {
  const sql = yield* Session.connect(url)
  for (const text of texts) yield* sql.unsafe(text).values
})

const otherDatabase = (url: string, keeper: PgClient): Effect.Effect<string, SqlError, Scope.Scope> => {
  const name = freshSchema()
  const other = new URL(url)
  other.pathname = `/${name}`
  return Effect.acquireRelease(
    Effect.as(keeper.unsafe(`create database ${name} encoding 'UTF8' template template0`).unprepared, other.href),
    () => Effect.ignore(keeper.unsafe(`drop database if exists ${name} with (force)`).unprepared)
  )
}

/** Opens all of them: in the store's database, and in another database of the same server. */
export const openAll = Effect.fnUntraced(function* ({ keeper, schema, url }: Places) {
  const [row] = yield* keeper.unsafe(`select ${schema}.lock_space()::text`).values
  const space = String(row?.[0])
  // The lock that an appender would hold if it had begun before the first position was drawn.
  const lockOfSpace = `select pg_advisory_xact_lock_shared(${space}::bigint << 48)::text`
  const appLocks = "select pg_advisory_lock(0)::text, pg_advisory_lock(1)::text, pg_advisory_lock(-1)::text"

  yield* leaveOpen(url, "begin", `insert into ${schema}.other values (1)`)
  yield* leaveOpen(url, "begin isolation level repeatable read", `select count(*) from ${schema}.events`)
  yield* leaveOpen(url, "begin", appLocks, `select pg_advisory_lock(${space}, 0)::text`)
  yield* leaveOpen(
    url,
    "begin",
    `lock table ${schema}.other in row exclusive mode`,
    "select pg_current_xact_id()::text"
  )

  // Another store of the same database, with an appender that does not end.
  const neighbour = freshSchema()
  yield* PausedStore.create(keeper, neighbour, [], () => [])
  yield* leaveOpen(url, "begin", `select ${quote(neighbour)}.hold()::text`)

  const elsewhere = yield* otherDatabase(url, keeper)
  yield* leaveOpen(elsewhere, "create table other (x int)", "begin", "insert into other values (1)", lockOfSpace)
  yield* leaveOpen(elsewhere, "begin isolation level serializable", "select count(*) from other")
})
