/** Lists the schemas of a declaration with their paths. */
import type { Schema } from "effect"
import type { Aggregate, Projection } from "eventfold"

export interface DeclaredSchema {
  readonly path: ReadonlyArray<string>
  readonly schema: Schema.Top
}

const all = (
  schemas: { readonly [name: string]: Schema.Top },
  path: (name: string) => ReadonlyArray<string>
): ReadonlyArray<DeclaredSchema> => Object.entries(schemas).map(([name, schema]) => ({ path: path(name), schema }))

/** Returns all schemas of an aggregate, except for its state. */
export const ofAggregate = ({ commands, errors, events, facts, id }: Aggregate.Any): ReadonlyArray<DeclaredSchema> => [
  { path: ["id"], schema: id },
  ...all(events, (name) => ["events", name]),
  ...all(errors, (name) => ["errors", name]),
  ...all(commands, (name) => ["commands", name, "payload"]),
  ...all(facts, (name) => ["facts", name])
]

/** Returns all schemas of a projection. */
export const ofProjection = ({ key, row }: Projection.Any): ReadonlyArray<DeclaredSchema> => [
  ...(key === "streamId" ? [] : [{ path: ["key"], schema: key }]),
  { path: ["row"], schema: row }
]
