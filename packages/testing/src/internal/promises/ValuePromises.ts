/**
 * Promise 6: values are read as they were written, and a value that cannot be stored is refused
 * before anything is sent.
 */
import { Effect, type Schema, Stream } from "effect"
import type { Event, EventStore, EventStoreError } from "eventfold"
import { StoredJson } from "eventfold/tables"
import * as fc from "fast-check"
import { expect } from "vitest"
import {
  append,
  appendAll,
  escapedKeys,
  event,
  events,
  idsOf,
  promise,
  type Promises,
  read,
  readAll,
  reasonOf,
  store,
  uniqueName,
  uniqueStream
} from "./Fixture.ts"

/** A character of each plane of Unicode, and the two noncharacters at its end. */
const planes = Array.from({ length: 17 }, (_, plane) =>
  String.fromCodePoint((plane << 16) + 0x61, (plane << 16) + 0xfffe, (plane << 16) + 0xffff)
)

const nested = (depth: number): Schema.Json => {
  let value: Schema.Json = "here"
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { in: value }
  return value
}

/** Data that a driver, a column type or a parser can misinterpret. */
const values: Record<string, Schema.Json> = {
  "text that looks like a date": ["1993-03-03", "1993-03-03T12:00:00.000Z", "2024-02-30"],
  "text that looks like a number": ["0042", "1e400", "9007199254740993", "-0", "12345678901234567890123456789"],
  "text that looks like something else": [
    "null",
    "true",
    "{}",
    "[1]",
    '"',
    "\\",
    "\\u0000",
    "%s $1 :name ?",
    "{a,b}",
    "\\x41"
  ],
  "text of all planes": [
    ...planes,
    "\u00e9",
    "e\u0301",
    "𝄞",
    "👩‍👩‍👧‍👦",
    "\u{10ffff}",
    "\uffff",
    "\u2028\u2029",
    "\r\n\t\u0007\u007f",
    " "
  ],
  "text that is not well-formed or has NUL": ["\ud800", "a\udc00b", "a\0b"],
  "keys that mean something to JavaScript": StoredJson.parse(
    '{"__proto__":{"polluted":true},"constructor":1,"toString":2,"":3,"a.b":4,"\\u0000":5,"_tag":6}'
  ),
  "keys in an order of their own": StoredJson.parse('{"b":1,"a":2,"é":3,"B":4,"10":5,"9":6}'),
  numbers: [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 53 - 1, 2 ** 53 + 2, -1.5e-7, 123456789.123],
  "bare values": [null, true, false, 0, "", [], {}],
  "null alone": null,
  "a number alone": 42,
  "text alone": "1993-03-03T12:00:00.000Z",
  "deep nesting": nested(500),
  "a megabyte": Array.from({ length: 10_000 }, (_, i) => `${i}: ${"x".repeat(95)}`)
}

/** Names that must stay distinct, and that must not be interpreted as patterns or code. */
const names: ReadonlyArray<string> = [
  "it's",
  'say "hi"',
  "100%",
  "a_c",
  "abc",
  "back\\slash",
  "semi;colon--",
  "tab\tnew\nline",
  " leading and trailing ",
  " leading and trailing",
  "upper",
  "UPPER",
  "\u00e9",
  "e\u0301",
  "𝄞",
  ":1",
  "{}",
  "-",
  "--1",
  "__proto__",
  "constructor",
  "1993-03-03",
  "0042",
  "\\x41",
  "null",
  "\ufeffbom",
  "\u202eright to left",
  ...planes
]

