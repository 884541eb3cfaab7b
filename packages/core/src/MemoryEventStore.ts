/**
 * The event store in memory, for tests and experiments. It keeps every promise except durability,
 * and stores events as text, so that results never share objects with the appended events.
 */
import { Clock, DateTime, Effect, Layer, Option, Stream } from "effect"
import { lifecycle } from "./Event.ts"
import { make as makeId } from "./EventId.ts"
import { EventStore } from "./EventStore.ts"
import { MemoryInline } from "./internal/memory/MemoryInline.ts"
import { type Content, MemoryLog } from "./internal/memory/MemoryLog.ts"
import * as MemoryProjections from "./internal/memory/MemoryProjections.ts"
import * as MemoryReactions from "./internal/memory/MemoryReactions.ts"
import { MemorySnapshots } from "./internal/memory/MemorySnapshots.ts"
import { MemoryTables } from "./internal/memory/MemoryTables.ts"
import * as StoreService from "./store/StoreService.ts"

type Operations = StoreService.Operations

const logOf = (log: MemoryLog): Operations["log"] => ({
  watch: Effect.succeed({ now: Effect.sync(() => log.headAt(Infinity)), beyond: (position) => log.beyond(position) }),
  lastAt: (position) => Effect.sync(() => log.headAt(position)),
  slice: (slice) =>
    Effect.suspend(() => {
      const { error, events } = log.content(log.page(slice.after.position, slice.to, slice, slice.size))
      return error === undefined ? Effect.succeed(events) : Effect.fail(error)
    })
})

const lookupsOf = (log: MemoryLog): Pick<Operations, "locate" | "streamInfo"> => ({
  locate: (id) =>
    Effect.sync(() => {
      const row = log.ids.get(id)
      if (row === undefined) return undefined
      const { position, stream, type, version } = row
      return { stream, version, position, type }
    }),
  streamInfo: (stream) =>
    Effect.sync(() => {
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
        archived: type === lifecycle.archived,
        firstVersion
      }
    })
})

/** Emits the events that can be read, and then the failure, if there is one. */
const deliver = ({ error, events }: Content) =>
  error === undefined ? Stream.fromArray(events) : Stream.concat(Stream.fromArray(events), Stream.fail(error))

const readsOf = (log: MemoryLog): Pick<Operations, "read" | "readAll"> => ({
  read: (stream, options) => deliver(log.content(log.read(stream, options))),
  readAll: (options) => {
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
  }
})

const make = Effect.map(makeId, (id) => {
  const log = new MemoryLog()
  const snapshots = new MemorySnapshots((stream) => log.firstVersion(stream) > 1)
  const tables = new MemoryTables(id, log)
  const inline = new MemoryInline(tables)
  return StoreService.make({
    id,
    log: logOf(log),
    ...lookupsOf(log),
    ...readsOf(log),
    appendAll: (appends) => inline.appendEvents(appends),
    truncate: (truncation) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const done = log.truncate(truncation, now)
        if ("repeated" in done && !done.repeated) snapshots.forget(truncation.stream)
        return done
      }),
    snapshots: snapshots.service,
    projections: { ...MemoryProjections.make(tables), inline: inline.service },
    reactions: MemoryReactions.make(id, log)
  })
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
