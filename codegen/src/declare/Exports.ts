/** What schema files export that generated code can name: structs, unions, lists and classes. */
import { Schema, type SchemaAST } from "effect"
import { partsOf } from "./types/AstType.ts"
import { isIdentifier, isTypeName } from "../model/Names.ts"

export interface Exports {
  /** Schemas with parts, by the schema itself: written out once, under the exported name. */
  readonly names: ReadonlyMap<Schema.Top, string>
  readonly classes: ReadonlyMap<Schema.Top, Class>
  /** By syntax tree: all that is left of a schema behind `Schema.suspend`. */
  readonly byAst: ReadonlyMap<SchemaAST.AST, Schema.Top>
  /** How a schema file gets at a class that only a package exports, by the class's constructor. */
  readonly packaged: ReadonlyMap<unknown, Packaged>
}

/** A name that a schema file can export again. */
export interface Packaged {
  readonly name: string
  readonly specifier: string
  /** The schema file that imports it, relative to the root. */
  readonly importer: string
}

/** What a schema file imports from a file that is no schema file, or from a package. */
export interface Foreign {
  readonly importer: string
  readonly specifier: string
  /** Relative to the root, where it is a file of the project. */
  readonly file?: string
  readonly exports: Readonly<Record<string, unknown>>
}

interface Class {
  readonly name: string
  readonly file: string
}

/** What one schema file exports. */
interface Module {
  readonly file: string
  readonly exports: Readonly<Record<string, unknown>>
}

/** A struct, a union, a record, a list or a template that is written down as such: others end in one, or wrap one. */
const isComposed = (schema: Schema.Top): boolean => {
  if (schema.ast.encoding !== undefined) return "members" in schema || "cases" in schema
  switch (schema.ast._tag) {
    case "Objects":
      return "fields" in schema || "key" in schema || "records" in schema
    case "Union":
      return "members" in schema || "cases" in schema
    case "Arrays":
      return "value" in schema || "elements" in schema || "rest" in schema
    case "TemplateLiteral":
      return "parts" in schema
    default:
      return false
  }
}

/** A brand is a name, and its type can have no other. */
const settleBrand = (value: unknown, settled: Set<string>): void => {
  if (Schema.isSchema(value) && "identifier" in value && "schema" in value && typeof value.identifier === "string")
    settled.add(value.identifier)
}

/** Whether a schema is a part of itself. */
const isRecursive = (whole: SchemaAST.AST): boolean => {
  const seen = new Set<SchemaAST.AST>()
  const reaches = (ast: SchemaAST.AST): boolean => {
    if (seen.has(ast)) return false
    seen.add(ast)
    if (ast._tag !== "Suspend") return partsOf(ast).some(reaches)
    const inner = ast.thunk()
    return inner === whole || reaches(inner)
  }
  return reaches(whole)
}

/** The exports of a domain's own files, then those of others, of which a domain may use any. */
export const make = (
  own: ReadonlyArray<Module>,
  others: ReadonlyArray<Module>,
  taken: ReadonlySet<string>,
  foreign: ReadonlyArray<Foreign> = []
): Exports => {
  const names = new Map<Schema.Top, string>()
  const classes = new Map<Schema.Top, Class>()
  const byAst = new Map<SchemaAST.AST, Schema.Top>()
  const settled = new Set(taken)
  for (const modules of [own, others]) {
    for (const { exports } of modules) for (const value of Object.values(exports)) settleBrand(value, settled)
    const owners = new Map<string, Schema.Top>()
    for (const { exports, file } of modules) {
      for (const [name, value] of Object.entries(exports)) {
        if (!Schema.isSchema(value)) continue
        if (!byAst.has(value.ast)) byAst.set(value.ast, value)
        if (value.ast.annotations?.["~constructor"] !== undefined) {
          if (!classes.has(value) && name !== "default") classes.set(value, { name, file })
          continue
        }
        const isName = isTypeName(name) && isIdentifier(name) && !settled.has(name)
        if (!isName || !isComposed(value) || names.has(value)) continue
        const owner = owners.get(name)
        // Two schemas of one name: neither has it in generated code, where both are written out in place.
        if (owner === undefined) names.set(value, name)
        else names.delete(owner)
        owners.set(name, value)
      }
    }
    for (const name of owners.keys()) settled.add(name)
  }
  const packaged = new Map<unknown, Packaged>()
  for (const { exports, file, importer, specifier } of foreign) {
    for (const [name, value] of Object.entries(exports)) {
      if (!Schema.isSchema(value)) continue
      if (!byAst.has(value.ast)) byAst.set(value.ast, value)
      const made = value.ast.annotations?.["~constructor"]
      if (made === undefined || classes.has(value) || name === "default") continue
      // Generated code imports types from files of the project; what it may import of packages, only a schema file knows.
      if (file !== undefined) classes.set(value, { name, file })
      else if (!packaged.has(made)) packaged.set(made, { name, specifier, importer })
    }
  }
  // One that refers to itself cannot be written out in place: where its name is taken, it has another.
  for (const { exports } of [...own, ...others, ...foreign]) {
    for (const [wanted, value] of Object.entries(exports)) {
      if (!Schema.isSchema(value) || names.has(value) || classes.has(value) || !isTypeName(wanted)) continue
      if (!isComposed(value) || byAst.get(value.ast) !== value || !isRecursive(value.ast)) continue
      let name = wanted
      for (let number = 2; settled.has(name) || !isIdentifier(name); number++) name = `${wanted}${number}`
      settled.add(name)
      names.set(value, name)
    }
  }
  return { names, classes, byAst, packaged }
}
