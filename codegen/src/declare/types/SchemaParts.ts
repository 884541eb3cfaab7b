/** The parts of schema objects. Effect's types do not list them, so they are read by name. */
import { Schema, SchemaAST } from "effect"
import { leafOf, partsOf } from "./AstType.ts"

const partAt = (schema: Schema.Top, name: string): unknown => (name in schema ? Reflect.get(schema, name) : undefined)

export const schemaAt = (schema: Schema.Top, name: string): Schema.Top | undefined => {
  const value = partAt(schema, name)
  return Schema.isSchema(value) ? value : undefined
}

export const schemasAt = (schema: Schema.Top, name: string): ReadonlyArray<Schema.Top> | undefined => {
  const value = partAt(schema, name)
  return Array.isArray(value) && value.every((one) => Schema.isSchema(one)) ? value : undefined
}

/** Returns the fields of a struct with string keys; `undefined` if it is not a struct. */
export const fieldsAt = (schema: Schema.Top): ReadonlyArray<readonly [string, Schema.Top]> | undefined => {
  const value = partAt(schema, "fields")
  if (typeof value !== "object" || value === null) return undefined
  return Object.entries(value).flatMap(([name, field]) => (Schema.isSchema(field) ? [[name, field] as const] : []))
}

/** Returns the symbols among the keys of a struct. */
export const symbolsAt = (schema: Schema.Top): ReadonlyArray<symbol> => {
  const value = partAt(schema, "fields")
  return typeof value === "object" && value !== null ? Object.getOwnPropertySymbols(value) : []
}

/** Returns the members of a tagged union, which are stored by their tags. */
export const casesAt = (schema: Schema.Top): ReadonlyArray<Schema.Top> | undefined => {
  const value = partAt(schema, "cases")
  if (schema.ast._tag !== "Union" || typeof value !== "object" || value === null) return undefined
  const cases = Object.values(value)
  return cases.every((one) => Schema.isSchema(one)) ? cases : undefined
}

/** Returns the outermost brand of a schema, and the schema that it brands. */
export const brandOf = (schema: Schema.Top): { readonly brand: string; readonly base: Schema.Top } | undefined => {
  const brand = partAt(schema, "identifier")
  const base = schemaAt(schema, "schema")
  return typeof brand === "string" && base !== undefined ? { brand, base } : undefined
}

/**
 * Returns the class of a schema. `check` and `annotate` create a new schema object with the same
 * class.
 */
export const constructorOf = (ast: SchemaAST.AST): unknown => ast.annotations?.["~constructor"]

/**
 * `true` if two nodes have the same type. Wrappers such as `optionalKey` and `mutable` keep it;
 * `flip` and refinements do not.
 */
export const isSameType = (inner: SchemaAST.AST, outer: SchemaAST.AST): boolean => {
  const [a, b] = [SchemaAST.toType(inner), SchemaAST.toType(outer)]
  if (a === b) return true
  if (a._tag !== b._tag) return false
  // A wrapper that makes an array mutable can be followed by checks; a refinement does not change
  // the mutability.
  const isMutated = a._tag === "Arrays" && b._tag === "Arrays" && a.isMutable !== b.isMutable
  if (!isMutated && (a.checks?.length ?? 0) !== (b.checks?.length ?? 0)) return false
  const [parts, others] = [partsOf(a), partsOf(b)]
  return parts.length > 0 || others.length > 0
    ? parts.length === others.length && parts.every((one, i) => isSameType(one, others[i]!))
    : a._tag === "Suspend" || JSON.stringify(leafOf(a)) === JSON.stringify(leafOf(b))
}
