/**
 * The event store in memory: for tests and for trying things out. It keeps every promise but durability, and holds what
 * is stored as text, so that what comes out never shares an object with what went in.
 */
import { Clock, DateTime, Deferred, Effect, Layer, Option, Result, type Schema, Stream } from "effect"
import * as AppendOutcome from "./AppendOutcome.ts"
import type { NewEvent, RecordedEvent } from "./Event.ts"
import { make as makeId } from "./EventId.ts"
import { type Append, type Appended, EventStore, type ExpectedVersion, type ReadOptions } from "./EventStore.ts"
import { EventStoreError, InvalidRequest } from "./EventStoreError.ts"
import * as LogReader from "./LogReader.ts"
import { countAllOrNone } from "./StoreMetrics.ts"
import * as StoreRequest from "./StoreRequest.ts"

interface Row extends Omit<RecordedEvent, "data" | "recordedAt" | "occurredAt"> {
  readonly text: string
  readonly recordedAt: number
  readonly occurredAt: number
}

const recorded = ({ occurredAt, recordedAt, text, ...row }: Row): RecordedEvent => ({
  ...row,
  data: JSON.parse(text) as Schema.Json,
  recordedAt: DateTime.makeUnsafe(recordedAt),
  occurredAt: DateTime.makeUnsafe(occurredAt)
})

const fail = (reason: EventStoreError["reason"]) => Result.fail(new EventStoreError({ reason }))

/** The log, and how to add to it and read from it, without effects: each call is one step that nothing can interleave. */
class Log {
  readonly rows: Array<Row> = []
  readonly streams = new Map<string, Array<Row>>()
  readonly ids = new Map<string, Row>()

  /** Done at the next append: readers wait for it. */
  grown = Deferred.makeUnsafe<void>()

  place(position: number): LogReader.Head {
    const row = this.rows[Math.min(position, this.rows.length) - 1]
    return { position: row?.position ?? 0, eventId: row?.id ?? null, epoch: 0 }
  }

  /** Nothing lies between looking and waiting, so no append is overlooked. */
  beyond(position: number): Effect.Effect<LogReader.Head> {
    return Effect.suspend(() =>
      this.rows.length > position
        ? Effect.succeed(this.place(Infinity))
        : Effect.flatMap(Deferred.await(this.grown), () => this.beyond(position))
    )
  }

  appendAll(appends: ReadonlyArray<Append>, now: number): Result.Result<ReadonlyArray<Appended>, EventStoreError> {
    const invalid = StoreRequest.checkAppends("append", appends)
    if (invalid !== undefined) return Result.fail(invalid)
    const texts: Array<ReadonlyArray<string>> = []
    for (const { events, stream } of appends) {
      const encoded: Array<string> = []
      for (const event of events) {
        const text = StoreRequest.dataText(event.data)
        if (Result.isFailure(text)) {
          return fail(
            new InvalidRequest({ operation: "append", problem: `${event.type} for ${stream}: ${text.failure}` })
          )
        }
        encoded.push(text.success)
      }
      texts.push(encoded)
    }
    // Everything is checked before anything is written: ids first, then versions.
    const repeats: Array<Appended | undefined> = []
    for (const [i, append] of appends.entries()) {
      const repeated = AppendOutcome.repeated(append, texts[i]!, this.ids)
      if (repeated !== undefined && Result.isFailure(repeated)) return Result.fail(repeated.failure)
      repeats.push(repeated?.success)
      if (repeated !== undefined) continue
      const conflict = AppendOutcome.conflict(append, this.streams.get(append.stream)?.length ?? 0)
      if (conflict !== undefined) return Result.fail(conflict)
    }
    const before = this.rows.length
    const appended = appends.map((append, i) => repeats[i] ?? this.#write(append, texts[i]!, now))
    if (this.rows.length > before) {
      Deferred.doneUnsafe(this.grown, Effect.void)
      this.grown = Deferred.makeUnsafe()
    }
    return Result.succeed(appended)
  }

  #write({ events, stream }: Append, texts: ReadonlyArray<string>, now: number): Appended {
    const rows = this.streams.get(stream) ?? []
    // The clock may be set back; the times within a stream never go back.
    const recordedAt = Math.max(now, rows.at(-1)?.recordedAt ?? now)
    for (const [i, { id, metadata, occurredAt, schemaVersion, type }] of events.entries()) {
      const row: Row = {
        id,
        stream,
        version: rows.length + 1,
        position: this.rows.length + 1,
        type,
        schemaVersion,
        metadata: { ...metadata },
        text: texts[i]!,
        recordedAt,
        occurredAt: occurredAt?.epochMilliseconds ?? recordedAt
      }
      rows.push(row)
      this.rows.push(row)
      this.ids.set(id, row)
    }
    if (rows.length > 0) this.streams.set(stream, rows)
    return { version: rows.length, position: rows.at(-1)?.position ?? 0, repeated: false }
  }

