import { describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { type Event, EventId, EventStore, MemoryEventStore, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredForm } from "eventfold/generated"
import { expect } from "vitest"

const Word = Schema.Union([
  Schema.TaggedStruct("Said", { words: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("TakenBack", { word: Schema.String }),
  Schema.TaggedStruct("Ignored", {})
])
type Word = typeof Word.Type
const codec = { events: StoredForm.events<Word>(Word) }
const Key = Schema.Struct({ word: Schema.String })

interface Count {
  readonly word: string
  readonly said: number
  readonly last: string
}

/** Counts words: a row for each word of an event, none for a word that was removed. */
const counts: Projection.Bodies<Count, Exclude<Word, { _tag: "Ignored" }>, string, { readonly word: string }> = {
  keys: (event) => (event._tag === "Said" ? event.words.map((word) => ({ word })) : [{ word: event.word }]),
  project: (row, event, { id, version }, { word }) => {
    if (event._tag === "TakenBack") return undefined
    if (word === "poison") throw new Error("cannot be counted")
    return { word, said: (row?.said ?? 0) + 1, last: `${id} ${version}` }
  }
}

const Row = Schema.Struct({ word: Schema.String, said: Schema.Int, last: Schema.String })
const table: Projection.Table = {
  domain: "test",
  name: "word_counts",
  key: "json",
  columns: [],
  primaryKey: ["_key"],
  indexes: [],
  constraints: []
}

const make = (projector = counts, onFailure: Projection.Any["onFailure"] = "stop") =>
  LiveProjection.make({
    onFailure,
    name: "WordCounts",
    sources: [
      ProjectionFold.source({
        aggregate: "Talk",
        id: Schema.NonEmptyString,
        codec,
        types: ["Said", "TakenBack"]
      })
    ],
    key: Key,
    row: Row,
    table,
    fingerprint: "test",
    bodies: projector
  })

const put = Effect.fnUntraced(function* (stream: string, ...data: ReadonlyArray<Word>) {
  const store = yield* EventStore.EventStore
  const events: Array<Event.NewEvent> = []
  for (const event of data) {
    const id = yield* EventId.make
    events.push({
      id,
      type: event._tag,
      schemaVersion: 1,
      data: Schema.encodeSync(codec.events.get(event._tag)!)(event),
      metadata: {}
    })
  }
  return yield* store.append(stream, "any", events)
})
const said = (...words: ReadonlyArray<string>): Word => ({ _tag: "Said", words })
const store = MemoryEventStore.layer

describe("rows", () => {
  it.effect("an event is folded into each of its keys, once if a key is repeated", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      expect(yield* rows.all).toEqual([])
      yield* put("Talk-a", said("x", "y", "x"), said("y"))
      yield* put("Talk-b", said("y"), said())
      expect(yield* rows.get({ word: "x" })).toEqual({ word: "x", said: 1, last: "a 1" })
      expect(yield* rows.get({ word: "y" })).toEqual({ word: "y", said: 3, last: "b 1" })
      expect(yield* rows.get({ word: "z" })).toBeUndefined()
      expect((yield* rows.all).map(({ word }) => word)).toEqual(["x", "y"])
    }).pipe(Effect.provide(store))
  )

  it.effect("a row is deleted if the handler returns none, and can be added again", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("Talk-a", said("x", "y"), said("x"), { _tag: "TakenBack", word: "x" })
      expect(yield* rows.get({ word: "x" })).toBeUndefined()
      expect((yield* rows.all).map(({ word }) => word)).toEqual(["y"])
      yield* put("Talk-a", said("x"))
      expect(yield* rows.get({ word: "x" })).toMatchObject({ said: 1, last: "a 4" })
    }).pipe(Effect.provide(store))
  )

  it.effect("other aggregates and other events are not folded", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("Talks-a", said("x"))
      yield* put("Talk-a", { _tag: "Ignored" }, said("y"))
      yield* put("Other-Talk-a", said("x"))
      expect((yield* rows.all).map(({ word }) => word)).toEqual(["y"])
    }).pipe(Effect.provide(store))
  )

  it.effect("an event is folded if its own aggregate selects it, not if another aggregate does", () =>
    Effect.gen(function* () {
      const source = { id: Schema.NonEmptyString, codec }
      const rows = yield* LiveProjection.make({
        name: "WordCounts",
        sources: [
          ProjectionFold.source({ ...source, aggregate: "Talk", types: ["Said", "TakenBack"] }),
          ProjectionFold.source({ ...source, aggregate: "Chat", types: ["TakenBack"] })
        ],
        key: Key,
        row: Row,
        table,
        fingerprint: "test",
        bodies: counts
      })
      yield* put("Talk-a", said("x", "y"))
      yield* put("Chat-a", said("z"), { _tag: "TakenBack", word: "x" })
      expect((yield* rows.all).map(({ word }) => word)).toEqual(["y"])
    }).pipe(Effect.provide(store))
  )

  it.effect("a caller that changes its row does not change the row in memory", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      yield* put("Talk-a", said("x"))
      const queries = [
        rows.get({ word: "x" }),
        Effect.map(rows.all, ([row]) => row),
        Effect.map(rows.page(), (page) => page.rows[0]),
        rows.get({ word: "x" })
      ]
      for (const query of queries) {
        const row = yield* query
        expect(row).toEqual({ word: "x", said: 1, last: "a 1" })
        ;(row as { said: number }).said = 100
      }
      yield* put("Talk-a", said("x"))
      expect(yield* rows.get({ word: "x" })).toMatchObject({ said: 2 })
    }).pipe(Effect.provide(store))
  )

  it.effect("each query includes the log up to its end at that time", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      for (let i = 1; i <= 5; i++) {
        yield* put("Talk-a", said("x"))
        expect(yield* rows.get({ word: "x" })).toMatchObject({ said: i })
      }
    }).pipe(Effect.provide(store))
  )

  it.effect("concurrent queries fold every event once, with as few reads of the log as possible", () =>
    Effect.gen(function* () {
      const real = yield* EventStore.EventStore
      let read = 0
      const counting = EventStore.EventStore.of({
        ...real,
        readAll: (options) =>
          Stream.tap(real.readAll(options), () =>
            Effect.andThen(
              Effect.yieldNow,
              Effect.sync(() => read++)
            )
          )
      })
      const rows = yield* Effect.provideService(make(), EventStore.EventStore, counting)
      yield* put("Talk-a", ...Array.from({ length: 50 }, () => said("x")))
      const found = yield* Effect.all(
        Array.from({ length: 20 }, () => rows.get({ word: "x" })),
        { concurrency: "unbounded" }
      )
      for (const row of found) expect(row).toMatchObject({ said: 50 })
      expect(read).toBe(50)
    }).pipe(Effect.provide(store))
  )

  it.effect("after an interrupted query, the next one is correct", () =>
    Effect.gen(function* () {
      const real = yield* EventStore.EventStore
      const slow = EventStore.EventStore.of({
        ...real,
        readAll: (options) => Stream.tap(real.readAll({ ...options, pageSize: 1 }), () => Effect.yieldNow)
      })
      const rows = yield* Effect.provideService(make(), EventStore.EventStore, slow)
      yield* put("Talk-a", ...Array.from({ length: 30 }, () => said("x")))
      for (let i = 0; i < 30; i++) {
        const yields = Effect.forEach(Array.from({ length: i }), () => Effect.yieldNow, { discard: true })
        yield* Effect.race(rows.get({ word: "x" }), yields)
      }
      expect(yield* rows.get({ word: "x" })).toMatchObject({ said: 30 })
    }).pipe(Effect.provide(store))
  )
})

