/** Decides which schemas can be stored as JSON without a loss. */
import { Schema, SchemaAST } from "effect"
import type { Problem } from "../../report/Diagnostic.ts"

const cannot = (why: string, fix: string): Problem => ({ message: `can't be stored as JSON: ${why}`, fix })

/** `true` if a declaration has a codec. */
export const isStorable = (ast: SchemaAST.Declaration): boolean =>
  ast.annotations?.["toCodec"] !== undefined || ast.annotations?.["toCodecJson"] !== undefined

/** Returns the problem of a node whose values can't be encoded to JSON. */
export const notJson = (ast: SchemaAST.AST): Problem | undefined => {
  switch (ast._tag) {
    case "Symbol":
    case "UniqueSymbol":
      return cannot("a symbol only exists in its process", "use a string")
    case "Any":
    case "Unknown":
      return cannot("it can be any value", "use `Schema.Json`")
    case "ObjectKeyword":
      return cannot("it can be any object", "use `Schema.Json` or a struct")
    case "Declaration":
      return isClassWithoutFields(ast)
        ? cannot(
            "it is a class without fields, which encodes to its own instances",
            "add a field, or use `Schema.Struct({})`"
          )
        : undefined
    default:
      return undefined
  }
}

/**
 * `true` for a class without fields. A struct without fields accepts any value, so Effect's codec
 * returns the instance itself.
 */
const isClassWithoutFields = ({ annotations, typeParameters: [fields] }: SchemaAST.Declaration): boolean =>
  annotations?.["~constructor"] !== undefined &&
  fields?._tag === "Objects" &&
  fields.propertySignatures.length === 0 &&
  fields.indexSignatures.length === 0

export const ambiguousNull: Problem = {
  message: "can be undefined or null, which are both stored as null",
  fix: "use `Schema.optionalKey`, which omits the key, or only one of the two"
}

/**
 * `true` if `undefined`, which is stored as null, would be decoded to another member of the union.
 */
export const isAmbiguous = (ast: SchemaAST.AST): boolean => {
  if (ast._tag !== "Union") return false
  const members = SchemaAST.toType(ast)._tag === "Union" ? flatMembers(ast) : []
  const isUndefined = (member: SchemaAST.AST) => ["Undefined", "Void"].includes(SchemaAST.toType(member)._tag)
  const others = members.filter((member) => !isUndefined(member))
  return others.length < members.length && others.some(acceptsNull)
}

const flatMembers = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" && ast.encoding === undefined ? ast.types.flatMap(flatMembers) : [ast]

/** `true` if a value of a node can be stored as null. */
const acceptsNull = (ast: SchemaAST.AST): boolean =>
  Schema.is(Schema.toEncoded(Schema.toCodecJson(Schema.make(ast))))(null)
