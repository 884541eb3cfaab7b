/**
 * Reads types from the syntax tree of a schema. The tree has no brands, so this is for leaves of
 * schema objects only.
 */
import { SchemaAST } from "effect"
import { LeafTypes } from "eventfold/tables"
import type { Type } from "../../model/Model.ts"
import { type Projection } from "eventfold"

/** Creates a type from its TypeScript text. */
export const text = (text: string): Type => ({ kind: "text", text })

/** A type that generated code can't write, with the message of the diagnostic. */
export class NoType {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/** A type of Effect, or a global. */
interface Known {
  /** Module of `effect`; `undefined` for a global. */
  readonly module?: string
  readonly name: string
  /** Properties of the schema object with the schemas of the type arguments. */
  readonly args: ReadonlyArray<string>
  /** Type of a column for its values. */
  readonly column?: Projection.Column["type"]
}

const global = (name: string, ...args: ReadonlyArray<string>): Known => ({ name, args })
const effect = (module: string, name: string, ...args: ReadonlyArray<string>): Known => ({ module, name, args })

/** Effect's own declarations by their ids. */
const declarations: { readonly [id: string]: Known } = {
  ...Object.fromEntries(
    LeafTypes.all.map(({ column, module, name, type }): [string, Known] => {
      const known = module === undefined ? global(type) : effect(module, type)
      return [name, column === undefined ? known : { ...known, column }]
    })
  ),
  Chunk: effect("Chunk", "Chunk", "value"),
  HashMap: effect("HashMap", "HashMap", "key", "value"),
  HashSet: effect("HashSet", "HashSet", "value"),
  Option: effect("Option", "Option", "value"),
  ReadonlyMap: global("ReadonlyMap", "key", "value"),
  ReadonlySet: global("ReadonlySet", "value"),
  Redacted: effect("Redacted", "Redacted", "value"),
  Result: effect("Result", "Result", "success", "failure")
}

/** Returns the type of one of Effect's declarations; `undefined` for all others. */
export const declared = (ast: SchemaAST.AST): Known | undefined => {
  const representation = ast.annotations?.["representation"]
  if (typeof representation !== "object" || representation === null || !("id" in representation)) return undefined
  const { id } = representation
  return typeof id === "string" ? declarations[id.replace("effect/schema/", "")] : undefined
}

/** Returns the TypeScript text of a literal. */
export const literal = (value: SchemaAST.LiteralValue): string =>
  typeof value === "string" ? JSON.stringify(value) : typeof value === "bigint" ? `${value}n` : String(value)

const templatePart = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "Literal":
      return String(ast.literal).replace(/[`\\]|\$\{/g, "\\$&")
    case "TemplateLiteral":
      return ast.parts.map(templatePart).join("")
    case "Union":
      return `\${${ast.types.map((type) => (type._tag === "Literal" ? literal(type.literal) : leafText(type))).join(" | ")}}`
    default:
      return `\${${leafText(ast)}}`
  }
}

const leafText = (ast: SchemaAST.AST): string => {
  const leaf = leafOf(ast)
  return leaf instanceof NoType || leaf.kind !== "text" ? "string" : leaf.text
}

/** Returns the parts of a node. */
export const partsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  switch (ast._tag) {
    case "Objects":
      return [
        ...ast.propertySignatures.map(({ type }) => type),
        ...ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type])
      ]
    case "Union":
      return ast.types
    case "Arrays":
      return [...ast.elements, ...ast.rest]
    case "Declaration":
      return ast.typeParameters
    default:
      return []
  }
}

/** Returns the type of a node without parts. */
export const leafOf = (ast: SchemaAST.AST): Type | NoType => {
  switch (ast._tag) {
    case "String":
      return text("string")
    case "Number":
      return text("number")
    case "Boolean":
      return text("boolean")
    case "BigInt":
      return text("bigint")
    case "Null":
      return text("null")
    case "Undefined":
      return text("undefined")
    case "Void":
      return text("void")
    case "Never":
      return text("never")
    case "Unknown":
      return text("unknown")
    case "Any":
      return text("any")
    case "ObjectKeyword":
      return text("object")
    case "Symbol":
      return text("symbol")
    case "Literal":
      return text(literal(ast.literal))
    case "Enum":
      return { kind: "union", members: ast.enums.map(([, value]) => text(literal(value))) }
    case "TemplateLiteral":
      return text(`\`${ast.parts.map(templatePart).join("")}\``)
    case "UniqueSymbol":
      return new NoType("is a unique symbol, which generated code can't name")
    default:
      return new NoType("has a type that generated code can't write")
  }
}

/**
 * Returns the type of a node with its parts, without brands. For schemas whose schema object does
 * not have the parts.
 */
export const typeOfAst = (ast: SchemaAST.AST): Type | NoType => {
  switch (ast._tag) {
    case "Objects": {
      const fields = []
      for (const { name, type } of ast.propertySignatures) {
        const inner = typeOfAst(type)
        if (inner instanceof NoType) return inner
        if (typeof name === "symbol") return new NoType("has a symbol as a key")
        fields.push({
          name: String(name),
          type: inner,
          optional: SchemaAST.isOptional(type),
          mutable: type.context?.isMutable === true
        })
      }
      const index = []
      for (const { parameter, type } of ast.indexSignatures) {
        const key = typeOfAst(parameter)
        const value = typeOfAst(type)
        if (key instanceof NoType) return key
        if (value instanceof NoType) return value
        index.push({ key, value, mutable: type.context?.isMutable === true })
      }
      return { kind: "struct", fields, index }
    }
    case "Union": {
      const members = all(ast.types)
      return members instanceof NoType ? members : { kind: "union", members }
    }
    case "Arrays": {
      const elements = all(ast.elements)
      const rest = all(ast.rest)
      if (elements instanceof NoType) return elements
      if (rest instanceof NoType) return rest
      if (elements.length === 0 && rest.length === 1) return { kind: "array", item: rest[0]!, mutable: ast.isMutable }
      return {
        kind: "tuple",
        elements: elements.map((type, i) => ({ type, optional: SchemaAST.isOptional(ast.elements[i]!) })),
        rest,
        mutable: ast.isMutable
      }
    }
    case "Declaration": {
      const known = declared(ast)
      const args = all(ast.typeParameters)
      if (known === undefined) return new NoType("has its own type that generated code can't name")
      return args instanceof NoType ? args : generic(known, args)
    }
    default:
      return leafOf(ast)
  }
}

const all = (asts: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<Type> | NoType => {
  const types: Array<Type> = []
  for (const ast of asts) {
    const type = typeOfAst(ast)
    if (type instanceof NoType) return type
    types.push(type)
  }
  return types
}

/** Returns a known type with its arguments. */
export const generic = ({ module, name }: Known, args: ReadonlyArray<Type>): Type =>
  module !== undefined
    ? { kind: "effect", module, name, args }
    : args.length === 0
      ? text(name)
      : { kind: "generic", name, args }
