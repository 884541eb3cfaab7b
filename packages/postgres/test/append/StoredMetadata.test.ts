/** The column of metadata: null if an event has none, or if it is truncated. */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { Event } from "eventfold"
import { client, open } from "../StoreOnServer.ts"
import { event, freshSchema } from "../Stores.ts"

it.live("metadata that says nothing is stored as null, in every kind of append, and read as an empty object", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const sql = yield* client
    const store = yield* open(schema)
    // Code without exact optional types gives undefined for what is absent.
    const absent = { actor: undefined } as Record<string, undefined> as Event.Metadata
    const none = () => [event(), event({}, { metadata: absent })]
    const some = () => event({}, { metadata: { actor: "teller" } })
    yield* store.append("A-1", "any", [some()])
    for (const one of none()) yield* store.append("A-1", "any", [one])
    yield* store.append("A-1", "any", [...none(), some()])
    yield* store.appendAll([
      { stream: "A-1", expected: "any", events: none() },
      { stream: "A-2", expected: "any", events: [some(), ...none()] }
    ])
    const stored = Effect.map(
      sql.unsafe(`select meta from "${schema}".events order by stream_id, version`).values,
      (rows) => rows.map(([meta]) => meta)
    )
    const teller = '{"actor":"teller"}'
    assert.deepStrictEqual(yield* stored, [teller, null, null, null, null, teller, null, null, teller, null, null])
    const read = yield* Stream.runCollect(store.read("A-1", { to: 3 }))
    assert.deepStrictEqual(
      read.map(({ metadata }) => metadata),
      [{ actor: "teller" }, {}, {}]
    )
    yield* store.truncate("A-1", { before: 7 })
    const [first, , , , , sixth] = yield* stored
    assert.deepStrictEqual([first, sixth], [null, null])
  })
)
