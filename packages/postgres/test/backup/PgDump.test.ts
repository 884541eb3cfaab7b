/** A log that is dumped with `pg_dump` and restored with `psql` in another cluster. */
import { assert, describe, it } from "@effect/vitest"
import { Checkpoint } from "eventfold"
import { Effect, Fiber, Stream } from "effect"
import { Grants, PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { bin, skipped, version } from "./PgTools.ts"
import { type PostgresServer, startServer } from "../server/PostgresServer.ts"
import { after, exported, holdsAfterRestore, isDiverged, rowsOf } from "./RestoredLog.ts"
import { events } from "../Stores.ts"

const runFile = promisify(execFile)

const cluster = Effect.acquireRelease(
  Effect.promise(() => startServer({ fsync: "off" }, { version: version ?? 18 })),
  ({ stop }) => Effect.promise(stop)
)
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "eventfold-dump-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const tool = (name: "pg_dump" | "psql", ...args: ReadonlyArray<string>) =>
  Effect.promise(() => runFile(join(bin ?? "", name), args, { maxBuffer: 1 << 28 }))

const dump = (from: PostgresServer, file: string, ...more: ReadonlyArray<string>) =>
  tool("pg_dump", `--dbname=${from.url}`, `--file=${file}`, ...more)
const restore = (to: PostgresServer, file: string) =>
  tool(
    "psql",
    `--dbname=${to.url}`,
    "--no-psqlrc",
    "--quiet",
    "--set=ON_ERROR_STOP=1",
    "--single-transaction",
    `--file=${file}`
  )

describe.skipIf(skipped !== "")(`pg_dump and psql${skipped}`, () => {
  it.live(
    "every event, reader, writer and grant is restored in another cluster, and lost events are reported",
    () =>
      Effect.gen(function* () {
        const [from, to, directory] = [yield* cluster, yield* cluster, yield* folder]
        const schema = `Log "x"`
        const source = yield* PgEventStore.connect({ url: from.url })
        yield* holdsAfterRestore({ connector: source, schema }, () =>
          Effect.gen(function* () {
            const [target] = [yield* PgEventStore.connect({ url: to.url })]
            // A dump contains no roles: they are created first.
            for (const { client } of [source, target]) {
              yield* client.unsafe("create role app login password 'secret'").unprepared
            }
            for (const statement of yield* Grants.statements({ role: "app", schema })) {
              yield* source.client.unsafe(statement).unprepared
            }
            const file = join(directory, "log.sql")
            yield* dump(from, file, `--schema="Log ""x"""`)
            return Effect.gen(function* () {
              yield* restore(to, file)
              const asApp = new URL(to.url)
              asApp.username = "app"
              return { connector: yield* PgEventStore.connect({ url: asApp.href }), schema }
            })
          })
        )
      }),
    600_000
  )

  it.live(
    "a dump during appends: the copy opens, no reader skips an event, and new positions are behind all that were drawn",
    () =>
      Effect.gen(function* () {
        const [from, to, directory] = [yield* cluster, yield* cluster, yield* folder]
        const source = yield* PgEventStore.connect({ url: from.url })
        const store = yield* SqlEventStore.make(source)
        const stop = { now: false }
        const writers = yield* Effect.forkChild(
          Effect.forEach(
            Array.from({ length: 8 }).keys(),
            (w) =>
              Effect.gen(function* () {
                for (let i = 0; !stop.now; i++) yield* store.append(`W-${w}-${i % 5}`, "any", events(2))
              }),
            { concurrency: "unbounded" }
          )
        )
        yield* Effect.sleep("300 millis")
        const file = join(directory, "database.sql")
        yield* dump(from, file)
        stop.now = true
        yield* Fiber.join(writers)
        yield* restore(to, file)

        const target = yield* PgEventStore.connect({ url: to.url })
        const copy = yield* SqlEventStore.make(target)
        const before = yield* Stream.runCollect(store.readAll())
        const restored = yield* Stream.runCollect(copy.readAll())
        assert.isAbove(restored.length, 100)
        assert.isBelow(restored.length, before.length)
        const { position } = yield* copy.append("W-new", "noStream", events(1))
        assert.isAbove(position, restored.at(-1)!.position)
        const ids = [...restored.map(({ id }) => id), (yield* Stream.runCollect(copy.read("W-new")))[0]!.id]
        const placeOf = new Map(restored.map(({ id }, i) => [id, i]))
        // Around the end of the restored log, a checkpoint may be on an event that was lost.
        const end = before.findIndex(({ id }) => id === restored.at(-1)!.id)
        for (const event of before.slice(Math.max(0, end - 20), end + 20)) {
          const reading = yield* Effect.result(after(copy, Checkpoint.after(store.id, event)))
          const place = placeOf.get(event.id)
          if (place === undefined) assert.isTrue(reading._tag === "Failure" && isDiverged(reading.failure))
          else assert.deepStrictEqual(reading._tag === "Success" ? reading.success : reading, ids.slice(place + 1))
        }
        assert.strictEqual((yield* rowsOf(target, "eventfold")).length, restored.length + 1)
        assert.include(yield* exported(target, {}), `"events":${restored.length + 1}`)
      }),
    600_000
  )
})
