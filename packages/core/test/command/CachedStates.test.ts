/**
 * Cached states equal those in the log, no matter what callers change in their copies, or what
 * other processes do.
 */
import { it } from "@effect/vitest"
import {
  Chunk,
  DateTime,
  Effect,
  HashMap,
  HashSet,
  Layer,
  Option,
  Redacted,
  Result,
  Schema,
  SchemaGetter,
  Stream
} from "effect"
import { AggregateCache, EventStore, type EventStoreError, MemoryEventStore, Snapshots } from "eventfold"
import { describe, expect } from "vitest"
import * as ValueCopy from "../../src/internal/codec/ValueCopy.ts"
import { type Item, makeShelves, put, type ShelfFull, spoil } from "../Shelf.ts"
import { count, makeTallies, reasonOf, type TooMuch } from "../Tally.ts"

const cache = AggregateCache.layer({ capacity: 10 })
const cached = Layer.merge(MemoryEventStore.layer, cache)

describe("a cached state does not change when a caller changes", () => {
  const unchanged = (names: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const [warm, cold] = [
        yield* makeShelves,
        yield* Effect.provide(makeShelves, AggregateCache.layer({ capacity: 0 }))
      ]
      for (const shelves of [warm, cold]) {
        const { state } = yield* shelves.load("a")
        expect(state.items).toEqual(names.map((name) => ({ name, tags: [] })))
        expect([...state.counts.keys()]).toEqual(names)
        expect(state.seen).toEqual(new Date(0))
      }
    })
  const full = ["one", "two", "three"]

  for (const [what, use] of [
    [
      "the state that a command led to",
      (shelves) => Effect.map(shelves.execute("a", put("three")), ({ state }) => spoil(state))
    ],
    [
      "the events that a command led to",
      (shelves) =>
        Effect.map(shelves.execute("a", put("three")), ({ events }) => {
          for (const { item } of events) (item.tags as Array<string>).push("spoilt")
        })
    ],
    [
      "the command that it passed",
      (shelves) => {
        const command = put("three")
        return Effect.map(shelves.execute("a", command), () => void (command.item.tags as Array<string>).push("spoilt"))
      }
    ],
    [
      "a state that it loaded",
      (shelves) =>
        Effect.andThen(
          shelves.execute("a", put("three")),
          Effect.map(shelves.load("a"), ({ state }) => spoil(state))
        )
    ],
    [
      "a state of an earlier version",
      (shelves) =>
        Effect.andThen(
          Effect.map(shelves.loadAt("a", 2), ({ state }) => spoil(state)),
          shelves.execute("a", put("three"))
        )
    ],
    [
      "the result of explain",
      (shelves) =>
        Effect.gen(function* () {
          const { decision, state } = yield* shelves.explain("a", put("three"))
          spoil(state)
          if (decision._tag === "Accepted") spoil(decision.state)
          yield* shelves.execute("a", put("three"))
        })
    ],
    [
      "the error that refuses a command",
      (shelves) =>
        Effect.gen(function* () {
          yield* shelves.execute("a", put("three"))
          const { items } = (yield* Effect.flip(shelves.execute("a", put("four")))) as ShelfFull
          ;(items as Array<Item>).length = 0
        })
    ],
    [
      "states of the history and of a difference",
      (shelves) =>
        Effect.gen(function* () {
          yield* shelves.execute("a", put("three"))
          const { from, to } = yield* shelves.diff("a", 1, 3)
          for (const { state } of [from, to]) spoil(state)
          for (const { after, before } of yield* Stream.runCollect(shelves.history("a"))) {
            spoil(before)
            spoil(after)
          }
        })
    ],
    [
      "the initial state of another instance",
      (shelves) =>
        Effect.gen(function* () {
          spoil((yield* shelves.load("none")).state)
          spoil((yield* shelves.whatIf("none", {})).actual.state)
          const first = (yield* Stream.runCollect(shelves.history("a")))[0]
          spoil(first!.before)
          yield* shelves.execute("a", put("three"))
        })
    ]
  ] as const satisfies ReadonlyArray<
    readonly [string, (shelves: Effect.Success<typeof makeShelves>) => Effect.Effect<unknown, unknown>]
  >) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const shelves = yield* makeShelves
        for (const name of ["one", "two"]) yield* shelves.execute("a", put(name))
        yield* use(shelves)
        yield* unchanged(full)
        // And a fourth item is refused.
        expect(yield* Effect.flip(shelves.execute("a", put("four")))).toMatchObject({ _tag: "ShelfFull" })
        expect((yield* shelves.load("a")).state.items).toHaveLength(3)
      }).pipe(Effect.provide(cached))
    )
  }

  it.effect("a state that waits to be written as a snapshot", () =>
    Effect.gen(function* () {
      const shelves = yield* makeShelves
      for (const name of full) spoil((yield* shelves.execute("a", put(name))).state)
      yield* Effect.yieldNow.pipe(Effect.repeat({ times: 50 }))
      const { snapshots } = yield* EventStore.EventStore
      const { state } = (yield* snapshots!.latest("Shelf-a", "shelf"))!
      expect(JSON.parse(state)).toMatchObject({ items: full.map((name) => ({ name, tags: [] })) })
    }).pipe(Effect.provide(Layer.merge(MemoryEventStore.layer, Snapshots.layer({ events: 3 }))))
  )

  it.effect("a state of any size", () =>
    Effect.gen(function* () {
      const tags = Array.from({ length: 1_000 }, (_, i) => `tag ${i}`)
      const [warm, cold] = [yield* makeShelves, yield* makeShelves]
      const { events, state } = yield* warm.execute("a", put("one", ...tags))
      spoil(state)
      for (const { item } of events) (item.tags as Array<string>).length = 0
      spoil((yield* warm.load("a")).state)
      for (const shelves of [warm, cold]) {
        expect((yield* shelves.load("a")).state.items).toEqual([{ name: "one", tags }])
      }
    }).pipe(Effect.provide(cached))
  )

  for (const [size, tags] of [
    ["small", []],
    ["large", Array.from({ length: 1_000 }, (_, i) => `tag ${i}`)]
  ] as const) {
    it.effect(`a caller gets its own copy of a ${size} state, the same at each read`, () =>
      Effect.gen(function* () {
        const shelves = yield* makeShelves
        const executed = yield* shelves.execute("a", put("one", ...tags))
        expect(executed.state).toBe(executed.state)
        expect(executed.events).toBe(executed.events)
        expect({ ...executed }).toEqual({
          state: executed.state,
          version: 1,
          position: 1,
          events: [{ _tag: "ItemPut", item: { name: "one", tags } }],
          repeated: false
        })
      }).pipe(Effect.provide(cached))
    )
  }
})

