/**
 * A directory of PGlite: which data survives, which process may use it, and which directories are
 * refused.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule, Stream } from "effect"
import { EventStore } from "eventfold"
import { PgliteEventStore } from "@eventfold/postgres"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { lock } from "../../src/internal/connect/DirectoryLock.ts"
import { emptyPgliteAt } from "../server/serverUrl.ts"
import { events } from "../Stores.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "eventfold-pglite-"))),
  (directory) =>
    Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
)

const withStore = <A, E>(dataDir: string, use: (store: EventStore.Service) => Effect.Effect<A, E>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Layer.build(PgliteEventStore.layer({ dataDir }))
      return yield* use(yield* Effect.provide(EventStore.EventStore, context))
    })
  )

const refusal = (dataDir: string) =>
  Effect.map(Effect.flip(withStore(dataDir, () => Effect.void)), ({ message, reason }) => {
    assert.strictEqual(reason._tag, "StoreRefused")
    return message
  })

/**
 * All files below a directory with their sizes and times, to show that a directory was not changed.
 */
const picture = (directory: string) =>
  fs.readdirSync(directory, { recursive: true }).map((name) => {
    const stat = fs.statSync(path.join(directory, String(name)))
    return [String(name), stat.size, stat.mtimeMs]
  })

/** Starts a process on the directory, and collects its lines. */
const child = (dataDir: string, mode: "write" | "hold") =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const process_ = spawn(
        process.execPath,
        // Its WebAssembly runs for a second: optimizing it takes longer.
        ["--liftoff-only", fileURLToPath(new URL("../processes/writer.ts", import.meta.url)), dataDir, mode],
        {
          stdio: ["ignore", "pipe", "inherit"]
        }
      )
      const lines: Array<string> = []
      let rest = ""
      process_.stdout.on("data", (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split("\n")
        rest = parts.pop() ?? ""
        lines.push(...parts)
      })
      const ended = new Promise<void>((resolve) => process_.once("close", () => resolve()))
      const until = (holds: () => boolean) =>
        Effect.sync(holds).pipe(
          Effect.repeat({ until: (yes) => yes, schedule: Schedule.spaced("5 millis") }),
          Effect.timeout("5 minutes")
        )
      const end = (signal: "SIGKILL" | "SIGINT") =>
        Effect.suspend(() => {
          process_.kill(signal)
          return Effect.promise(() => ended)
        })
      return { pid: process_.pid, lines, until, kill: end("SIGKILL"), interrupt: end("SIGINT") }
    }),
    ({ kill }) => kill
  )

