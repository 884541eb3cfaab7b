/**
 * The data of PGlite after a loss of power: with `durability: "power"` each append waits for the
 * disk.
 */
import { assert, it } from "@effect/vitest"
import { PgliteEventStore } from "@eventfold/postgres"
import { Effect, Exit, Layer, Scope, Stream } from "effect"
import { EventStore } from "eventfold"
import * as fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { basename, dirname, join, relative } from "node:path"
import { emptyPgliteAt } from "../server/serverUrl.ts"
import { event, events } from "../Stores.ts"

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "eventfold-power-"))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

/**
 * The content of a directory after a loss of power, if the disk kept only what it was asked to: of
 * a file the content at its last fsync, and of a directory the names at its last fsync.
 */
class Disk {
  /** Number of fsyncs. */
  syncs = 0
  readonly #contents = new Map<number, Buffer>()
  readonly #names = new Map<string, number>()
  readonly #folders = new Set<string>()

  synced(path: string): void {
    this.syncs++
    const stat = fs.statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isFile()) {
      this.#contents.set(stat.ino, fs.readFileSync(path))
      this.#names.set(path, stat.ino)
      return
    }
    this.#folders.add(path)
    for (const name of this.#names.keys()) if (dirname(name) === path && !fs.existsSync(name)) this.#names.delete(name)
    for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
      const file = join(path, entry.name)
      const ino = entry.isFile() ? fs.statSync(file, { throwIfNoEntry: false })?.ino : undefined
      if (ino !== undefined && this.#contents.has(ino)) this.#names.set(file, ino)
    }
  }

  /** Writes the remaining files of `from`, without the lock of the process that is gone. */
  restore(from: string, to: string): void {
    const under = (path: string) => !relative(from, path).startsWith("..")
    for (const folder of this.#folders) {
      if (under(folder)) fs.mkdirSync(join(to, relative(from, folder)), { recursive: true })
    }
    for (const [path, ino] of this.#names) {
      if (!under(path) || basename(path).startsWith("eventfold.lock")) continue
      fs.mkdirSync(dirname(join(to, relative(from, path))), { recursive: true })
      fs.writeFileSync(join(to, relative(from, path)), this.#contents.get(ino)!)
    }
  }
}

/** Records every fsync of this process. */
const watched = Effect.acquireRelease(
  Effect.sync(() => {
    const disk = new Disk()
    const all = process.getBuiltinModule("node:fs")
    const { fsyncSync } = all
    all.fsyncSync = (descriptor) => {
      const path = fs.readlinkSync(`/proc/self/fd/${descriptor}`)
      fsyncSync(descriptor)
      disk.synced(path)
    }
    syncBuiltinESMExports()
    return { disk, undo: () => Object.assign(all, { fsyncSync }) }
  }),
  ({ undo }) =>
    Effect.sync(() => {
      undo()
      syncBuiltinESMExports()
    })
).pipe(Effect.map(({ disk }) => disk))

const opened = Effect.fnUntraced(function* (options: PgliteEventStore.Options) {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  const context = yield* Layer.buildWithScope(PgliteEventStore.layer(options), scope)
  const store = yield* Effect.provide(EventStore.EventStore, context)
  return { store, close: Scope.close(scope, Exit.void) }
})

const idsOf = ({ readAll }: EventStore.Service) =>
  Effect.map(Stream.runCollect(readAll()), (all) => all.map(({ id }) => id))

const isLinux = process.platform === "linux"

it.live.skipIf(!isLinux)(
  `PGlite: after a loss of power at any moment every acknowledged event is there${isLinux ? "" : " (skipped: it reads /proc)"}`,
  () =>
    Effect.gen(function* () {
      const parent = yield* directory
      const dataDir = join(parent, "data")
      yield* Effect.promise(() => emptyPgliteAt(dataDir))
      const disk = yield* watched
      // Written without waiting for the disk: opening has to sync these files.
      const before = yield* opened({ dataDir })
      const acknowledged = [...events(3)]
      yield* before.store.append("Old-1", "noStream", acknowledged)
      yield* before.close
      assert.strictEqual(disk.syncs, 0)

      const { close, store } = yield* opened({ dataDir, durability: "power" })
      const outages: Array<readonly [string, ReadonlyArray<string>]> = []
      const outage = (what: string) => {
        const to = join(parent, String(outages.length))
        disk.restore(dataDir, to)
        outages.push([to, acknowledged.map(({ id }) => id)])
        assert.isTrue(fs.existsSync(join(to, "PG_VERSION")), what)
      }
      outage("right after opening")
      for (let i = 0; i < 4; i++) {
        const one = event({ i })
        const seen = disk.syncs
        yield* store.append(`New-${i}`, "noStream", [one])
        assert.isAbove(disk.syncs, seen, "an append was acknowledged and the disk was not waited for")
        acknowledged.push(one)
      }
      outage("after some appends")
      // More than a segment of the log, so that files are created and renamed.
      const large = "x".repeat(1_000_000)
      for (let i = 0; i < 20; i++) {
        const one = event({ large, i })
        yield* store.append("Large-1", "any", [one])
        acknowledged.push(one)
      }
      outage("after many")
      yield* close
      outage("after it was closed")

      for (const [left, ids] of outages) {
        const after = yield* opened({ dataDir: left })
        assert.deepStrictEqual(yield* idsOf(after.store), ids, left)
        yield* after.close
      }
    }).pipe(Effect.scoped),
  120_000
)

it.live('PGlite: durability "power" is refused for a database in memory, and an unknown durability is refused', () =>
  Effect.gen(function* () {
    const refused = (options: object) =>
      Effect.flip(Effect.scoped(Layer.build(PgliteEventStore.layer(options as PgliteEventStore.Options))))
    const inMemory = yield* refused({ durability: "power" })
    assert.include(inMemory.message, "a database in memory survives no failure")
    const other = yield* refused({ dataDir: "never", durability: "disk" })
    assert.include(other.message, 'durability can\'t be "disk"')
    assert.isFalse(fs.existsSync("never"))
  })
)

it.live.skipIf(!isLinux)(
  `PGlite: a file system that can't wait for the disk is refused, with the alternatives${isLinux ? "" : " (skipped: it reads /proc)"}`,
  () =>
    Effect.gen(function* () {
      const dataDir = join(yield* directory, "data")
      yield* Effect.promise(() => emptyPgliteAt(dataDir))
      const all = process.getBuiltinModule("node:fs")
      const { fsyncSync } = all
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          all.fsyncSync = () => {
            throw Object.assign(new Error("EINVAL: invalid argument, fsync"), { code: "EINVAL" })
          }
          syncBuiltinESMExports()
        }),
        () =>
          Effect.sync(() => {
            all.fsyncSync = fsyncSync
            syncBuiltinESMExports()
          })
      )
      const failure = yield* Effect.flip(opened({ dataDir, durability: "power" }))
      assert.strictEqual(failure.reason._tag, "StoreRefused")
      assert.match(failure.message, /can't wait until files are on the disk .*EINVAL.* durability "process"/s)
    }).pipe(Effect.scoped)
)
