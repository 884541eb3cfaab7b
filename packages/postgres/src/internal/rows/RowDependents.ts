/**
 * What else in the database looks at a table of rows: views of a person's own. They look at the table, not at its name, and so have to be
 * pointed at the one that takes its place: else they would show for ever what was served before.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"
import { codeOf, serverMessage } from "../sql/SqlFailure.ts"

type Failure = EventStoreError.EventStoreError | SqlError

/** Others are in the way just now, or the table went away meanwhile: the caller knows what that means. */
const passing = new Set(["55P03", "40P01", "42P01"])

const inTheWay = (projection: string, what: string, why: string) =>
  EventStoreError.EventStoreError.storeRefused(
    `${what} depends on the rows of ${projection}, and can't be pointed at those that take their place: ${why}`,
    `Drop it, and make it again once they are served: eventfold projections resume ${StoreRequest.shellWord(projection)}`
  )

/** From pg_rewrite: what views look at. */
const rewrites = `pg_depend d join pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
    and d.refobjid = to_regclass($1) and r.ev_class <> d.refobjid`

/**
 * The views that `following` changes, quoted. To be locked before the table: whoever reads a view takes them in that order, and would else
 * hold up who has locked the table, and wait for it.
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
 * Tables change places in `move`, in the caller's transaction, and views that read the one called `table` read the one of that name
 * afterwards. Fails with `StoreRefused` where something can't come along.
 */
export const following = Effect.fnUntraced(function* <A, E>(
  sql: PgClient,
  projection: string,
  table: string,
  move: Effect.Effect<A, E>
): Effect.fn.Return<A, E | Failure> {
  const search = (path: unknown) => sql.unsafe("select set_config('search_path', $1, true)", [String(path)]).values
  const [[path] = [""]] = yield* sql.unsafe("select current_setting('search_path')").values
  // So that names are written out with their schemas.
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
    yield* inTheWay(projection, String(what), "only a view can")
  }
  const moved = yield* move
  for (const [what, , name, definition, options] of dependents) {
    const having = options === null ? "" : ` with (${String(options)})`
    yield* Effect.catchIf(
      sql.unsafe(`create or replace view ${String(name)}${having} as ${String(definition)}`).unprepared,
      (error) => isSqlError(error) && !passing.has(codeOf(error)),
      (error) => Effect.fail(inTheWay(projection, String(what), serverMessage(error)))
    )
  }
  return moved
})

/** What a table can't be dropped for, where it can't. */
export const dropped = (projection: string, table: string) => (error: SqlError) =>
  codeOf(error) === "2BP01"
    ? EventStoreError.EventStoreError.storeRefused(
        `rows of ${projection} can't be discarded: something else in the database depends on their table, ${table}`,
        `See what it is, with: drop table ${table}; and drop that first`
      )
    : error