describe("PGlite directory", () => {
  it.live(
    "it keeps all events over SIGKILL, refuses a second process, and one process at a time takes it over from a dead one",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* temporary
        yield* Effect.promise(() => emptyPgliteAt(dataDir))
        const writer = yield* child(dataDir, "write")
        yield* writer.until(() => writer.lines.length > 100)
        const message = yield* refusal(dataDir)
        assert.include(
          message,
          `${dataDir} is in use by process ${writer.pid}. Stop that process, or use another directory`
        )
        yield* writer.kill
        const acknowledged = Number(writer.lines.at(-1))

        const successors = yield* Effect.all(Array.from({ length: 3 }, () => child(dataDir, "hold")))
        for (const { lines, until } of successors) yield* until(() => lines.length > 0)
        const winners = successors.filter(({ lines }) => lines[0] === "open")
        assert.strictEqual(winners.length, 1)
        for (const { lines } of successors) {
          if (lines[0] !== "open") assert.include(lines[0]!, `is in use by process ${winners[0]!.pid}`)
        }
        yield* winners[0]!.kill

        const id = yield* withStore(dataDir, (store) =>
          Effect.gen(function* () {
            const versions = yield* Effect.map(Stream.runCollect(store.read("Account-1")), (rows) =>
              rows.map(({ version }) => version)
            )
            assert.isAtLeast(versions.length, acknowledged)
            assert.deepStrictEqual(
              versions,
              versions.map((_, i) => i + 1)
            )
            assert.strictEqual(
              (yield* store.append("Account-1", versions.length, events(1))).version,
              versions.length + 1
            )
            assert.include(yield* refusal(dataDir), "is already open in this process")
            return store.id
          })
        )
        assert.deepStrictEqual(
          fs.readdirSync(dataDir).filter((name) => name.startsWith("eventfold")),
          []
        )
        assert.match(id, /^[0-9a-f-]{36}$/)

        // Ctrl-C in the middle of writing: the process ends, and leaves no lock.
        const busy = yield* child(dataDir, "write")
        yield* busy.until(() => busy.lines.length > 20)
        yield* Effect.timeout(busy.interrupt, "5 minutes")
        assert.strictEqual(busy.lines.at(-1), "interrupted")
        assert.deepStrictEqual(
          fs.readdirSync(dataDir).filter((name) => name.startsWith("eventfold")),
          []
        )

        // A process was killed while it moved up a finished database: some files are moved, some
        // are not.
        fs.mkdirSync(path.join(dataDir, "eventfold.made"))
        for (const name of ["base", "global", "PG_VERSION"])
          fs.renameSync(path.join(dataDir, name), path.join(dataDir, "eventfold.made", name))
        assert.strictEqual(yield* withStore(dataDir, (store) => Effect.succeed(store.id)), id)
        assert.deepStrictEqual(
          fs.readdirSync(dataDir).filter((name) => name.startsWith("eventfold")),
          []
        )

        // Another major version is refused, and not changed.
        fs.writeFileSync(path.join(dataDir, "PG_VERSION"), "17\n")
        const before = picture(dataDir)
        assert.include(yield* refusal(dataDir), `${dataDir} was written by PostgreSQL 17, this PGlite is PostgreSQL 18`)
        assert.deepStrictEqual(picture(dataDir), before)
      }),
    600_000
  )

  it.live(
    "a database whose creation was killed is created again",
    () =>
      Effect.gen(function* () {
        const dataDir = path.join(yield* temporary, "deep", "er")
        for (const name of ["base"]) {
          const first = yield* child(dataDir, "hold")
          yield* first.until(() => fs.existsSync(path.join(dataDir, "eventfold.making", name)))
          yield* first.kill
          assert.deepStrictEqual(first.lines, [])
        }
        assert.isFalse(fs.existsSync(path.join(dataDir, "PG_VERSION")))
        yield* withStore(dataDir, ({ append }) => append("Account-1", "noStream", events(1)))
        assert.deepStrictEqual(
          fs.readdirSync(dataDir).filter((name) => name.startsWith("eventfold")),
          []
        )
      }),
    600_000
  )

  it.live(
    "a database whose creation was interrupted is whole or was not begun, and no process continues to write there",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* temporary
        const opening = yield* Effect.forkChild(
          withStore(dataDir, () => Effect.void),
          { startImmediately: true }
        )
        while (!fs.existsSync(path.join(dataDir, "eventfold.making"))) yield* Effect.sleep("1 millis")
        yield* Fiber.interrupt(opening)
        assert.isFalse(fs.existsSync(path.join(dataDir, "eventfold.making")))
        const before = picture(dataDir)
        yield* Effect.sleep("3 seconds")
        assert.deepStrictEqual(picture(dataDir), before)
        yield* withStore(dataDir, ({ append }) => append("Account-1", "noStream", events(1)))
      }),
    600_000
  )

  it.live("a directory with other files is refused and not changed", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporary
      fs.writeFileSync(path.join(dataDir, "thesis.md"), "years of work")
      const before = picture(dataDir)
      assert.include(yield* refusal(dataDir), "holds files that are not a PGlite database (thesis.md)")
      assert.deepStrictEqual(picture(dataDir), before)
      const file = path.join(dataDir, "thesis.md")
      for (const target of [file, path.join(file, "below")])
        assert.include(yield* refusal(target), "is not a directory")
      assert.include(yield* refusal(""), "dataDir is empty")
    })
  )

  // Root may write anywhere, so the refusal can't be shown.
  it.live.skipIf(process.getuid?.() === 0)("a directory that can't be written is refused", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporary
      fs.chmodSync(dataDir, 0o500)
      assert.include(yield* refusal(dataDir), "can't be read and written by this process (EACCES)")
      assert.include(yield* refusal(path.join(dataDir, "below")), "(EACCES)")
    })
  )
})

describe("PGlite directory lock", () => {
  const lockWith = (directory: string, number: number, holder: object, touched = new Date()) => {
    const file = path.join(directory, `eventfold.lock.${number}`)
    fs.writeFileSync(file, JSON.stringify(holder))
    fs.utimesSync(file, touched, touched)
  }
  const take = (directory: string) => Effect.scoped(Effect.as(lock(directory), "taken"))

  it.live("a lock whose process id belongs to another process is taken over", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      lockWith(directory, 7, { pid: process.ppid, started: "long ago", host: os.hostname() })
      assert.strictEqual(yield* take(directory), "taken")
      assert.deepStrictEqual(fs.readdirSync(directory), [])
    })
  )

  it.live("a lock of another host is held until it was not touched for a minute", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      lockWith(directory, 1, { pid: 1, started: "1", host: "elsewhere" })
      assert.include((yield* Effect.flip(take(directory))).message, "in use by process 1 on host elsewhere")
      lockWith(directory, 1, { pid: 1, started: "1", host: "elsewhere" }, new Date(Date.now() - 61_000))
      assert.strictEqual(yield* take(directory), "taken")
    })
  )

  it.live("one of many processes takes over the lock of a dead process", () =>
    Effect.gen(function* () {
      const parent = yield* temporary
      const directories = Array.from({ length: 40 }, (_, i) => path.join(parent, String(i)))
      for (const directory of directories) {
        fs.mkdirSync(directory)
        lockWith(directory, 3, { pid: process.ppid, started: "long ago", host: os.hostname() })
      }
      const threads = 4
      const barrier = new Int32Array(new SharedArrayBuffer(4))
      const wins = yield* Effect.promise(() =>
        Promise.all(
          Array.from(
            { length: threads },
            () =>
              new Promise<ReadonlyArray<boolean>>((resolve, reject) => {
                const worker = new Worker(new URL("../processes/locker.ts", import.meta.url), {
                  workerData: { barrier, directories, threads }
                })
                worker.once("message", resolve).once("error", reject)
              })
          )
        )
      )
      assert.deepStrictEqual(
        directories.map((_, round) => wins.filter((won) => won[round]).length),
        directories.map(() => 1)
      )
    })
  )

  it.live("one process holds it at a time", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* lock(directory)
          assert.include((yield* Effect.flip(take(directory))).message, "already open in this process")
        })
      )
      assert.strictEqual(yield* take(directory), "taken")
    })
  )
})
