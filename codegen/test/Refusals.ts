/** Declarations that `gen` refuses: a counter with parts replaced, and the messages about it. */
import { expect } from "vitest"
import { Project } from "./Project.ts"

export const head = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
`

/** A counter, with parts of its declaration replaced. */
export const counter = (parts: Readonly<Record<string, string>> = {}, name = "Counter"): string => {
  const spec = {
    id: "Schema.String",
    state: "Schema.Struct({ count: Schema.Int })",
    initial: "{ count: 0 }",
    events: "{ Counted: { by: Schema.Int } }",
    errors: "{ TooMuch: {} }",
    commands: `{ Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: ["TooMuch"] } }`,
    ...parts
  }
  const lines = Object.entries(spec).map(([key, value]) => `  ${key}: ${value}`)
  return `export const ${name} = Aggregate.make("${name}", {\n${lines.join(",\n")}\n})\n`
}

/** Returns the messages of `gen` about schema files, and checks that nothing was written. */
export const said = async (files: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  const project = new Project(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`schemas/${name}`, text]))
  )
  const { code, err } = await project.gen()
  expect(code).toBe(3)
  expect(project.has("examples")).toBe(false)
  expect(err.at(-1)).toMatch(/^\d+ problems?; nothing was written$/)
  return err.slice(0, -1)
}

/** Returns the messages of `gen` about one schema file. */
export const one = (text: string) => said({ "a/counter.ts": head + text })
