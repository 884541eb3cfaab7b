/**
 * A program that uses everything generated for a domain, as an app does: it is type-checked, and it
 * runs.
 */
import { kebab, plural } from "../../src/model/Names.ts"
import type { Member, RandomDomain } from "./RandomDomains.ts"

/** Its file, in the folder of bodies. */
export const program = "run.ts"

/**
 * The text: each command is executed once, on a store in memory; then states are loaded and rows
 * are read.
 */
export const running = ({ aggregates, projections }: RandomDomain): string => {
  const imports: Array<string> = []
  const lines: Array<string> = []
  const made = (local: string, { isEmpty, name }: Member, declared: string) =>
    `${local}.make(${isEmpty ? "" : `sample(${declared}.commands.${name}, 4)`})`
  for (const [i, { commands, exported, file, name }] of aggregates.entries()) {
    imports.push(`import { ${exported} as D${i} } from "../../../schemas/${file}"`)
    imports.push(`import { ${plural(name)} as S${i} } from "./generated/${kebab(name)}.service.ts"`)
    for (const [j, command] of commands.entries())
      imports.push(`import { ${command.name} as C${i}_${j} } from "./generated/${kebab(name)}.ts"`)
    lines.push(`const s${i} = yield* S${i}`, `const id${i} = sample(D${i}.id, 5)`)
    for (const [j, command] of commands.entries()) {
      const refused =
        command.fails.length === 0 ? "" : `.pipe(Effect.catchTag(${JSON.stringify(command.fails)}, () => Effect.void))`
      // What a command may fail with is what it declares, and what the store does.
      lines.push(`const run${i}_${j}: Effect.Effect<unknown, EventStoreError.EventStoreError> =`)
      lines.push(`  s${i}.execute(id${i}, ${made(`C${i}_${j}`, command, `D${i}`)})${refused}`)
      lines.push(`yield* run${i}_${j}`)
    }
    lines.push(`done.push(yield* s${i}.load(id${i}))`)
  }
  for (const [i, { name }] of projections.entries()) {
    imports.push(`import { ${name}View as V${i} } from "./generated/${kebab(name)}.service.ts"`)
    lines.push(`const v${i} = yield* V${i}`, `done.push(yield* v${i}.all)`)
  }
  const services = [...aggregates.map((_, i) => `S${i}`), ...projections.map((_, i) => `V${i}`)]
  return `import { Effect, Layer } from "effect"
import { type EventStoreError, MemoryEventStore } from "eventfold"
import { sample } from "../../../sample.ts"
${imports.join("\n")}

const program = Effect.gen(function* () {
  const done: Array<unknown> = []
  ${lines.join("\n  ")}
  return done
})
const services = Layer.mergeAll(${["Layer.empty", ...services.map((service) => `${service}.layer`)].join(", ")})
export const run = (): Promise<ReadonlyArray<unknown>> =>
  Effect.runPromise(program.pipe(Effect.provide(services), Effect.provide(MemoryEventStore.layer)))
`
}
