/** Schemas that no value fits: an event of one never happens, and a command of one cannot be made. */
import { SchemaAST } from "effect"
import type { Aggregate, Projection } from "eventfold"
import * as DeclaredSchemas from "./DeclaredSchemas.ts"
import { codes } from "../report/Diagnostic.ts"
import type { Problem } from "./types/TypeReader.ts"

type Path = ReadonlyArray<string>

/** Through types with parameters Effect derives another schema at every turn of a recursion. */
const maxRecursions = 8

/** The fields of a class, which are its values' own; a declaration such as `Option` has values whatever it is made of. */
const fieldsOf = ({ annotations, typeParameters: [fields] }: SchemaAST.Declaration): SchemaAST.AST | undefined =>
  annotations?.["~constructor"] === undefined ? undefined : fields

/** What every value of a node holds: without a value of each of these there is none. */
const required = (ast: SchemaAST.AST): ReadonlyArray<readonly [path: Path, ast: SchemaAST.AST]> => {
  switch (ast._tag) {
    case "Objects":
      return ast.propertySignatures.flatMap(({ name, type }) =>
        SchemaAST.isOptional(type) ? [] : [[[String(name)], type] as const]
      )
    case "Arrays":
      // The first of the rest may be there any number of times; those after it are at the end of each array.
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

/** Whether no value fits a node; `around` are the nodes that it is a part of, a value of which would have no end. */
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

/** The part, deepest inside, because of which no value fits. */
const reasonOf = (ast: SchemaAST.AST, path: Path, around: ReadonlySet<SchemaAST.AST> = new Set()): Path => {
  const part = around.has(ast) ? undefined : required(ast).find(([, one]) => isEmpty(one))
  return part === undefined ? path : reasonOf(part[1], [...path, ...part[0]], new Set([...around, ast]))
}

const message =
  "is a schema that no value fits, such as `Schema.Never`, or one whose values hold one another without end; use a schema that has values, or make the field optional"

const problemsOf = ({ path, schema }: DeclaredSchemas.DeclaredSchema): ReadonlyArray<Problem> => {
  const ast = SchemaAST.toType(schema.ast)
  return isEmpty(ast) ? [{ path: reasonOf(ast, path), code: codes.noValue, message }] : []
}

/** Of all but the state, which has the initial state as a value. */
export const ofAggregate = (aggregate: Aggregate.Any): ReadonlyArray<Problem> =>
  DeclaredSchemas.ofAggregate(aggregate).flatMap(problemsOf)

export const ofProjection = (projection: Projection.Any): ReadonlyArray<Problem> =>
  DeclaredSchemas.ofProjection(projection).flatMap(problemsOf)
