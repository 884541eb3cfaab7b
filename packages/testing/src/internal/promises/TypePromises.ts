/**
 * Promise 6, for callers without a compiler: values of a wrong type are refused in the terms of the
 * caller.
 */
import { Effect, Stream } from "effect"
import type { EventStoreError } from "eventfold"
import { expect } from "vitest"
import { event, promise, type Promises, read, reasonOf, store, uniqueStream } from "./Fixture.ts"

/** Passes a value that the types forbid, as a program in JavaScript can. */
const untyped = <A>(value: unknown): A => value as A

/** Runs a stream as a call. */
const run = Stream.runDrain

interface Call {
  /** Operation of the store, as the error names it. */
  readonly names: string
  readonly says: RegExp
  readonly call: Effect.Effect<unknown, EventStoreError.EventStoreError>
}

export const wrongTypes: Promises = [
  promise(
    "6. refused before anything is written: appends of a wrong type",
    Effect.gen(function* () {
      const { append, appendAll } = yield* store
      const stream = uniqueStream()
      const fine = yield* event()
      const { metadata: _, ...bare } = fine
      const one = (bad: unknown) => append(stream, "any", [untyped(bad)])
      const calls: ReadonlyArray<Call> = [
        { names: "append", says: /metadata is missing, not an object/, call: one(bare) },
        { names: "append", says: /metadata is null, not an object/, call: one({ ...fine, metadata: null }) },
        { names: "append", says: /metadata is "x", not an object/, call: one({ ...fine, metadata: "x" }) },
        { names: "append", says: /metadata is an array, not an object/, call: one({ ...fine, metadata: ["x"] }) },
        { names: "append", says: /metadata.actor is not a string/, call: one({ ...fine, metadata: { actor: 5 } }) },
        { names: "append", says: /an event is null, not an object/, call: one(null) },
        { names: "append", says: /an event is "x", not an object/, call: one("x") },
        { names: "append", says: /event type is 5, not a string/, call: one({ ...fine, type: 5 }) },
        { names: "append", says: /event id is missing/, call: one({ ...fine, id: undefined }) },
        { names: "append", says: /event id is an array/, call: one({ ...fine, id: [fine.id] }) },
        { names: "append", says: /schemaVersion null is not/, call: one({ ...fine, schemaVersion: null }) },
        { names: "append", says: /occurredAt of .* is not a DateTime/, call: one({ ...fine, occurredAt: null }) },
        { names: "append", says: /events for .* are null, not an array/, call: append(stream, "any", untyped(null)) },
        { names: "append", says: /events for .* are missing/, call: append(stream, "any", untyped(undefined)) },
        { names: "append", says: /events for .* are an object/, call: append(stream, "any", untyped(fine)) },
        { names: "append", says: /stream id is 5, not a string/, call: append(untyped(5), "any", [fine]) },
        { names: "append", says: /stream id is missing/, call: append(untyped(undefined), "any", [fine]) },
        {
          names: "append",
          says: /expected version is an object: use "any"/,
          call: append(stream, untyped({}), [fine])
        },
        { names: "append", says: /appends are null, not an array/, call: appendAll(untyped(null)) },
        { names: "append", says: /an append is null, not an object/, call: appendAll([untyped(null)]) },
        {
          names: "append",
          says: /events for .* are missing/,
          call: appendAll([untyped({ stream, expected: "any" })])
        }
      ]
      for (const each of calls) yield* isRefused(each)
      expect(yield* read(stream)).toEqual([])
    })
  ),

  promise(
    "6. refused before anything is sent: read options of a wrong type",
    Effect.gen(function* () {
      const { pages, read, readAll, streamInfo, subscribe } = yield* store
      const stream = uniqueStream()
      const of = (bad: unknown) => run(read(stream, untyped(bad)))
      const all = (bad: unknown) => run(readAll(untyped(bad)))
      const follow = (bad: unknown) => run(subscribe(untyped(bad)))
      const noCheckpoint = /after is an object that is no checkpoint, which has storeId, position and eventId/
      const calls: ReadonlyArray<Call> = [
        { names: "read", says: /options are null/, call: of(null) },
        {
          names: "read",
          says: /direction "backward" must be "forwards" or "back/,
          call: of({ direction: "backward" })
        },
        { names: "read", says: /direction null must be/, call: of({ direction: null }) },
        { names: "read", says: /limit null must be/, call: of({ limit: null }) },
        { names: "read", says: /asOf is not a DateTime/, call: of({ asOf: "2024-01-01" }) },
        { names: "read", says: /stream id is 5, not a string/, call: run(read(untyped(5))) },
        { names: "streamInfo", says: /stream id is null, not a string/, call: streamInfo(untyped(null)) },
        { names: "readAll", says: /options are 5/, call: all(5) },
        { names: "readAll", says: /after null and/, call: all({ after: null }) },
        { names: "readAll", says: /aggregates is "A", not an array/, call: all({ aggregates: "A" }) },
        { names: "readAll", says: /event type is null, not a string/, call: all({ types: [null] }) },
        { names: "subscribe", says: /options are null/, call: follow(null) },
        { names: "subscribe", says: /after is null, neither a checkpoint nor/, call: follow({ after: null }) },
        { names: "subscribe", says: /after is "5", neither a checkpoint nor/, call: follow({ after: "5" }) },
        { names: "subscribe", says: noCheckpoint, call: follow({ after: {} }) },
        { names: "subscribe", says: noCheckpoint, call: follow({ after: { storeId: "x", position: 1 } }) },
        { names: "subscribe", says: noCheckpoint, call: follow({ after: { storeId: "x", eventId: null } }) },
        { names: "subscribe", says: /types is an object, not an array/, call: follow({ types: {} }) },
        { names: "subscribe", says: /name is 5, not a string/, call: follow({ name: 5 }) },
        { names: "subscribe", says: noCheckpoint, call: run(pages(untyped({ after: {} }))) }
      ]
      for (const each of calls) yield* isRefused(each)
    })
  ),

  promise(
    "6. refused before anything is written: archive and truncate options of a wrong type",
    Effect.gen(function* () {
      const { append, archive, truncate, unarchive } = yield* store
      const stream = uniqueStream()
      yield* append(stream, "noStream", [yield* event()])
      const cut = (bad: unknown) => truncate(stream, untyped(bad))
      const calls: ReadonlyArray<Call> = [
        { names: "truncate", says: /before is missing: the first version to keep/, call: cut({}) },
        { names: "truncate", says: /options are missing/, call: cut(undefined) },
        { names: "truncate", says: /options are null/, call: cut(null) },
        { names: "truncate", says: /before null must be a version/, call: cut({ before: null }) },
        { names: "truncate", says: /before 2 must be a version/, call: cut({ before: "2" }) },
        { names: "archive", says: /options are null/, call: archive(stream, untyped(null)) },
        { names: "archive", says: /the reason is not a string/, call: archive(stream, untyped({ reason: 5 })) },
        { names: "unarchive", says: /stream id is 5, not a string/, call: unarchive(untyped(5)) }
      ]
      for (const each of calls) yield* isRefused(each)
      expect((yield* read(stream)).map(({ type }) => type)).toEqual(["Noted"])
    })
  )
]

const isRefused = ({ call, names, says }: Call) =>
  Effect.gen(function* () {
    const reason = yield* reasonOf(call)
    expect({ says, tag: reason._tag, message: reason.message }).toMatchObject({ tag: "InvalidRequest" })
    if (reason._tag !== "InvalidRequest") return
    // Stores name an append to several streams "append" or "appendAll".
    expect(reason.operation.startsWith(names)).toBe(true)
    expect(reason.problem).toMatch(says)
  })
