/** The generator on a project of 400 events, as a person runs it: a process from start to end. */
import { Effect, type Scope } from "effect"
import { execFile } from "node:child_process"
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
const [aggregates, eventsOfEach] = [20, 20]

const declaration = (name: string): string => {
  const events = Array.from(
    { length: eventsOfEach },
    (_, i) =>
      `    ${name}Event${i}: { by: Schema.Int, at: Schema.NonEmptyString, why: Schema.optionalKey(Schema.String) }`
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
    await run(process.execPath, [path.join(workspace, "codegen/src/bin.ts"), command], { cwd: root })
    return (performance.now() - start) / 1_000
  })

const forget = (root: string) =>
  Effect.sync(() => {
    fs.rmSync(path.join(root, "examples"), { recursive: true, force: true })
    fs.rmSync(path.join(root, "node_modules/.cache"), { recursive: true, force: true })
  })

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["gen-cold", "check-noop"].includes(id) && plan.wants(id))
    if (mine.length === 0) return []
    yield* say(`gen-cold, check-noop: ${plan.rounds} rounds of ${aggregates * eventsOfEach} events`)
    const root = yield* project
    const times: Record<string, Array<number>> = { "gen-cold": [], "check-noop": [] }
    // The first warms the file cache and Node's compile cache: nothing is there yet, but the command has been run before.
    for (let round = 0; round <= plan.rounds; round++) {
      yield* forget(root)
      const gen = yield* timed(root, "gen")
      // The first after `gen` may still have to look; the one timed finds everything as it was.
      yield* timed(root, "check")
      const check = yield* timed(root, "check")
      if (round === 0) continue
      times["gen-cold"]!.push(gen)
      times["check-noop"]!.push(check)
    }
    return mine.map((row) =>
      measured(row, {
        eventfold: median(times[row.id]!),
        spread: { eventfold: spread(times[row.id]!), baseline: null }
      })
    )
  })
