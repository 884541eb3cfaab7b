/** Places in syntax trees: the parts of a node by the names that they have there, and a search through them. */
import type { SchemaAST } from "effect"
import { partsOf } from "./AstType.ts"

/** A node, and the names that lead to it. */
export interface Place {
  readonly path: ReadonlyArray<string>
  readonly ast: SchemaAST.AST
}

/** The parts of a node and what it is encoded to, each under the name that it has there, if it has one. */
const partsAt = (ast: SchemaAST.AST): ReadonlyArray<Place> => {
  const unnamed = (one: SchemaAST.AST): Place => ({ path: [], ast: one })
  const own =
    ast._tag === "Objects"
      ? [
          ...ast.propertySignatures.map(({ name, type }) => ({ path: [String(name)], ast: type })),
          ...ast.indexSignatures.flatMap(({ parameter, type }) => [unnamed(parameter), unnamed(type)])
        ]
      : ast._tag === "Suspend"
        ? [unnamed(ast.thunk())]
        : partsOf(ast).map(unnamed)
  return [...own, ...(ast.encoding ?? []).map(({ to }) => unnamed(to))]
}

type Is = (ast: SchemaAST.AST) => boolean

const holds = (ast: SchemaAST.AST, is: Is): boolean => {
  const reached = new Set([ast])
  for (const one of reached) {
    if (is(one)) return true
    for (const part of partsAt(one)) reached.add(part.ast)
  }
  return false
}

/**
 * Every node of a kind, at each place: fields may share a schema. A node within itself is not entered again, and neither is
 * what such a node holds.
 */
export const find = (
  { ast, path }: Place,
  is: Is,
  around: ReadonlySet<SchemaAST.AST> = new Set()
): ReadonlyArray<Place> => {
  if (is(ast)) return [{ path, ast }]
  if (around.has(ast) || !holds(ast, is)) return []
  const within = new Set([...around, ast])
  const found = partsAt(ast).flatMap((part) => find({ path: [...path, ...part.path], ast: part.ast }, is, within))
  // A value and what it is encoded to have one place.
  return [...new Map(found.map((one) => [one.path.join("\0"), one])).values()]
}
