/**
 * Promises about finding an event by its id (a part of promise 4), and about information on a
 * stream.
 */
import { Effect } from "effect"
import { expect } from "vitest"
import { append, events, promise, type Promises, read, reasonOf, store, uniqueStream } from "./Fixture.ts"

export const locating: Promises = [
  promise(
    "4. an acknowledged event is found by its id, even if it is truncated; an unknown id is not found",
    Effect.gen(function* () {
      const { locate, truncate } = yield* store
      const stream = uniqueStream()
      const three = yield* events(3)
      expect(yield* locate(three[1]!.id)).toBeUndefined()
      yield* append(stream, "any", three)
      const stored = yield* read(stream)
      for (const { id, position, type, version } of stored) {
        expect(yield* locate(id)).toEqual({ stream, version, position, type })
      }
      yield* truncate(stream, { before: 3 })
      const [{ position, type, version } = expect.fail()] = stored
      expect(yield* locate(three[0]!.id)).toEqual({ stream, version, position, type })
      for (const id of ["", "7", `${three[0]!.id} `, three[0]!.id.toUpperCase(), null as never]) {
        expect((yield* reasonOf(locate(id)))._tag).toBe("InvalidRequest")
      }
    })
  )
]

export const streamInfo: Promises = [
  promise(
    "streamInfo: returns version, position and time of the last event, or that the stream does not exist",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const info = (stream: string) => store.use((store) => store.streamInfo(stream))
      expect(yield* info(stream)).toEqual({
        stream,
        exists: false,
        version: 0,
        position: 0,
        archived: false,
        firstVersion: 1
      })
      for (const count of [1, 3]) {
        const { position, version } = yield* append(stream, "any", yield* events(count))
        const recordedAt = (yield* read(stream)).at(-1)!.recordedAt
        expect(yield* info(stream)).toEqual({
          stream,
          exists: true,
          version,
          position,
          recordedAt,
          archived: false,
          firstVersion: 1
        })
      }
      for (const wrong of ["", "a\0b", "\uD800", "x".repeat(1_001)]) {
        expect((yield* reasonOf(info(wrong)))._tag).toBe("InvalidRequest")
      }
    })
  )
]