describe("pages of rows", () => {
  it.effect("have rows in the byte order of their keys, each once", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      // A surrogate pair sorts after texts without surrogates, though its first half is less.
      const words = ["b", "a", "ž", "B", "\u{1F40E}", "\uFB00", "ab", ""]
      yield* put("Talk-a", said(...words))
      const ordered = ["", "B", "a", "ab", "b", "ž", "\uFB00", "\u{1F40E}"]
      expect((yield* rows.all).map(({ word }) => word)).toEqual(
        // As JSON: the quote at the end of a text sorts before every letter.
        ordered
      )
      const seen: Array<string> = []
      let after: string | undefined
      do {
        const page: Projection.RowPage<Count> = yield* rows.page({
          limit: 3,
          ...(after === undefined ? {} : { after })
        })
        expect(page.rows.length).toBeLessThanOrEqual(3)
        seen.push(...page.rows.map(({ word }) => word))
        after = page.next
      } while (after !== undefined)
      expect(seen).toEqual(ordered)
      expect((yield* Effect.flip(rows.page({ limit: 0 }))).message).toContain("limit 0 must be from 1 to 10,000")
    }).pipe(Effect.provide(store))
  )

  it.live("can wait for a position of the log", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      const written = yield* put("Talk-a", said("x"))
      yield* rows.waitFor(written)
      const behind = yield* Effect.flip(rows.waitFor(written.position + 1, { timeout: "30 millis" }))
      expect(behind).toMatchObject({ _tag: "ProjectionBehind", projection: "WordCounts", milliseconds: 30 })
      yield* Effect.forkChild(Effect.delay(put("Talk-a", said("x")), "20 millis"))
      yield* rows.waitFor(written.position + 1)
      expect(yield* rows.get({ word: "x" })).toMatchObject({ said: 2 })
    }).pipe(Effect.provide(store))
  )
})

