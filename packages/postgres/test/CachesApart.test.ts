/** Two processes with caches and snapshots against one server, and a third without: they agree, and nothing was lost. */
import { assert, it } from "@effect/vitest"
import { Linearisability } from "@eventfold/testing"
import { PgEventStore } from "@eventfold/postgres"
import { DateTime, Effect } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { type Command, makeTallies, type State, TallyLaws, type TallyEvent } from "../../core/test/Tally.ts"
import { serverUrl } from "./server/serverUrl.ts"
import { freshSchema } from "./Stores.ts"

type Call = Linearisability.Call<State, TallyEvent, Command>
interface Told {
  readonly calls: ReadonlyArray<Call>
  readonly states: Readonly<Record<string, unknown>>
}

const seconds = process.env["EVENTFOLD_SOAK"] === undefined ? 4 : 60
const program = fileURLToPath(new URL("processes/executor.ts", import.meta.url))

/** A process that works while others do; it takes a word to go on. */
class Executor {
  readonly #child
  readonly #lines

  constructor(...args: ReadonlyArray<string>) {
    this.#child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] })
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
      const executors = ["one", "two"].map((name) => new Executor(url, schema, name))
      yield* Effect.addFinalizer(() => Effect.sync(() => executors.forEach((one) => one.kill())))
      const told = yield* Effect.promise(async (): Promise<ReadonlyArray<Told>> => {
        // However long one takes to start, or to end, they work at the same time.
        for (const said of ["ready", "done"]) {
          for (const one of executors) assert.strictEqual(await one.line(), said)
          for (const one of executors) one.say(String(Date.now() + seconds * 1_000))
        }
        return Promise.all(executors.map(async (one) => JSON.parse(await one.line())))
      })
      const now = DateTime.makeUnsafe(0)
      const calls = told.flatMap(({ calls }) => calls.map((call) => ({ ...call, facts: { ...call.facts, now } })))
      assert.deepStrictEqual(Linearisability.problems(TallyLaws, calls), [])
      for (const one of told) assert.isNotEmpty(one.calls)
      const both = new Set(told.map(({ calls }) => new Set(calls.map(({ instance }) => instance))))
      const [one, two] = [...both]
      assert.isAbove([...one!].filter((instance) => two!.has(instance)).length, 0)

      yield* Effect.gen(function* () {
        const tallies = yield* makeTallies()
        for (const { states } of told) {
          for (const [instance, state] of Object.entries(states)) {
            assert.deepStrictEqual<unknown>(yield* tallies.load(instance), state)
          }
        }
      }).pipe(Effect.provide(layer))
    }),
  600_000 + seconds * 1_000
)
