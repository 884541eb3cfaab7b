/**
 * Promises about archived and truncated streams: readers and writers learn of it, and numbers and
 * ids keep their meaning.
 */
import { Effect, Result, Stream } from "effect"
import { Checkpoint, Event, EventId, EventStore } from "eventfold"
import { expect } from "vitest"
import {
  append,
  appendAll,
  events,
  idsOf,
  promise,
  type Promises,
  read,
  readAll,
  reasonOf,
  store,
  uniqueName,
  uniqueStream,
  upTo,
  versionsOf
} from "./Fixture.ts"

const typesOf = (events: ReadonlyArray<Event.RecordedEvent>) => events.map(({ type }) => type)

export const archiving: Promises = [
  promise(
    "archive: appends are refused for every expected version, and write nothing",
    Effect.gen(function* () {
      const { archive, streamInfo } = yield* store
      const [stream, other] = [uniqueStream(), uniqueStream()]
      yield* append(stream, "any", yield* events(2))
      const archived = yield* archive(stream, { reason: "closed" })
      expect(archived).toMatchObject({ version: 3, repeated: false })
      for (const expected of ["any", "noStream", "streamExists", 2, 3, 9] as const) {
        const reason = yield* reasonOf(append(stream, expected, yield* events(1)))
        expect(reason).toMatchObject({ _tag: "StreamArchived", stream, version: 3, isRetryable: false })
      }
      const both = [
        { stream: other, expected: "any", events: yield* events(1) },
        { stream, expected: "any", events: yield* events(2) }
      ] as const
      expect((yield* reasonOf(appendAll(both)))._tag).toBe("StreamArchived")
      expect(yield* read(other)).toEqual([])
      expect(yield* streamInfo(stream)).toMatchObject({ exists: true, version: 3, archived: true, firstVersion: 1 })
      const stored = yield* read(stream)
      expect(typesOf(stored)).toEqual(["Noted", "Noted", "$archived"])
      expect(stored.at(-1)).toMatchObject({ data: { reason: "closed" }, version: 3, position: archived.position })
      expect(typesOf(yield* read(stream, { direction: "backwards", limit: 1 }))).toEqual([Event.lifecycle.archived])
    })
  ),

  promise(
    "archive: a repeated append still returns its first result, and an append with the version before the archive conflicts",
    Effect.gen(function* () {
      const { archive, unarchive } = yield* store
      const stream = uniqueStream()
      const two = yield* events(2)
      const first = yield* append(stream, "noStream", two)
      yield* archive(stream)
      expect(yield* append(stream, "noStream", two)).toEqual({ ...first, repeated: true })
      yield* unarchive(stream)
      const reason = yield* reasonOf(append(stream, 2, yield* events(1)))
      expect(reason).toMatchObject({ _tag: "VersionConflict", expected: 2, actual: 4 })
      expect(yield* append(stream, 4, yield* events(1))).toMatchObject({ version: 5 })
    })
  ),

  promise(
    "archive: archiving twice changes nothing, nor does unarchiving an open stream; a missing stream cannot be archived",
    Effect.gen(function* () {
      const { archive, streamInfo, unarchive } = yield* store
      const stream = uniqueStream()
      for (const change of [archive, unarchive]) {
        const reason = yield* reasonOf(change(stream))
        expect(reason).toMatchObject({ _tag: "VersionConflict", expected: "streamExists", actual: 0 })
      }
      const { position } = yield* append(stream, "any", yield* events(1))
      expect(yield* unarchive(stream)).toEqual({ version: 1, position, repeated: true })
      const archived = yield* archive(stream)
      expect(yield* archive(stream, { reason: "again" })).toEqual({ ...archived, repeated: true })
      expect(yield* unarchive(stream)).toMatchObject({ version: 3, repeated: false })
      expect(yield* streamInfo(stream)).toMatchObject({ version: 3, archived: false })
      expect(typesOf(yield* read(stream))).toEqual(["Noted", "$archived", "$unarchived"])
    })
  ),

  promise(
    "archive: a concurrent append is written before the archive or refused; concurrent calls archive a stream once",
    Effect.gen(function* () {
      const { archive } = yield* store
      for (let round = 0; round < 5; round++) {
        const stream = uniqueStream()
        yield* append(stream, "any", yield* events(1))
        const appending = Effect.gen(function* () {
          const written: Array<string> = []
          for (let i = 0; i < 20; i++) {
            const [one] = yield* events(1)
            const outcome = yield* Effect.result(append(stream, "any", [one!]))
            if (Result.isSuccess(outcome)) written.push(one!.id)
            else expect(outcome.failure.reason._tag).toBe("StreamArchived")
            yield* Effect.yieldNow
          }
          return written
        })
        const archiving = Effect.andThen(Effect.sleep(`${round} millis`), archive(stream))
        const [written] = yield* Effect.all(
          [Effect.all([appending, appending, appending], { concurrency: 3 }), archiving, archiving, archiving],
          { concurrency: "unbounded" }
        )
        const stored = yield* read(stream)
        expect(stored.at(-1)?.type).toBe(Event.lifecycle.archived)
        expect(typesOf(stored).filter((type) => type === Event.lifecycle.archived)).toHaveLength(1)
        expect(idsOf(stored).slice(1, -1).toSorted()).toEqual(written.flat().toSorted())
        expect(versionsOf(stored)).toEqual(upTo(stored.length))
      }
    })
  ),

  promise(
    "archive: readers of the log get the event in order, with the metadata of the caller",
    Effect.gen(function* () {
      const { archive, subscribe, truncate, unarchive } = yield* store
      const name = uniqueName()
      const asked = { actor: "clerk", correlationId: "c-1" }
      yield* append(`${name}-1`, "any", yield* events(1))
      yield* Effect.provideService(archive(`${name}-1`), Event.CurrentMetadata, asked)
      yield* unarchive(`${name}-1`)
      yield* append(`${name}-1`, "any", yield* events(1))
      yield* Effect.provideService(truncate(`${name}-1`, { before: 1 }), Event.CurrentMetadata, asked)
      yield* archive(`${name}-1`)
      const found = yield* subscribe({ aggregates: [name] }).pipe(Stream.take(5), Stream.runCollect)
      expect(typesOf(found)).toEqual(["Noted", "$archived", "$unarchived", "Noted", "$archived"])
      expect(found[1]?.metadata).toEqual(asked)
      const types = [Event.lifecycle.archived, Event.lifecycle.unarchived]
      expect(typesOf(yield* readAll({ aggregates: [name], types }))).toEqual([...types, Event.lifecycle.archived])
    })
  ),

  promise(
    "archive: types that begin with $ are reserved, and invalid requests are refused in the terms of the caller",
    Effect.gen(function* () {
      const { archive, truncate, unarchive } = yield* store
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(1))
      for (const type of ["$archived", "$unarchived", "$truncated", "$"]) {
        const reason = yield* reasonOf(append(stream, "any", yield* events(1, { type })))
        expect(reason).toMatchObject({ _tag: "InvalidRequest" })
        expect(reason.message).toContain("the store's own")
      }
      const refused = [
        archive(""),
        archive(stream, { reason: "\0" }),
        unarchive("\ud800"),
        unarchive(stream, { reason: "half \udc00" }),
        ...[0, -1, 1.5, Number.NaN, 3].map((before) => truncate(stream, { before })),
        truncate(stream, { before: 1, reason: "\0" }),
        truncate("x".repeat(1_001), { before: 1 })
      ]
      for (const effect of refused) expect((yield* reasonOf(effect))._tag).toBe("InvalidRequest")
      for (const effect of [archive(stream), truncate(stream, { before: 2 })]) {
        const asked = Effect.provideService(effect, Event.CurrentMetadata, { actor: "half \udc00" })
        expect((yield* reasonOf(asked)).message).toContain("metadata.actor")
      }
      expect(versionsOf(yield* read(stream))).toEqual([1])
    })
  )
]

