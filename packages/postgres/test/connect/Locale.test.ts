/**
 * Promise 15: equality and order of names are those of their bytes, in a database of any locale.
 */
import { PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { newDatabase } from "../server/Database.ts"
import type { PostgresVersion } from "../server/PostgresServer.ts"
import { serverUrlOf } from "../server/serverUrl.ts"
import { client, open } from "../StoreOnServer.ts"
import { event, freshSchema } from "../Stores.ts"

/** Options of CREATE DATABASE for locales, and the server that supports them. */
const locales: Readonly<Record<string, readonly [PostgresVersion, string]>> = {
  "the system's C": [18, "locale 'C'"],
  "ICU, Swedish": [18, "locale_provider icu icu_locale 'sv-SE' locale 'C'"],
  "ICU, Turkish": [18, "locale_provider icu icu_locale 'tr-TR' locale 'C'"],
  "ICU, without accents and case, with digits as numbers": [
    18,
    "locale_provider icu icu_locale 'und-u-ks-level1-kn' locale 'C'"
  ],
  "builtin C.UTF-8": [18, "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"],
  "ICU, Swedish, on PostgreSQL 15": [15, "locale_provider icu icu_locale 'sv-SE' lc_collate 'C' lc_ctype 'C'"]
}

/**
 * Different names, which most locales order differently, and some of which are equal in some
 * locales.
 */
const names = [
  ..."a A b B ä Ä å Å ö Ö z Z æ ø".split(" "),
  ..."i I ı İ ss SS ß ẞ \u00e9 e\u0301 e E".split(" "),
  ..."2 10 02 １ ② Ａ Æ".split(" "),
  ..."ab aB a.b a_b a'b coop co.op".split(" "),
  "x",
  "x ",
  " x",
  "x\t",
  "x\u200d",
  "x\u00ad",
  "🐎",
  "\ufb01",
  "fi"
]

const byBytes = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

/** Text columns whose order and equality are not used: those of the Migrator. */
const withoutOrder = ["migrations.name"]

/** Columns and indexes of the store with a collation, and its name. */
const collations = (sql: PgClient, schema: string) =>
  Effect.map(
    sql.unsafe(
      `select format('%s.%s', t.relname, a.attname), n.nspname || '.' || c.collname
      from pg_class t
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      join pg_collation c on c.oid = a.attcollation join pg_namespace n on n.oid = c.collnamespace
      where t.relnamespace = $1::text::regnamespace
      union all
      select format('index %s', i.indexrelid::regclass), n.nspname || '.' || c.collname
      from pg_class t
      join pg_index i on i.indrelid = t.oid
      cross join lateral unnest(i.indcollation::oid[]) o(oid)
      join pg_collation c on c.oid = o.oid join pg_namespace n on n.oid = c.collnamespace
      where t.relnamespace = $1::text::regnamespace`,
      [schema]
    ).values,
    (rows) => rows.map(([what, collation]) => [String(what), String(collation)] as const)
  )

it.live('every column of text and every index on one has collation "C"', () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    yield* open(schema)
    const found = (yield* collations(yield* client, schema)).filter(([what]) => !withoutOrder.includes(what))
    assert.includeMembers(
      found.map(([what]) => what),
      ["events.stream_id", "events.type", `index ${schema}.events_stream_version`]
    )
    assert.deepStrictEqual(
      found.filter(([, collation]) => collation !== "pg_catalog.C"),
      []
    )
  })
)

it.live("locale: no function uses the locale for upper and lower case, patterns, or words", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    yield* open(schema)
    const sql = yield* client
    const found = yield* sql.unsafe(
      `select proname from pg_proc where pronamespace = $1::text::regnamespace
        and prosrc ~* '\\m(upper|lower|initcap|casefold|i?like|similar|to_char|to_tsvector|regexp_\\w+)\\M|~'`,
      [schema]
    ).values
    assert.deepStrictEqual(found, [])
  })
)

describe("in a database with the locale", () => {
  for (const [name, [version, options]] of Object.entries(locales)) {
    it.live(name, () =>
      Effect.gen(function* () {
        const server = yield* Effect.promise(() => serverUrlOf(version))
        const connector = yield* PgEventStore.connect({ url: yield* newDatabase(server, options), maxConnections: 4 })
        const store = yield* SqlEventStore.make(connector)
        const streamsOf = (options: Parameters<typeof store.readAll>[0]) =>
          Effect.map(Stream.runCollect(store.readAll(options)), (rows) => rows.map(({ stream }) => stream))

        // Different names are different streams, and each is found only by its own name.
        for (const name of names) {
          assert.deepInclude(yield* store.append(`${name}-1`, "noStream", [event(name, { type: name })]), {
            version: 1
          })
        }
        for (const name of names) {
          assert.deepStrictEqual(yield* streamsOf({ aggregates: [name] }), [`${name}-1`])
          assert.deepStrictEqual(yield* streamsOf({ types: [name] }), [`${name}-1`])
          assert.strictEqual((yield* store.streamInfo(`${name}-1`)).version, 1)
          assert.deepStrictEqual(
            yield* Effect.map(Stream.runCollect(store.read(`${name}-1`)), (rows) => rows.map(({ data }) => data)),
            [name]
          )
        }

        // Events that are appended together are in the log in the order of the appends.
        const { position } = yield* store.append("Before-1", "any", [event()])
        yield* store.appendAll(
          names.map((name) => ({ stream: `${name}-1`, expected: 1, events: [event(name, { type: name })] }))
        )
        const appended = names.map((name) => `${name}-1`)
        assert.deepStrictEqual(yield* streamsOf({ after: position }), appended)

        // The tables of the store sort them by bytes.
        const streams = byBytes(appended)
        const column = (text: string) =>
          Effect.map(
            connector.client.unsafe(`select distinct ${text} from eventfold.events where version = 2 order by ${text}`)
              .values,
            (rows) => rows.map(([value]) => String(value))
          )
        assert.deepStrictEqual(yield* column("stream_id"), streams)
        assert.deepStrictEqual(yield* column("type"), byBytes(names))
      })
    )
  }
})
