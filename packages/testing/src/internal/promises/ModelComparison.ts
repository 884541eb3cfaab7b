/** Compares a store with the model of a log: both run the same random operations. */
import { Effect, Stream } from "effect"
import { Event, EventId, type EventStore, type EventStoreError } from "eventfold"
import * as fc from "fast-check"
import { expect } from "vitest"
import { isRising, type It, store, uniqueName, versionsOf } from "./Fixture.ts"
import { at, type Entry, Model, type Operation, operations, readOf, type Row, streamCount } from "./LogModel.ts"

type Of<Tag extends Operation["_tag"]> = Operation & { readonly _tag: Tag }

const expectSameEvents = (found: ReadonlyArray<Event.RecordedEvent>, expected: ReadonlyArray<Row>) => {
  const content = (event: Event.RecordedEvent | Row) => [
    Event.isLifecycle(event.type) ? "an id of the store's own" : event.id,
    event.stream,
    event.version,
    event.type,
    event.data
  ]
  expect(found.map(content)).toEqual(expected.map(content))
}

/** One store and one model, in the middle of a sequence of operations. */
class ModelComparison {
  readonly #log: EventStore.Service
  readonly #name = uniqueName()
  readonly #model = new Model()
  readonly #ids = new Map<number, string>()

  constructor(log: EventStore.Service) {
    this.#log = log
  }

  /** Runs one operation on both. */
  run(operation: Operation): Effect.Effect<void, EventStoreError.EventStoreError> {
    switch (operation._tag) {
      case "append":
        return this.#append(operation)
      case "again":
        return this.#repeat(operation)
      case "archive":
      case "unarchive":
      case "truncate":
        return this.#change(operation)
      case "read":
        return this.#read(operation)
      case "readAll":
        return this.#readAll(operation)
    }
  }

  /** Compares the whole log, and each stream, after the last operation. */
  end() {
    return Effect.gen({ self: this }, function* () {
      const all = yield* Stream.runCollect(this.#log.readAll({ aggregates: [this.#name], truncated: "skip" }))
      expectSameEvents(
        all,
        this.#model.rows.filter(({ isGone }) => !isGone)
      )
      for (let i = 0; i < streamCount; i++) {
        const stream = this.#streamOf(i)
        expect(yield* this.#log.streamInfo(stream)).toMatchObject({
          version: this.#model.of(stream).length,
          archived: this.#model.isArchived(stream),
          firstVersion: this.#model.firstVersion(stream)
        })
      }
      expect(isRising(all.map(({ position }) => position))).toBe(true)
    })
  }