describe("a stream that another process truncates", () => {
  for (const before of [2, 3, 4]) {
    it.effect(`fails with StreamTruncated even if its state is cached, truncated before version ${before}`, () =>
      Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const first = yield* makeTallies()
        for (const by of [1, 2, 3]) yield* first.execute("a", count(by))
        type Tallies = typeof first
        const uses: ReadonlyArray<
          (tallies: Tallies) => Effect.Effect<unknown, EventStoreError.EventStoreError | TooMuch>
        > = [
          (tallies) => tallies.load("a"),
          (tallies) => tallies.execute("a", count(1)),
          (tallies) => tallies.loadAt("a", 3),
          (tallies) => tallies.loadAt("a", 4),
          (tallies) => tallies.loadAsOf("a", DateTime.makeUnsafe("2200-01-01")),
          (tallies) => tallies.explain("a", count(1)),
          (tallies) => tallies.diff("a", 3, 4)
        ]
        const kept: Array<Tallies> = []
        for (const _ of uses) {
          const tallies = yield* makeTallies()
          yield* tallies.load("a")
          kept.push(tallies)
        }
        yield* store.truncate("Tally-a", { before })
        for (const [i, use] of uses.entries()) {
          for (const tallies of [kept[i]!, yield* makeTallies()]) {
            expect(yield* reasonOf(use(tallies))).toMatchObject({ _tag: "StreamTruncated", stream: "Tally-a" })
          }
        }
      }).pipe(Effect.provide(cached))
    )
  }
})

