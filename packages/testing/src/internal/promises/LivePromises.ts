/** Promise 9: a live read continues from the history to new events, without a loss or a repeat. */
import { Deferred, Effect, Fiber, Ref, Stream } from "effect"
import type { Event, EventStore } from "eventfold"
import { expect } from "vitest"
import {
  append,
  appendAll,
  events,
  idsOf,
  isRising,
  promise,
  type Promises,
  readAll,
  reasonOf,
  store,
  uniqueName,
  upTo
} from "./Fixture.ts"

const unbounded = { concurrency: "unbounded" } as const

/** Takes the first events of a subscription. */
const take = (count: number, options: EventStore.SubscribeOptions) =>
  store.use((store) => store.subscribe(options).pipe(Stream.take(count), Stream.runCollect))

/** Takes the pages of a subscription up to the first that satisfies a condition. */
const pagesUntil = (options: EventStore.SubscribeOptions, last: (page: EventStore.Page) => boolean) =>
  store.use((store) => store.pages(options).pipe(Stream.takeUntil(last), Stream.runCollect))

const isCaughtUp = ({ caughtUp }: EventStore.Page) => caughtUp

/** Appends one to three events at a time, of two types. */
const write = (name: string, count: number, types = ["Noted", "Changed"]) =>
  Effect.gen(function* () {
    for (let i = 0; i < count; i++) {
      yield* append(`${name}-${i % 5}`, "any", yield* events((i % 3) + 1, { type: types[i % 2]! }))
    }
  })

