/** Two processes with caches and snapshots against one server, and a third without: they agree, and nothing was lost. */
import { assert, it } from "@effect/vitest"
import { Linearisability } from "@eventfold/testing"
import { PgEventStore } from "@eventfold/postgres"
import { DateTime, Effect } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
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
const run = promisify(execFile)

it.live(
  `two processes with caches agree with a third without, after ${seconds} s`,
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(serverUrl)
      const schema = freshSchema()
      const layer = PgEventStore.layer({ url, schema })
      yield* Effect.scoped(Effect.asVoid(Effect.provide(makeTallies(), layer)))
      // A process takes its time to start.
      const until = Date.now() + (seconds + 3) * 1_000
      const told = yield* Effect.all(
        ["one", "two"].map((name) =>
          Effect.promise(async (): Promise<Told> => {
            const { stdout } = await run(process.execPath, [program, url, schema, name, String(until)], {
              maxBuffer: 1e9
            })
            return JSON.parse(stdout)
          })
        ),
        { concurrency: "unbounded" }
      )
      const now = DateTime.makeUnsafe(0)
      const calls = told.flatMap(({ calls }) => calls.map((call) => ({ ...call, facts: { ...call.facts, now } })))
      assert.deepStrictEqual(Linearisability.problems(TallyLaws, calls), [])
      assert.isAbove(calls.length, seconds * 20)
      const both = new Set(told.map(({ calls }) => new Set(calls.map(({ instance }) => instance))))
      const [one, two] = [...both]
      assert.isAbove([...one!].filter((instance) => two!.has(instance)).length, seconds)

      yield* Effect.gen(function* () {
        const tallies = yield* makeTallies()
        for (const { states } of told) {
          for (const [instance, state] of Object.entries(states)) {
            assert.deepStrictEqual<unknown>(yield* tallies.load(instance), state)
          }
        }
      }).pipe(Effect.provide(layer))
    }),
  (seconds + 60) * 1_000
)
