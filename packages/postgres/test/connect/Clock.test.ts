/** A server's clock that is set back. */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { client, open } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

it.live("clock: recorded times never decrease within a stream, even if the server's clock is set back", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema)
    const sql = yield* client
    for (const stream of ["A-1", "A-2", "A-3"]) yield* store.append(stream, "noStream", events(1))
    const future = Date.now() + 3_600_000
    yield* sql.unsafe(`update "${schema}".events set recorded_at = $1 where stream_id <> 'A-3'`, [future])
    yield* store.append("A-1", 1, events(1))
    yield* store.append("A-2", "any", events(2))
    yield* store.append("A-3", 1, events(1))
    const times = yield* Effect.forEach(["A-1", "A-2", "A-3"], (stream) =>
      Effect.map(Stream.runCollect(store.read(stream, { from: 2 })), (rows) =>
        rows.map(({ recordedAt }) => recordedAt.epochMilliseconds)
      )
    )
    assert.deepStrictEqual(times.slice(0, 2), [[future], [future, future]])
    assert.isBelow(times[2]![0]!, future)
  })
)
