/** The generator on a project of 400 events, as a person runs it: a process from start to end, or one that watches. */
import { Effect, type Scope } from "effect"
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { attempt, BenchFailed } from "../Database.ts"
import { type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const run = promisify(execFile)
const workspace = path.join(import.meta.dirname, "../../..")
const bin = path.join(workspace, "codegen/src/bin.ts")
const [aggregates, eventsOfEach] = [50, 8]

/** A declaration; `edition` is in a field's name, so that another one is another contract. */
const declaration = (name: string, edition = 0): string => {
  const events = Array.from(
    { length: eventsOfEach },
    (_, i) =>
      `    ${name}Event${i}: { by: Schema.Int, at: Schema.NonEmptyString, why${edition}: Schema.optionalKey(Schema.String) }`
  )
  const commands = Array.from(
    { length: eventsOfEach },
    (_, i) =>
      `    ${name}Command${i}: { payload: { by: Schema.Int }, emits: ["${name}Event${i}"], fails: ["${name}Refused"] }`
  )
  return `import { Schema } from "effect"
import { Aggregate } from "eventfold"

export const ${name} = Aggregate.make("${name}", {
  id: Schema.NonEmptyString.pipe(Schema.brand("${name}Id")),
  state: Schema.Struct({ total: Schema.Int }),
  initial: { total: 0 },
  events: {
${events.join(",\n")}
  },
  errors: { ${name}Refused: { most: Schema.Int } },
  commands: {
${commands.join(",\n")}
  }
})
`
}

const project: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "eventfold-bench-")))
    // A folder of its own, since the command keeps a cache in it.
    fs.mkdirSync(path.join(root, "node_modules"))
    for (const name of ["effect", "eventfold", "@eventfold", "@effect", "@types", "vitest", "fast-check"]) {
      fs.symlinkSync(path.join(workspace, "node_modules", name), path.join(root, "node_modules", name))
    }
    const write = (file: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      fs.writeFileSync(path.join(root, file), text)
    }
    write("package.json", `{ "name": "bench-project", "private": true, "type": "module" }\n`)
    write(
      "eventfold.config.ts",
      `import { defineConfig } from "@eventfold/codegen"\nexport default defineConfig({ schemas: "schemas", output: "examples/{domain}/src/generated" })\n`
    )
    write(
      "tsconfig.json",
      `{ "extends": ${JSON.stringify(path.join(workspace, "tsconfig.base.json"))}, "include": ["schemas", "examples"] }\n`
    )
    for (let i = 0; i < aggregates; i++) write(`schemas/shop/kind${i}.ts`, declaration(`Kind${i}`))
    return root
  }),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
)

/** Seconds that the command takes. */
const timed = (root: string, command: string) =>
  attempt(`eventfold ${command}`, async () => {
    const start = performance.now()
    await run(process.execPath, [bin, command], { cwd: root })
    return (performance.now() - start) / 1_000
  })

/** Runs `gen --watch` until the scope ends; gives the next line that fits, as it is printed. */
const watching = (root: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [bin, "gen", "--watch"], { cwd: root })
      let text = ""
      let problems = ""
      let heard = () => {}
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
        heard()
      })
      // Nothing is wrong with what is saved here.
      child.stderr.on("data", (chunk: Buffer) => {
        problems += chunk.toString()
        heard()
      })
      child.on("exit", (code) => {
        problems ||= `gen --watch ended with ${code}`
        heard()
      })
      const line = (pattern: RegExp) =>
        new Promise<void>((resolve, reject) => {
          heard = () => {
            if (problems !== "") reject(new Error(problems))
            if (!pattern.test(text)) return
            text = ""
            resolve()
          }
          heard()
        })
      return { child, line }
    }),
    // The project is removed next, which it need not report.
    ({ child }) =>
      Effect.promise(() => {
        const ended = new Promise((resolve) => child.once("exit", resolve))
        child.kill("SIGINT")
        return child.exitCode === null ? ended : Promise.resolve(undefined)
      })
  )

/** Seconds from saving one of the files until it is said that all is written. */
const saves = (root: string, rounds: number) =>
  Effect.gen(function* () {
    const { line } = yield* watching(root)
    yield* attempt("eventfold gen --watch", () => line(/^watching/m))
    const times: Array<number> = []
    // The first ones warm the process up; a person saves more than once.
    for (let round = -3; round < rounds; round++) {
      // Until a worker is ready again, as it is for a person.
      yield* Effect.sleep("2500 millis")
      const name = `Kind${(round + 3) % aggregates}`
      const time = yield* attempt("a save", async () => {
        const said = line(/changed: .* ms/)
        const start = performance.now()
        fs.writeFileSync(path.join(root, `schemas/shop/${name.toLowerCase()}.ts`), declaration(name, round + 10))
        await said
        return (performance.now() - start) / 1_000
      })
      if (round >= 0) times.push(time)
    }
    return times
  }).pipe(Effect.scoped)

const forget = (root: string) =>
  Effect.sync(() => {
    fs.rmSync(path.join(root, "examples"), { recursive: true, force: true })
    fs.rmSync(path.join(root, "node_modules/.cache"), { recursive: true, force: true })
  })

/** As many saves as make a median, in each round's place. */
const savesPerRound = 5

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["gen-cold", "check-noop", "gen-watch"].includes(id) && plan.wants(id))
    if (mine.length === 0) return []
    const names = mine.map(({ id }) => id)
    yield* say(`${names.join(", ")}: ${plan.rounds} rounds of ${aggregates * eventsOfEach} events`)
    const root = yield* project
    const times: Record<string, Array<number>> = { "gen-cold": [], "check-noop": [], "gen-watch": [] }
    // The first warms the file cache and Node's compile cache: nothing is there yet, but the command has been run before.
    for (let round = 0; round <= plan.rounds && names.some((name) => name !== "gen-watch"); round++) {
      yield* forget(root)
      const gen = yield* timed(root, "gen")
      // The first after `gen` may still have to look; the one timed finds everything as it was.
      yield* timed(root, "check")
      const check = yield* timed(root, "check")
      if (round === 0) continue
      times["gen-cold"]!.push(gen)
      times["check-noop"]!.push(check)
    }
    if (names.includes("gen-watch")) times["gen-watch"] = [...(yield* saves(root, plan.rounds * savesPerRound))]
    return mine.map((row) =>
      measured(row, {
        eventfold: median(times[row.id]!),
        spread: { eventfold: spread(times[row.id]!), baseline: null }
      })
    )
  })
