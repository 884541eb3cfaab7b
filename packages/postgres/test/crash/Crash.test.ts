/**
 * Appending processes and the server are killed at random moments: every acknowledged event is
 * there, once, at its acknowledged position, and every append is there wholly or not at all. 8
 * kills; 200 with EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import { PgEventStore, PgliteEventStore } from "@eventfold/postgres"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { startServer } from "../server/PostgresServer.ts"
import { emptyPgliteAt } from "../server/serverUrl.ts"
import * as Journal from "./Journal.ts"

const isSoak = process.env["EVENTFOLD_SOAK"] !== undefined
const [kills, pgliteKills] = isSoak ? [120, 40] : [6, 2]
const program = fileURLToPath(new URL("appender.ts", import.meta.url))

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "eventfold-crash-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Starts an appender; after its first acknowledgement, `disturb` runs, and then it is killed. */
const killed = async (journal: string, run: number, args: ReadonlyArray<string>, disturb: () => Promise<void>) => {
  // Its WebAssembly runs for a second: optimizing it takes longer.
  const child = spawn(process.execPath, ["--liftoff-only", program, journal, String(run), ...args], {
    stdio: ["ignore", "ignore", "pipe"]
  })
  let said = ""
  child.stderr.on("data", (chunk) => (said += String(chunk)))
  const ended = once(child, "close")
  const another = async () => {
    const before = Journal.acknowledgedIn(journal)
    while (child.exitCode === null && Journal.acknowledgedIn(journal) === before) await setTimeout(10)
  }
  await another()
  await disturb()
  // The process runs until now, for any result of `disturb`.
  await another()
  await setTimeout(Math.random() * 100)
  if (child.exitCode !== null) throw new Error(`the appender ended by itself:\n${said}`)
  child.kill("SIGKILL")
  await ended
}
const aMoment = () => setTimeout(Math.random() * 200)

const findings = (journal: string, layer: Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError>) =>
  Effect.gen(function* () {
    const { readAll } = yield* EventStore.EventStore
    return Journal.compare(Journal.read(journal), yield* Stream.runCollect(readAll()))
  }).pipe(Effect.provide(layer))

it.live(
  "crashes: on a server with synchronous_commit off that is killed with its clients, every acknowledged event is there once",
  () =>
    Effect.gen(function* () {
      const journal = join(yield* folder, "journal")
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startServer({ synchronous_commit: "off" })),
        ({ stop }) => Effect.promise(stop)
      )
      const args = ["postgres", server.url]
      yield* Effect.promise(async () => {
        for (let run = 0; run < kills; run++) {
          await killed(journal, run, args, async () => {
            await aMoment()
            // Every third time the server crashes under its client, and restarts.
            if (run % 3 !== 2) return
            await server.crash()
            await server.start()
          })
        }
      })
      const { acknowledged, broken, tried } = yield* findings(journal, PgEventStore.layer({ url: server.url }))
      assert.deepStrictEqual(broken, [])
      // Each run continues until another append was acknowledged, twice.
      assert.isAtLeast(acknowledged, 2 * kills)
      assert.isAbove(tried, acknowledged)
    }),
  600_000 + kills * 60_000
)

it.live(
  "crashes: on PGlite that is killed with its process, every acknowledged event is there once",
  () =>
    Effect.gen(function* () {
      const path = yield* folder
      const [journal, dataDir] = [join(path, "journal"), join(path, "data")]
      yield* Effect.promise(() => emptyPgliteAt(dataDir))
      yield* Effect.promise(async () => {
        for (let run = 0; run < pgliteKills; run++) {
          await killed(journal, run, ["pglite", dataDir], aMoment)
        }
      })
      const { acknowledged, broken, tried } = yield* findings(journal, PgliteEventStore.layer({ dataDir }))
      assert.deepStrictEqual(broken, [])
      assert.isAtLeast(acknowledged, 2 * pgliteKills)
      assert.isAbove(tried, acknowledged)
    }),
  600_000 + pgliteKills * 60_000
)
