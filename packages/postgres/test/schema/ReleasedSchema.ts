/**
 * The schemas that released versions have created, as files: folder `released/<version>` holds the
 * SQL of its tables and functions, some data, and the log that a reader of that data sees.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect, Schema, Stream } from "effect"
import { type Event, EventStore } from "eventfold"
import { SqlEventStore } from "@eventfold/postgres"
import * as fs from "node:fs"
import { current, quote } from "../../src/internal/schema/StoreSchema.ts"

/** The schema that the files name. */
export const schemaName = "eventfold"
const schema = quote(schemaName)

const fileOf = (version: number, name: string) => new URL(`./released/${version}/${name}`, import.meta.url)

/**
 * Formats statements for `psql`; comments between them separate statements, since a body contains
 * semicolons.
 */
const format = (statements: ReadonlyArray<string>): string =>
  statements.map((text, i) => `-- ${i + 1} of ${statements.length}\n${text};\n`).join("\n")

const parse = (file: string): ReadonlyArray<string> =>
  file
    .split(/^-- \d+ of \d+$/m)
    .slice(1)
    .map((text) => text.trim().replace(/;$/, ""))

/** Returns the file of a version, as today's code would write it. */
export const schemaFile = (version: number): string =>
  format([
    `create schema ${schema}`,
    // The same statement as that of Effect's Migrator.
    `create table ${schema}.migrations (
  migration_id integer primary key,
  created_at timestamp with time zone not null default now(),
  name text not null
)`,
    ...current.migrations.slice(0, version).flatMap((step) => step(schema)),
    `revoke all on ${schema}.migrations from public`
  ])

export const readSchemaFile = (version: number): string => fs.readFileSync(fileOf(version, "schema.sql"), "utf8")

/** The versions that have a folder. */
export const folders: ReadonlyArray<number> = fs
  .readdirSync(new URL("./released/", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => Number(name))
  .toSorted((a, b) => a - b)

/** Fills an empty database with the schema and the data of a version. */
export const load = Effect.fnUntraced(function* (sql: PgClient, version: number) {
  for (const name of ["schema.sql", "data.sql"]) {
    for (const statement of parse(fs.readFileSync(fileOf(version, name), "utf8")))
      yield* sql.unsafe(statement).unprepared
  }
})

const LogLine = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    stream: Schema.String,
    version: Schema.Int,
    position: Schema.Int,
    type: Schema.String,
    schemaVersion: Schema.Int,
    data: Schema.Json,
    metadata: Schema.Record(Schema.String, Schema.String),
    recordedAt: Schema.Int,
    occurredAt: Schema.Int
  })
)

/** An event of the log, with its times as numbers. */
export const plain = (event: Event.RecordedEvent) => ({
  ...event,
  recordedAt: event.recordedAt.epochMilliseconds,
  occurredAt: event.occurredAt.epochMilliseconds
})

