/** Schemas with the parts that are annotated with `drawnFrom` replaced by what the annotation holds. */
import { Schema, SchemaAST } from "effect"

/** The schema to draw from; undefined where nothing in it is annotated. */
export const narrowed = <S extends Schema.Constraint>(schema: S): Schema.Codec<S["Type"]> | undefined => {
  let isFound = false
  const seen = new Map<SchemaAST.AST, SchemaAST.AST>()
  const visit = (ast: SchemaAST.AST): SchemaAST.AST => {
    const known = seen.get(ast)
    if (known !== undefined) return known
    const from = drawnFrom(ast)
    if (from !== undefined) isFound = true
    const next = from === undefined ? inside(ast, visit) : visit(SchemaAST.toType(from.ast))
    seen.set(ast, next)
    return next
  }
  const ast = visit(SchemaAST.toType(schema.ast))
  // Each value is held against the schema itself when it is drawn.
  return isFound ? Schema.make<Schema.Codec<S["Type"]>>(ast) : undefined
}

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
const inside = (ast: SchemaAST.AST, visit: (ast: SchemaAST.AST) => SchemaAST.AST): SchemaAST.AST => {
  const recur: unknown = Reflect.get(ast, "recur")
  return typeof recur === "function" ? (Reflect.apply(recur, ast, [visit]) as SchemaAST.AST) : ast
}