describe("an event that cannot be folded", () => {
  it.effect("a handler that throws: ProjectionFailed has the event; no event is skipped or folded in part", () =>
    Effect.gen(function* () {
      let mended = false
      const rows = yield* make({
        ...counts,
        project: (row, event, origin, key) =>
          mended && key.word === "poison"
            ? { word: "poison", said: 0, last: "" }
            : counts.project(row, event, origin, key)
      })
      yield* put("Talk-a", said("x"))
      const { position } = yield* put("Talk-b", said("x", "poison"))
      yield* put("Talk-a", said("x"))
      for (let i = 0; i < 2; i++) {
        const failed = yield* Effect.flip(rows.get({ word: "x" }))
        expect({ ...failed }).toMatchObject({
          _tag: "ProjectionFailed",
          projection: "WordCounts",
          stream: "Talk-b",
          version: 1,
          position,
          type: "Said"
        })
        expect(failed.message).toContain("cannot be counted")
      }
      expect(yield* Effect.flip(rows.all)).toMatchObject({ _tag: "ProjectionFailed" })
      mended = true
      expect(yield* rows.get({ word: "x" })).toMatchObject({ said: 3, last: "a 2" })
    }).pipe(Effect.provide(store))
  )

  it.effect("a key function that throws: ProjectionFailed, too", () =>
    Effect.gen(function* () {
      const rows = yield* make({
        ...counts,
        keys: () => {
          throw new Error("no key")
        }
      })
      yield* put("Talk-a", said("x"))
      expect((yield* Effect.flip(rows.all)).message).toContain("no key")
    }).pipe(Effect.provide(store))
  )

  it.effect("an event that does not decode: DecodeFailure, at every query", () =>
    Effect.gen(function* () {
      const rows = yield* make()
      const { append } = yield* EventStore.EventStore
      yield* put("Talk-a", said("x"))
      const id = yield* EventId.make
      const data = { words: ["x", 2] }
      yield* append("Talk-a", "any", [{ id, type: "Said", schemaVersion: 1, data, metadata: {} }])
      for (let i = 0; i < 2; i++) {
        const failed = yield* Effect.flip(rows.get({ word: "x" }))
        expect(failed._tag === "EventStoreError" && { ...failed.reason }).toMatchObject({
          _tag: "DecodeFailure",
          stream: "Talk-a",
          version: 2,
          path: "words.1"
        })
      }
    }).pipe(Effect.provide(store))
  )
})

describe("a projection that parks", () => {
  it.effect("leaves the row of a key unchanged from the failing event on, and continues with all other keys", () =>
    Effect.gen(function* () {
      let isPoison = true
      const sometimes: typeof counts = {
        ...counts,
        project: (row, event, origin, key) => {
          if (key.word === "x" && origin.version === 2 && isPoison) throw new Error("not this one")
          return counts.project(row, event, origin, key)
        }
      }
      const rows = yield* make(sometimes, "park")
      yield* put("Talk-a", said("x", "y"), said("y", "x", "z"), said("x", "y"))
      expect((yield* rows.all).map(({ said, word }) => [word, said])).toEqual([
        ["x", 1],
        ["y", 3],
        ["z", 1]
      ])
      const failure = yield* Effect.flip(rows.get({ word: "x" }))
      expect(failure).toMatchObject({ _tag: "ProjectionFailed", version: 2, key: '{"word":"x"}' })
      expect(failure.message).toBe('WordCounts failed at Said, version 2 of stream "Talk-a": not this one')
      // The key is neither retried nor continued: its row lacks an event.
      isPoison = false
      yield* put("Talk-a", said("x", "y"))
      expect((yield* rows.all).map(({ said }) => said)).toEqual([1, 4, 1])
      expect(yield* rows.get({ word: "y" })).toMatchObject({ said: 4 })
      // The next start folds from the beginning.
      expect(yield* (yield* make(sometimes, "park")).get({ word: "x" })).toMatchObject({ said: 4 })
    }).pipe(Effect.provide(store))
  )

  it.effect("stops if a key function throws, or too many keys are parked, and folds no event twice", () =>
    Effect.gen(function* () {
      const keyless = yield* make(
        {
          ...counts,
          keys: () => {
            throw new Error("whose?")
          }
        },
        "park"
      )
      const words = Array.from({ length: 1_001 }, (_, i) => `poison ${i}`)
      const most = yield* make(
        {
          ...counts,
          project: (row, event, origin, key) => {
            if (key.word.startsWith("poison")) throw new Error("too much")
            return counts.project(row, event, origin, key)
          }
        },
        "park"
      )
      yield* put("Talk-a", said("x", ...words.slice(0, 1_000)))
      expect(yield* most.all).toHaveLength(1)
      expect((yield* Effect.flip(keyless.all)).message).toMatch(/: whose\?$/)
      yield* put("Talk-a", said("x", words[1_000]!))
      for (let i = 0; i < 2; i++) expect((yield* Effect.flip(most.all)).message).toMatch(/version 2 .*: too much$/)
    }).pipe(Effect.provide(store))
  )
})

describe("onFailure", () => {
  it("is one of two policies", () => {
    const declare = (onFailure: string) =>
      Projection.make("Words", {
        from: [],
        key: Key,
        row: Row,
        onFailure: onFailure as Projection.Any["onFailure"]
      })
    expect(declare("park").onFailure).toBe("park")
    expect(() => declare("skip")).toThrow('Words has "skip" as onFailure; write "stop" or "park"')
  })
})