/** The log of the folder's data. */
export const logOf = (version: number): ReadonlyArray<typeof LogLine.Type> =>
  fs
    .readFileSync(fileOf(version, "log.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Schema.decodeUnknownSync(LogLine)(line))

/** Returns ids that are the same at each refresh. */
const idOf = (number: number) => `01890a5d-ac96-7000-8000-${number.toString(16).padStart(12, "0")}`

const firstTime = 1_700_000_000_000

/** Events of all kinds, streams in all states. */
const fill = Effect.fnUntraced(function* (sql: PgClient, store: EventStore.Service) {
  let count = 0
  const event = (data: Event.NewEvent["data"], more: Partial<Event.NewEvent> = {}): Event.NewEvent => ({
    id: idOf(0x1000 + ++count),
    type: "AccountOpened",
    schemaVersion: 1,
    data,
    metadata: {},
    occurredAt: DateTime.makeUnsafe(firstTime + count),
    ...more
  })
  for (let i = 1; i <= 5; i++) yield* store.append("Account-1", i - 1, [event({ i })])
  yield* store.append(`Konto-'";--\\$1 $$ žlúťoučký 🐎\u2028`, "noStream", [
    event(
      { text: "2024-01-01T00:00:00Z", nul: "a\0b", half: "\ud800", quote: `'"\\ {} $1 \u2028`, "": [[null]] },
      {
        type: `Otevřeno'"\\`,
        schemaVersion: 32_767,
        metadata: { correlationId: `c'"\\`, causationId: "🐎", actor: "" }
      }
    )
  ])
  // Names that some collations treat as equal.
  for (const name of ["ß", "ss", "SS", "i", "İ", "I", "e\u0301", "\u00e9", "a ", "a"]) {
    yield* store.append(`Same-${name}`, "noStream", [event(name)])
  }
  for (const time of [-8.64e15, -1, 0, 8.64e15]) {
    yield* store.append("Time-1", "any", [event(null, { occurredAt: DateTime.makeUnsafe(time) })])
  }
  // Gaps, as appends that are rolled back leave them.
  for (let i = 0; i < 3; i++) yield* sql.unsafe(`select nextval('${schema}.positions')`)
  yield* store.append("Archived-1", "noStream", [event({ a: 1 }), event({ a: 2 })])
  yield* store.archive("Archived-1", { reason: "it's over" })
  yield* store.append("Opened-1", "noStream", [event({ a: 1 })])
  yield* store.archive("Opened-1")
  yield* store.unarchive("Opened-1", { reason: "again" })
  yield* store.append(
    "Truncated-1",
    "noStream",
    Array.from({ length: 4 }, (_, i) => event({ secret: i }))
  )
  yield* store.truncate("Truncated-1", { before: 3 })
  yield* store.append("Both-1", "noStream", [event({ secret: true }), event({ secret: true })])
  yield* store.archive("Both-1")
  yield* store.truncate("Both-1", { before: 2 })
  yield* store.appendAll([
    { stream: "Pair-1", expected: "noStream", events: [event({ of: 1 })] },
    { stream: "Pair-2", expected: "noStream", events: [event({ of: 2 })] }
  ])
})

const literal = (value: unknown): string =>
  value === null ? "null" : typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value)

const insertsOf = Effect.fnUntraced(function* (sql: PgClient, table: string, columns: ReadonlyArray<string>) {
  const rows = yield* sql.unsafe(`select ${columns.join()} from ${schema}.${table} order by 1`).values
  return rows.map(
    (row) =>
      `insert into ${schema}.${table} (${columns.map((name) => name.split("::")[0]).join(", ")})\nvalues (${row.map(literal).join(", ")})`
  )
})

/** Writes the folder of today's version again, with an empty database. */
export const refresh = Effect.fnUntraced(function* (connector: SqlEventStore.Connector) {
  const sql = connector.client
  const version = current.migrations.length
  const store = yield* SqlEventStore.make(connector)
  yield* fill(sql, store)
  // Ids and times from the store would be different at each refresh.
  yield* sql.unsafe(`update ${schema}.store set id = $1`, [idOf(1)])
  yield* sql.unsafe(
    `update ${schema}.events set recorded_at = $1 + position,
      occurred_at = case when type ^@ '$' then $1 + position else occurred_at end,
      event_id = case when type ^@ '$' then ('01890a5d-ac96-7000-8000-' || lpad(to_hex(position), 12, '0'))::uuid else event_id end`,
    [firstTime]
  )
  const statements = [
    ...(yield* insertsOf(sql, "migrations", ["migration_id", "name"])),
    ...(yield* insertsOf(sql, "store", ["id::text", "schema_version", "compatible_from"])),
    ...(yield* insertsOf(sql, "events", [
      "position",
      "version",
      "recorded_at",
      "occurred_at",
      "event_id::text",
      "schema_version",
      "stream_id",
      "type",
      "data",
      "meta"
    ])),
    ...(yield* insertsOf(sql, "truncations", ["stream_id", "first_version"])),
    `select setval('${schema}.positions', (select max(position) from ${schema}.events))`
  ]
  const log = yield* Stream.runCollect(store.readAll({ truncated: "skip" }))
  fs.mkdirSync(fileOf(version, ""), { recursive: true })
  fs.writeFileSync(fileOf(version, "schema.sql"), schemaFile(version))
  fs.writeFileSync(fileOf(version, "data.sql"), format(statements))
  const lines = log.map((event) => `${JSON.stringify(plain(event))}\n`)
  fs.writeFileSync(fileOf(version, "log.jsonl"), lines.join(""))
})

/**
 * Lists all objects of a schema, one in each line, to compare two ways to the same version.
 * Triggers that PostgreSQL creates for a foreign key are left out: their names contain oids, and
 * the list has the constraint.
 */
export const describeSchema = (sql: PgClient) =>
  Effect.map(
    sql.unsafe(
      `with tables as (
        select c.* from pg_class c where c.relnamespace = $1::text::regnamespace
      )
      select format('%s: %s %s %s %s %s %s', t.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
        (select collname from pg_collation where oid = a.attcollation), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
        from tables t join pg_attribute a on a.attrelid = t.oid left join pg_attrdef d on (d.adrelid, d.adnum) = (t.oid, a.attnum)
        where a.attnum > 0 and not a.attisdropped
      union all select format('%s %s owned by %s, %s, %s', relkind, relname, relowner::regrole, relacl,
        obj_description(oid, 'pg_class')) from tables
      union all select format('comment on %s: %s %s', t.relname, d.objsubid, d.description)
        from tables t join pg_description d on d.objoid = t.oid and d.classoid = 'pg_class'::regclass
      union all select format('%s: %s', t.relname, pg_get_constraintdef(c.oid))
        from tables t join pg_constraint c on c.conrelid = t.oid
      union all select pg_get_indexdef(i.indexrelid) from tables t join pg_index i on i.indrelid = t.oid
      union all select format('%s: %s %s', t.relname, pg_get_triggerdef(g.oid), g.tgenabled)
        from tables t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
      union all select format('%s: %s %s %s %s %s %s', t.relname, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache,
        s.seqcycle) from tables t join pg_sequence s on s.seqrelid = t.oid
      union all select format('%s owned by %s, %s', pg_get_functiondef(p.oid), p.proowner::regrole, p.proacl)
        from pg_proc p where p.pronamespace = $1::text::regnamespace`,
      [schemaName]
    ).values,
    (rows) => rows.map(([line]) => String(line)).toSorted()
  )
