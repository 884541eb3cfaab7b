/** Files that an import accepts and refuses: it writes the whole file or nothing. */
import { assert, describe, it } from "@effect/vitest"
import { Checkpoint } from "eventfold"
import { Effect, Fiber, Schema, Stream } from "effect"
import { Backup, PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { createHash } from "node:crypto"
import { after, exported, isDiverged, places, rowsOf } from "./RestoredLog.ts"
import { serverUrl } from "../server/serverUrl.ts"
import { events, freshSchema } from "../Stores.ts"

describe("import", () => {
  const storeId = "0192f0c1-7e2a-4b3c-8d4e-5f6071829304"
  type Fields = Readonly<Record<string, unknown>>
  const line = (n: number, more: Fields = {}): Fields => ({
    position: n * 2,
    stream: "A-1",
    version: n,
    id: `0192f0c1-7e2a-7b3c-8d4e-00000000000${n}`,
    type: "Opened",
    schemaVersion: 1,
    recordedAt: 1_700_000_000_000,
    occurredAt: -5,
    metadata: "{}",
    data: `{"n":${n}}`,
    ...more
  })
  /** Returns a file with a valid checksum, for any lines. */
  const file = (lines: ReadonlyArray<Fields | string>, foot: Fields = {}, head: Fields = {}): string => {
    const first = { eventfold: "log", format: 1, storeId, lastDrawn: 40, ...head }
    const texts = [first, ...lines].map((line) => (typeof line === "string" ? line : JSON.stringify(line)))
    const body = texts.map((text) => `${text}\n`).join("")
    const sha256 = createHash("sha256").update(body).digest("hex")
    return `${body}${JSON.stringify({ eventfold: "end", events: lines.length, sha256, ...foot })}\n`
  }
  const good = file([line(1), line(2), line(3)])
  const bytes = (text: string) => new TextEncoder().encode(text)

  const cases: ReadonlyArray<readonly [string, string | Uint8Array, RegExp]> = [
    ["an empty file", "", /^import: the file is empty$/],
    ["some other text", "hello\n", /^import: this is not a log that Eventfold exported$/],
    ["other text without a line's end", "x".repeat(5_000), /^import: this is not a log/],
    ["JSON of another kind", '{"a":1}\n', /^import: this is not a log/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), /gunzip/],
    ["a newer format", file([], {}, { format: 2 }), /line 1: the file has format 2, this Eventfold reads format 1/],
    ["a head without store id", file([], {}, { storeId: 7 }), /line 1: storeId is 7, not a UUID/],
    ["only a head", good.split("\n", 1)[0] + "\n", /cut off after line 1/],
    ["a file cut between lines", good.split("\n").slice(0, 3).join("\n") + "\n", /cut off after line 3/],
    ["a file cut within a line", good.slice(0, 400), /cut off after line 2/],
    ["a file cut within its last line", good.slice(0, -30), /cut off after line 4/],
    ["an edited event", good.replace('{\\"n\\":2}', '{\\"n\\":7}'), /line 5: the checksum does not match/],
    ["a removed event", file([line(1)], { events: 2 }), /line 3: the file has 1 events, its last line counts 2/],
    ["two files in one", good + good, /line 6: there is text behind the last line/],
    ["a rest after the end", `${good}x`, /line 6: there is text behind the last line/],
    ["a line that is no JSON", file([line(1), "{,"]), /line 3: is not JSON/],
    ["a line that is no object", file([line(1), "[]"]), /line 3: is not an object/],
    ["an empty line", file([line(1), ""]), /line 3: is not JSON/],
    ["a line of Eventfold's that is not known", file([{ eventfold: "index" }]), /line 2: "eventfold" is "index"/],
    ["an unknown field", file([line(1, { tenant: 1 })]), /line 2: "tenant" is no field of format 1/],
    ["no data", file([line(1, { data: undefined })]), /line 2: data is missing, not a well-formed string/],
    [
      "data that is not a string",
      file([line(1, { data: { n: 1 } })]),
      /line 2: data is \{"n":1\}, not a well-formed string/
    ],
    ["data and erased", file([line(1, { erased: true })]), /line 2: "data" is no field/],
    ["NUL in data", file([line(1, { data: "\0" })]), /line 2: data is .* without NUL/],
    [
      "half of a surrogate pair",
      file([line(1, { metadata: "\ud800" })]),
      /line 2: metadata is .*, not a well-formed string/
    ],
    ["position 0", file([line(1, { position: 0 })]), /line 2: position is 0, not a whole number from 1/],
    ["a position as text", file([line(1, { position: "1" })]), /line 2: position is "1"/],
    ["a version with a fraction", file([line(1, { version: 1.5 })]), /line 2: version is 1.5/],
    ["a time as text", file([line(1, { recordedAt: "1993" })]), /line 2: recordedAt is "1993"/],
    ["an id that is none", file([line(1, { id: "1" })]), /line 2: event id "1" is not a UUID in lower case/],
    [
      "a stream id that is too long",
      file([line(1, { stream: "x".repeat(1_001) })]),
      /line 2: the stream id takes 1001/
    ],
    ["an empty type", file([line(1, { type: "" })]), /line 2: the event type is empty/],
    ["a schema version that does not fit", file([line(1, { schemaVersion: 32_768 })]), /line 2: schemaVersion 32768/],
    ["lines out of order", file([line(2, { version: 1 }), line(1, { version: 2 })]), /line 3: position 2 comes after/],
    ["a position twice", file([line(1), line(2, { position: 2 })]), /line 3: position 2 comes after position 2/],
    ["a stream that begins late", file([line(2)]), /line 2: version 2 of stream "A-1" stands where version 1 belongs/],
    ["a gap in a stream", file([line(1), line(3)]), /line 3: version 3 of .* where version 2 belongs/],
    ["a version twice", file([line(1), line(2, { version: 1 })]), /line 3: version 1 of .* where version 2 belongs/],
    ["an id twice", file([line(1), line(2, { id: line(1)["id"] })]), /line 3: event id .*1 is that of an event before/],
    [
      "positions that the store's locks can't hold",
      file([], {}, { lastDrawn: 31 * 2 ** 48 }),
      /lastDrawn is 8725\d+, not/
    ],
    ["a position at the bound", file([line(1, { position: 2 ** 47 })]), /line 2: position is .* below 140737488355328/],
    ["a last draw at the bound", file([line(1)], {}, { lastDrawn: 2 ** 47 }), /line 1: lastDrawn is .* below 1407374/],
    ["data that is not JSON", file([line(1, { data: "{n:1}" })]), /line 2: data is not JSON: /],
    ["data without characters", file([line(1, { data: "" })]), /line 2: data is not JSON: /],
    ["metadata that is not JSON", file([line(1, { metadata: "x" })]), /line 2: metadata is not JSON: /],
    ["no text as metadata", file([line(1, { metadata: null })]), /line 2: metadata is null, not a well-formed string/],
    ["metadata null", file([line(1, { metadata: "null" })]), /line 2: metadata is null, not an object/],
    ["metadata that is a list", file([line(1, { metadata: '["x"]' })]), /line 2: metadata is an array, not an object/],
    [
      "metadata that is not a string",
      file([line(1, { metadata: '{"actor":5}' })]),
      /line 2: metadata.actor is not a string/
    ],
    [
      "a time beyond a JavaScript date",
      file([line(1, { recordedAt: 8.64e15 + 1 })]),
      /line 2: recordedAt is 8640000000000001/
    ],
    ["a time long before", file([line(1, { occurredAt: -8.64e15 - 1 })]), /line 2: occurredAt is -8640000000000001/],
    ["an unknown type with $", file([line(1, { type: "$deleted" })]), /line 2: type "\$deleted" begins with \$, and/],
    ["bytes that are not UTF-8", Buffer.concat([bytes(good.slice(0, 200)), Uint8Array.of(0xff)]), /not UTF-8/]
  ]

  it.live(
    "an invalid file is refused with the line and the problem, and nothing is written",
    () =>
      Effect.gen(function* () {
        const connector = yield* places.PGlite
        for (const [name, text, expected] of cases) {
          const { message, reason } = yield* Effect.flip(Backup.importLog(connector, Stream.make(text)))
          assert.strictEqual(reason._tag, "InvalidRequest", name)
          assert.match(message, expected, name)
        }
        const store = yield* SqlEventStore.make(connector)
        assert.notStrictEqual(store.id, storeId)
        assert.deepStrictEqual(yield* rowsOf(connector, "eventfold"), [])
        // The same store accepts the valid file, in pieces of any size, with or without its last
        // newline.
        const pieces = Stream.fromIterable(Array.from(bytes(good.trimEnd()), (byte) => Uint8Array.of(byte)))
        yield* Backup.importLog(connector, pieces)
        assert.strictEqual(yield* exported(connector, {}), good)
      }),
    600_000
  )

  it.live("nothing is written if the file fails at its end, after thousands of events", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const long = Array.from({ length: 5_000 }, (_, i) =>
        line(1, { position: i + 1, stream: `A-${i}`, id: `0192f0c1-7e2a-7b3c-8d4e-${String(i).padStart(12, "0")}` })
      )
      const broken = file([...long, line(1, { position: 9_000, id: long[7]!["id"], stream: "B-1" })])
      const failure = yield* Effect.flip(Backup.importLog(connector, Stream.make(broken), { schema }))
      assert.match(failure.message, /line 5002: event id .* is that of an event before/)
      const gap = file([...long, line(3, { position: 9_000, stream: "A-7" })])
      const gapFailure = yield* Effect.flip(Backup.importLog(connector, Stream.make(gap), { schema }))
      assert.match(gapFailure.message, /line 5002: version 3 of stream "A-7" stands where version 2 belongs/)
      class Torn extends Schema.TaggedError<Torn>()("Torn", {}) {}
      const torn = Stream.concat(Stream.make(good.slice(0, -200)), Stream.fail(new Torn({})))
      const tornFailure = yield* Effect.flip(Backup.importLog(connector, torn, { schema }))
      assert.strictEqual(tornFailure._tag, "Torn")
      assert.deepStrictEqual(yield* rowsOf(connector, schema), [])
    })
  )

  it.live("a lost connection is reported, and during the commit that the import may be written", () =>
    Effect.gen(function* () {
      const admin = yield* places.PostgreSQL
      const name = freshSchema()
      const url = yield* Effect.promise(serverUrl)
      const connector = yield* PgEventStore.connect({ url, applicationName: name })
      const endSession = admin.client.unsafe(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and state like 'idle in%'",
        [name]
      )
      const [first, second] = [freshSchema(), freshSchema()]
      const torn = Stream.concat(
        Stream.make(good.slice(0, 600)),
        Stream.fromEffect(Effect.delay(Effect.as(endSession, good.slice(600)), "200 millis"))
      )
      const lost = yield* Effect.flip(Backup.importLog(connector, torn, { schema: first }))
      assert.isTrue(lost._tag === "EventStoreError" && lost.reason._tag === "Unavailable" && lost.isRetryable)
      assert.match(lost.message, /was lost/)
      assert.deepStrictEqual(yield* rowsOf(admin, first), [])

      yield* SqlEventStore.make(connector, { schema: second })
      yield* admin.client.unsafe(
        `create function ${second}.die() returns trigger language plpgsql as
          'begin perform pg_terminate_backend(pg_backend_pid()); return null; end'`
      ).unprepared
      yield* admin.client.unsafe(
        `create constraint trigger die after insert on ${second}.events deferrable initially deferred
          for each row execute function ${second}.die()`
      ).unprepared
      const unknown = yield* Effect.flip(Backup.importLog(connector, Stream.make(good), { schema: second }))
      assert.strictEqual(unknown.reason._tag, "StoreRefused")
      assert.match(
        unknown.message,
        /lost while the import was being committed .* Import again: if the first import was written/
      )
    })
  )

  it.live("a store with events refuses it, and one of two concurrent imports wins", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const outcomes = yield* Effect.all(
        [1, 2, 3].map(() => Effect.result(Backup.importLog(connector, Stream.make(good), { schema }))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Success").length, 1)
      const { message, reason } = yield* Effect.flip(Backup.importLog(connector, Stream.make(good), { schema }))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(message, /holds events already\. Import into a schema of another name, or remove/)
      assert.strictEqual((yield* rowsOf(connector, schema)).length, 3)
    })
  )

  it.live("a copy has another id, and its readers start from the beginning", () =>
    Effect.gen(function* () {
      const connector = yield* places.PGlite
      const imported = yield* Backup.importLog(connector, Stream.make(good), { storeId: "new" })
      assert.notStrictEqual(imported.storeId, storeId)
      const copy = yield* SqlEventStore.make(connector)
      assert.strictEqual(copy.id, imported.storeId)
      const [first] = yield* Stream.runCollect(copy.readAll())
      assert.isTrue(isDiverged(yield* Effect.flip(after(copy, Checkpoint.after(storeId, first!)))))
      assert.strictEqual((yield* after(copy, Checkpoint.beginning(copy.id))).length, 3)
    })
  )

  it.live("an empty log is accepted, and the sequence never falls behind a drawn position here or there", () =>
    Effect.gen(function* () {
      const connector = yield* places.PGlite
      for (const [schema, drawn, lastDrawn, expected] of [
        ["ahead", 0, 40, 41],
        ["behind", 90, 40, 91],
        ["fresh", 0, 0, 1]
      ] as const) {
        const empty = yield* SqlEventStore.make(connector, { schema })
        yield* connector.client.unsafe("select nextval($1::regclass) from generate_series(1, $2)", [
          `${schema}.positions`,
          drawn
        ])
        assert.deepStrictEqual(
          yield* Backup.importLog(connector, Stream.make(file([], {}, { lastDrawn })), { schema }),
          { storeId, events: 0, lastPosition: 0 }
        )
        const { position } = yield* empty.append("A-1", "noStream", events(1))
        assert.strictEqual(position, expected)
      }
      // A head with a smaller position must not make the sequence draw a position twice.
      yield* Backup.importLog(connector, Stream.make(file([line(1), line(2)], {}, { lastDrawn: 1 })), { schema: "low" })
      const low = yield* SqlEventStore.make(connector, { schema: "low" })
      assert.strictEqual((yield* low.append("A-1", 2, events(1))).position, 5)
    })
  )

  it.live("it finishes the truncation of a stream that was truncated during the export", () =>
    Effect.gen(function* () {
      const connector = yield* places.PGlite
      const half = file([line(1), line(2, { data: undefined, erased: true }), line(3)])
      yield* Backup.importLog(connector, Stream.make(half))
      const store = yield* SqlEventStore.make(connector)
      assert.strictEqual((yield* store.streamInfo("A-1")).firstVersion, 3)
      const rows = yield* rowsOf(connector, "eventfold")
      assert.deepStrictEqual(
        rows.map((row) => row[8]),
        [null, null, '{"n":3}']
      )
    })
  )

  it.live("appends wait during an import, and get positions behind the imported ones", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const store = yield* SqlEventStore.make(connector, { schema })
      const [head = "", ...rest] = good.split(/(?<=\n)/)
      const appending = yield* Effect.forkChild(Effect.delay(store.append("B-1", "any", events(1)), "300 millis"))
      const slow = Stream.concat(
        Stream.make(head, rest[0]!),
        Stream.fromEffect(Effect.delay(Effect.succeed(rest.slice(1).join("")), "700 millis"))
      )
      yield* Backup.importLog(connector, slow, { schema })
      assert.strictEqual((yield* Fiber.join(appending)).position, 41)
    })
  )
})