export const truncating: Promises = [
  promise(
    "truncate: content and metadata are removed, a read reports the first version that is left, and versions continue",
    Effect.gen(function* () {
      const { streamInfo, truncate } = yield* store
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(5, { metadata: { actor: "secret" } }))
      const truncated = yield* truncate(stream, { before: 4, reason: "kept for ten years" })
      expect(truncated).toMatchObject({ version: 6, repeated: false })
      const reason = yield* reasonOf(read(stream))
      expect(reason).toMatchObject({ _tag: "StreamTruncated", stream, firstVersion: 4, isRetryable: false })
      const left = yield* read(stream, { truncated: "skip" })
      expect(versionsOf(left)).toEqual([4, 5, 6])
      expect(left.at(-1)).toMatchObject({ type: "$truncated", data: { before: 4, reason: "kept for ten years" } })
      expect(yield* read(stream, { from: 4 })).toEqual(left)
      expect(versionsOf(yield* read(stream, { direction: "backwards", limit: 3 }))).toEqual([6, 5, 4])
      for (const options of [{ from: 3 }, { to: 2 }, { direction: "backwards" }, { from: 2, limit: 1 }] as const) {
        expect((yield* reasonOf(read(stream, options)))._tag).toBe("StreamTruncated")
      }
      const before = yield* EventStore.EventStore.use(({ read }) =>
        read(stream, { direction: "backwards" }).pipe(Stream.take(3), Stream.runCollect)
      )
      expect(versionsOf(before)).toEqual([6, 5, 4])
      expect(yield* streamInfo(stream)).toMatchObject({ version: 6, archived: false, firstVersion: 4 })
      expect(yield* append(stream, 6, yield* events(1))).toMatchObject({ version: 7 })
    })
  ),

  promise(
    "truncate: a lower version changes nothing, a higher one truncates more, and the whole stream can be truncated",
    Effect.gen(function* () {
      const { streamInfo, truncate } = yield* store
      const stream = uniqueStream()
      expect((yield* reasonOf(truncate(stream, { before: 2 })))._tag).toBe("VersionConflict")
      yield* append(stream, "any", yield* events(4))
      expect(yield* truncate(stream, { before: 1 })).toMatchObject({ version: 4, repeated: true })
      yield* truncate(stream, { before: 3 })
      for (const before of [1, 2, 3]) {
        expect(yield* truncate(stream, { before })).toMatchObject({ version: 5, repeated: true })
      }
      const beyond = yield* reasonOf(truncate(stream, { before: 7 }))
      expect(beyond.message).toContain("at version 5")
      expect(yield* truncate(stream, { before: 6 })).toMatchObject({ version: 6, repeated: false })
      expect(typesOf(yield* read(stream, { truncated: "skip" }))).toEqual(["$truncated"])
      expect(yield* streamInfo(stream)).toMatchObject({ version: 6, firstVersion: 6 })
    })
  ),

  promise(
    "truncate: an archived stream stays archived",
    Effect.gen(function* () {
      const { archive, streamInfo, truncate, unarchive } = yield* store
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(2))
      yield* archive(stream, { reason: "closed" })
      const { position, version } = yield* truncate(stream, { before: 4 })
      expect(version).toBe(5)
      expect(yield* streamInfo(stream)).toMatchObject({ version, position, archived: true, firstVersion: 4 })
      expect((yield* reasonOf(append(stream, "any", yield* events(1))))._tag).toBe("StreamArchived")
      const left = yield* read(stream, { truncated: "skip" })
      expect(typesOf(left)).toEqual(["$truncated", "$archived"])
      // The reason is unchanged.
      expect(left.at(-1)!.data).toEqual({ reason: "closed" })
      yield* unarchive(stream)
      expect(yield* append(stream, 6, yield* events(1))).toMatchObject({ version: 7 })
    })
  ),

  promise(
    "truncate: ids of truncated events stay used, and a repeated append still returns its first result",
    Effect.gen(function* () {
      const { truncate } = yield* store
      const [stream, other] = [uniqueStream(), uniqueStream()]
      const three = yield* events(3)
      const first = yield* append(stream, "noStream", three)
      yield* truncate(stream, { before: 3 })
      expect(yield* append(stream, "noStream", three)).toEqual({ ...first, repeated: true })
      expect((yield* reasonOf(append(other, "any", three.slice(0, 1))))._tag).toBe("EventIdReused")
      const another = three.map((event) => ({ ...event, type: "Marked" }))
      expect((yield* reasonOf(append(stream, "any", another)))._tag).toBe("EventIdReused")
      const kept = [{ ...three[2]!, data: "another" }]
      expect((yield* reasonOf(append(stream, "any", kept)))._tag).toBe("EventIdReused")
    })
  ),

  promise(
    "truncate: a reader past the truncated events continues; a reader before them fails, unless it skips them",
    Effect.gen(function* () {
      const { id, pages, subscribe, truncate } = yield* store
      const name = uniqueName()
      const filter = { aggregates: [name] }
      yield* append(`${name}-1`, "any", yield* events(3))
      yield* append(`${name}-2`, "any", yield* events(2))
      const [one, two, three, four, five] = yield* readAll(filter)
      yield* truncate(`${name}-1`, { before: 3 })
      const rest = (after: Event.RecordedEvent, take: number, truncated: "fail" | "skip" = "fail") =>
        subscribe({ ...filter, truncated, after: Checkpoint.after(id, after) }).pipe(
          Stream.take(take),
          Stream.runCollect
        )
      const left = yield* rest(two!, 4)
      expect(typesOf(left)).toEqual(["Noted", "Noted", "Noted", "$truncated"])
      expect(idsOf(left).slice(0, 3)).toEqual(idsOf([three!, four!, five!]))
      // The event of a checkpoint can be truncated. The event after this one is truncated too, so
      // the read fails.
      const reason = yield* reasonOf(rest(one!, 1))
      expect(reason).toMatchObject({ _tag: "StreamTruncated", stream: `${name}-1`, firstVersion: 3 })
      expect(yield* rest(one!, 4, "skip")).toEqual(left)
      expect((yield* reasonOf(readAll(filter)))._tag).toBe("StreamTruncated")
      expect(yield* readAll({ ...filter, truncated: "skip" })).toEqual(left)
      // A filter that matches no truncated event is not affected.
      expect(typesOf(yield* readAll({ ...filter, types: ["$truncated"] }))).toEqual(["$truncated"])
      const first = yield* pages({ ...filter, truncated: "skip", pageSize: 2 }).pipe(Stream.take(1), Stream.runCollect)
      expect(idsOf(first[0]!.events)).toEqual(idsOf([three!, four!]))
    })
  ),

  promise(
    "truncate: limits and pages count the events that are left, even if many are truncated",
    Effect.gen(function* () {
      const { truncate } = yield* store
      const name = uniqueName()
      yield* append(`${name}-1`, "any", yield* events(1_300))
      yield* append(`${name}-2`, "any", yield* events(3))
      yield* truncate(`${name}-1`, { before: 1_299 })
      expect(versionsOf(yield* read(`${name}-1`, { truncated: "skip", limit: 2 }))).toEqual([1_299, 1_300])
      const all = yield* readAll({ aggregates: [name], truncated: "skip" })
      expect(versionsOf(all)).toEqual([1_299, 1_300, 1, 2, 3, 1_301])
      for (const pageSize of [1, 2, 5, 1_000]) {
        for (const limit of [1, 3, 6, 9]) {
          const found = yield* readAll({ aggregates: [name], truncated: "skip", pageSize, limit })
          expect(idsOf(found)).toEqual(idsOf(all.slice(0, limit)))
        }
      }
      const backwards = yield* EventStore.EventStore.use(({ read }) =>
        read(`${name}-1`, { direction: "backwards" }).pipe(Stream.take(3), Stream.runCollect)
      )
      expect(versionsOf(backwards)).toEqual([1_301, 1_300, 1_299])
    })
  ),

  promise(
    "truncate: concurrent appends lose no event",
    Effect.gen(function* () {
      const { truncate } = yield* store
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(10))
      const appending = Effect.gen(function* () {
        const ids: Array<string> = []
        for (let i = 0; i < 20; i++) {
          const id = yield* EventId.make
          yield* append(stream, "any", [{ id, type: "Noted", schemaVersion: 1, data: i, metadata: {} }])
          ids.push(id)
        }
        return ids
      })
      const cutting = Effect.forEach([3, 6, 9], (before) => truncate(stream, { before }))
      const [first, second] = yield* Effect.all([appending, appending, cutting], { concurrency: "unbounded" })
      const left = yield* read(stream, { truncated: "skip" })
      expect(versionsOf(left)).toEqual(upTo(53).slice(8))
      const ids = new Set(idsOf(left))
      expect([...first, ...second].filter((id) => !ids.has(id))).toEqual([])
      expect(typesOf(left).filter((type) => type === Event.lifecycle.truncated)).toHaveLength(3)
    })
  )
]
