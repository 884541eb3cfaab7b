/**
 * Processes are killed while they deliver, stopped beyond their lease, and continued, and the
 * server crashes under them: each event is delivered, in order, and repeated only with the same
 * key. 4 times; 200 with EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Fiber, Random, Schedule, Stream } from "effect"
import { EventStore } from "eventfold"
import { put, sent } from "../../../core/test/projection/Parcels.ts"
import { startServer } from "../server/PostgresServer.ts"
import { eventually } from "../StoreOnServer.ts"
import { ChildProcess } from "./ChildProcess.ts"

const isLong = process.env["EVENTFOLD_SOAK"] !== undefined
const turns = isLong ? 200 : 4

interface Delivered {
  readonly by: Reactor
  readonly position: number
  readonly key: string
}

class Reactor extends ChildProcess {
  readonly #delivered: Array<Delivered>
  #rest = ""
  count = 0

  constructor(url: string, leaseMillis: number, delivered: Array<Delivered>) {
    super("reactor", url, "eventfold", String(leaseMillis))
    this.#delivered = delivered
  }
  protected override hear(text: string): void {
    const lines = (this.#rest + text).split("\n")
    this.#rest = lines.pop()!
    for (const line of lines) {
      const [word, position, key] = line.split(" ")
      if (word !== "delivered") {
        this.output += `${line}\n`
        continue
      }
      this.count++
      this.#delivered.push({ by: this, position: Number(position), key: key! })
    }
  }
}

const server = Effect.acquireRelease(
  Effect.promise(() => startServer({})),
  (server) => Effect.promise(() => server.stop())
)

/** Appends by a store that reconnects when its server restarts. */
const written = (id: string) => Effect.retry(put(id, sent([])), Schedule.spaced("50 millis"))

const happen = Effect.gen(function* () {
  const count = yield* Random.nextIntBetween(5, 25)
  for (let i = 0; i < count; i++) yield* written(String(i % 4))
})

/** Waits until all events up to a position were delivered. */
const reached = ({ position }: { readonly position: number }) =>
  EventStore.EventStore.use(({ reactions }) =>
    eventually(
      Effect.map(
        Effect.retry(reactions!.status("Journal"), Schedule.spaced("50 millis")),
        (status) => (status?.checkpoint.position ?? 0) >= position
      )
    )
  )

it.live(
  `reaction: after ${turns} kills, stops and restarts each event was delivered, in order, and repeated only with its key`,
  () =>
    Effect.gen(function* () {
      const running = yield* server
      const delivered: Array<Delivered> = []
      const start = () => new Reactor(running.url, 250, delivered)
      yield* Effect.gen(function* () {
        const reactors = [start(), start()]
        yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(reactors.map((one) => one.end()))))
        for (let turn = 0; turn < turns; turn++) {
          // A process that has not started yet fails without a server.
          yield* Effect.promise(() => Promise.all(reactors.map((one) => one.running())))
          const happening = yield* Effect.forkChild(happen)
          yield* Effect.sleep(yield* Random.nextIntBetween(20, 150))
          // Most of the time, this is the process that delivers.
          const owner = reactors.findIndex((one) => one === delivered.at(-1)?.by)
          const which = turn % 5 === 4 ? 1 - Math.max(0, owner) : Math.max(0, owner)
          const chosen = reactors[which]!
          const kind = turn % 4
          if (kind === 3) {
            yield* Effect.promise(() => running.crash())
            yield* Effect.promise(() => running.start())
          } else if (kind === 1) {
            chosen.signal("SIGSTOP")
            yield* Effect.sleep("400 millis")
            yield* happen
            yield* Fiber.join(happening)
            yield* reached(yield* written("nap"))
            const before = chosen.count
            chosen.signal("SIGCONT")
            yield* Effect.sleep("300 millis")
            // At most its running delivery: it can't write its checkpoint.
            assert.isAtMost(chosen.count - before, 1)
          } else {
            yield* Effect.promise(() => chosen.end())
            reactors[which] = start()
            yield* happen
          }
          yield* Fiber.join(happening)
          yield* reached(yield* written("last"))
        }
        const log = yield* EventStore.EventStore.use((store) =>
          Stream.runCollect(store.readAll({ aggregates: ["Parcel"] }))
        )
        const keys = new Map<number, string>()
        const firsts: Array<number> = []
        for (const { key, position } of delivered) {
          const before = keys.get(position)
          if (before === undefined) firsts.push(position)
          else assert.strictEqual(key, before)
          keys.set(position, key)
        }
        assert.strictEqual(new Set(keys.values()).size, keys.size)
        assert.deepStrictEqual(
          firsts,
          log.map(({ position }) => position)
        )
        // A turn may repeat the running delivery, and one whose checkpoint was not written yet.
        assert.isAtMost(delivered.length - firsts.length, 2 * turns)
        for (const reactor of reactors) assert.isTrue(reactor.isRunning, reactor.output)
      }).pipe(Effect.scoped, Effect.provide(PgEventStore.layer({ url: running.url })))
    }),
  600_000 + turns * 4_000
)

// It measures time, so it does not run beside other tests.
it.live.skipIf(!isLong)(
  "reaction: another process takes over within a lease and a quarter after a kill",
  () =>
    Effect.gen(function* () {
      const running = yield* server
      // The default of Reaction.layer.
      const leaseMillis = 4_000
      const delivered: Array<Delivered> = []
      yield* Effect.gen(function* () {
        const reactors = [0, 1].map(() => new Reactor(running.url, leaseMillis, delivered))
        yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(reactors.map((one) => one.end()))))
        yield* Effect.promise(() => Promise.all(reactors.map((one) => one.running())))
        yield* reached(yield* written("1"))
        const owner = delivered[0]!.by
        const happening = yield* Effect.forkChild(Effect.forever(written("2")))
        yield* Effect.sleep("100 millis")
        yield* Effect.promise(() => owner.end())
        const begun = performance.now()
        const before = delivered.length
        yield* eventually(Effect.sync(() => delivered.length > before))
        assert.isBelow(performance.now() - begun, leaseMillis * 1.25)
        assert.notStrictEqual(delivered.at(-1)!.by, owner)
        yield* Fiber.interrupt(happening)
      }).pipe(Effect.scoped, Effect.provide(PgEventStore.layer({ url: running.url })))
    }),
  600_000
)
