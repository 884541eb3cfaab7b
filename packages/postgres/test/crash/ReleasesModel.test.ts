/**
 * Random deployments, restarts and kills of up to four releases that run side by side on a server.
 * The number of the served release never decreases, and at the end the newest rows are served, each
 * as its handlers fold it. 4 scripts; with EVENTFOLD_SOAK=1 60, half of them with processes that
 * are killed. EVENTFOLD_SEED starts with the script of that number.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Exit, Layer, Random, Scope } from "effect"
import { EventStore } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { happen, sameRows } from "../../../core/test/projection/Histories.ts"
import { put, sent } from "../../../core/test/projection/Parcels.ts"
import { url } from "../StoreOnServer.ts"
import { freshSchema } from "../Stores.ts"
import { projectorOf, release } from "./Release.ts"
import { ChildProcess } from "./ChildProcess.ts"

const isSoak = process.env["EVENTFOLD_SOAK"] !== undefined
const scripts = isSoak ? 60 : 4
const first = Number(process.env["EVENTFOLD_SEED"] ?? Date.now() % 1_000_000)
const newest = 4

interface Program {
  readonly release: number
  /** Ends it as a deployment does, which releases its leases; or at once. */
  readonly end: (isKilled: boolean) => Effect.Effect<void>
}

/**
 * A program in this process. A killed one sends its store nothing more, and does not release its
 * lease.
 */
const inside = Effect.fnUntraced(function* (number: number) {
  const store = yield* EventStore.EventStore
  const life = { isOver: false }
  const mortal = new Proxy(store.projections!, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== "function") return value
      return (...args: ReadonlyArray<unknown>) =>
        Effect.suspend(() => (life.isOver ? Effect.die("killed") : Reflect.apply(value, target, args)))
    }
  })
  const scope = yield* Scope.make()
  const program: Program = {
    release: number,
    end: (isKilled) =>
      Effect.suspend(() => {
        life.isOver = isKilled
        return Effect.asVoid(Effect.exit(Scope.close(scope, Exit.void)))
      })
  }
  yield* Effect.addFinalizer(() => program.end(false))
  const here = Layer.succeed(EventStore.EventStore, { ...store, projections: mortal })
  yield* Layer.buildWithScope(Layer.provide(projectorOf(number), here), scope)
  return program
})

/** A program in a process of its own. */
const outside = (schema: string) =>
  Effect.fnUntraced(function* (number: number) {
    const running = new ChildProcess("release", yield* url, schema, String(number))
    const program: Program = { release: number, end: () => Effect.promise(() => running.end()) }
    yield* Effect.addFinalizer(() => program.end(true))
    yield* Effect.promise(() => running.running())
    return program
  })

type Start = ReturnType<typeof outside> | typeof inside

const script = Effect.fnUntraced(function* (start: Start, steps: number) {
  const { projections } = yield* EventStore.EventStore
  let programs: ReadonlyArray<Program> = []
  let deployed = 0
  let served = 0
  const did: Array<string> = []
  const output = () => did.join(", ")
  const run = Effect.fnUntraced(function* (number: number, what: string) {
    did.push(`${what} ${number}`)
    programs = [...programs, yield* start(number)]
  })
  /** The release whose rows are served: it never decreases. */
  const look = Effect.gen(function* () {
    const stages = yield* projections!.stages("Towns")
    const now = Number(stages[0]?.fingerprint.slice("release ".length) ?? 0)
    assert.isAtLeast(now, served, output())
    served = now
    return { now, isBeingMade: stages.some(({ stage }) => stage === "next") }
  })
  const endOne = Effect.fnUntraced(function* (isKilled: boolean) {
    const chosen = programs[yield* Random.nextIntBetween(0, programs.length - 1)]
    if (chosen === undefined) return
    did.push(`${isKilled ? "kill" : "stop"} ${chosen.release}`)
    programs = programs.filter((one) => one !== chosen)
    yield* chosen.end(isKilled)
  })
  for (let step = 0; step < steps; step++) {
    const kind = yield* Random.nextIntBetween(0, 9)
    // Early enough, so that most scripts deploy all four.
    if (deployed === 0 || (kind < 3 && deployed < newest)) yield* run(++deployed, "deploy")
    else if (kind < 5) yield* run(yield* Random.nextIntBetween(1, deployed), "start")
    else if (kind < 8) yield* endOne(kind !== 5)
    yield* happen(15)
    for (let i = yield* Random.nextIntBetween(0, 12); i >= 0; i--) {
      yield* look
      yield* Effect.sleep("20 millis")
    }
  }
  if (programs.every((one) => one.release !== deployed)) yield* run(deployed, "start")
  for (let i = 0; ; i++) {
    const { isBeingMade, now } = yield* look
    if (now === deployed && !isBeingMade) break
    assert.isBelow(i, 6_000, `release ${now} of ${deployed} is served: ${output()}`)
    yield* Effect.sleep("10 millis")
  }
  const rows = yield* StoredProjection.make(release(deployed))
  yield* rows.waitFor(yield* put("last", sent(["Brno"])), { timeout: "60 seconds" })
  // Long enough for each program to look several times.
  for (let i = 0; i < 20; i++) {
    assert.deepStrictEqual(yield* look, { now: deployed, isBeingMade: false }, output())
    yield* Effect.sleep("20 millis")
  }
  yield* sameRows(rows, yield* LiveProjection.make(release(deployed)))
})

for (let seed = first; seed < first + scripts; seed++) {
  const areProcesses = isSoak && seed % 2 === 1
  it.live(
    `releases settle on the newest, whatever is deployed, restarted and killed (script ${seed}${areProcesses ? ", processes" : ""})`,
    () =>
      Effect.gen(function* () {
        const schema = freshSchema()
        const start = areProcesses ? outside(schema) : inside
        yield* Effect.provide(script(start, 12), PgEventStore.layer({ url: yield* url, schema }))
      }).pipe(Effect.scoped, Random.withSeed(String(seed))),
    240_000
  )
}
