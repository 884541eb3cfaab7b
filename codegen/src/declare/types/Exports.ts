/**
 * Finds the exports of schema files that become types of generated code: structs, unions, arrays
 * and classes.
 */
import { Schema, type SchemaAST } from "effect"
import { partsOf } from "./AstType.ts"
import { isIdentifier, isTypeName } from "../../model/Names.ts"

export interface Exports {
  /** Names of composed schemas. Generated code writes each type out once, under this name. */
  readonly names: ReadonlyMap<Schema.Top, string>
  readonly classes: ReadonlyMap<Schema.Top, Class>
  /** Schemas by their syntax tree, because `Schema.suspend` only has the tree. */
  readonly byAst: ReadonlyMap<SchemaAST.AST, Schema.Top>
  /** Classes that only a package exports, by their constructors. */
  readonly packaged: ReadonlyMap<unknown, Packaged>
}

/** An export of a package that a schema file can re-export. */
export interface Packaged {
  readonly name: string
  readonly specifier: string
  /** Path of the importing schema file, relative to the root. */
  readonly importer: string
}

/** A module outside of the schema files that a schema file imports. */
export interface Foreign {
  readonly importer: string
  readonly specifier: string
  /** Path relative to the root; only set for a file of the project. */
  readonly file?: string
  readonly exports: Readonly<Record<string, unknown>>
}

interface Class {
  readonly name: string
  readonly file: string
}

/** Exports of one schema file. */
interface Module {
  readonly file: string
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * `true` if a schema was written as a struct, union, record, array or template, and does not
 * transform or wrap one.
 */
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

/** Reserves the name of a brand, because its type can't have another name. */
const reserveBrand = (value: unknown, reserved: Set<string>): void => {
  if (Schema.isSchema(value) && "identifier" in value && "schema" in value && typeof value.identifier === "string")
    reserved.add(value.identifier)
}

/** `true` if a schema contains itself. */
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

/** Collects the names of types for one domain. */
class NameTable implements Exports {
  readonly names = new Map<Schema.Top, string>()
  readonly classes = new Map<Schema.Top, Class>()
  readonly byAst = new Map<SchemaAST.AST, Schema.Top>()
  readonly packaged = new Map<unknown, Packaged>()
  /** Names that no other type may have. */
  readonly #reserved: Set<string>

  constructor(taken: ReadonlySet<string>) {
    this.#reserved = new Set(taken)
  }

  /** Adds the exports of schema files. Names of an earlier call have priority. */
  addFiles(modules: ReadonlyArray<Module>): void {
    for (const { exports } of modules) {
      for (const value of Object.values(exports)) reserveBrand(value, this.#reserved)
    }
    const owners = new Map<string, Schema.Top>()
    for (const { exports, file } of modules) {
      for (const [name, value] of Object.entries(exports)) {
        if (Schema.isSchema(value)) this.#addExport(name, value, file, owners)
      }
    }
    for (const name of owners.keys()) this.#reserved.add(name)
  }

  #addExport(name: string, value: Schema.Top, file: string, owners: Map<string, Schema.Top>): void {
    this.#addAst(value)
    if (constructorOf(value) !== undefined) {
      if (!this.classes.has(value) && name !== "default") this.classes.set(value, { name, file })
      return
    }
    const isName = isTypeName(name) && isIdentifier(name) && !this.#reserved.has(name)
    if (!isName || !isComposed(value) || this.names.has(value)) return
    const owner = owners.get(name)
    // If two schemas have the same name, generated code writes both out in place.
    if (owner === undefined) this.names.set(value, name)
    else this.names.delete(owner)
    owners.set(name, value)
  }

  #addAst(value: Schema.Top): void {
    if (!this.byAst.has(value.ast)) this.byAst.set(value.ast, value)
  }

  /** Adds classes that schema files import. */
  addForeign({ exports, file, importer, specifier }: Foreign): void {
    for (const [name, value] of Object.entries(exports)) {
      if (!Schema.isSchema(value)) continue
      this.#addAst(value)
      const made = constructorOf(value)
      if (made === undefined || this.classes.has(value) || name === "default") continue
      // Generated code can import types from files of the project. Only a schema file knows which
      // packages it may import.
      if (file !== undefined) this.classes.set(value, { name, file })
      else if (!this.packaged.has(made)) this.packaged.set(made, { name, specifier, importer })
    }
  }

  /**
   * Names recursive schemas, which can't be written out in place: if the name is taken, a number is
   * appended.
   */
  nameRecursive({ exports }: Pick<Module, "exports">): void {
    for (const [wanted, value] of Object.entries(exports)) {
      if (!Schema.isSchema(value) || this.names.has(value) || this.classes.has(value) || !isTypeName(wanted)) continue
      if (!isComposed(value) || this.byAst.get(value.ast) !== value || !isRecursive(value.ast)) continue
      let name = wanted
      for (let number = 2; this.#reserved.has(name) || !isIdentifier(name); number++) name = `${wanted}${number}`
      this.#reserved.add(name)
      this.names.set(value, name)
    }
  }
}

const constructorOf = ({ ast }: Schema.Top): unknown => ast.annotations?.["~constructor"]

/**
 * Collects the exports of a domain's own files, then those of other domains. A domain may use both.
 */
export const make = (
  own: ReadonlyArray<Module>,
  others: ReadonlyArray<Module>,
  taken: ReadonlySet<string>,
  foreign: ReadonlyArray<Foreign> = []
): Exports => {
  const table = new NameTable(taken)
  for (const modules of [own, others]) table.addFiles(modules)
  for (const module of foreign) table.addForeign(module)
  for (const module of [...own, ...others, ...foreign]) table.nameRecursive(module)
  return table
}
