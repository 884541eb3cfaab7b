/**
 * Readers on a replica: they miss no event, because the primary publishes how far they may read.
 */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Stream } from "effect"
import { Checkpoint, EventStore } from "eventfold"
import { Backup, PgEventStore } from "@eventfold/postgres"
import { execFileSync } from "node:child_process"
import { appendFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { logged } from "../SubscriptionTools.ts"
import { type PostgresServer, startServer } from "../server/PostgresServer.ts"
import { clientOf } from "../StoreOnServer.ts"
import { event, events } from "../Stores.ts"

const server = Effect.acquireRelease(
  Effect.promise(() => startServer({ fsync: "off" })),
  ({ stop }) => Effect.promise(stop)
)

/** Makes the second server a hot standby of the first. */
const follow = async (primary: PostgresServer, standby: PostgresServer) => {
  await primary.crash()
  await standby.crash()
  rmSync(standby.data, { recursive: true })
  execFileSync("cp", ["-a", primary.data, standby.data])
  writeFileSync(join(standby.data, "standby.signal"), "")
  const { hostname, password, port, username } = new URL(primary.url)
  const conninfo = `host=${hostname} port=${port} user=${username} password=${password}`
  appendFileSync(join(standby.data, "postgresql.auto.conf"), `\nprimary_conninfo = '${conninfo}'\n`)
  await primary.start()
  await standby.start()
}

const build = (options: PgEventStore.Options) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(PgEventStore.layer({ pollInterval: "50 millis", ...options }))
    return yield* Effect.provide(EventStore.EventStore, context)
  })

const log = logged()

it.live(
  "replica: its store reads and follows the log without a gap, accepts no writes, and is refused if events could be missed",
  () =>
    Effect.gen(function* () {
      const [primary, standby] = yield* Effect.all([server, server], { concurrency: 2 })
      yield* Effect.scoped(build({ url: primary.url }))
      yield* Effect.promise(() => follow(primary, standby))
      const { url } = standby

      const refusal = (options: PgEventStore.Options) =>
        Effect.map(Effect.flip(Effect.scoped(build(options))), ({ reason }) => reason)
      assert.match((yield* refusal({ url })).message, /standby, which takes no writes.*replica: true/s)
      const missing = yield* refusal({ url, replica: true, schema: "nowhere" })
      assert.match(missing.message, /no store in schema "nowhere".*on the primary first/s)

      // Events exist, and no store has published how far they can be read.
      const silent = yield* build({ url: primary.url })
      yield* silent.append("A-0", "any", events(1))
      yield* Effect.sleep("500 millis")
      const unsaid = yield* refusal({ url, replica: true })
      assert.strictEqual(unsaid._tag, "StoreRefused")
      assert.match(unsaid.message, /does not publish how far.*forReplicas: true/s)

      const store = yield* build({ url: primary.url, forReplicas: true, maxConnections: 20 })
      yield* Effect.sleep("500 millis")
      const replica = yield* build({ url, replica: true })
      assert.strictEqual(replica.id, store.id)
      const { append, appendAll, archive, truncate, unarchive } = replica
      for (const write of [
        Effect.asVoid(append("A-1", "any", events(1))),
        Effect.asVoid(appendAll([{ stream: "A-1", expected: "any", events: events(1) }])),
        Effect.asVoid(archive("A-0")),
        Effect.asVoid(unarchive("A-0")),
        Effect.asVoid(truncate("A-0", { before: 1 }))
      ]) {
        const { reason } = yield* Effect.flip(write)
        assert.match(reason.message, /reads a replica.*on the primary/)
      }

      // Writers, some with transactions that stay open for a while; one reader follows on the
      // replica.
      const writers = 8
      const each = 60
      const total = 1 + writers * (each + 5)
      const seen: Array<string> = []
      const following = yield* Effect.forkChild(
        Stream.runForEach(Stream.take(replica.subscribe({ pageSize: 7 }), total), ({ id }) =>
          Effect.sync(() => seen.push(id))
        ),
        { startImmediately: true }
      )
      const slow = Effect.gen(function* () {
        const sql = yield* clientOf(primary.url)
        for (let i = 0; i < 5; i++) {
          const { data, id, type } = event()
          yield* sql.withTransaction(
            Effect.andThen(
              sql.unsafe(`select * from eventfold.append_one($1, -1, $2, $3, 1, $4, '{}', null)`, [
                `S-${id}`,
                id,
                type,
                JSON.stringify(data)
              ]),
              Effect.sleep("40 millis")
            )
          )
        }
      })
      const writer = (w: number) =>
        Effect.forEach(Array.from({ length: each }), (_, i) => store.append(`W${w}-${i % 7}`, "any", events(1)))
      yield* Effect.all(Array.from({ length: writers }, (_, w) => [slow, writer(w)]).flat(), {
        concurrency: "unbounded",
        discard: true
      })
      yield* Fiber.join(following)
      const log = yield* Stream.runCollect(store.readAll())
      assert.deepStrictEqual(
        seen,
        log.map(({ id }) => id)
      )

      // An export of the replica equals one of the log; an import into it is refused.
      const [primaryFile, replicaFile] = yield* Effect.forEach([primary.url, url], (url) =>
        Effect.flatMap(PgEventStore.connect({ url }), (connector) => Stream.mkString(Backup.exportLog(connector)))
      )
      const eventLines = (file: string) => file.split("\n").slice(1, -2)
      assert.deepStrictEqual(eventLines(replicaFile!), eventLines(primaryFile!))
      assert.lengthOf(eventLines(replicaFile!), total)
      const copying = Effect.flatMap(PgEventStore.connect({ url }), (connector) =>
        Backup.importLog(connector, Stream.make(replicaFile!))
      )
      const { reason: uncopied } = yield* Effect.flip(copying)
      assert.match(uncopied.message, /is a standby, which takes no writes\. Import on the primary/)

      // A checkpoint from the primary may be ahead of the replica: the reader waits, and does not
      // diverge.
      const sql = yield* clientOf(url)
      yield* sql.unsafe("select pg_wal_replay_pause()")
      yield* store.append("A-0", "any", events(2))
      const [second, first] = yield* Stream.runCollect(store.read("A-0", { direction: "backwards", limit: 2 }))
      const arrived = yield* Deferred.make<string>()
      const waiting = yield* Effect.forkChild(
        replica.subscribe({ after: Checkpoint.after(store.id, first!) }).pipe(
          Stream.take(1),
          Stream.runForEach(({ id }) => Deferred.succeed(arrived, id))
        )
      )
      yield* Effect.sleep("500 millis")
      assert.isFalse(yield* Deferred.isDone(arrived))
      yield* sql.unsafe("select pg_wal_replay_resume()")
      yield* Fiber.join(waiting)
      assert.strictEqual(yield* Deferred.await(arrived), second!.id)

      const never = { ...Checkpoint.after(store.id, second!), eventId: first!.id }
      const { reason } = yield* Effect.flip(Stream.runDrain(replica.subscribe({ after: never })))
      assert.strictEqual(reason._tag, "LogDiverged")
    }).pipe(Effect.provide(log.layer)),
  600_000
)