  #streamOf(index: number) {
    return `${this.#name}-${index}`
  }

  #append({ entries }: Of<"append">) {
    return Effect.gen({ self: this }, function* () {
      const appends = yield* this.#appendsOf(entries)
      const single = appends.length === 1 ? appends[0] : undefined
      const [refusal, before] = [this.#model.refusal(appends), this.#model.rows.length]
      // The same ids can have the same content by chance. That is a repeat, which "again" tests.
      if (refusal.includes("EventIdReused") && isPartlyRepeat(this.#model, appends)) return
      const result = yield* Effect.result(
        single === undefined
          ? this.#log.appendAll(appends)
          : Effect.map(this.#log.append(single.stream, single.expected, single.events), (one) => [one])
      )
      if (result._tag === "Failure") {
        expect(refusal).toContain(result.failure.reason._tag)
        return
      }
      expect(refusal).toEqual([])
      this.#model.write(appends)
      expect(versionsOf(result.success)).toEqual(appends.map(({ stream }) => this.#model.of(stream).length))
      expect(result.success.every(({ repeated }) => !repeated)).toBe(true)
      if (this.#model.rows.length > before) this.#model.acknowledged.push({ appends, results: result.success })
    })
  }

  #appendsOf(entries: ReadonlyArray<Entry>) {
    return Effect.gen({ self: this }, function* () {
      const appends: Array<EventStore.Append> = []
      for (const { drafts, expected, stream } of entries) {
        const events: Array<Event.NewEvent> = []
        for (const { data, day, id: number, type } of drafts) {
          const id = this.#ids.get(number) ?? (yield* EventId.make)
          this.#ids.set(number, id)
          // The stream is part of the data, so that a repeated id in another stream is always
          // another event.
          events.push({ id, type, schemaVersion: 1, data: [stream, data], metadata: {}, occurredAt: at(day) })
        }
        appends.push({ stream: this.#streamOf(stream), expected, events })
      }
      return appends
    })
  }

  #repeat({ of }: Of<"again">) {
    return Effect.gen({ self: this }, function* () {
      const { acknowledged } = this.#model
      const { appends, results } = acknowledged[of % Math.max(1, acknowledged.length)] ?? {}
      // An append without events is not repeated: its expected version is checked again.
      if (appends === undefined || results === undefined || appends.some(({ events }) => events.length === 0)) return
      expect(yield* this.#log.appendAll(appends)).toEqual(results.map((result) => ({ ...result, repeated: true })))
    })
  }

  #change(operation: Of<"archive" | "unarchive" | "truncate">) {
    return Effect.gen({ self: this }, function* () {
      const stream = this.#streamOf(operation.stream)
      const expected = this.#model.change(operation, stream)
      const result = yield* Effect.result(
        operation._tag === "truncate"
          ? this.#log.truncate(stream, { before: operation.before })
          : this.#log[operation._tag](stream)
      )
      if (result._tag === "Failure") expect(result.failure.reason._tag).toBe(expected)
      else {
        expect(result.success.repeated ? "repeated" : "changed").toBe(expected)
        expect(result.success.version).toBe(this.#model.of(stream).length)
      }
    })
  }

  #read(operation: Of<"read">) {
    const stream = this.#streamOf(operation.stream)
    const options = { ...operation.options, ...(operation.day < 0 ? {} : { asOf: at(operation.day) }) }
    const rows = this.#model.of(stream)
    const from = Math.max(options.from ?? 1, this.#model.firstVersion(stream))
    const expected = options.truncated === "skip" ? readOf(rows, { ...options, from }) : readOf(rows, options)
    return this.#delivers(this.#log.read(stream, options), expected)
  }

  #readAll({ limit, pageSize, truncated, types }: Of<"readAll">) {
    const wanted = this.#model.rows.filter(
      ({ isGone, type }) => types.includes(type) && !(isGone && truncated === "skip")
    )
    return this.#delivers(
      this.#log.readAll({ aggregates: [this.#name], types, limit, pageSize, truncated }),
      wanted.slice(0, limit)
    )
  }

  /** Expects the events up to the first truncated one, at which the stream fails. */
  #delivers(stream: Stream.Stream<Event.RecordedEvent, EventStoreError.EventStoreError>, expected: ReadonlyArray<Row>) {
    return Effect.gen({ self: this }, function* () {
      const found: Array<Event.RecordedEvent> = []
      const ended = yield* Effect.result(Stream.runForEach(stream, (event) => Effect.sync(() => found.push(event))))
      const gone = expected.find(({ isGone }) => isGone)
      expectSameEvents(found, gone === undefined ? expected : expected.slice(0, expected.indexOf(gone)))
      if (gone === undefined) expect(ended._tag).toBe("Success")
      else {
        const firstVersion = this.#model.firstVersion(gone.stream)
        const reason = { _tag: "StreamTruncated", stream: gone.stream, firstVersion }
        expect(ended).toMatchObject({ failure: { reason } })
      }
    })
  }
}

/** Checks that an event repeats a known one: the same id with the same content. */
const isPartlyRepeat = (model: Model, appends: ReadonlyArray<EventStore.Append>) =>
  appends.some(({ events, stream }) =>
    events.some(({ data, id, type }) =>
      model
        .of(stream)
        .some((row) => row.id === id && row.type === type && (row.isGone || String(row.data) === String(data)))
    )
  )

const run = (sequence: ReadonlyArray<Operation>) =>
  Effect.flatMap(store, (log) => {
    const comparison = new ModelComparison(log)
    return Effect.andThen(
      Effect.forEach(sequence, (operation) => comparison.run(operation), { discard: true }),
      comparison.end()
    )
  })

/** Registers the test that a store agrees with the model on random sequences of operations. */
export const property = (
  it: It,
  options: { readonly timeout: number; readonly runs: number; readonly seed: number | undefined }
): void =>
  it.effect(
    "any sequence of operations gives the same results as a model of a log",
    () =>
      Effect.flatMap(Effect.context<typeof store.Identifier>(), (context) => {
        const holds = fc.asyncProperty(operations, (sequence) =>
          Effect.runPromise(Effect.provideContext(run(sequence), context))
        )
        const seed = options.seed === undefined ? {} : { seed: options.seed }
        return Effect.promise(() => fc.assert(holds, { numRuns: options.runs, ...seed }))
      }),
    options.timeout
  )
