/** The store's tables and functions of production, with pauses between their steps. */
import { Effect } from "effect"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { migrations, quote, schemaVersion } from "../../src/internal/schema/StoreSchema.ts"
import { pauseFunctions } from "./Session.ts"

/** Changes one function of the store. It fails unless the text to change occurs exactly once. */
export interface Edit {
  /** The name of the function, such as `hold`. */
  readonly of: string
  readonly find: string | RegExp
  readonly replace: (found: string, schema: string) => string
}

const pause = (point: string) => `perform SCHEMA.pause('${point}');`

const before =
  (point: string): Edit["replace"] =>
  (found, schema) =>
    `${pause(point).replace("SCHEMA", () => schema)}\n  ${found}`

/** The functions that draw positions for events. */
const appendFunctions = ["append_one", "append_many", "append_batch", "append_all"] as const

/** The points at which the functions pause: each has the name of the next step. */
const pauses: ReadonlyArray<Edit> = [
  {
    of: "hold",
    find: /coalesce\(pg_sequence_last_value\(.*?::regclass\), 0\)/,
    replace: (found, schema) => `${schema}.paused('lock', ${found})`
  },
  ...appendFunctions.map((of): Edit => ({ of, find: /now_ms := /, replace: before("draw") })),
  { of: "horizon", find: "select coalesce(max(e.position), 0) into", replace: before("(a)") },
  { of: "horizon", find: "select min(", replace: before("(b)") },
  {
    of: "horizon",
    find: /return (least\(greatest_visible, .*\));/,
    replace: (found, schema) =>
      `raise notice 'horizon %', ${found.slice("return ".length, -1)};\n  ${before("(c)")(found, schema)}`
  }
]

/** Counts occurrences of a text. */
const count = (text: string, find: string | RegExp): number =>
  typeof find === "string" ? text.split(find).length - 1 : [...text.matchAll(new RegExp(find, `${find.flags}g`))].length

const apply = (statements: ReadonlyArray<string>, schema: string, { find, of, replace }: Edit): Array<string> => {
  const index = statements.findIndex((text) => text.startsWith(`create function ${schema}.${of}(`))
  const text = statements[index]
  if (text === undefined)
    throw new Error(`the store has no function ${of} any more: this test must be brought up to date`)
  const found = count(text, find)
  if (found !== 1) {
    throw new Error(
      `function ${of} holds ${String(find)} ${found} times, not once: this test must be brought up to date`
    )
  }
  return statements.with(
    index,
    text.replace(find, (part: string) => replace(part, schema))
  )
}

const ofTheTest = (schema: string): ReadonlyArray<string> => [
  ...pauseFunctions(schema),
  `create function ${schema}.paused(point text, value bigint) returns bigint language plpgsql volatile as
    $$ begin perform ${schema}.pause(point); return value; end $$`,
  // Between drawing a position and inserting the event: the row is built, and not yet in the table.
  `create function ${schema}.pause_insert() returns trigger language plpgsql volatile as
    $$ begin perform ${schema}.pause('insert', new.position::text); return new; end $$`,
  `create trigger pause_insert before insert on ${schema}.events for each row execute function ${schema}.pause_insert()`,
  `create table ${schema}.other (x int)`,
  // An append inside a block whose exception is caught, then another append.
  `create function ${schema}.fail_and_append(stream text, failing uuid, id uuid) returns void language plpgsql volatile as $$
begin
  begin
    perform ${schema}.append_one(stream, 0, failing, 'T', 1, '{}', '{}', null);
    raise exception 'fails';
  exception when raise_exception then null;
  end;
  perform ${schema}.append_one(stream, 0, id, 'T', 1, '{}', '{}', null);
end $$`
]

/** Creates the store in a schema of that name, changed by `edits` before pauses are added. */
export const create = Effect.fnUntraced(function* (
  sql: PgClient,
  name: string,
  edits: ReadonlyArray<Edit>,
  more: (schema: string) => ReadonlyArray<string>
) {
  const schema = quote(name)
  yield* sql.unsafe(`create schema ${schema}`).unprepared
  let statements = migrations.flatMap((step) => step(schema))
  for (const edit of [...edits, ...pauses]) statements = apply(statements, schema, edit)
  for (const text of [...statements, ...ofTheTest(schema), ...more(schema)]) yield* sql.unsafe(text).unprepared
  yield* sql.unsafe(`insert into ${schema}.store (schema_version) values ($1)`, [schemaVersion])
})
