/**
 * Finds schemas without values. An event with such a schema never happens, and such a command can't
 * be created.
 */
import { SchemaAST } from "effect"
import type { Aggregate, Projection } from "eventfold"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes } from "../report/Diagnostic.ts"
import type { Path, SchemaProblem } from "./types/SchemaProblem.ts"

/**
 * Effect derives a new schema at every recursion through a type with parameters, so the search
 * needs a limit.
 */
const maxRecursions = 8

/**
 * Returns the fields of a class. Other declarations have values in any case: `Option` of an empty
 * schema has `none`.
 */
const fieldsOf = ({ annotations, typeParameters: [fields] }: SchemaAST.Declaration): SchemaAST.AST | undefined =>
  annotations?.["~constructor"] === undefined ? undefined : fields

/**
 * Returns the parts that every value of a node has. If one of them has no values, the node has
 * none.
 */
const required = (ast: SchemaAST.AST): ReadonlyArray<readonly [path: Path, ast: SchemaAST.AST]> => {
  switch (ast._tag) {
    case "Objects":
      return ast.propertySignatures.flatMap(({ name, type }) =>
        SchemaAST.isOptional(type) ? [] : [[[String(name)], type] as const]
      )
    case "Arrays":
      // The first rest element may be repeated zero times. All later ones are required at the end
      // of each array.
      return [...ast.elements.filter((one) => !SchemaAST.isOptional(one)), ...ast.rest.slice(1)].map(
        (one) => [[], one] as const
      )
    case "Declaration": {
      const fields = fieldsOf(ast)
      return fields === undefined ? [] : [[[], fields]]
    }
    case "Suspend":
      return [[[], ast.thunk()]]
    default:
      return []
  }
}

const inhabited = new WeakSet<SchemaAST.AST>()

/**
 * `true` if a node has no values. A node that requires one of the nodes in `around`, which contain
 * it, has none.
 */
const isEmpty = (ast: SchemaAST.AST, around: ReadonlySet<SchemaAST.AST> = new Set()): boolean => {
  if (ast._tag === "Never" || around.has(ast)) return true
  if (inhabited.has(ast)) return false
  const within = new Set([...around, ast])
  const isEndless = [...around].filter(({ _tag }) => _tag === "Suspend").length > maxRecursions
  const empty =
    !isEndless &&
    (ast._tag === "Union"
      ? ast.types.every((one) => isEmpty(one, within))
      : required(ast).some(([, one]) => isEmpty(one, within)))
  if (!empty) inhabited.add(ast)
  return empty
}

/** Returns the path of the innermost part that has no values. */
const reasonOf = (ast: SchemaAST.AST, path: Path, around: ReadonlySet<SchemaAST.AST> = new Set()): Path => {
  const part = around.has(ast) ? undefined : required(ast).find(([, one]) => isEmpty(one))
  return part === undefined ? path : reasonOf(part[1], [...path, ...part[0]], new Set([...around, ast]))
}

const noValues = {
  code: codes.noValue,
  message: "is a schema without values, such as `Schema.Never`, or one that requires itself without end",
  fix: "use a schema that has values, or make the field optional"
}

const problemsOf = ({ path, schema }: DeclaredSchemas.DeclaredSchema): ReadonlyArray<SchemaProblem> => {
  const ast = SchemaAST.toType(schema.ast)
  return isEmpty(ast) ? [{ path: reasonOf(ast, path), ...noValues }] : []
}

/**
 * Finds empty schemas in an aggregate, except for the state, which has at least the initial state
 * as a value.
 */
export const ofAggregate = (aggregate: Aggregate.Any): ReadonlyArray<SchemaProblem> =>
  DeclaredSchemas.ofAggregate(aggregate).flatMap(problemsOf)

/** Finds empty schemas in a projection. */
export const ofProjection = (projection: Projection.Any): ReadonlyArray<SchemaProblem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(problemsOf)
