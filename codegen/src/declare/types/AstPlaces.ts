/** Searches syntax trees of schemas, with the paths of the nodes. */
import type { SchemaAST } from "effect"
import { partsOf } from "./AstType.ts"

/** A node and its path. */
export interface Place {
  readonly path: ReadonlyArray<string>
  readonly ast: SchemaAST.AST
}

/** Returns the parts of a node and its encoded sides, with their names if they have any. */
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

type Predicate = (ast: SchemaAST.AST) => boolean

const holds = (ast: SchemaAST.AST, is: Predicate): boolean => {
  const reached = new Set([ast])
  for (const one of reached) {
    if (is(one)) return true
    for (const part of partsAt(one)) reached.add(part.ast)
  }
  return false
}

/**
 * Finds all nodes that match, at every path, because fields can share a schema. A matching node is
 * not searched, and neither is a node within its own parts.
 */
export const find = (
  { ast, path }: Place,
  is: Predicate,
  around: ReadonlySet<SchemaAST.AST> = new Set()
): ReadonlyArray<Place> => {
  if (is(ast)) return [{ path, ast }]
  if (around.has(ast) || !holds(ast, is)) return []
  const within = new Set([...around, ast])
  const found = partsAt(ast).flatMap((part) => find({ path: [...path, ...part.path], ast: part.ast }, is, within))
  // A value and its encoded side have the same path.
  return [...new Map(found.map((one) => [one.path.join("\0"), one])).values()]
}
