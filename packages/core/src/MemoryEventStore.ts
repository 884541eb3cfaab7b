/**
 * The event store in memory, for tests and experiments. It keeps every promise except durability,
 * and stores events as text, so that results never share objects with the appended events.
 */
import { Clock, DateTime, Effect, Layer, Option, Stream } from "effect"
import * as Event from "./Event.ts"
import { make as makeId } from "./EventId.ts"
import { type Append, type Appended, EventStore, type ExpectedVersion, type TruncateOptions } from "./EventStore.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import { MemoryInline } from "./internal/memory/MemoryInline.ts"
import { type Content, MemoryLog } from "./internal/memory/MemoryLog.ts"
import * as MemoryProjections from "./internal/memory/MemoryProjections.ts"
import * as MemoryReactions from "./internal/memory/MemoryReactions.ts"
import { MemorySnapshots } from "./internal/memory/MemorySnapshots.ts"
import { MemoryTables } from "./internal/memory/MemoryTables.ts"
import * as LogReader from "./store/LogReader.ts"
import { countAllOrNone } from "./store/StoreMetrics.ts"
import * as StoreRequest from "./store/StoreRequest.ts"
import * as StoreTracing from "./store/StoreTracing.ts"
import * as StreamLifecycle from "./store/StreamLifecycle.ts"

const readerOf = (id: string, log: MemoryLog) =>
  LogReader.make({
    id,
    watch: Effect.succeed({ now: Effect.sync(() => log.headAt(Infinity)), beyond: (position) => log.beyond(position) }),
    lastAt: (position) => Effect.sync(() => log.headAt(position)),
    slice: (slice) =>
      Effect.suspend(() => {
        const { error, events } = log.content(log.page(slice.after.position, slice.to, slice, slice.size))
        return error === undefined ? Effect.succeed(events) : Effect.fail(error)
      })
  })

const streamInfoOf = (log: MemoryLog) =>
  Effect.fnUntraced(function* (stream: string) {
    const invalid = StoreRequest.checkStream("streamInfo", stream)
    if (invalid !== undefined) return yield* invalid
    const firstVersion = log.firstVersion(stream)
    const row = log.streams.get(stream)?.at(-1)
    if (row === undefined) return { stream, exists: false, version: 0, position: 0, archived: false, firstVersion }
    const { position, recordedAt, type, version } = row
    return {
      stream,
      exists: true,
      version,
      position,
      recordedAt: DateTime.makeUnsafe(recordedAt),
      archived: type === Event.archived,
      firstVersion
    }
  })

/** Emits the events that can be read, and then the failure, if there is one. */
const deliver = ({ error, events }: Content) =>
  error === undefined ? Stream.fromArray(events) : Stream.concat(Stream.fromArray(events), Stream.fail(error))

const readsOf = (log: MemoryLog): Pick<EventStore["Service"], "read" | "readAll"> => ({
  read: (stream, options = {}) =>
    Stream.suspend(() => {
      const invalid = StoreRequest.checkRead(stream, options)
      return invalid === undefined ? deliver(log.content(log.read(stream, options))) : Stream.fail(invalid)
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
          const rows = log.page(after, to, options, size)
          const content = log.content(rows)
          const more = content.error === undefined && rows.length === size && rows.length < left
          const next = more ? { after: rows.at(-1)!.position, left: left - rows.length } : undefined
          return [[content], Option.fromUndefinedOr(next)] as const
        })
      )
      return Stream.flatMap(pages, deliver)
    })
})

const make = Effect.map(makeId, (id) => {
  const log = new MemoryLog()
  const snapshots = new MemorySnapshots((stream) => log.firstVersion(stream) > 1)
  const tables = new MemoryTables(id, log)
  const inline = new MemoryInline(tables)
  const counted = (appends: ReadonlyArray<Append>, written: Effect.Effect<ReadonlyArray<Appended>, EventStoreError>) =>
    Effect.flatMap(Effect.result(written), (appended) =>
      Effect.andThen(countAllOrNone(appends, appended), Effect.fromResult(appended))
    )
  const appendAll = (appends: ReadonlyArray<Append>, isOwn = false) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      counted(
        appends,
        inline.appendEvents(appends, () => log.plan(appends, now, isOwn))
      )
    )
  const streamInfo = streamInfoOf(log)
  const append = (isOwn: boolean) =>
    Effect.fnUntraced(function* (stream: string, expected: ExpectedVersion, events: ReadonlyArray<Event.NewEvent>) {
      const [appended] = yield* appendAll([{ stream, expected, events }], isOwn)
      return appended!
    })
  const service = EventStore.of({
    id,
    ...readerOf(id, log),
    ...readsOf(log),
    ...StreamLifecycle.make({ append: append(true), streamInfo }),
    locate: (id) =>
      Effect.suspend(() => {
        const invalid = StoreRequest.checkEventId("locate", id)
        if (invalid !== undefined) return Effect.fail(invalid)
        const row = log.ids.get(id)
        if (row === undefined) return Effect.succeed(undefined)
        const { position, stream, type, version } = row
        return Effect.succeed({ stream, version, position, type })
      }),
    snapshots: snapshots.service,
    projections: {
      ...MemoryProjections.make(tables),
      inline: {
        ...inline.service,
        append: (appends, works) => counted(appends, inline.service.append(appends, works))
      }
    },
    reactions: MemoryReactions.make(id, log),
    streamInfo,
    append: append(false),
    appendAll: (appends) => appendAll(appends),
    truncate: Effect.fnUntraced(function* (stream: string, options: TruncateOptions) {
      const invalid = StoreRequest.checkLifecycle("truncate", stream, options)
      if (invalid !== undefined) return yield* invalid
      const says = {
        truncated: yield* StreamLifecycle.event("truncate", Event.truncated, options),
        archivedId: yield* makeId
      }
      const now = yield* Clock.currentTimeMillis
      const appended = yield* Effect.fromResult(log.truncate(stream, options.before, says, now))
      if (!appended.repeated) snapshots.forget(stream)
      return appended
    })
  })
  return StoreTracing.traced(service)
})

/**
 * Provides a new, empty store in memory.
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
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<EventStore> = Layer.effect(EventStore, make)