export const roundTrips: Promises = [
  ...Object.entries(values).map(([what, data]) =>
    promise(
      `6. data is read as it was written: ${what}`,
      Effect.gen(function* () {
        const stream = uniqueStream()
        yield* append(stream, "any", [yield* event({ data })])
        for (const [stored] of [yield* read(stream), yield* readAll({ aggregates: [stream.split("-")[0]!] })]) {
          expect(stored!.data).toEqual(data)
          // Byte for byte: this includes the order of keys, which `toEqual` ignores.
          expect(JSON.stringify(stored!.data)).toBe(JSON.stringify(data))
        }
      })
    )
  ),

  promise(
    "6. data is read as it was written: random JSON",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const samples = fc.sample(fc.jsonValue({ maxDepth: 4 }), 100)
      const some: Array<Event.NewEvent> = []
      for (const data of samples) some.push(yield* event({ data: data as Schema.Json }))
      yield* append(stream, "any", some)
      const stored = yield* read(stream)
      expect(stored.map(({ data }) => JSON.stringify(data))).toEqual(samples.map((data) => JSON.stringify(data)))
    })
  ),

  promise(
    "6. keys that JSON escapes are read as they were written, after any other keys at their place",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const all = escapedKeys(uniqueName())
      for (const data of all) yield* append(stream, "any", [yield* event({ data })])
      const stored = yield* read(stream)
      expect(stored.map(({ data }) => JSON.stringify(data))).toEqual(all.map((data) => JSON.stringify(data)))
    })
  ),

  promise(
    "6. -0 is read as 0",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* append(stream, "any", [yield* event({ data: [-0, { n: -0 }] })])
      expect((yield* read(stream))[0]!.data).toEqual([0, { n: 0 }])
    })
  ),

  promise(
    "6. events that are read share no objects with the written ones",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const data = { list: [1] }
      const metadata = { actor: "teller" }
      yield* append(stream, "any", [yield* event({ data, metadata })])
      data.list.push(2)
      metadata.actor = "thief"
      for (const reading of [read(stream), readAll({ aggregates: [stream.split("-")[0]!] }), read(stream)]) {
        const [stored] = yield* reading
        expect(stored).toMatchObject({ data: { list: [1] }, metadata: { actor: "teller" } })
        // Nor with the events of another reader.
        ;(stored!.data as typeof data).list.push(3)
        ;(stored!.metadata as typeof metadata).actor = "thief"
      }
    })
  ),

  promise(
    "6. names of streams and types stay distinct to the last character",
    Effect.gen(function* () {
      const name = uniqueName()
      // A name has a maximum of 1,000 bytes of UTF-8, here with characters of one, two, three and
      // four bytes.
      const fill = (text: string) =>
        text.repeat(Math.floor((1_000 - name.length - 1) / new TextEncoder().encode(text).length))
      const all = [...names, ...["x", "é", "€", "𝄞"].map(fill)]
      const ids = new Map<string, string>()
      for (const [i, suffix] of all.entries()) {
        const one = yield* event({ type: suffix.slice(0, 250), data: i })
        const appended = yield* append(`${name}-${suffix}`, "noStream", [one])
        expect(appended.version).toBe(1)
        ids.set(suffix, one.id)
      }
      for (const suffix of all) {
        const stream = `${name}-${suffix}`
        const stored = yield* read(stream)
        expect(idsOf(stored)).toEqual([ids.get(suffix)])
        expect(stored[0]).toMatchObject({ stream, type: suffix.slice(0, 250) })
        const byType = yield* readAll({ aggregates: [name], types: [suffix.slice(0, 250)] })
        expect(idsOf(byType)).toEqual([ids.get(suffix)])
      }
      expect(yield* readAll({ aggregates: [name] })).toHaveLength(all.length)
    })
  ),

  promise(
    "6. ids, types, schema versions and metadata are read as they were written",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const some: Array<Event.NewEvent> = []
      for (const [i, actor] of names.entries()) {
        const metadata =
          i === 0 ? {} : { correlationId: `c-${actor}`, causationId: "", actor, headers: { tenant: actor } }
        some.push(yield* event({ metadata, schemaVersion: i === 1 ? 32_767 : i + 1 }))
      }
      yield* append(stream, "any", some)
      const stored = yield* read(stream)
      for (const [i, { id, metadata, schemaVersion, type }] of some.entries()) {
        expect(stored[i]).toMatchObject({ id, type, schemaVersion, stream, version: i + 1 })
        expect(stored[i]!.metadata).toEqual(metadata)
      }
    })
  )
]

/** Passes a value that the types forbid, as a program can. */
const notJson = (value: unknown): Schema.Json => value as Schema.Json
const surrogate = "half \ud83d"

const circle: { self?: unknown } = {}
circle.self = circle
const badEvents: Record<string, Partial<Event.NewEvent>> = {
  "NaN in data": { data: { a: [1, NaN] } },
  "Infinity in data": { data: [{ a: -Infinity }] },
  "undefined in data": { data: notJson({ a: undefined }) },
  "a bigint in data": { data: notJson({ a: 1n }) },
  "a function in data": { data: notJson([() => 1]) },
  "a Date in data": { data: notJson({ at: new Date(0) }) },
  "a Map in data": { data: notJson(new Map()) },
  "a circle in data": { data: notJson(circle) },
  "data deeper than any stack": { data: nested(300_000) },
  "a type without characters": { type: "" },
  "a type of over 1,000 bytes": { type: "€".repeat(334) },
  "a type with half a surrogate pair": { type: surrogate },
  "a type with NUL": { type: "a\0b" },
  "metadata with half a surrogate pair": { metadata: { actor: surrogate } },
  "metadata with NUL": { metadata: { correlationId: "\0" } },
  "an id that is no UUID": { id: "42" },
  "an id without characters": { id: "" },
  "an id in upper case": { id: "0192F0C1-7E2A-7B3C-8D4E-5F6071829304" },
  "schemaVersion 0": { schemaVersion: 0 },
  "schemaVersion 1.5": { schemaVersion: 1.5 }
}
const badStreams: Record<string, string> = {
  "of over 1,000 bytes": `x-${"€".repeat(333)}`,
  "without characters": "",
  "with half a surrogate pair": `x-${surrogate}`,
  "with NUL": "x-\0"
}

