/** A project of 400 events for the rows of the generator and of its peers. */
import { Effect, type Scope } from "effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import { attempt, type BenchFailed } from "../Database.ts"

const run = promisify(execFile)
export const workspace = path.join(import.meta.dirname, "../../..")
export const bin = path.join(workspace, "packages/cli/src/bin.ts")

export const aggregates = 50
export const eventsOfEach = 8
export const kind = (i: number): string => `Kind${i}`
export const kinds: ReadonlyArray<string> = Array.from({ length: aggregates }, (_, i) => kind(i))
export const eventsOf = (name: string): ReadonlyArray<string> =>
  Array.from({ length: eventsOfEach }, (_, i) => `${name}Event${i}`)

/**
 * Text of a declaration. `edition` is part of a field's name, so that each edition has a different
 * contract.
 */
export const declaration = (name: string, edition = 0): string => {
  const events = eventsOf(name).map(
    (event) =>
      `    ${event}: { by: Schema.Int, at: Schema.NonEmptyString, why${edition}: Schema.optionalKey(Schema.String) }`
  )
  const commands = eventsOf(name).map(
    (event, i) =>
      `    ${name}Command${i}: { payload: { by: Schema.Int }, emits: ["${event}"], fails: ["${name}Refused"] }`
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

/**
 * A temporary folder with a function that writes files into it. It is removed when the scope
 * closes.
 */
export const folder = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "eventfold-bench-")))),
    (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
  ),
  (root) => ({
    root,
    write: (file: string, text: string) => {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      fs.writeFileSync(path.join(root, file), text)
    }
  })
)

export const schemaFile = (name: string): string => `schemas/shop/${name.toLowerCase()}.ts`

/**
 * A project of these files, with this workspace's packages. It is removed when the scope closes.
 */
export const projectOf = (files: Readonly<Record<string, string>>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(folder, ({ root, write }) => {
    // Not a link to the workspace's folder, since the command writes its cache into it.
    fs.mkdirSync(path.join(root, "node_modules"))
    for (const name of ["effect", "eventfold", "@eventfold", "@effect", "@types", "vitest", "fast-check"]) {
      fs.symlinkSync(path.join(workspace, "node_modules", name), path.join(root, "node_modules", name))
    }
    write("package.json", `{ "name": "bench-project", "private": true, "type": "module" }\n`)
    write(
      "eventfold.config.ts",
      `import { defineConfig } from "@eventfold/cli"\nexport default defineConfig({ schemas: "schemas", output: "examples/{domain}/src/generated" })\n`
    )
    for (const [file, text] of Object.entries(files)) write(file, text)
    return root
  })

/** A project with the declarations of 400 events. */
export const project: Effect.Effect<string, never, Scope.Scope> = projectOf(
  Object.fromEntries(kinds.map((name) => [schemaFile(name), declaration(name)]))
)

const source = "examples/shop/src"

const applied = (name: string): string => {
  const handlers = eventsOf(name).map(
    (event, i) =>
      `  ${event}: (state, { by, at }): ${name}State => ({ ...state, total: ${i % 2 === 0 ? "Amounts.add" : "counted"}(state.total, by, at) })`
  )
  return `import * as Amounts from "./amounts.ts"
import { ${name}, type ${name}State } from "./generated/${name.toLowerCase()}.ts"

const counted = (total: number, by: number, at: string): number => {
  const parts = at.split("-").map((part) => Amounts.weightOf(part))
  parts.sort((a, b) => a - b)
  let sum = total
  for (const part of parts) sum = Amounts.add(sum, part, at)
  return sum + by
}

export const apply = ${name}.apply({
${handlers.join(",\n")}
})
`
}

const decided = (name: string): string => {
  const handlers = eventsOf(name).map(
    (event, i) => `  ${name}Command${i}: ({ total }, { by }, { now }) =>
    total + by > Amounts.most
      ? ${name}Refused.make({ most: Amounts.most })
      : [${event}.make({ by, at: DateTime.formatIso(now) })]`
  )
  return `import { DateTime } from "effect"
import * as Amounts from "./amounts.ts"
import { ${[name, `${name}Refused`, ...eventsOf(name)].join(", ")} } from "./generated/${name.toLowerCase()}.ts"

export const decide = ${name}.decide({
${handlers.join(",\n")}
})
`
}

/** Module that all handlers import. */
const amounts = `import { limits } from "./limits.ts"

const weights = new Map(["a", "b", "c"].map((letter, i) => [letter, i] as const))
export const most = limits.most
export const weightOf = (part: string): number => weights.get(part[0] ?? "") ?? 0
export const add = (total: number, by: number, at: string): number => (at === "" ? total : total + weightOf(at) + by)
`

/** The same project with its 800 handlers written. */
export const written: Effect.Effect<string, BenchFailed, Scope.Scope> = Effect.gen(function* () {
  const root = yield* project
  const write = (file: string, text: string) => fs.writeFileSync(path.join(root, source, file), text)
  yield* timed("eventfold gen", root, [bin, "gen"])
  write("limits.ts", "export const limits = { most: 1_000_000 } as const\n")
  write("amounts.ts", amounts)
  for (const name of kinds) {
    write(`${name.toLowerCase()}.apply.ts`, applied(name))
    write(`${name.toLowerCase()}.decide.ts`, decided(name))
  }
  // The new handlers changed the fingerprints of the folds.
  yield* timed("eventfold gen", root, [bin, "gen"])
  return root
})

/** Deletes the command's cache. */
export const deleteCache = (root: string): void =>
  fs.rmSync(path.join(root, "node_modules/.cache"), { recursive: true, force: true })

/** Deletes all generated files and the command's cache. */
export const deleteGenerated = (root: string): void => {
  fs.rmSync(path.join(root, "examples"), { recursive: true, force: true })
  deleteCache(root)
}

/** Measures the seconds that a Node process takes from start to end. */
export const timed = (
  what: string,
  root: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<number, BenchFailed> =>
  attempt(what, async () => {
    const start = performance.now()
    await run(process.execPath, [...args], { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1e8 })
    return (performance.now() - start) / 1_000
  })
