/**
 * Writers of all kinds and a reader without any pauses, as fast as they can: this test covers what
 * happens within the server between two steps of a schedule.
 */
import { assert, describe, it } from "@effect/vitest"
import { SqlEventStore } from "@eventfold/postgres"
import { Effect, Exit, Fiber, Stream } from "effect"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { serverUrl } from "../server/serverUrl.ts"
import { freshSchema } from "../Stores.ts"
import { mutants } from "./Mutant.ts"
import * as PausedStore from "./PausedStore.ts"
import { kindsFor } from "./Schedule.ts"
import { contended, kinds } from "./Script.ts"
import * as Session from "./Session.ts"
import { isSoak } from "./Soak.ts"

const writers = 8
const place = { address: "the test's server", database: "postgres", user: "postgres", connectSeconds: 60 }

interface Result {
  readonly committed: number
  /** Events that were committed and not delivered, and the reverse. */
  readonly missed: number
  readonly invented: number
  readonly disordered: number
}

const stress = Effect.fnUntraced(function* (edits: ReadonlyArray<PausedStore.Edit>, millis: number) {
  const url = yield* Effect.promise(serverUrl)
  const name = freshSchema()
  const schema = quote(name)
  const keeper = yield* Session.connect(url)
  yield* PausedStore.create(keeper, name, edits, () => [])
  const [setting] = yield* keeper.unsafe("select current_setting('max_prepared_transactions')::int > 0").values
  const end = Date.now() + millis
  const writer = Effect.fnUntraced(function* (w: number) {
    // One of them only: a server allows few prepared transactions at a time, and other tests use
    // some.
    const names = kindsFor({ preparesTransactions: w === 0 && setting?.[0] === true })
    const session = yield* Session.open({ url, keeper, schema })
    while (Date.now() < end) {
      const make = Math.random() < 0.2 ? contended : kinds[names[Math.floor(Math.random() * names.length)]!]!
      const { steps } = make()
      for (const { send } of steps) if (send !== undefined) yield* send(session, schema)
    }
  })
  let horizon = 0
  const client = yield* Session.connect(url, (text) => {
    const [, number] = /^horizon (\d+)$/.exec(text) ?? []
    if (number !== undefined) horizon = Number(number)
  })
  const store = yield* SqlEventStore.make({ client, place, lanes: 1 }, { schema: name })
  const delivered: Array<number> = []
  const read = Effect.gen(function* () {
    const page = yield* Stream.runCollect(store.readAll({ after: Math.max(horizon, delivered.at(-1) ?? 0) }))
    for (const { position } of page) delivered.push(position)
  })

  const fibers = yield* Effect.forEach(
    Array.from({ length: writers }, (_, w) => w),
    (w) => Effect.forkChild(writer(w))
  )
  while (fibers.some((fiber) => fiber.pollUnsafe() === undefined)) yield* read
  for (const fiber of fibers) {
    const exit = yield* Fiber.await(fiber)
    if (Exit.isFailure(exit)) return yield* Effect.failCause(exit.cause)
  }
  yield* read

  const rows = yield* keeper.unsafe(`select position::float8 from ${schema}.events`).values
  const committed = new Set(rows.map(([position]) => Number(position)))
  const seen = new Set(delivered)
  const result: Result = {
    committed: committed.size,
    missed: committed.difference(seen).size,
    invented: seen.difference(committed).size,
    disordered: delivered.filter((position, i) => i > 0 && position <= delivered[i - 1]!).length
  }
  return result
})

describe("stress: writers of all kinds and a reader, without pauses", () => {
  it.live(
    "each event is delivered exactly once, in order",
    ({ annotate }) =>
      Effect.gen(function* () {
        const { committed, ...wrong } = yield* stress([], isSoak ? 60_000 : 3_000)
        assert.deepStrictEqual(wrong, { missed: 0, invented: 0, disordered: 0 })
        assert.isAbove(committed, 100)
        yield* Effect.promise(() => annotate(`${committed} events`))
      }),
    600_000
  )

  for (const name of ["the naive reader: up to the greatest visible position", "no lock", "the lock one too high"]) {
    it.live(
      `events are lost: ${name}`,
      ({ annotate }) =>
        Effect.gen(function* () {
          const { committed, missed } = yield* stress(mutants[name]!.edits ?? [], 2_000)
          assert.isAbove(missed, 0)
          yield* Effect.promise(() => annotate(`${missed} of ${committed} events`))
        }),
      600_000
    )
  }
})
