/**
 * How commands and facts of a failing case are written, and read back when a person pastes it: in their stored form.
 *
 * Redacted values whose schema forbids that are written, too. They are never stored, and those of a case are drawn: there is no
 * secret in them, and without them the case could not be repeated.
 */
import { Schema, SchemaAST } from "effect"
import { StoredForm } from "eventfold/generated"

const isForbidding = ({ annotations }: SchemaAST.AST): boolean => {
  const representation = annotations?.["representation"]
  if (typeof representation !== "object" || representation === null) return false
  if (Reflect.get(representation, "id") !== "effect/schema/Redacted") return false
  const payload: unknown = Reflect.get(representation, "payload")
  return (
    typeof payload === "object" &&
    payload !== null &&
    (Reflect.get(payload, "disallowJsonEncode") === true || Reflect.get(payload, "disallowEncode") === true)
  )
}

/** The same with redacted values that can be written; the same object if there is none to change. */
const opened = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (SchemaAST.isDeclaration(ast) && isForbidding(ast)) {
    const [inner] = ast.typeParameters
    const open = Schema.Redacted(Schema.make<Schema.Codec<unknown>>(inner === undefined ? Schema.Unknown.ast : inner))
    return SchemaAST.isOptional(ast) ? Schema.optionalKey(open).ast : open.ast
  }
  // What stands for a value of another type keeps its way there.
  if (ast.encoding !== undefined || SchemaAST.isSuspend(ast)) return ast
  const recur: unknown = Reflect.get(ast, "recur")
  return typeof recur === "function" ? (Reflect.apply(recur, ast, [opened, opened]) as SchemaAST.AST) : ast
}

/** The codec of a command or a fact in a failing case. */
export const codec = (schema: Schema.Constraint): Schema.Codec<unknown, unknown> =>
  StoredForm.codec(Schema.make<Schema.Codec<unknown, unknown>>(opened(schema.ast)))
