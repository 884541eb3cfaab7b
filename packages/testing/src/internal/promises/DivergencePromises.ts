/** Promise 13: a checkpoint that does not match the log is refused, and skips no events. */
import { Effect, Schema, Stream } from "effect"
import { Checkpoint, EventStoreError } from "eventfold"
import { expect } from "vitest"
import { append, events, idsOf, promise, type Promises, read, reasonOf, store, uniqueName } from "./Fixture.ts"

export const divergence: Promises = [
  promise(
    "13. a checkpoint of another store, of a missing event or of another event is LogDiverged, before anything is delivered",
    Effect.gen(function* () {
      const name = uniqueName()
      const { id, pages, subscribe } = yield* store
      yield* append(`${name}-1`, "any", yield* events(3))
      const [first, second, third] = yield* read(`${name}-1`)
      const good = Checkpoint.after(id, first!)
      const missing = { storeId: id, position: 2 ** 50, eventId: first!.id }
      const wrong: ReadonlyArray<readonly [Checkpoint.Checkpoint, string | null]> = [
        [{ ...good, storeId: globalThis.crypto.randomUUID() }, first!.id],
        [{ ...good, position: second!.position }, second!.id],
        [{ ...good, eventId: third!.id }, first!.id],
        [{ ...good, eventId: null }, first!.id],
        [missing, null],
        [{ ...missing, position: 0 }, null]
      ]
      for (const [checkpoint, found] of wrong) {
        // The filter matches no event after the checkpoint, which is refused all the same.
        for (const options of [{}, { aggregates: [name] }, { types: ["Nothing"] }]) {
          let delivered = 0
          const count = Effect.sync(() => void delivered++)
          const following = { ...options, after: checkpoint }
          for (const run of [
            Stream.runForEach(subscribe(following), () => count),
            Stream.runForEach(pages(following), () => count)
          ]) {
            const reason = yield* reasonOf(run)
            expect(reason).toMatchObject({ _tag: "LogDiverged", checkpoint, storeId: id, found })
            expect(reason.isRetryable).toBe(false)
            expect(delivered).toBe(0)
          }
        }
      }
      const rest = yield* subscribe({ after: good, aggregates: [name] }).pipe(Stream.take(2), Stream.runCollect)
      expect(idsOf(rest)).toEqual(idsOf([second!, third!]))
    })
  ),

  promise(
    "13. a checkpoint that was stored as JSON is unchanged, as is the error that refuses it",
    Effect.gen(function* () {
      const name = uniqueName()
      const { id, pages } = yield* store
      yield* append(`${name}-1`, "any", yield* events(2))
      const json = Schema.fromJsonString(Checkpoint.Checkpoint)
      const [page] = yield* pages({ aggregates: [name], pageSize: 1 }).pipe(Stream.take(1), Stream.runCollect)
      const { checkpoint } = page!
      for (const each of [checkpoint, Checkpoint.beginning(id)]) {
        expect(Schema.decodeSync(json)(Schema.encodeSync(json)(each))).toEqual(each)
      }
      const reason = EventStoreError.EventStoreError.logDiverged({ checkpoint, storeId: id, found: null }).reason
      const codec = Schema.toCodecJson(EventStoreError.Reason)
      expect(Schema.decodeSync(codec)(Schema.encodeSync(codec)(reason)).message).toBe(reason.message)
    })
  )
]
