/**
 * The schemas that released versions have created do not change, and today's code works with them.
 *
 * Until version 1 is released, its folder may be written again after a change of its SQL:
 *
 * EVENTFOLD_REFRESH_SCHEMAS=1 npx --yes pnpm@12.21.0 test
 * packages/postgres/test/schema/ReleasedSchema.test.ts
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Stream } from "effect"
import { Checkpoint, type Event, EventStore } from "eventfold"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { current, schemaVersion } from "../../src/internal/schema/StoreSchema.ts"
import * as ReleasedSchema from "./ReleasedSchema.ts"
import { newDatabase } from "../server/Database.ts"
import { serverUrlOf } from "../server/serverUrl.ts"
import { reasonOf } from "../StoreFixture.ts"
import { connectPglite, event } from "../Stores.ts"

/** The newest released version: its folder, and those before it, are never refreshed again. */
const released = 0

const onServer = (version: 15 | 18) =>
  Effect.promise(() => serverUrlOf(version)).pipe(
    Effect.flatMap((url) => newDatabase(url)),
    Effect.flatMap((url) => PgEventStore.connect({ url, maxConnections: 4 }))
  )

const engines = {
  PGlite: connectPglite,
  "PostgreSQL 15": onServer(15),
  "PostgreSQL 18": onServer(18)
}

const isRefresh = process.env["EVENTFOLD_REFRESH_SCHEMAS"] !== undefined && schemaVersion > released
it.live.runIf(isRefresh)("released schemas: the folder of the unreleased version is written again", () =>
  Effect.flatMap(engines["PostgreSQL 18"], ReleasedSchema.refresh)
)

describe("the SQL of each version of the schema", () => {
  it("it has a folder", () => {
    assert.deepStrictEqual(
      ReleasedSchema.folders,
      current.migrations.map((_, i) => i + 1)
    )
  })

  for (const version of ReleasedSchema.folders) {
    it(`version ${version} equals the content of its folder: a change is a new version`, () => {
      assert.strictEqual(ReleasedSchema.schemaFile(version), ReleasedSchema.readSchemaFile(version))
    })
  }
})

for (const version of isRefresh ? [] : ReleasedSchema.folders) {
  const log = ReleasedSchema.logOf(version)
  const [first] = log
  const isReadable = ({ data }: { readonly data: unknown }) => data !== null

  for (const [engine, connect] of Object.entries(engines)) {
    /** A store of that version, opened by today's code. */
    const left = Effect.gen(function* () {
      const connector = yield* connect
      yield* ReleasedSchema.load(connector.client, version)
      return { connector, store: yield* SqlEventStore.make(connector) }
    })

    describe(`a store of version ${version} on ${engine}`, () => {
      it.live("it is migrated to the schema of a new store", () =>
        Effect.gen(function* () {
          const { connector } = yield* left
          const fresh = yield* connect
          yield* SqlEventStore.make(fresh)
          assert.deepStrictEqual(
            yield* ReleasedSchema.describeSchema(connector.client),
            yield* ReleasedSchema.describeSchema(fresh.client)
          )
        })
      )

      it.live("its events are read, repeated and followed, and it accepts new ones", () =>
        Effect.gen(function* () {
          const { connector, store } = yield* left
          assert.isAbove(log.length, 20)
          const readAll = Effect.map(Stream.runCollect(store.readAll({ truncated: "skip" })), (rows) =>
            rows.map(ReleasedSchema.plain)
          )
          assert.deepStrictEqual(yield* readAll, [...log])
          for (const stream of new Set(log.map(({ stream }) => stream))) {
            const rows = yield* Stream.runCollect(store.read(stream, { truncated: "skip" }))
            assert.deepStrictEqual(
              rows.map(ReleasedSchema.plain),
              log.filter((event) => event.stream === stream)
            )
          }

          // Streams that are archived or truncated still are.
          assert.strictEqual((yield* reasonOf(store.append("Archived-1", "any", [event()])))._tag, "StreamArchived")
          assert.deepInclude(yield* store.streamInfo("Both-1"), { archived: true, firstVersion: 2 })
          assert.deepInclude(yield* store.streamInfo("Opened-1"), { archived: false, firstVersion: 1 })
          assert.strictEqual((yield* reasonOf(Stream.runDrain(store.read("Truncated-1"))))._tag, "StreamTruncated")

          // Repeated appends find all events, also truncated ones.
          const again = (of: (typeof log)[number]): Event.NewEvent => ({
            id: of.id,
            type: of.type,
            schemaVersion: of.schemaVersion,
            data: of.data,
            metadata: of.metadata,
            occurredAt: DateTime.makeUnsafe(of.occurredAt)
          })
          for (const of of log.filter(({ type }) => !type.startsWith("$"))) {
            const { position, stream, version } = of
            assert.deepStrictEqual(yield* store.append(stream, "noStream", [again(of)]), {
              version,
              position,
              repeated: true
            })
          }
          const truncated = yield* connector.client.unsafe(
            `select event_id::text, type, stream_id, version::int from eventfold.events where data is null order by position`
          ).values
          assert.strictEqual(truncated.length, 3)
          for (const [id, type, stream, version] of truncated) {
            const repeated = event({ secret: 0 }, { id: String(id), type: String(type) })
            assert.deepInclude(yield* store.append(String(stream), "any", [repeated]), {
              version: Number(version),
              repeated: true
            })
          }
          assert.strictEqual(
            (yield* reasonOf(store.append(first!.stream, "any", [{ ...again(first!), data: "other" }])))._tag,
            "EventIdReused"
          )

          // A reader that stopped in the middle continues from there.
          const middle = log.filter(isReadable)[8]!
          const added = event("added")
          const last = log.at(-1)!
          const appended = yield* store.append("Account-1", 5, [added])
          assert.deepInclude(appended, { version: 6, repeated: false })
          assert.isAbove(appended.position, last.position)
          const after = { after: Checkpoint.after(store.id, middle), truncated: "skip" } as const
          const rest = log.filter(({ position }) => position > middle.position)
          const followed = yield* Stream.runCollect(Stream.take(store.subscribe(after), rest.length + 1))
          assert.deepStrictEqual(
            followed.map(({ id }) => id),
            [...rest.map(({ id }) => id), added.id]
          )
          const gone = { after: Checkpoint.after(store.id, { ...middle, id: added.id }) }
          assert.strictEqual((yield* reasonOf(Stream.runDrain(store.subscribe(gone))))._tag, "LogDiverged")
        })
      )
    })

    // On one of them, with few runs: the test above has compared the functions of the others.
    if (engine === "PostgreSQL 18") {
      const store = Layer.effect(
        EventStore.EventStore,
        Effect.map(left, ({ store }) => store)
      )
      StoreConformance.suite(`on a store of version ${version}, ${engine}`, store, { runs: 3 })
    }
  }
}
