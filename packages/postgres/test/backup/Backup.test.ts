/** An exported and imported log is the same log: for its events, its readers and its writers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { Backup, SqlEventStore } from "@eventfold/postgres"
import { createHash } from "node:crypto"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { exported, holdsAfterRestore, places } from "./RestoredLog.ts"
import { event, events, freshSchema } from "../Stores.ts"
import { vi } from "vitest"

describe.each<readonly [keyof typeof places, keyof typeof places]>([
  ["PostgreSQL", "PostgreSQL"],
  ["PostgreSQL", "PGlite"],
  ["PGlite", "PostgreSQL 15"]
])("from %s to %s", (from, to) => {
  it.live(
    "backup: every event, reader and writer continues after an export and import, and lost events are reported",
    () =>
      Effect.gen(function* () {
        const [source, target] = [yield* places[from], yield* places[to]]
        const [schema, copied] = [`Log "${freshSchema()}"`, freshSchema()]
        yield* holdsAfterRestore({ connector: source, schema }, (file) =>
          Effect.succeed(
            Effect.gen(function* () {
              const imported = yield* Backup.importLog(target, Stream.make(file), { schema: copied })
              const lines = file.trimEnd().split("\n")
              const last = JSON.parse(lines.at(-2)!) as { readonly position: number }
              assert.strictEqual(imported.events, lines.length - 2)
              assert.strictEqual(imported.lastPosition, last.position)
              return { connector: target, schema: copied }
            })
          )
        )
      }),
    600_000
  )
})

describe("export", () => {
  it.live("it is refused for an invalid page size, and if there is no store", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const store = yield* SqlEventStore.make(connector, { schema })
      yield* store.append("A-1", "any", events(3))
      for (const pageSize of [0, -1, NaN, 1.5, Infinity, 100_001]) {
        const { message, reason } = yield* Effect.flip(exported(connector, { schema, pageSize }))
        assert.strictEqual(reason._tag, "InvalidRequest", String(pageSize))
        assert.strictEqual(message, `export: pageSize ${pageSize} must be from 1 to 100,000`)
      }
      assert.include(yield* exported(connector, { schema, pageSize: 1 }), '"events":3')
    })
  )

  it.live("it holds every event up to its horizon while sixteen fibers append, and readers miss none of them", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const [schema, copied] = [freshSchema(), freshSchema()]
      const store = yield* SqlEventStore.make(connector, { schema })
      const stop = { now: false }
      const writer = (w: number) =>
        Effect.gen(function* () {
          for (let i = 0; !stop.now; i++) yield* store.append(`W-${w}-${i % 7}`, "any", events(1 + (i % 3)))
        })
      const writers = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 16 }).keys(), writer, { concurrency: "unbounded" })
      )
      yield* Effect.sleep("200 millis")
      const files = yield* Effect.forEach([1, 2, 3], () => exported(connector, { schema, pageSize: 100 }))
      stop.now = true
      yield* Fiber.join(writers)
      const all = (yield* Stream.runCollect(store.readAll())).map(({ position }) => position)
      for (const file of files) {
        const lines = file.trimEnd().split("\n").slice(1, -1)
        const positions = lines.map((line) => (JSON.parse(line) as { readonly position: number }).position)
        assert.isAbove(positions.length, 50)
        assert.deepStrictEqual(positions, all.slice(0, positions.length))
      }
      const { events: count } = yield* Backup.importLog(connector, Stream.make(files.at(-1)!), { schema: copied })
      const copy = yield* SqlEventStore.make(connector, { schema: copied })
      assert.strictEqual(yield* Stream.runCount(copy.readAll()), count)
    })
  )

  it.live("it ends before an append that has not ended, so that it has no gaps", () =>
    Effect.gen(function* () {
      const [connector, other] = [yield* places.PostgreSQL, yield* places.PostgreSQL]
      const schema = freshSchema()
      const store = yield* SqlEventStore.make(connector, { schema })
      yield* store.append("A-1", "any", events(2))
      const positions = (file: string) => [...file.matchAll(/^{"position":(\d+)/gm)].map(([, n]) => Number(n))
      yield* other.client.withTransaction(
        Effect.gen(function* () {
          yield* other.client.unsafe(
            `select ${quote(schema)}.append_one('Slow-1', -1, gen_random_uuid(), 'Opened', 1, '{}', '{}', null)`
          )
          assert.strictEqual((yield* store.append("A-1", "any", events(1))).position, 4)
          const file = yield* exported(connector, { schema })
          assert.deepStrictEqual(positions(file), [1, 2])
          assert.include(file, '"lastDrawn":4}')
        })
      )
      assert.deepStrictEqual(positions(yield* exported(connector, { schema })), [1, 2, 3, 4])
    })
  )

  it.live("it holds one page at a time, and requests the next when the last was consumed", () =>
    Effect.gen(function* () {
      const connector = yield* places.PGlite
      const store = yield* SqlEventStore.make(connector)
      yield* store.append("A-1", "any", events(100))
      const taken = yield* Backup.exportLog(connector, { pageSize: 10 }).pipe(
        Stream.map((text) => text.split("\n").length - 1),
        Stream.runCollect
      )
      assert.deepStrictEqual(taken, [1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 1])
    })
  )

  it.live("it fails with the stream, the version and the reason, if a line is longer than a string can be", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const store = yield* SqlEventStore.make(connector, { schema })
      yield* store.append("A-1", "any", events(3))
      const { stringify } = JSON
      // The engine's error for a string of more than 512 million characters.
      const spied = vi.spyOn(JSON, "stringify").mockImplementation((value: unknown) => {
        const isLine = typeof value === "object" && value !== null && "position" in value && "version" in value
        if (isLine && value.version === 2) throw new RangeError("Invalid string length")
        return stringify(value)
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => spied.mockRestore()))
      const { message, reason } = yield* Effect.flip(exported(connector, { schema }))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.strictEqual(
        message,
        `AccountOpened, version 2 of stream "A-1", can't be exported: its line of the file would be longer than a string of this engine can be, about 512 million characters. Back the database up with pg_dump, which has no such limit, or truncate the stream before version 3 if its events up to that version are no longer needed`
      )
      yield* store.truncate("A-1", { before: 3 })
      spied.mockRestore()
      assert.include(yield* exported(connector, { schema }), '"events":4')
    })
  )

  it.live("it creates no store if there is none", () =>
    Effect.gen(function* () {
      const connector = yield* places.PostgreSQL
      const schema = freshSchema()
      const { message, reason } = yield* Effect.flip(exported(connector, { schema }))
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(message, new RegExp(`there is no store in schema "${schema}"`))
      const [row] = yield* connector.client.unsafe("select to_regnamespace($1) is null", [schema]).values
      assert.deepStrictEqual(row, [true])
    })
  )

  it.live("it matches the documentation of the format", () =>
    Effect.gen(function* () {
      const connector = yield* places.PGlite
      const store = yield* SqlEventStore.make(connector)
      const { position } = yield* store.append("A-1", "any", [event({ owner: "Jana" }), event({ owner: "Eva" })])
      yield* store.truncate("A-1", { before: 2 })
      const file = yield* exported(connector, {})
      const lines = file.split("\n")
      const [first, erased, kept] = lines.slice(0, 3).map((line) => JSON.parse(line) as Record<string, unknown>)
      assert.deepStrictEqual(first, { eventfold: "log", format: 1, storeId: store.id, lastDrawn: position + 1 })
      assert.deepStrictEqual([erased?.["erased"], erased?.["data"]], [true, undefined])
      assert.strictEqual(kept?.["data"], '{"owner":"Eva"}')
      assert.deepStrictEqual(JSON.parse(lines.at(-2)!), {
        eventfold: "end",
        events: 3,
        sha256: createHash("sha256")
          .update(file.slice(0, file.indexOf('{"eventfold":"end"')))
          .digest("hex")
      })
    })
  )
})
