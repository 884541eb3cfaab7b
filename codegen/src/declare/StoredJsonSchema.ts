/**
 * Describes the stored form of events and value types as JSON Schema. Runs in the worker, where the
 * schemas are.
 */
import { Schema, SchemaAST, SchemaRepresentation } from "effect"
import type { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { compare } from "../report/Diagnostic.ts"
import type { Domain, JsonSchema } from "../model/Model.ts"

/** JSON Schemas by name, and the definitions that they refer to. */
interface Documents {
  readonly schemas: ReadonlyMap<string, JsonSchema>
  readonly definitions: { readonly [name: string]: JsonSchema }
}

/**
 * Stored forms by schema. Schemas are immutable, and a warm worker keeps most of them between runs.
 */
const knownAsts = new WeakMap<Schema.Top, { readonly ast: SchemaAST.AST | undefined }>()

const astOf = (schema: Schema.Top): SchemaAST.AST | undefined => {
  const { ast } = knownAsts.get(schema) ?? { ast: storedAst(schema) }
  knownAsts.set(schema, { ast })
  return ast
}

/** Structs of events without their `_tag`, which their type says. Immutable, and kept likewise. */
const knownData = new WeakMap<Schema.Codec<unknown, unknown>, Schema.Codec<unknown, unknown>>()

const dataOf = (event: Schema.Codec<unknown, unknown>): Schema.Codec<unknown, unknown> => {
  const known = knownData.get(event)
  if (known !== undefined) return known
  const { ast } = event
  const data =
    ast._tag === "Objects"
      ? Schema.make<Schema.Codec<unknown, unknown>>(
          new SchemaAST.Objects(
            ast.propertySignatures.filter(({ name }) => name !== "_tag"),
            ast.indexSignatures,
            ast.annotations,
            ast.checks,
            ast.encoding,
            ast.context,
            ast.encodingChecks
          )
        )
      : event
  knownData.set(event, data)
  return data
}

/**
 * Returns the stored form of a schema; `undefined` for a value type that is not part of an event
 * and has no JSON form.
 */
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

/**
 * Describes several schemas together, so that they share definitions; `undefined` if one of them
 * can't be described.
 */
const describeAll = (all: ReadonlyArray<Named>): Documents | undefined => {
  const [first, ...rest] = all.map(({ ast }) => ast)
  if (first === undefined) return { schemas: new Map(), definitions: {} }
  try {
    const { definitions, schemas } = SchemaRepresentation.toJsonSchemaMultiDocument(
      SchemaRepresentation.toRepresentations([first, ...rest])
    )
    return { schemas: new Map(all.map(({ name }, i) => [name, schemas[i] ?? {}])), definitions }
  } catch {
    // Events can be encoded, which was checked before, but JSON Schema can't describe every codec.
    return undefined
  }
}

/** Describes all schemas that can be described. */
const describe = (schemas: ReadonlyMap<string, Schema.Top>): Documents => {
  const all = [...schemas].flatMap(([name, schema]): ReadonlyArray<Named> => {
    const ast = astOf(schema)
    return ast === undefined ? [] : [{ name, ast }]
  })
  const describable = () => all.filter((one) => describeAll([one]) !== undefined)
  return describeAll(all) ?? describeAll(describable()) ?? { schemas: new Map(), definitions: {} }
}

/** Describes an event whose fields JSON Schema can't describe. */
const undescribed: JsonSchema = {
  type: "object",
  description: "JSON Schema can't describe these fields. The codec of the schema decides which values are accepted."
}

/** Adds the stored forms of events and value types to a domain. */
export const add = (
  domain: Domain,
  aggregates: ReadonlyArray<Aggregate.Any>,
  schemaOf: (value: string) => Schema.Top | undefined
): Domain => {
  // Sorted by name, so that the output does not depend on the order in which files are loaded.
  const sorted = [...aggregates].sort((a, b) => compare(a.name, b.name))
  const events = sorted.flatMap(({ events }) =>
    Object.entries(events).map(([name, schema]): [string, Schema.Top] => [`event ${name}`, dataOf(schema)])
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
        stored: schemas.get(`event ${event.name}`) ?? undescribed
      }))
    }))
  }
}
