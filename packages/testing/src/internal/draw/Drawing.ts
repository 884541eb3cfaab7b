/** The schemas that values are drawn from: what `drawnFrom` holds, and realistic ranges in place of whole ones. */
import { Schema, SchemaAST } from "effect"
import { reasonOf } from "./Undrawable.ts"
import * as Realistic from "./Realistic.ts"
import * as StoredValues from "./StoredValues.ts"

/** `realistic`: dates from 1900 to 2100, decimals with a few digits; `all`: whatever the schema lets pass. */
export type Range = "realistic" | "all"

export interface Narrowed<A> {
  readonly schema: Schema.Codec<A>
  /** Whether a part is annotated with `drawnFrom`, of those that were looked into: parts of recursive schemas are once they are drawn. */
  readonly isAnnotated: () => boolean
}

/** The schema to draw from; undefined if that is the schema itself. */
export const narrowed = <S extends Schema.Constraint>(schema: S, range: Range): Narrowed<S["Type"]> | undefined => {
  let isAnnotated = false
  const visiting = (isKey: boolean): Visit => {
    const seen = new Map<SchemaAST.AST, SchemaAST.AST>()
    const ofType: Visit = (ast) => {
      const type = ast.encoding === undefined ? ast : SchemaAST.toType(ast)
      // Keys of records are matched by their own schema.
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
  // Its encoding is followed, too: of some transformations only what can be stored is drawn.
  const ast = visiting(false)(schema.ast)
  // Each value is checked against the schema itself when it is drawn.
  return ast === type ? undefined : { schema: Schema.make(ast), isAnnotated: () => isAnnotated }
}

type Visit = (ast: SchemaAST.AST) => SchemaAST.AST

const realisticOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  const realistic = Realistic.of(ast)
  if (realistic === undefined || ast.checks === undefined) return realistic?.ast
  const checked = realistic.check(...ast.checks)
  // A check of one's own may let nothing realistic pass: years after 3000.
  return reasonOf(checked) === undefined ? checked.ast : undefined
}

/** A key that may be left out may still be. */
const asOptionalAs = (ast: SchemaAST.AST, next: SchemaAST.AST): SchemaAST.AST =>
  SchemaAST.isOptional(ast) && !SchemaAST.isOptional(next) ? Schema.optionalKey(Schema.make(next)).ast : next

/** Annotations of a schema with checks are those of its last check. */
const drawnFrom = (ast: SchemaAST.AST): Schema.Top | undefined => {
  const all = [ast.annotations, ...(ast.checks ?? []).map(({ annotations }) => annotations)]
  const held = all.findLast((annotations) => annotations?.["drawnFrom"] !== undefined)?.["drawnFrom"]
  if (held === undefined || Schema.isSchema(held)) return held
  throw new TypeError(
    `\`drawnFrom\` holds ${String(held)}; write a schema, such as Schema.Literals([1, 2, 3]), whose values are to be drawn`
  )
}

/** Effect goes into every node so, from encoded sides to types and back; leaves have nothing inside. */
const inside = (ast: SchemaAST.AST, visit: Visit, visitKey: Visit): SchemaAST.AST => {
  const recur: unknown = Reflect.get(ast, "recur")
  return typeof recur === "function" ? (Reflect.apply(recur, ast, [visit, visitKey]) as SchemaAST.AST) : ast
}