export const liveReading: Promises = [
  promise(
    "9. several subscribers get history and live events without a loss or a repeat, while many writers append",
    Effect.gen(function* () {
      const name = uniqueName()
      const [history, writers, each] = [30, 8, 21]
      yield* write(name, history)
      const middle = (yield* pagesUntil({ aggregates: [name], pageSize: 7 }, () => true))[0]!.checkpoint
      const all = history * 2 + writers * each * 2
      const changed = upTo(history)
        .concat(...upTo(writers).map(() => upTo(each)))
        .reduce((sum, i) => sum + (i % 2 === 0 ? ((i - 1) % 3) + 1 : 0), 0)
      const [whole, tail, filtered] = yield* Effect.all(
        [
          take(all, { aggregates: [name], pageSize: 3 }),
          take(all - 7, { aggregates: [name], after: middle }),
          take(changed, { aggregates: [name], types: ["Changed"], pageSize: 10 }),
          ...upTo(writers).map(() => write(name, each))
        ],
        unbounded
      )
      const stored = yield* readAll({ aggregates: [name] })
      expect(stored).toHaveLength(all)
      expect(whole).toEqual(stored)
      expect(idsOf(tail)).toEqual(idsOf(stored.slice(7)))
      expect(idsOf(filtered)).toEqual(idsOf(stored.filter(({ type }) => type === "Changed")))
    })
  ),

  promise(
    "9. every subscription that begins after an append has its event",
    Effect.gen(function* () {
      const name = uniqueName()
      for (const count of upTo(20)) {
        const { position } = yield* append(`${name}-1`, "any", yield* events(1))
        const pages = yield* pagesUntil(
          { aggregates: [name], pageSize: 4 },
          ({ checkpoint }) => checkpoint.position >= position
        )
        expect(pages.flatMap(({ events }) => events)).toHaveLength(count)
      }
    })
  ),

  promise(
    "9. the checkpoint moves past events that the filter excludes, and never decreases",
    Effect.gen(function* () {
      const name = uniqueName()
      yield* append(`${name}-1`, "any", yield* events(2, { type: "Noted" }))
      const pages: Array<EventStore.Page> = []
      const reached = (position: number) =>
        Effect.gen(function* () {
          while ((pages.at(-1)?.checkpoint.position ?? 0) < position) yield* Effect.sleep("2 millis")
        })
      const collect = store.use((store) =>
        Stream.runForEach(store.pages({ aggregates: [name], types: ["Noted"] }), (page) =>
          Effect.sync(() => void pages.push(page))
        )
      )
      const fiber = yield* Effect.forkChild(collect)
      for (const type of ["Other", "Noted", "Other", "Other"]) {
        const { position } = yield* append(`${name}-1`, "any", yield* events(3, { type }))
        yield* reached(position)
      }
      yield* Fiber.interrupt(fiber)
      const { id } = yield* store
      expect(pages.flatMap(({ events }) => events)).toHaveLength(5)
      expect(isRising(pages.map(({ checkpoint }) => checkpoint.position))).toBe(true)
      for (const { checkpoint, events } of pages) {
        expect(checkpoint.storeId).toBe(id)
        for (const { position } of events) expect(position).toBeLessThanOrEqual(checkpoint.position)
        const [there] = yield* readAll({ after: checkpoint.position - 1, limit: 1 })
        expect(there).toMatchObject({ id: checkpoint.eventId, position: checkpoint.position })
      }
    })
  ),

  promise(
    "9. a subscription resumes from any checkpoint with the next event",
    Effect.gen(function* () {
      const name = uniqueName()
      yield* write(name, 8)
      const stored = yield* readAll({ aggregates: [name] })
      for (const pageSize of [1, 2, 5, stored.length, 100]) {
        const pages = yield* pagesUntil({ aggregates: [name], pageSize }, isCaughtUp)
        let seen = 0
        for (const { checkpoint, events } of pages) {
          expect(events.length).toBeLessThanOrEqual(pageSize)
          seen += events.length
          const rest = yield* pagesUntil({ aggregates: [name], after: checkpoint }, isCaughtUp)
          expect(idsOf(rest.flatMap(({ events }) => events))).toEqual(idsOf(stored.slice(seen)))
        }
        expect(seen).toBe(stored.length)
      }
      for (const [i, { position }] of stored.entries()) {
        const rest = yield* pagesUntil({ aggregates: [name], after: position }, isCaughtUp)
        expect(idsOf(rest.flatMap(({ events }) => events))).toEqual(idsOf(stored.slice(i + 1)))
      }
    })
  ),

  promise(
    "9. an append wakes subscribers long before they poll",
    Effect.gen(function* () {
      const name = uniqueName()
      const arrived: Array<number> = []
      const count = 6
      const subscriber = () =>
        store.use((store) =>
          store.subscribe({ aggregates: [name] }).pipe(
            Stream.tap(() => Effect.sync(() => void arrived.push(performance.now()))),
            Stream.take(count),
            Stream.runDrain
          )
        )
      const subscribers = yield* Effect.forkChild(Effect.all([subscriber(), subscriber()], unbounded))
      const waits: Array<number> = []
      /** Time of an append and a read on this machine, which can be slow. */
      const usual: Array<number> = []
      for (const i of upTo(count)) {
        // Long enough for polling to become slow.
        yield* Effect.sleep("400 millis")
        const begun = performance.now()
        yield* append(`${name}-${i}`, "any", yield* events(1))
        while (arrived.length < i * 2) yield* Effect.sleep("1 millis")
        waits.push(arrived.at(-1)! - begun)
        const between = performance.now()
        yield* append(`${name}Aside-1`, "any", yield* events(1))
        yield* readAll({ aggregates: [`${name}Aside`] })
        usual.push(performance.now() - between)
      }
      yield* Fiber.join(subscribers)
      const median = (all: ReadonlyArray<number>) => all.toSorted((a, b) => a - b)[count >> 1]!
      expect(median(waits)).toBeLessThan(150 + 10 * median(usual))
    })
  ),

  promise(
    "9. a slow subscriber delays neither writers nor other subscribers, and misses no event",
    Effect.gen(function* () {
      const name = uniqueName()
      const gate = yield* Deferred.make<void>()
      const taken = yield* Ref.make<ReadonlyArray<Event.RecordedEvent>>([])
      const slow = yield* Effect.forkChild(
        store.use((store) =>
          store.subscribe({ aggregates: [name], pageSize: 2 }).pipe(
            Stream.tap((event) =>
              Effect.andThen(
                Ref.update(taken, (all) => [...all, event]),
                Deferred.await(gate)
              )
            ),
            Stream.take(100),
            Stream.runDrain
          )
        )
      )
      const quick = yield* Effect.forkChild(take(100, { aggregates: [name], pageSize: 9 }))
      for (const i of upTo(50)) {
        yield* appendAll([
          { stream: `${name}-a`, expected: i - 1, events: yield* events(1) },
          { stream: `${name}-b`, expected: "any", events: yield* events(1) }
        ])
      }
      const stored = yield* readAll({ aggregates: [name] })
      expect(idsOf(yield* Fiber.join(quick))).toEqual(idsOf(stored))
      expect((yield* Ref.get(taken)).length).toBeLessThanOrEqual(1)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(slow)
      expect(idsOf(yield* Ref.get(taken))).toEqual(idsOf(stored))
    })
  ),

  promise(
    "9. a subscriber that ends does not end the others",
    Effect.gen(function* () {
      const name = uniqueName()
      const staying = yield* Effect.forkChild(take(40, { aggregates: [name] }))
      for (const i of upTo(20)) {
        const leaving = yield* Effect.forkChild(take(1_000, { aggregates: [name] }))
        yield* append(`${name}-1`, "any", yield* events(1))
        if (i % 2 === 0) yield* Effect.sleep("2 millis")
        yield* Fiber.interrupt(leaving)
        yield* append(`${name}-1`, "any", yield* events(1))
      }
      expect(idsOf(yield* Fiber.join(staying))).toEqual(idsOf(yield* readAll({ aggregates: [name] })))
    })
  ),

  promise(
    "9. invalid options of a subscription are refused",
    Effect.gen(function* () {
      const wrong: ReadonlyArray<EventStore.SubscribeOptions> = [
        { after: -1 },
        { after: 0.5 },
        { pageSize: 0 },
        { pageSize: 1e9 },
        { aggregates: [""] },
        { types: ["a\0b"] }
      ]
      for (const options of wrong) {
        expect((yield* reasonOf(take(1, options)))._tag).toBe("InvalidRequest")
        expect((yield* reasonOf(pagesUntil(options, () => true)))._tag).toBe("InvalidRequest")
      }
    })
  )
]
