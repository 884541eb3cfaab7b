/** The smallest aggregate that does something, for tests that are about something else. */
import { Project } from "./Project.ts"

/** Path of its schema file in a project. */
export const counterFile = "schemas/count/counter.ts"

/** Its schema file; a projection can be written after it. */
export const counter = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"

export const Counter = Aggregate.make("Counter", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { Counted: { by: Schema.Int } },
  errors: {},
  commands: { Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: [] } }
})
`

/** A project of its own, in which nothing is generated yet. */
export const counterProject = (files: Readonly<Record<string, string>> = {}): Project =>
  new Project({ [counterFile]: counter, ...files })
