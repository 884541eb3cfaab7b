/** Which schemas' values can be stored as JSON, and come back as they were. */
import { Schema, SchemaAST } from "effect"

/** Whether a declaration says how its values are stored. */
export const isStorable = (ast: SchemaAST.Declaration): boolean =>
  ast.annotations?.["toCodec"] !== undefined || ast.annotations?.["toCodecJson"] !== undefined

/** Why values of this node have no form as JSON. */
export const notJson = (ast: SchemaAST.AST): string | undefined => {
  switch (ast._tag) {
    case "Symbol":
    case "UniqueSymbol":
      return "cannot be stored as JSON: a symbol is nothing outside its process; use a string"
    case "Any":
    case "Unknown":
      return "cannot be stored as JSON: it may be anything; use `Schema.Json`"
    case "ObjectKeyword":
      return "cannot be stored as JSON: it may be any object; use `Schema.Json` or a struct"
    case "Declaration":
      return isClassWithoutFields(ast)
        ? "cannot be stored as JSON: it is a class without fields, which encodes to its own instances; give it a field, or use `Schema.Struct({})`"
        : undefined
    default:
      return undefined
  }
}

/** A struct without fields lets pass whatever it is given, so that Effect's codec of such a class leaves an instance as it is. */
const isClassWithoutFields = ({ annotations, typeParameters: [fields] }: SchemaAST.Declaration): boolean =>
  annotations?.["~constructor"] !== undefined &&
  fields?._tag === "Objects" &&
  fields.propertySignatures.length === 0 &&
  fields.indexSignatures.length === 0

/** Why a value that is one of these cannot be stored. */
export const twofold =
  "may be undefined or null, which JSON stores alike; use `Schema.optionalKey`, which leaves the key out, or one of the two"

/** Whether `undefined`, which is stored as null, would be read as another of a union's values. */
export const isTwofold = (ast: SchemaAST.AST): boolean => {
  if (ast._tag !== "Union") return false
  const members = SchemaAST.toType(ast)._tag === "Union" ? flatMembers(ast) : []
  const isUndefined = (member: SchemaAST.AST) => ["Undefined", "Void"].includes(SchemaAST.toType(member)._tag)
  const others = members.filter((member) => !isUndefined(member))
  return others.length < members.length && others.some(acceptsNull)
}

const flatMembers = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" && ast.encoding === undefined ? ast.types.flatMap(flatMembers) : [ast]

/** Whether a value of this node may be stored as null. */
const acceptsNull = (ast: SchemaAST.AST): boolean =>
  Schema.is(Schema.toEncoded(Schema.toCodecJson(Schema.make(ast))))(null)