  read(stream: string, options: ReadOptions): ReadonlyArray<Row> {
    let rows: ReadonlyArray<Row> = this.streams.get(stream) ?? []
    const asOf = options.asOf?.epochMilliseconds ?? Infinity
    const asKnownAt = options.asKnownAt?.epochMilliseconds ?? Infinity
    const end = rows.findIndex(({ occurredAt, recordedAt }) => occurredAt > asOf || recordedAt > asKnownAt)
    if (end >= 0) rows = rows.slice(0, end)
    const { direction, from = 1, limit = Infinity, to = Infinity } = options
    rows = rows.filter(({ version }) => version >= from && version <= to)
    return (direction === "backwards" ? rows.toReversed() : rows).slice(0, limit)
  }

  page(
    after: number,
    to: number,
    { aggregates, types }: Pick<LogReader.Slice, "aggregates" | "types">,
    size: number
  ): ReadonlyArray<Row> {
    const page: Array<Row> = []
    // Positions are indices here: the row at index i has position i + 1.
    for (let i = after; i < to && page.length < size; i++) {
      const row = this.rows[i]!
      if (types !== undefined && !types.includes(row.type)) continue
      if (aggregates !== undefined && !aggregates.some((name) => row.stream.startsWith(`${name}-`))) continue
      page.push(row)
    }
    return page
  }
}

const make = Effect.map(makeId, (id) => {
  const log = new Log()
  const appendAll = (appends: ReadonlyArray<Append>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const appended = log.appendAll(appends, now)
      return Effect.andThen(countAllOrNone(appends, appended), Effect.fromResult(appended))
    })
  const reader = LogReader.make({
    id,
    watch: Effect.succeed({ now: Effect.sync(() => log.place(Infinity)), beyond: (position) => log.beyond(position) }),
    lastAt: (position) => Effect.sync(() => log.place(position)),
    slice: (slice) => Effect.sync(() => log.page(slice.after.position, slice.to, slice, slice.size).map(recorded))
  })
  return EventStore.of({
    id,
    ...reader,
    streamInfo: Effect.fn("EventStore.streamInfo")(function* (stream: string) {
      const invalid = StoreRequest.checkStream("streamInfo", stream)
      if (invalid !== undefined) return yield* invalid
      const row = log.streams.get(stream)?.at(-1)
      if (row === undefined) return { stream, exists: false, version: 0, position: 0 }
      const { position, recordedAt, version } = row
      return { stream, exists: true, version, position, recordedAt: DateTime.makeUnsafe(recordedAt) }
    }),
    append: Effect.fn("EventStore.append")(function* (
      stream: string,
      expected: ExpectedVersion,
      events: ReadonlyArray<NewEvent>
    ) {
      const [appended] = yield* appendAll([{ stream, expected, events }])
      return appended!
    }),
    appendAll: Effect.fn("EventStore.appendAll")(appendAll),
    read: (stream, options = {}) =>
      Stream.suspend(() => {
        const invalid = StoreRequest.checkRead(stream, options)
        return invalid === undefined ? Stream.fromArray(log.read(stream, options).map(recorded)) : Stream.fail(invalid)
      }),
    readAll: (options = {}) =>
      Stream.suspend(() => {
        const invalid = StoreRequest.checkReadAll(options)
        if (invalid !== undefined) return Stream.fail(invalid)
        const { after = 0, limit = Infinity, pageSize = 1_000 } = options
        const to = log.rows.length
        const pages = Stream.paginate({ after, left: limit }, ({ after, left }) =>
          Effect.sync(() => {
            const size = Math.min(pageSize, left)
            const rows = log.page(after, to, { aggregates: options.aggregates, types: options.types }, size)
            const more = rows.length === size && rows.length < left
            const next = more ? { after: rows.at(-1)!.position, left: left - rows.length } : undefined
            return [rows.map(recorded), Option.fromUndefinedOr(next)] as const
          })
        )
        return pages
      })
  })
})

/**
 * A new, empty store in memory.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { EventId, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const id = yield* EventId.make
 *   yield* store.append("Account-1", "noStream", [
 *     { id, type: "AccountOpened", schemaVersion: 1, data: { owner: "Jana" }, metadata: {} }
 *   ])
 *   return yield* Stream.runCount(store.read("Account-1")) // 1
 * })
 * const count = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 */
export const layer: Layer.Layer<EventStore> = Layer.effect(EventStore, make)
