/** Events and value types as they are stored, as JSON Schema: runs in the worker, where the schemas are. */
import { Schema, type SchemaAST, SchemaRepresentation } from "effect"
import type { Aggregate } from "eventfold"
import type { Domain, JsonSchema } from "./Model.ts"

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

/** The stored side of a schema; none if it has no form as JSON, or one that cannot be described. */
const storedAst = (schema: Schema.Top): SchemaAST.AST | undefined => {
  try {
    const { ast } = Schema.toCodecJson(schema)
    SchemaRepresentation.toJsonSchemaDocument(SchemaRepresentation.toRepresentation(ast))
    return ast
  } catch {
    // Whether events can be stored at all has been found out before: here it is a matter of describing them.
    return undefined
  }
}

/** Describes schemas together, so that what they share is one definition. */
const describe = (schemas: ReadonlyMap<string, Schema.Top>): Stored => {
  const known = [...schemas].flatMap(([name, schema]) => {
    const ast = astOf(schema)
    return ast === undefined ? [] : [{ name, ast }]
  })
  const [first, ...rest] = known.map(({ ast }) => ast)
  if (first === undefined) return { schemas: new Map(), definitions: {} }
  const document = SchemaRepresentation.toJsonSchemaMultiDocument(
    SchemaRepresentation.toRepresentations([first, ...rest])
  )
  return {
    schemas: new Map(known.map(({ name }, i) => [name, document.schemas[i] ?? {}])),
    definitions: document.definitions
  }
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
  const events = aggregates.flatMap(({ events }) =>
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