describe("copies", () => {
  class Point extends Schema.Class<Point>("Point")({ at: Schema.Array(Schema.Int) }) {
    readonly #sum = this.at.reduce((sum, one) => sum + one, 0)
    get sum() {
      return this.#sum
    }
  }
  /** Value of a class that ValueCopy does not know, with a stored form. */
  class Secretive {
    readonly #of: ReadonlyArray<number>
    constructor(of: ReadonlyArray<number>) {
      this.#of = of
    }
    get of() {
      return this.#of
    }
  }
  const Known = Schema.declare((value): value is Secretive => value instanceof Secretive, {
    toCodecJson: () =>
      Schema.link<Secretive>()(Schema.Array(Schema.Int), {
        decode: SchemaGetter.transform((of: ReadonlyArray<number>) => new Secretive(of)),
        encode: SchemaGetter.transform(({ of }: Secretive) => of)
      })
  })

  it("are equal to the original, and share nothing that can be changed", () => {
    const original = {
      list: [[1], { deep: ["a"] }],
      date: new Date(5),
      map: new Map([["a", [1]]]),
      set: new Set([[1]]),
      bytes: new Uint8Array([1, 2, 3]).subarray(1),
      view: new DataView(new ArrayBuffer(2)),
      some: Option.some([1]),
      result: Result.succeed([1]),
      chunk: Chunk.make([1]),
      table: HashMap.make(["a", [1]]),
      bag: HashSet.make("a", "b"),
      at: DateTime.makeUnsafe(1),
      zoned: DateTime.makeZonedUnsafe(1, { timeZone: "Europe/Prague" }),
      url: new URL("https://example.org/a"),
      point: new Point({ at: [1, 2] }),
      proto: JSON.parse('{"__proto__":[1]}') as object,
      bare: Object.assign(Object.create(null) as object, { list: [1] })
    }
    const copied = ValueCopy.copy(original)
    expect(copied).toEqual(original)
    expect(copied.point.sum).toBe(3)
    expect(copied.bytes.buffer).not.toBe(original.bytes.buffer)
    const parts = (value: object): ReadonlyArray<unknown> => [
      value,
      ...Object.values(value).filter((part) => typeof part === "object"),
      ...Object.values(original.list)
    ]
    for (const [i, part] of parts(copied)
      .slice(0, Object.keys(original).length + 1)
      .entries()) {
      expect(part).not.toBe(parts(original)[i])
    }
    expect(Option.getOrThrow(copied.some)).not.toBe(Option.getOrThrow(original.some))
    expect(Object.hasOwn(copied.proto, "__proto__")).toBe(true)
    expect(Object.getPrototypeOf(copied.bare)).toBe(null)
  })

  it("of unknown classes are made from their stored form", () => {
    const copy = ValueCopy.make(Schema.toCodecJson(Schema.Struct({ one: Known })))
    const original = { one: new Secretive([1, 2]) }
    const copied = copy(original)
    expect(copied.one).not.toBe(original.one)
    expect(copied.one.of).toEqual([1, 2])
  })

  it("have their own secrets, which the caller can change and wipe", () => {
    const original = { secret: Redacted.make({ words: ["x"] }, { label: "pass" }) }
    const [changed, wiped] = [ValueCopy.copy(original), ValueCopy.copy(original)]
    expect(changed).toEqual(original)
    expect(String(changed.secret)).toBe(String(original.secret))
    Redacted.value(changed.secret).words.push("spoilt")
    Redacted.wipeUnsafe(wiped.secret)
    expect(Redacted.value(original.secret)).toEqual({ words: ["x"] })
    expect(ValueCopy.copy(wiped).secret).toBe(wiped.secret)
  })

  it("are made at once only of small values of any content", () => {
    const { small } = ValueCopy.make(Schema.toCodecJson(Schema.Any))
    const holding = (size: number): ReadonlyArray<unknown> => {
      const entries = Array.from({ length: size }, (_, i) => [`key ${i}`, i] as const)
      return [
        entries.map(([key]) => key),
        Object.fromEntries(entries),
        new Map(entries),
        new Set(entries.map(([key]) => key)),
        Chunk.fromIterable(entries.map(([key]) => key)),
        HashMap.fromIterable(entries),
        HashSet.fromIterable(entries.map(([key]) => key)),
        new Uint8Array(100 * size)
      ]
    }
    for (const value of holding(10)) expect(small({ value })).toEqual({ value })
    for (const value of holding(100)) expect(small({ value })).toBe(undefined)
  })

  it("cost almost nothing until a caller reads them, even of an object with many keys", () => {
    const { small } = ValueCopy.make(Schema.toCodecJson(Schema.Any))
    let looks = 0
    const large = new Proxy(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i])), {
      ownKeys: (of) => {
        looks++
        return Reflect.ownKeys(of)
      }
    })
    for (let i = 0; i < 1_000; i++) expect(small(large)).toBe(undefined)
    expect(looks).toBeLessThan(20)
    // Small values are recognised again.
    expect(Array.from({ length: 300 }, () => small([1])).at(-1)).toEqual([1])
  })

  it("succeed for values of any depth, and for cyclic ones", () => {
    class Link extends Schema.Class<Link>("Link")({ next: Schema.Any }) {}
    const depth = 20_000
    let deep: unknown = "end"
    for (let i = 0; i < depth; i++) deep = i % 200 === 0 ? new Link({ next: [deep] }) : { next: [deep] }
    let [one, other]: ReadonlyArray<unknown> = [deep, ValueCopy.copy(deep)]
    let seen = 0
    for (; one !== "end"; seen++) {
      expect(other !== one && Object.getPrototypeOf(other) === Object.getPrototypeOf(one)).toBe(true)
      ;[one] = (one as { readonly next: ReadonlyArray<unknown> }).next
      ;[other] = (other as { readonly next: ReadonlyArray<unknown> }).next
    }
    expect([seen, other]).toEqual([depth, "end"])

    const circle: { self?: unknown; readonly list: ReadonlyArray<number> } = { list: [1] }
    circle.self = circle
    const copied = ValueCopy.copy(circle)
    expect(copied).not.toBe(circle)
    expect(copied.self).toMatchObject({ list: [1] })
  })
})
