/** Events and value types as they are stored, as JSON Schema: runs in the worker, where the schemas are. */
import { Schema, type SchemaAST, SchemaRepresentation } from "effect"
import type { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { compare } from "../report/Diagnostic.ts"
import type { Domain, JsonSchema } from "../model/Model.ts"

/** JSON Schemas by name, and what they refer to. */
interface Stored {
  readonly schemas: ReadonlyMap<string, JsonSchema>
  readonly definitions: { readonly [name: string]: JsonSchema }
}

/** Schemas don't change, and a worker that waits has most of them from before. */
const known = new WeakMap<Schema.Top, { readonly ast: SchemaAST.AST | undefined }>()

const astOf = (schema: Schema.Top): SchemaAST.AST | undefined => {
  const { ast } = known.get(schema) ?? { ast: storedAst(schema) }
  known.set(schema, { ast })
  return ast
}

/** The stored side of a schema; none if it has no form as JSON, as a value type may have that is part of no event. */
const storedAst = (schema: Schema.Top): SchemaAST.AST | undefined => {
  try {
    return StoredForm.codec(schema).ast
  } catch {
    return undefined
  }
}

interface Named {
  readonly name: string
  readonly ast: SchemaAST.AST
}

/** Of several together, so that what they share is one definition; none if one of them cannot be described. */
const attempt = (all: ReadonlyArray<Named>): Stored | undefined => {
  const [first, ...rest] = all.map(({ ast }) => ast)
  if (first === undefined) return { schemas: new Map(), definitions: {} }
  try {
    const { definitions, schemas } = SchemaRepresentation.toJsonSchemaMultiDocument(
      SchemaRepresentation.toRepresentations([first, ...rest])
    )
    return { schemas: new Map(all.map(({ name }, i) => [name, schemas[i] ?? {}])), definitions }
  } catch {
    // Whether events can be stored at all has been found out before: here it is a matter of describing them.
    return undefined
  }
}

/** Describes all that can be described. */
const describe = (schemas: ReadonlyMap<string, Schema.Top>): Stored => {
  const all = [...schemas].flatMap(([name, schema]): ReadonlyArray<Named> => {
    const ast = astOf(schema)
    return ast === undefined ? [] : [{ name, ast }]
  })
  const possible = () => all.filter((one) => attempt([one]) !== undefined)
  return attempt(all) ?? attempt(possible()) ?? { schemas: new Map(), definitions: {} }
}

/** Of an event whose fields no JSON Schema can describe: its tag. */
const undescribed = (name: string): JsonSchema => ({
  type: "object",
  description: "JSON Schema cannot describe these fields: what is accepted is for the schema's codec to say.",
  properties: { _tag: { type: "string", enum: [name] } },
  required: ["_tag"]
})

/** A domain with how its events and value types are stored. */
export const add = (
  domain: Domain,
  aggregates: ReadonlyArray<Aggregate.Any>,
  schemaOf: (value: string) => Schema.Top | undefined
): Domain => {
  // By name, so that what is described first does not hang on which file was loaded first.
  const sorted = [...aggregates].sort((a, b) => compare(a.name, b.name))
  const events = sorted.flatMap(({ events }) =>
    Object.entries(events).map(([name, schema]): [string, Schema.Top] => [`event ${name}`, schema])
  )
  const values = domain.values.flatMap(({ name }): ReadonlyArray<[string, Schema.Top]> => {
    const schema = schemaOf(name)
    return schema === undefined ? [] : [[`value ${name}`, schema]]
  })
  const { definitions, schemas } = describe(new Map([...events, ...values]))
  return {
    ...domain,
    definitions,
    values: domain.values.map((value) => {
      const stored = schemas.get(`value ${value.name}`)
      return stored === undefined ? value : { ...value, stored }
    }),
    aggregates: domain.aggregates.map((aggregate) => ({
      ...aggregate,
      events: aggregate.events.map((event) => ({
        ...event,
        stored: schemas.get(`event ${event.name}`) ?? undescribed(event.name)
      }))
    }))
  }
}