export const refusals: Promises = [
  ...Object.entries(badEvents).map(([what, fields]) =>
    promise(
      `6. refused before anything is written: ${what}`,
      Effect.gen(function* () {
        const [stream, other] = [uniqueStream(), uniqueStream()]
        const [fine, also] = yield* events(2)
        const bad = yield* event(fields)
        expect((yield* reasonOf(append(stream, "any", [fine!, bad])))._tag).toBe("InvalidRequest")
        const both = [
          { stream: other, expected: "any", events: [also!] },
          { stream, expected: "any", events: [bad] }
        ] as const
        expect((yield* reasonOf(appendAll(both)))._tag).toBe("InvalidRequest")
        expect(yield* read(stream)).toEqual([])
        expect(yield* read(other)).toEqual([])
      })
    )
  ),

  ...Object.entries(badStreams).map(([what, stream]) =>
    promise(
      `6. refused before anything is sent: a stream id ${what}`,
      Effect.gen(function* () {
        const some = yield* events(1)
        expect((yield* reasonOf(append(stream, "any", some)))._tag).toBe("InvalidRequest")
        expect((yield* reasonOf(appendAll([{ stream, expected: "any", events: some }])))._tag).toBe("InvalidRequest")
        expect((yield* reasonOf(read(stream)))._tag).toBe("InvalidRequest")
      })
    )
  ),

  promise(
    "6. refused before anything is written: an invalid expected version",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const none: ReadonlyArray<unknown> = [-1, 1.5, NaN, Infinity, 2 ** 53, "NOSTREAM", "", undefined, null]
      for (const expected of none) {
        const reason = yield* reasonOf(append(stream, expected as EventStore.ExpectedVersion, yield* events(1)))
        expect({ expected, tag: reason._tag }).toEqual({ expected, tag: "InvalidRequest" })
      }
      expect(yield* read(stream)).toEqual([])
    })
  ),

  promise(
    "6. refused before anything is written: a stream or an id twice in one call",
    Effect.gen(function* () {
      const [stream, other] = [uniqueStream(), uniqueStream()]
      const [a, b] = yield* events(2)
      const twice = ["any", "any"].map((expected) => ({ stream, expected: expected as "any", events: [] }))
      const all: ReadonlyArray<Effect.Effect<unknown, EventStoreError.EventStoreError, EventStore.EventStore>> = [
        append(stream, "any", [a!, b!, a!]),
        appendAll(twice.map((append, i) => ({ ...append, events: [[a!, b!][i]!] }))),
        appendAll([stream, other].map((stream) => ({ stream, expected: "any" as const, events: [a!] })))
      ]
      for (const refused of all) {
        expect((yield* reasonOf(refused))._tag).toBe("InvalidRequest")
      }
      expect(yield* read(stream)).toEqual([])
      expect(yield* read(other)).toEqual([])
    })
  ),

  promise(
    "6. refused before anything is sent: invalid ranges of streams and of the log",
    Effect.gen(function* () {
      const stream = uniqueStream()
      for (const bad of [-1, 1.5, NaN]) {
        for (const options of [{ from: bad }, { to: bad }, { limit: bad }]) {
          expect((yield* reasonOf(read(stream, options)))._tag).toBe("InvalidRequest")
        }
        for (const options of [{ after: bad }, { limit: bad }, { pageSize: bad }]) {
          expect((yield* reasonOf(readAll(options)))._tag).toBe("InvalidRequest")
        }
      }
      for (const options of [{ pageSize: 0 }, { aggregates: [""] }, { types: ["\0"] }, { aggregates: [surrogate] }]) {
        expect((yield* reasonOf(readAll(options)))._tag).toBe("InvalidRequest")
      }
      // The store checks nothing until the stream runs.
      const { read: unread } = yield* store
      expect(Stream.isStream(unread(stream, { from: -1 }))).toBe(true)
    })
  )
]
