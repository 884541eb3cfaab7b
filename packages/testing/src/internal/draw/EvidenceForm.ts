/**
 * Stored form of the commands and facts that a failure prints, and that a pasted test reads.
 *
 * Redacted values are included even if their schema forbids to encode them. Those of a history are
 * random, so that they are no secrets, and the history could not be repeated without them.
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

/**
 * Returns the schema with redacted values that can be encoded, or the same object if it has none.
 */
const opened = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (SchemaAST.isDeclaration(ast) && isForbidding(ast)) {
    const [inner] = ast.typeParameters
    const open = Schema.Redacted(Schema.make<Schema.Codec<unknown>>(inner === undefined ? Schema.Unknown.ast : inner))
    return SchemaAST.isOptional(ast) ? Schema.optionalKey(open).ast : open.ast
  }
  // A schema with its own encoding keeps it.
  if (ast.encoding !== undefined || SchemaAST.isSuspend(ast)) return ast
  const recur: unknown = Reflect.get(ast, "recur")
  return typeof recur === "function" ? (Reflect.apply(recur, ast, [opened, opened]) as SchemaAST.AST) : ast
}

/** Creates the codec of a command or a fact of a failing history. */
export const codec = (schema: Schema.Constraint): Schema.Codec<unknown, unknown> =>
  StoredForm.codec(Schema.make<Schema.Codec<unknown, unknown>>(opened(schema.ast)))
