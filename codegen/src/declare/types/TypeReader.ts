/**
 * Reads the decoded type of a schema, with its brands.
 *
 * The syntax tree of a schema has no brands, but the schema object has them: `brand` keeps its id
 * as `identifier` and the branded schema as `schema`, and `check` and `annotate` keep both. So the
 * reader walks schema objects, and uses the tree only for leaves.
 */
import { Schema, SchemaAST } from "effect"
import { declared, generic, leafOf, NoType, text, typeOfAst } from "./AstType.ts"
import * as ConstructorDefault from "./ConstructorDefault.ts"
import { type Code, codes, type Problem } from "../../report/Diagnostic.ts"
import type { Exports } from "./Exports.ts"
import type { Field, Type, Value } from "../../model/Model.ts"
import { isComposed, isIdentifier, isTypeName, notComposed, symbolAt } from "../../model/Names.ts"
import type { Path, SchemaProblem } from "./SchemaProblem.ts"
import { checksOf, descriptionOf } from "./SchemaNotes.ts"
import { brandOf, casesAt, constructorOf, fieldsAt, isSameType, schemaAt, schemasAt, symbolsAt } from "./SchemaParts.ts"
import { isAmbiguous, isStorable, ambiguousNull, notJson } from "./Storable.ts"

/** A schema to read, and its place in the declaration. */
interface Visit {
  readonly schema: Schema.Top
  readonly path: Path
  /** `true` if values of the schema are stored, so that they must encode to JSON. */
  readonly stored: boolean
}

export class TypeReader {
  readonly #exports: Exports
  readonly #problems: Array<SchemaProblem> = []
  readonly #values = new Map<string, Value>()
  readonly #schemas = new Map<string, Schema.Top>()
  /**
   * Schemas by the names of their types, while they are read. Reading such a schema again is a
   * recursion, and stops there.
   */
  readonly #open = new Map<string, Schema.Top>()
  /** Schemas without a name, while they are read. A recursion through them would not end. */
  readonly #nameless = new Set<Schema.Top>()

  constructor(exports: Exports) {
    this.#exports = exports
  }

  /** All problems that were found until now. */
  get problems(): ReadonlyArray<SchemaProblem> {
    return this.#problems
  }

  /** Returns the value types that were read until now. */
  values(): ReadonlyArray<Value> {
    return [...this.#values.values()]
  }

  /** Returns the schema of a value type, without checks that a field adds. */
  schemaOf(value: string): Schema.Top | undefined {
    return this.#schemas.get(value)
  }

  /**
   * Reads the type of a schema. If values of it are `stored`, reports schemas that do not encode to
   * JSON.
   */
  read(schema: Schema.Top, path: Path, stored: boolean): Type {
    return this.#read({ schema, path, stored })
  }

  /** Reads the fields of a struct, without the tag that declarations add. */
  fields(schema: Schema.Top, path: Path, stored: boolean): ReadonlyArray<Field> {
    return this.#fieldsOf({ schema, path, stored }).filter(({ name }) => name !== "_tag")
  }

  #fail({ path }: Visit, code: Code, { fix, message }: Problem): Type {
    this.#problems.push({ path, code, message, fix })
    return text("never")
  }

