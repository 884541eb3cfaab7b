/**
 * Objects of the database that depend on a table of rows: views that the operator has created. A
 * view reads a table, not a name, so it must be changed to read the table that replaces the served
 * one: otherwise it would show the old rows permanently.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"
import { codeOf, serverMessage } from "../sql/SqlFailure.ts"

/**
 * SQLSTATEs that the caller handles: other sessions use the table, or it was dropped by another
 * process.
 */
const handledCodes = new Set(["55P03", "40P01", "42P01"])

/** Returns the error of a dependent object that can't be changed. */
const blocked = (projection: string, what: string, why: string) =>
  EventStoreError.EventStoreError.storeRefused(
    `${what} depends on the rows of ${projection}, and can't be changed to read the rebuilt rows: ${why}`,
    `Drop it, promote the rows, and create it again: eventfold projections resume ${StoreRequest.shellWord(projection)}`
  )

/** The rules of views that depend on table $1. */
const rewrites = `pg_depend d join pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
    and d.refobjid = to_regclass($1) and r.ev_class <> d.refobjid`

/**
 * Returns the views that `following` changes, quoted. They are locked before the table: a session
 * that reads a view locks them in this order, and would otherwise deadlock with the transaction
 * that has locked the table.
 */
export const viewsOn = (sql: PgClient, table: string): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(
    sql.unsafe(
      `select distinct format('%I.%I', n.nspname, v.relname) from (select r.ev_class from ${rewrites}) x
        join pg_class v on v.oid = x.ev_class join pg_namespace n on n.oid = v.relnamespace
        where v.relkind = 'v' and pg_has_role(v.relowner, 'usage') order by 1`,
      [table]
    ).values,
    (rows) => rows.map(([name]) => String(name))
  )

/**
 * Runs `move`, which swaps tables in the caller's transaction, and changes the views that read
 * `table` to read the table that has this name afterwards. Fails with `StoreRefused` if an object
 * can't be changed.
 */
export const following = Effect.fnUntraced(function* <A, E>(
  sql: PgClient,
  projection: string,
  table: string,
  move: Effect.Effect<A, E>
): Effect.fn.Return<A, E | EventStoreError.EventStoreError | SqlError> {
  const search = (path: unknown) => sql.unsafe("select set_config('search_path', $1, true)", [String(path)]).values
  const [[path] = [""]] = yield* sql.unsafe("select current_setting('search_path')").values
  // With an empty search path, the definitions contain the schemas of all names.
  yield* search("")
  const dependents = yield* sql.unsafe(
    `select pg_describe_object('pg_class'::regclass, v.oid, 0), v.relkind::text, v.oid::regclass::text, pg_get_viewdef(v.oid),
        array_to_string(v.reloptions, ', ')
      from (
        select distinct r.ev_class from ${rewrites}
      ) x join pg_class v on v.oid = x.ev_class
      union all
      select distinct pg_describe_object(d.classid, d.objid, d.objsubid), '', '', '', ''
      from pg_depend d left join pg_constraint c on d.classid = 'pg_constraint'::regclass and c.oid = d.objid
      where d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass($1) and d.deptype = 'n'
        and (d.classid = 'pg_proc'::regclass or c.conrelid <> d.refobjid)
      order by 3, 1`,
    [table]
  ).values
  yield* search(path)
  for (const [what, kind] of dependents) {
    if (kind === "v") continue
    yield* blocked(projection, String(what), "only views can be changed")
  }
  const moved = yield* move
  for (const [what, , name, definition, options] of dependents) {
    const having = options === null ? "" : ` with (${String(options)})`
    yield* Effect.catchIf(
      sql.unsafe(`create or replace view ${String(name)}${having} as ${String(definition)}`).unprepared,
      (error) => isSqlError(error) && !handledCodes.has(codeOf(error)),
      (error) => Effect.fail(blocked(projection, String(what), serverMessage(error)))
    )
  }
  return moved
})

/** Returns the error of a table that can't be dropped because another object depends on it. */
export const dropped = (projection: string, table: string) => (error: SqlError) =>
  codeOf(error) === "2BP01"
    ? EventStoreError.EventStoreError.storeRefused(
        `rows of ${projection} can't be discarded: another object of the database depends on their table, ${table}`,
        `Find the object with: drop table ${table}; and drop it first`
      )
    : error
