/**
 * Schemas that values are drawn from: those of `drawnFrom`, and realistic ranges instead of whole
 * ones.
 */
import { Schema, SchemaAST } from "effect"
import { reasonOf } from "./Undrawable.ts"
import * as Realistic from "./Realistic.ts"
import * as StoredValues from "./StoredValues.ts"

/**
 * `realistic`: dates from 1900 to 2100, decimals with a few digits. `all`: all values that the
 * schema allows.
 */
export type Range = "realistic" | "all"

export interface Narrowed<A> {
  readonly schema: Schema.Codec<A>
  /**
   * Checks that a visited part of the schema has the annotation `drawnFrom`. Parts of recursive
   * schemas are visited when they are drawn.
   */
  readonly isAnnotated: () => boolean
}

/** Returns the schema to draw from, or `undefined` if it is the schema itself. */
export const narrowed = <S extends Schema.Constraint>(schema: S, range: Range): Narrowed<S["Type"]> | undefined => {
  let isAnnotated = false
  const visiting = (isKey: boolean): Visit => {
    const seen = new Map<SchemaAST.AST, SchemaAST.AST>()
    const ofType: Visit = (ast) => {
      const type = ast.encoding === undefined ? ast : SchemaAST.toType(ast)
      // The keys of a record have to match their own schema.
      const realistic = range === "realistic" && !isKey ? realisticOf(type) : undefined
      const drawn = realistic ?? SchemaAST.toType(inside(ast, visit, isKey ? visit : visitKey))
      const stored = isKey ? undefined : StoredValues.of(ast, drawn, () => realisticOf(type) ?? drawn)
      return asOptionalAs(ast, stored ?? drawn)
    }
    const visit: Visit = (ast) => {
      const known = seen.get(ast)
      if (known !== undefined) return known
      const from = drawnFrom(ast)
      if (from !== undefined) isAnnotated = true
      const next = from === undefined ? ofType(ast) : asOptionalAs(ast, visit(from.ast))
      seen.set(ast, next)
      return next
    }
    return visit
  }
  const visitKey = visiting(true)
  const type = SchemaAST.toType(schema.ast)
  // Visits encodings too: for some transformations, only values that can be stored are drawn.
  const ast = visiting(false)(schema.ast)
  // Each drawn value is checked with the schema itself.
  return ast === type ? undefined : { schema: Schema.make(ast), isAnnotated: () => isAnnotated }
}

type Visit = (ast: SchemaAST.AST) => SchemaAST.AST

const realisticOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  const realistic = Realistic.of(ast)
  if (realistic === undefined || ast.checks === undefined) return realistic?.ast
  const checked = realistic.check(...ast.checks)
  // A custom check can refuse all realistic values: years after 3000.
  return reasonOf(checked) === undefined ? checked.ast : undefined
}

/** Makes a key optional if the original key is. */
const asOptionalAs = (ast: SchemaAST.AST, next: SchemaAST.AST): SchemaAST.AST =>
  SchemaAST.isOptional(ast) && !SchemaAST.isOptional(next) ? Schema.optionalKey(Schema.make(next)).ast : next

/**
 * Returns the schema of the annotation `drawnFrom`. A schema with checks has its annotations at its
 * last check.
 */
const drawnFrom = (ast: SchemaAST.AST): Schema.Top | undefined => {
  const all = [ast.annotations, ...(ast.checks ?? []).map(({ annotations }) => annotations)]
  const held = all.findLast((annotations) => annotations?.["drawnFrom"] !== undefined)?.["drawnFrom"]
  if (held === undefined || Schema.isSchema(held)) return held
  throw new TypeError(
    `\`drawnFrom\` is ${String(held)}, but must be a schema whose values are drawn, such as Schema.Literals([1, 2, 3])`
  )
}

/** Visits the parts of a node, encodings included, as Effect does; leaves have no parts. */
const inside = (ast: SchemaAST.AST, visit: Visit, visitKey: Visit): SchemaAST.AST => {
  const recur: unknown = Reflect.get(ast, "recur")
  return typeof recur === "function" ? (Reflect.apply(recur, ast, [visit, visitKey]) as SchemaAST.AST) : ast
}