  #failNoType(visit: Visit, { why }: NoType): Type {
    const fix = "use a schema of Effect, or a class that a schema file exports"
    return this.#fail(visit, codes.noType, { message: why, fix })
  }

  #read(visit: Visit): Type {
    const { schema } = visit
    const brand = this.#branded(visit)
    if (brand !== undefined) return brand
    const name = this.#exports.names.get(schema)
    if (name !== undefined) return this.#named(visit, name, [], schema, () => this.#structure(visit))
    if (this.#nameless.has(schema)) {
      return this.#fail(visit, codes.noType, {
        message: "refers to itself, and its type has no name",
        fix: "export its schema under a unique name that begins with a capital letter"
      })
    }
    this.#nameless.add(schema)
    const type = this.#structure(visit)
    this.#nameless.delete(schema)
    return type
  }

  /** Reads a type with a name, once. */
  #named(visit: Visit, name: string, brands: ReadonlyArray<string>, own: Schema.Top, readBase: () => Type): Type {
    const clash: Problem = {
      message: `two schemas of this domain are named ${name} and have different types`,
      fix: "rename one of them"
    }
    const outer = this.#open.get(name)
    if (outer !== undefined) {
      return outer.ast === own.ast ? { kind: "named", name } : this.#fail(visit, codes.brandClash, clash)
    }
    this.#open.set(name, own)
    this.#schemas.set(name, own)
    const doc = descriptionOf(own)
    const value: Value = { name, type: readBase(), brands, ...(doc === undefined ? {} : { doc }), ...checksOf(own) }
    this.#open.delete(name)
    const known = this.#values.get(name)
    if (known !== undefined && typeOnly(known) !== typeOnly(value)) return this.#fail(visit, codes.brandClash, clash)
    this.#values.set(name, value)
    return { kind: "named", name }
  }

  #branded(visit: Visit): Type | undefined {
    const { path, schema, stored } = visit
    const brands: Array<string> = []
    let base = schema
    for (let step = brandOf(base); step !== undefined; step = brandOf(base)) {
      brands.unshift(step.brand)
      base = step.base
    }
    const name = brands.at(-1)
    if (name === undefined) return undefined
    if (!isComposed(name)) return this.#fail(visit, codes.badName, notComposed(name))
    const brand = `the brand ${JSON.stringify(name)}`
    if (!isTypeName(name)) {
      const fix = "begin it with a capital letter, then use letters and digits"
      return this.#fail(visit, codes.badName, { message: `${brand} is not a valid name of a type`, fix })
    }
    if (!isIdentifier(name)) {
      const fix = "choose another name"
      return this.#fail(visit, codes.badName, { message: `${brand} is a name that generated code uses itself`, fix })
    }
    return this.#named(visit, name, brands, brandOf(schema)?.base ?? schema, () => this.read(base, path, stored))
  }

  /** Reads a type without its own name or brand. */
  #structure(visit: Visit): Type {
    const { path, schema, stored } = visit
    if (schema.ast._tag === "Suspend") return this.#suspended(visit, schema.ast)
    const ast = SchemaAST.toType(schema.ast)
    if (stored) {
      const problem = notJson(ast) ?? (isAmbiguous(schema.ast) ? ambiguousNull : undefined)
      if (problem !== undefined) return this.#fail(visit, codes.notStorable, problem)
    }
    // The target of a transformation comes first, because the syntax tree of the transformation has
    // no brands.
    const to = schemaAt(schema, "to")
    if (to !== undefined) return this.read(to, path, stored)
    if (ast._tag === "Declaration") return this.#declaration(visit, ast)
    const members = schemasAt(schema, "members") ?? casesAt(schema)
    if (ast._tag === "Union" && members !== undefined) {
      return { kind: "union", members: members.map((member) => this.read(member, path, stored)) }
    }
    const composed =
      ast._tag === "Arrays" ? this.#array(visit, ast) : ast._tag === "Objects" ? this.#object(visit, ast) : undefined
    return composed ?? this.#wrapped(visit, ast)
  }

  #suspended(visit: Visit, ast: SchemaAST.Suspend): Type {
    const target = this.#exports.byAst.get(ast.thunk())
    return target === undefined
      ? this.#fail(visit, codes.noType, {
          message: "refers to itself through a schema that is not exported",
          fix: "export that schema, here or in its package, so that its type has a name"
        })
      : this.read(target, visit.path, visit.stored)
  }

  /** Reads a schema that wraps another schema, or of which only the syntax tree is known. */
  #wrapped(visit: Visit, ast: SchemaAST.AST): Type {
    const { path, schema, stored } = visit
    const inner = schemaAt(schema, "schema")
    if (inner !== undefined && isSameType(inner.ast, ast)) {
      const type = this.read(inner, path, stored)
      return ast._tag === "Arrays" && (type.kind === "array" || type.kind === "tuple")
        ? { ...type, mutable: ast.isMutable }
        : type
    }
    if (inner !== undefined && (ast.checks?.length ?? 0) > (SchemaAST.toType(inner.ast).checks?.length ?? 0)) {
      return this.#failNoType(visit, new NoType("has a refinement whose type can't be read"))
    }
    return this.#typeOfTree(visit, ast)
  }

  #typeOfTree(visit: Visit, ast: SchemaAST.AST): Type {
    const type = typeOfAst(ast)
    return type instanceof NoType ? this.#failNoType(visit, type) : type
  }

  #declaration(visit: Visit, ast: SchemaAST.Declaration): Type {
    const { path, schema, stored } = visit
    // A wrapper such as `toType` has no parts of its own.
    const inner = schemaAt(schema, "schema")
    if (inner !== undefined && isSameType(inner.ast, ast)) return this.read(inner, path, stored)
    const known = declared(ast)
    if (known === undefined) return this.#ownDeclaration(visit, ast)
    const args: Array<Type> = []
    for (const name of known.args) {
      const argument = schemaAt(schema, name)
      if (argument === undefined) return this.#typeOfTree(visit, ast)
      args.push(this.read(argument, path, stored))
    }
    return generic(known, args)
  }

  /** Reads a class, or a declaration that is not Effect's. */
  #ownDeclaration(visit: Visit, ast: SchemaAST.Declaration): Type {
    const made = constructorOf(ast)
    for (const [one, { file, name }] of this.#exports.classes) {
      if (one === visit.schema || (made !== undefined && constructorOf(one.ast) === made)) {
        return { kind: "class", name, file }
      }
    }
    if (made !== undefined) {
      const from = this.#exports.packaged.get(made)
      return this.#fail(visit, codes.noType, {
        message: `is a class${from === undefined ? "" : ` of ${from.specifier}`} that no schema file exports`,
        fix:
          from === undefined
            ? "export it, so that generated code can name it"
            : `write \`export { ${from.name} } from ${JSON.stringify(from.specifier)}\` in ${from.importer}, so that generated code can name it`
      })
    }
    return visit.stored && !isStorable(ast)
      ? this.#fail(visit, codes.notStorable, {
          message: "can't be stored as JSON: its schema has no codec",
          fix: "use a struct, or annotate it with `toCodecJson`"
        })
      : this.#failNoType(visit, new NoType("has its own type that generated code can't name"))
  }

  #array({ path, schema, stored }: Visit, ast: SchemaAST.Arrays): Type | undefined {
    const mutable = ast.isMutable
    const value = schemaAt(schema, "value")
    if (value !== undefined) {
      const item = this.read(value, path, stored)
      const elements = ast.elements.map(() => ({ type: item, optional: false }))
      return elements.length === 0
        ? { kind: "array", item, mutable }
        : { kind: "tuple", elements, rest: [item], mutable }
    }
    const tuple = schemaAt(schema, "schema")
    const elements = schemasAt(schema, "elements") ?? (tuple === undefined ? undefined : schemasAt(tuple, "elements"))
    if (elements === undefined) return undefined
    return {
      kind: "tuple",
      elements: elements.map((element, i) => ({
        type: this.read(element, path, stored),
        optional: SchemaAST.isOptional(SchemaAST.toType(ast.elements[i] ?? element.ast))
      })),
      rest: (schemasAt(schema, "rest") ?? []).map((one) => this.read(one, path, stored)),
      mutable
    }
  }

  #object(visit: Visit, ast: SchemaAST.Objects): Type | undefined {
    const { path, schema, stored } = visit
    if (fieldsAt(schema) !== undefined) return { kind: "struct", fields: this.#fieldsOf(visit), index: [] }
    const records = schemasAt(schema, "records")
    const struct = schemaAt(schema, "schema")
    if (records !== undefined && struct !== undefined) {
      const index = records.flatMap((record) => {
        const type = this.read(record, path, stored)
        return type.kind === "struct" ? type.index : []
      })
      return { kind: "struct", fields: this.#fieldsOf({ ...visit, schema: struct }), index }
    }
    const key = schemaAt(schema, "key")
    const value = schemaAt(schema, "value")
    return key === undefined || value === undefined ? undefined : this.#record(visit, ast, key, value)
  }

  #record(visit: Visit, ast: SchemaAST.Objects, key: Schema.Top, value: Schema.Top): Type {
    const { path, stored } = visit
    if (ast.propertySignatures.length > 0 && brandOf(key) !== undefined) {
      return this.#fail(visit, codes.noType, {
        message: "has branded literals as keys, which TypeScript does not accept as keys",
        fix: "use the literals without a brand"
      })
    }
    const type = this.read(value, path, stored)
    const mutable = SchemaAST.toType(value.ast).context?.isMutable === true
    // A record whose keys are literals is a struct with fields of one type.
    const fields = ast.propertySignatures.map(({ name, type: { context } }) => ({
      name: String(name),
      type,
      optional: context?.isOptional === true,
      mutable
    }))
    const index =
      ast.indexSignatures.length === 0 ? [] : [{ key: this.#keyType(key, path, stored), value: type, mutable }]
    return { kind: "struct", fields, index }
  }

  /**
   * Writes a template in place. The only named type that can be a key is a brand, and beside fields
   * none can.
   */
  #keyType(key: Schema.Top, path: Path, stored: boolean): Type {
    const ast = SchemaAST.toType(key.ast)
    const written = ast._tag === "TemplateLiteral" && brandOf(key) === undefined ? leafOf(ast) : undefined
    return written === undefined || written instanceof NoType ? this.read(key, path, stored) : written
  }

  #fieldsOf({ path, schema, stored }: Visit): ReadonlyArray<Field> {
    for (const [index, symbol] of symbolsAt(schema).entries()) {
      const message = `the symbol ${String(symbol)} can't be a field of ${path.join(".")}: neither JSON nor generated code can name it`
      this.#problems.push({
        path: [...path, symbolAt(index)],
        code: codes.badName,
        message,
        fix: "use a string as key"
      })
    }
    return (fieldsAt(schema) ?? []).map(([name, field]) =>
      this.#field(name, { schema: field, path: [...path, name], stored })
    )
  }

  #field(name: string, visit: Visit): Field {
    const { schema, path, stored } = visit
    this.#checkFieldName(name, visit)
    const ast = SchemaAST.toType(schema.ast)
    const fallback = ConstructorDefault.of(schema)
    const isInvalid = fallback instanceof ConstructorDefault.InvalidDefault
    if (isInvalid) this.#fail(visit, codes.badDefault, fallback)
    const type = this.read(schema, path, stored)
    const doc = descriptionOf(schema)
    // The description of a named type is shown at the type.
    const isOfType = type.kind === "named" && this.#values.get(type.name)?.doc === doc
    return {
      name,
      type,
      optional: ast.context?.isOptional === true,
      mutable: ast.context?.isMutable === true,
      ...(doc === undefined || isOfType ? {} : { doc }),
      ...checksOf(schema),
      ...(fallback === undefined || isInvalid ? {} : { fallback })
    }
  }

  #checkFieldName(name: string, visit: Visit): void {
    const { ast } = visit.schema
    if (name === "__proto__") {
      const message = "__proto__ can't be a field: JavaScript uses that name for the prototype of an object"
      this.#fail(visit, codes.badName, { message, fix: "rename the field" })
    }
    if (!isComposed(name)) this.#fail(visit, codes.badName, notComposed(name))
    const isOptional = SchemaAST.isOptional(SchemaAST.toType(ast)) || SchemaAST.isOptional(SchemaAST.toEncoded(ast))
    if (name in Object.prototype && isOptional) {
      const message = `${name} can't be optional, because every object inherits a property of that name`
      this.#fail(visit, codes.badName, { message, fix: "rename the field" })
    }
  }
}

/** Properties of fields that are not part of their type. */
const notInType: ReadonlySet<string> = new Set(["checks", "doc", "fallback"])

/** Returns the type of a value as text, without checks, descriptions and defaults. */
const typeOnly = ({ brands, name, type }: Value): string =>
  JSON.stringify({ name, type, brands }, (key, part: unknown) => (notInType.has(key) ? undefined : part))
