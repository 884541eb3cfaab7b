/**
 * Processes with caches of their own and one without, on one server: they agree, and no event is
 * lost.
 */
import { assert, it, layer } from "@effect/vitest"
import { Linearisability } from "@eventfold/testing"
import { PgEventStore } from "@eventfold/postgres"
import { Context, DateTime, Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Command, makeTallies, type State, TallyLaws, type TallyEvent } from "../../../core/test/Tally.ts"
import type { Answer, Request } from "../processes/shelves.ts"
import { serverUrl } from "../server/serverUrl.ts"
import { freshSchema } from "../Stores.ts"

type Call = Linearisability.Call<State, TallyEvent, Command>
interface Outcome {
  readonly calls: ReadonlyArray<Call>
  readonly states: Readonly<Record<string, unknown>>
}

const seconds = process.env["EVENTFOLD_SOAK"] === undefined ? 4 : 60
const programOf = (name: string): string => fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url))

/** Starts a process that works beside other processes; it takes lines, and answers with lines. */
class Peer {
  readonly #child
  readonly #lines

  constructor(program: string, ...args: ReadonlyArray<string>) {
    this.#child = spawn(process.execPath, [programOf(program), ...args], { stdio: ["pipe", "pipe", "inherit"] })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (done === true) throw new Error("the process ended before it was done")
    return value
  }
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }
  kill(): void {
    this.#child.kill("SIGKILL")
  }
}

it.live(
  `two processes with caches agree with a third without, after ${seconds} s`,
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(serverUrl)
      const schema = freshSchema()
      const layer = PgEventStore.layer({ url, schema })
      yield* Effect.scoped(Effect.asVoid(Effect.provide(makeTallies(), layer)))
      const executors = ["one", "two"].map((name) => new Peer("executor", url, schema, name))
      yield* Effect.addFinalizer(() => Effect.sync(() => executors.forEach((one) => one.kill())))
      const outcomes = yield* Effect.promise(async (): Promise<ReadonlyArray<Outcome>> => {
        // They work at the same time, even if one of them starts or ends slowly.
        for (const said of ["ready", "done"]) {
          for (const one of executors) assert.strictEqual(await one.line(), said)
          for (const one of executors) one.say(String(Date.now() + seconds * 1_000))
        }
        return Promise.all(executors.map(async (one) => JSON.parse(await one.line())))
      })
      const now = DateTime.makeUnsafe(0)
      const calls = outcomes.flatMap(({ calls }) => calls.map((call) => ({ ...call, facts: { ...call.facts, now } })))
      assert.deepStrictEqual(Linearisability.problems(TallyLaws, calls), [])
      for (const one of outcomes) assert.isNotEmpty(one.calls)
      const both = new Set(outcomes.map(({ calls }) => new Set(calls.map(({ instance }) => instance))))
      const [one, two] = [...both]
      assert.isAbove([...one!].filter((instance) => two!.has(instance)).length, 0)

      yield* Effect.gen(function* () {
        const tallies = yield* makeTallies()
        for (const { states } of outcomes) {
          for (const [instance, state] of Object.entries(states)) {
            assert.deepStrictEqual<unknown>(yield* tallies.load(instance), state)
          }
        }
      }).pipe(Effect.provide(layer))
    }),
  600_000 + seconds * 1_000
)

/** Two processes with a cache each, and one without, on one store. */
class Shelves extends Context.Service<
  Shelves,
  {
    /** Lets one of the two processes run a command. */
    readonly ask: (which: "one" | "two", asked: Request) => Effect.Effect<Answer>
    /** Lets a process without a cache run a command. */
    readonly askCold: (asked: Request) => Effect.Effect<Answer>
  }
>()("Shelves") {}

const shelves = Layer.effect(
  Shelves,
  Effect.gen(function* () {
    const url = yield* Effect.promise(serverUrl)
    const schema = freshSchema()
    yield* Effect.void.pipe(Effect.provide(PgEventStore.layer({ url, schema })))
    const start = (capacity: string) => new Peer("shelves", url, schema, capacity)
    const peers = { one: start("10"), two: start("10"), cold: start("0") }
    yield* Effect.addFinalizer(() => Effect.sync(() => Object.values(peers).forEach((one) => one.kill())))
    for (const one of Object.values(peers)) assert.strictEqual(yield* Effect.promise(() => one.line()), "ready")
    const ask = (which: keyof typeof peers, asked: Request) =>
      Effect.promise(async (): Promise<Answer> => {
        peers[which].say(JSON.stringify(asked))
        return JSON.parse(await peers[which].line())
      })
    return { ask, askCold: (asked) => ask("cold", asked) }
  })
)

layer(shelves, { excludeTestServices: true, timeout: "10 minutes" })("two processes with caches:", (it) => {
  it.effect(
    "each fails with StreamTruncated, as a process without cache does, after one of them truncates a stream",
    () =>
      Effect.gen(function* () {
        const { ask, askCold } = yield* Shelves
        // A failure makes a process forget its cached state, so each use has a stream of its own.
        const uses: ReadonlyArray<readonly [items: number, use: (of: string) => Request]> = [
          [2, (of) => ({ load: of })],
          [2, (of) => ({ put: of, item: "three" })],
          // A cached state refuses these commands.
          [3, (of) => ({ put: of, item: "four" })]
        ]
        for (const [i, [items, use]] of uses.entries()) {
          const of = `truncated ${i}`
          for (const item of ["one", "two", "three"].slice(0, items)) yield* ask("one", { put: of, item })
          assert.strictEqual((yield* ask("two", { load: of })).items?.length, items)
          yield* ask("one", { truncate: of, before: 2 })
          const cold = yield* askCold(use(of))
          assert.deepStrictEqual(cold, {
            error: { _tag: "StreamTruncated", stream: `Shelf-${of}`, firstVersion: 2, isRetryable: false }
          })
          for (const which of ["two", "one"] as const) {
            assert.deepStrictEqual([i, which, yield* ask(which, use(of))], [i, which, cold])
          }
        }
      })
  )

  it.effect(
    "a decision does not use changes that a caller made to a returned state, and invalid commands are refused",
    () =>
      Effect.gen(function* () {
        const { ask, askCold } = yield* Shelves
        const of = "spoilt"
        const shelf = (...names: ReadonlyArray<string>): Answer => ({
          items: names.map((name) => ({ name, tags: [] })),
          counts: names,
          seen: 0
        })
        yield* ask("one", { put: of, item: "one" })
        assert.deepStrictEqual(yield* ask("two", { load: of }), shelf("one"))
        yield* ask("one", { putAndSpoil: of, item: "two" })
        assert.deepStrictEqual(yield* ask("one", { load: of }), shelf("one", "two"))
        // Each continues from its cached state.
        assert.deepStrictEqual(yield* ask("two", { load: of }), shelf("one", "two"))
        yield* ask("two", { putAndSpoil: of, item: "three" })
        const full = { error: { _tag: "ShelfFull", items: shelf("one", "two", "three").items } }
        for (const which of ["two", "one"] as const) {
          assert.deepStrictEqual([which, yield* ask(which, { put: of, item: "four" })], [which, full])
          assert.deepStrictEqual([which, yield* ask(which, { load: of })], [which, shelf("one", "two", "three")])
        }
        assert.deepStrictEqual(yield* askCold({ load: of }), shelf("one", "two", "three"))
      })
  )
})
