/**
 * The generator on a project of 400 events, as a developer runs it: a process from start to end, or
 * a watcher.
 */
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, type BenchFailed } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"
import { type Peer, peers } from "./CodegenPeers.ts"
import * as Project from "./GeneratedProject.ts"
import * as TypeChecking from "./TypeChecking.ts"

/** Runs `gen --watch` until the scope closes; `line` waits for output that matches a pattern. */
const watching = (root: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [Project.bin, "gen", "--watch"], { cwd: root })
      let text = ""
      let problems = ""
      let onOutput = () => {}
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
        onOutput()
      })
      // The saved declarations are valid: any output to stderr is a failure.
      child.stderr.on("data", (chunk: Buffer) => {
        problems += chunk.toString()
        onOutput()
      })
      child.on("exit", (code) => {
        problems ||= `gen --watch ended with ${code}`
        onOutput()
      })
      const line = (pattern: RegExp) =>
        new Promise<void>((resolve, reject) => {
          onOutput = () => {
            if (problems !== "") reject(new Error(problems))
            if (!pattern.test(text)) return
            text = ""
            resolve()
          }
          onOutput()
        })
      return { child, line }
    }),
    // The project is removed next, and the watcher must not report that.
    ({ child }) =>
      Effect.promise(() => {
        const ended = new Promise((resolve) => child.once("exit", resolve))
        child.kill("SIGINT")
        return child.exitCode === null ? ended : Promise.resolve(undefined)
      })
  )

/**
 * Measures the seconds from saving one of the files until the watcher reports that everything is
 * written.
 */
const saves = (root: string, rounds: number) =>
  Effect.gen(function* () {
    const { line } = yield* watching(root)
    yield* attempt("eventfold gen --watch", () => line(/^watching/m))
    const times: Array<number> = []
    // The first saves warm the process up, since a developer saves more than once.
    for (let round = -3; round < rounds; round++) {
      // Until a worker is ready again: a developer also pauses between two saves.
      yield* Effect.sleep("2500 millis")
      const name = Project.kind((round + 3) % Project.aggregates)
      const time = yield* attempt("a save", async () => {
        const written = line(/changed: .* ms/)
        const start = performance.now()
        fs.writeFileSync(path.join(root, Project.schemaFile(name)), Project.declaration(name, round + 10))
        await written
        return (performance.now() - start) / 1_000
      })
      if (round >= 0) times.push(time)
    }
    return times
  }).pipe(Effect.scoped)

/** Number of saves for each round of the plan, enough for a median. */
const savesPerRound = 5

/** A command that is timed in each round. */
interface Timed {
  readonly id: "gen-cold" | "check-cold" | "check-noop" | "tsc-generated"
  /** Name of the peer; `null` for Eventfold. */
  readonly name: string | null
  readonly turn: Effect.Effect<number, BenchFailed>
}

const ours = (root: string): ReadonlyArray<Timed> => {
  const eventfold = (command: string) => Project.timed(`eventfold ${command}`, root, [Project.bin, command])
  return [
    {
      id: "gen-cold",
      name: null,
      turn: Effect.gen(function* () {
        Project.deleteGenerated(root)
        const seconds = yield* eventfold("gen")
        // The first check after `gen` may still have to read files; the timed one finds nothing
        // changed.
        yield* eventfold("check")
        return seconds
      })
    },
    { id: "check-noop", name: null, turn: eventfold("check") },
    { id: "tsc-generated", name: null, turn: TypeChecking.seconds(root) }
  ]
}

/** A check that reads every handler, as in CI after a fresh clone. */
const cold = (root: string): Timed => ({
  id: "check-cold",
  name: null,
  turn: Effect.gen(function* () {
    Project.deleteCache(root)
    return yield* Project.timed("eventfold check", root, [Project.bin, "check"])
  })
})

const theirs = ({ check, gen, name }: Peer): ReadonlyArray<Timed> => [
  { id: "gen-cold", name, turn: gen },
  ...(check === undefined ? [] : [{ id: "check-noop" as const, name, turn: check }])
]

const figures = (values: ReadonlyArray<number>) => ({ value: median(values), spread: spread(values) })

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const ids = ["gen-cold", "check-cold", "check-noop", "gen-watch", "tsc-generated"]
    const mine = wanted.filter(({ id }) => ids.includes(id) && plan.wants(id))
    if (mine.length === 0) return []
    const names = new Set(mine.map(({ id }) => id))
    yield* say(`${[...names].join(", ")}: ${plan.rounds} rounds of ${Project.aggregates * Project.eventsOfEach} events`)
    const root = yield* Project.project
    const wantsPeers = mine.some(({ baselineName }) => baselineName !== null)
    const others = wantsPeers ? yield* peers(plan) : []
    if (names.has("tsc-generated")) yield* TypeChecking.prepare(root)
    // Each command needs the output of the one before it in this list: `gen` is first, also in the
    // first round.
    const written = names.has("check-cold") ? [cold(yield* Project.written)] : []
    const needsGen = [...names].some((name) => name !== "check-cold")
    const all = [...ours(root), ...written, ...others.flatMap(theirs)].filter(
      ({ id }) => names.has(id) || (id === "gen-cold" && needsGen)
    )
    const processes = [...names].some((name) => name !== "gen-watch")
    // The first round warms the file cache and Node's compile cache: later rounds start without
    // output, but with warm caches.
    const times = processes ? yield* interleaved(plan.rounds, all, ({ turn }) => turn) : new Map<Timed, Array<number>>()
    const of = (id: string, name: string | null) =>
      [...times].find(([one]) => one.id === id && (name === null ? one.name === null : one.name?.startsWith(name)))
    const note = names.has("tsc-generated") && !plan.quick ? yield* TypeChecking.before(root) : undefined
    const watched = names.has("gen-watch") ? yield* saves(root, plan.rounds * savesPerRound) : []
    return mine.flatMap((row) => {
      const own = row.id === "gen-watch" ? watched : of(row.id, null)?.[1]
      if (own === undefined) return []
      const { spread, value } = figures(own)
      const extra =
        row.id === "tsc-generated" && note !== undefined ? { note: `TypeScript 6: ${note.toFixed(2)} s, once` } : {}
      if (row.baselineName === null) {
        return [measured(row, { eventfold: value, spread: { eventfold: spread, baseline: null }, ...extra })]
      }
      const other = of(row.id, row.baselineName)
      if (other === undefined) return []
      const baseline = figures(other[1])
      return [
        measured(row, {
          eventfold: value,
          baseline: baseline.value,
          baselineName: other[0].name ?? row.baselineName,
          spread: { eventfold: spread, baseline: baseline.spread }
        })
      ]
    })
  })
