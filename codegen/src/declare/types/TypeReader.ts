/**
 * Reads the decoded type of a schema, brands kept.
 *
 * A schema's syntax tree has no brands, but the schema object has: `brand` keeps its id as `identifier` and what it brands as
 * `schema`, and `check` and `annotate` keep both. So the walk goes over schema objects, and asks the tree for leaves only.
 */
import { Schema, SchemaAST } from "effect"
import { declared, generic, leafOf, NoType, partsOf, text, typeOfAst } from "./AstType.ts"
import * as ConstructorDefault from "./ConstructorDefault.ts"
import { type Code, codes } from "../../report/Diagnostic.ts"
import type { Exports } from "../Exports.ts"
import type { Check, Field, Type, Value } from "../../model/Model.ts"
import { isComposed, isIdentifier, isTypeName, notComposed, symbolAt } from "../../model/Names.ts"
import { isStorable, isTwofold, notJson, twofold } from "./Storable.ts"

/** A problem with a schema, at a path of the declaration: `["events", "AccountOpened", "owner"]`. */
export interface Problem {
  readonly path: ReadonlyArray<string>
  readonly code: Code
  readonly message: string
}

export interface TypeReader {
  /** `stored`: whether its values must have a form as JSON. */
  readonly read: (schema: Schema.Top, path: ReadonlyArray<string>, stored: boolean) => Type
  /** The fields of a struct, without the tag that declarations add. */
  readonly fields: (schema: Schema.Top, path: ReadonlyArray<string>, stored: boolean) => ReadonlyArray<Field>
  /** The value types met so far. */
  readonly values: () => ReadonlyArray<Value>
  /** The schema of a value type as such, before a field adds checks of its own. */
  readonly schemaOf: (value: string) => Schema.Top | undefined
  readonly problems: ReadonlyArray<Problem>
}

const part = (schema: Schema.Top, name: string): unknown => (name in schema ? Reflect.get(schema, name) : undefined)

const schemaAt = (schema: Schema.Top, name: string): Schema.Top | undefined => {
  const value = part(schema, name)
  return Schema.isSchema(value) ? value : undefined
}

const schemasAt = (schema: Schema.Top, name: string): ReadonlyArray<Schema.Top> | undefined => {
  const value = part(schema, name)
  return Array.isArray(value) && value.every((one) => Schema.isSchema(one)) ? value : undefined
}

const fieldsAt = (schema: Schema.Top): ReadonlyArray<readonly [string, Schema.Top]> | undefined => {
  const value = part(schema, "fields")
  if (typeof value !== "object" || value === null) return undefined
  return Object.entries(value).flatMap(([name, field]) => (Schema.isSchema(field) ? [[name, field] as const] : []))
}

const symbolsAt = (schema: Schema.Top): ReadonlyArray<symbol> => {
  const value = part(schema, "fields")
  return typeof value === "object" && value !== null ? Object.getOwnPropertySymbols(value) : []
}

/** The members of a tagged union, which keeps them by their tags. */
const casesAt = (schema: Schema.Top): ReadonlyArray<Schema.Top> | undefined => {
  const value = part(schema, "cases")
  if (schema.ast._tag !== "Union" || typeof value !== "object" || value === null) return undefined
  const cases = Object.values(value)
  return cases.every((one) => Schema.isSchema(one)) ? cases : undefined
}

const brandOf = (schema: Schema.Top): { readonly brand: string; readonly base: Schema.Top } | undefined => {
  const brand = part(schema, "identifier")
  const base = schemaAt(schema, "schema")
  return typeof brand === "string" && base !== undefined ? { brand, base } : undefined
}

/** The same class behind `check` and `annotate`, which make a new schema object of it. */
const constructorOf = (ast: SchemaAST.AST): unknown => ast.annotations?.["~constructor"]

export const make = (exports: Exports): TypeReader => {
  const problems: Array<Problem> = []
  const values = new Map<string, Value>()
  const schemas = new Map<string, Schema.Top>()
  /** Names whose type is being read: meeting one again is recursion, and ends the walk. */
  const open = new Map<string, Schema.Top>()
  /** Schemas without a name whose type is being read: in these, recursion would never end. */
  const nameless = new Set<Schema.Top>()

  const read = (schema: Schema.Top, path: ReadonlyArray<string>, stored: boolean): Type => {
    const fail = (code: Code, message: string): Type => {
      problems.push({ path, code, message })
      return text("never")
    }
    const unwritable = ({ why }: NoType): Type =>
      fail(codes.noType, `${why}; use one of Effect's schemas, or a class that the schema file exports`)

    const named = (name: string, brands: ReadonlyArray<string>, own: Schema.Top, base: () => Type): Type => {
      const clash = `two schemas of this domain are called ${name} and have different types; give one of them another name`
      const outer = open.get(name)
      if (outer !== undefined) return outer.ast === own.ast ? { kind: "named", name } : fail(codes.brandClash, clash)
      open.set(name, own)
      schemas.set(name, own)
      const doc = descriptionOf(own)
      const value: Value = { name, type: base(), brands, ...(doc === undefined ? {} : { doc }), ...checksOf(own) }
      open.delete(name)
      const known = values.get(name)
      if (known !== undefined && typeOnly(known) !== typeOnly(value)) return fail(codes.brandClash, clash)
      values.set(name, value)
      return { kind: "named", name }
    }

    const branded = (): Type | undefined => {
      const brands: Array<string> = []
      let base = schema
      for (let step = brandOf(base); step !== undefined; step = brandOf(base)) {
        brands.unshift(step.brand)
        base = step.base
      }
      const name = brands.at(-1)
      if (name === undefined) return undefined
      if (!isComposed(name)) return fail(codes.badName, notComposed(name))
      if (!isTypeName(name) || !isIdentifier(name)) {
        const mend = isTypeName(name)
          ? "is a name that generated code has from elsewhere; choose another"
          : "is not a type's name; begin it with a capital, then letters and digits"
        return fail(codes.badName, `the brand ${JSON.stringify(name)} ${mend}`)
      }
      return named(name, brands, brandOf(schema)?.base ?? schema, () => read(base, path, stored))
    }

    const declaration = (ast: SchemaAST.Declaration): Type => {
      // What wraps a schema, such as `toType`, knows its parts no more.
      const inner = schemaAt(schema, "schema")
      if (inner !== undefined && isSameType(inner.ast, ast)) return read(inner, path, stored)
      const known = declared(ast)
      if (known === undefined) {
        const made = constructorOf(ast)
        for (const [one, { file, name }] of exports.classes) {
          if (one === schema || (made !== undefined && constructorOf(one.ast) === made))
            return { kind: "class", name, file }
        }
        if (made !== undefined) {
          const from = exports.packaged.get(made)
          const fix =
            from === undefined
              ? "export it, so that generated code can name it"
              : `write \`export { ${from.name} } from ${JSON.stringify(from.specifier)}\` in ${from.importer}, so that generated code can name it`
          return fail(
            codes.noType,
            `is a class${from === undefined ? "" : ` of ${from.specifier}`} that no schema file exports; ${fix}`
          )
        }
        return stored && !isStorable(ast)
          ? fail(
              codes.notStorable,
              "cannot be stored as JSON: its schema has no codec; use a struct, or annotate it with `toCodecJson`"
            )
          : unwritable(new NoType("has a type of its own that generated code cannot name"))
      }
      const args: Array<Type> = []
      for (const name of known.args) {
        const argument = schemaAt(schema, name)
        if (argument === undefined) {
          const whole = typeOfAst(ast)
          return whole instanceof NoType ? unwritable(whole) : whole
        }
        args.push(read(argument, path, stored))
      }
      return generic(known, args)
    }

    const array = (ast: SchemaAST.Arrays): Type | undefined => {
      const mutable = ast.isMutable
      const value = schemaAt(schema, "value")
      if (value !== undefined) {
        const item = read(value, path, stored)
        return ast.elements.length === 0
          ? { kind: "array", item, mutable }
          : {
              kind: "tuple",
              elements: ast.elements.map(() => ({ type: item, optional: false })),
              rest: [item],
              mutable
            }
      }
      const tuple = schemaAt(schema, "schema")
      const elements = schemasAt(schema, "elements") ?? (tuple === undefined ? undefined : schemasAt(tuple, "elements"))
      if (elements === undefined) return undefined
      return {
        kind: "tuple",
        elements: elements.map((element, i) => ({
          type: read(element, path, stored),
          optional: SchemaAST.isOptional(SchemaAST.toType(ast.elements[i] ?? element.ast))
        })),
        rest: (schemasAt(schema, "rest") ?? []).map((one) => read(one, path, stored)),
        mutable
      }
    }

    const object = (ast: SchemaAST.Objects): Type | undefined => {
      if (fieldsAt(schema) !== undefined) return { kind: "struct", fields: fieldsOf(schema, path, stored), index: [] }
      const records = schemasAt(schema, "records")
      const struct = schemaAt(schema, "schema")
      if (records !== undefined && struct !== undefined) {
        const index = records.flatMap((record) => {
          const type = read(record, path, stored)
          return type.kind === "struct" ? type.index : []
        })
        return { kind: "struct", fields: fieldsOf(struct, path, stored), index }
      }
      const key = schemaAt(schema, "key")
      const value = schemaAt(schema, "value")
      if (key === undefined || value === undefined) return undefined
      if (ast.propertySignatures.length > 0 && brandOf(key) !== undefined) {
        return fail(
          codes.noType,
          "has branded literals as keys, which TypeScript takes for no keys at all; use the literals without a brand"
        )
      }
      const type = read(value, path, stored)
      const mutable = SchemaAST.toType(value.ast).context?.isMutable === true
      // A record of literals is a struct, all of whose fields have one type.
      const fields = ast.propertySignatures.map(({ name, type: { context } }) => ({
        name: String(name),
        type,
        optional: context?.isOptional === true,
        mutable
      }))
      return {
        kind: "struct",
        fields,
        index: ast.indexSignatures.length === 0 ? [] : [{ key: keyType(key, path, stored), value: type, mutable }]
      }
    }

    /** A template is written out among keys: only a name that is a type's own may stand there, and beside fields none. */
    const keyType = (key: Schema.Top, path: ReadonlyArray<string>, stored: boolean): Type => {
      const ast = SchemaAST.toType(key.ast)
      const written = ast._tag === "TemplateLiteral" && brandOf(key) === undefined ? leafOf(ast) : undefined
      return written === undefined || written instanceof NoType ? read(key, path, stored) : written
    }

    const shape = (): Type => {
      if (schema.ast._tag === "Suspend") {
        const target = exports.byAst.get(schema.ast.thunk())
        return target === undefined
          ? fail(
              codes.noType,
              "refers to itself through a schema that is not exported; export that schema, here or in the package that it is from, so that its type has a name"
            )
          : read(target, path, stored)
      }
      const ast = SchemaAST.toType(schema.ast)
      if (stored) {
        const never = notJson(ast) ?? (isTwofold(schema.ast) ? twofold : undefined)
        if (never !== undefined) return fail(codes.notStorable, never)
      }
      // Where a transformation goes, before what its syntax tree is: that one has no brands.
      const to = schemaAt(schema, "to")
      if (to !== undefined) return read(to, path, stored)
      if (ast._tag === "Declaration") return declaration(ast)
      const members = schemasAt(schema, "members") ?? casesAt(schema)
      if (ast._tag === "Union" && members !== undefined) {
        return { kind: "union", members: members.map((member) => read(member, path, stored)) }
      }
      const composed = ast._tag === "Arrays" ? array(ast) : ast._tag === "Objects" ? object(ast) : undefined
      if (composed !== undefined) return composed
      const inner = schemaAt(schema, "schema")
      if (inner !== undefined && isSameType(inner.ast, ast)) {
        const type = read(inner, path, stored)
        return ast._tag === "Arrays" && (type.kind === "array" || type.kind === "tuple")
          ? { ...type, mutable: ast.isMutable }
          : type
      }
      if (inner !== undefined && (ast.checks?.length ?? 0) > (SchemaAST.toType(inner.ast).checks?.length ?? 0)) {
        return unwritable(new NoType("is narrowed by a refinement whose type cannot be read"))
      }
      const whole = typeOfAst(ast)
      return whole instanceof NoType ? unwritable(whole) : whole
    }

    const brand = branded()
    if (brand !== undefined) return brand
    const name = exports.names.get(schema)
    if (name !== undefined) return named(name, [], schema, shape)
    if (nameless.has(schema)) {
      return fail(
        codes.noType,
        "refers to itself, and its type has no name; export its schema under a name that begins with a capital and that nothing else has"
      )
    }
    nameless.add(schema)
    const type = shape()
    nameless.delete(schema)
    return type
  }

  const fieldsOf = (schema: Schema.Top, path: ReadonlyArray<string>, stored: boolean): ReadonlyArray<Field> => {
    for (const [index, symbol] of symbolsAt(schema).entries()) {
      const message = `the symbol ${String(symbol)} cannot be a field of ${path.join(".")}: neither JSON nor generated code can name it; call the field by a text`
      problems.push({ path: [...path, symbolAt(index)], code: codes.badName, message })
    }
    return (fieldsAt(schema) ?? []).map(([name, field]) => {
      if (name === "__proto__") {
        const message =
          "__proto__ cannot be a field: JavaScript takes it for the object's prototype; call it something else"
        problems.push({ path: [...path, name], code: codes.badName, message })
      }
      if (!isComposed(name)) problems.push({ path: [...path, name], code: codes.badName, message: notComposed(name) })
      const ast = SchemaAST.toType(field.ast)
      const fallback = ConstructorDefault.of(field)
      if (fallback instanceof ConstructorDefault.NoDefault)
        problems.push({ path: [...path, name], code: codes.badDefault, message: fallback.why })
      if (
        name in Object.prototype &&
        (SchemaAST.isOptional(ast) || SchemaAST.isOptional(SchemaAST.toEncoded(field.ast)))
      ) {
        const message = `${name} cannot be left out, since every object has something of that name; call the field something else`
        problems.push({ path: [...path, name], code: codes.badName, message })
      }
      const type = read(field, [...path, name], stored)
      const doc = descriptionOf(field)
      // The type says it where it is declared.
      const isSaid = type.kind === "named" && values.get(type.name)?.doc === doc
      return {
        name,
        type,
        optional: ast.context?.isOptional === true,
        mutable: ast.context?.isMutable === true,
        ...(doc === undefined || isSaid ? {} : { doc }),
        ...checksOf(field),
        ...(fallback === undefined || fallback instanceof ConstructorDefault.NoDefault ? {} : { fallback })
      }
    })
  }

  return {
    read,
    fields: (schema, path, stored) => fieldsOf(schema, path, stored).filter(({ name }) => name !== "_tag"),
    values: () => [...values.values()],
    schemaOf: (value) => schemas.get(value),
    problems
  }
}

const besides: ReadonlySet<string> = new Set(["checks", "doc", "fallback"])

/** A value type without what its fields are checked for, described as and begin with, which is no part of a type. */
const typeOnly = ({ brands, name, type }: Value): string =>
  JSON.stringify({ name, type, brands }, (key, part: unknown) => (besides.has(key) ? undefined : part))

const description = (annotations: Schema.Annotations.Annotations | undefined): string | undefined => {
  const said = annotations?.["description"]
  return typeof said === "string" && said.trim() !== "" ? said.trim() : undefined
}

/** What a person says of a field, or of a schema: where there are checks, an annotation is kept with the last of them. */
const descriptionOf = ({ ast }: Schema.Top): string | undefined =>
  description(ast.context?.annotations) ?? description(ast.checks?.at(-1)?.annotations ?? ast.annotations)

/** What the checks of a schema demand, as far as they say so. */
const checksOf = ({ ast }: Schema.Top): { readonly checks?: ReadonlyArray<Check> } => {
  const type = SchemaAST.toType(ast)
  // A transformation leaves behind what is demanded of its result, and a bigint's bounds mean nothing to its text.
  const stored: ReadonlyArray<unknown> =
    type._tag === "BigInt" || type._tag === "Declaration" ? [] : (SchemaAST.toEncoded(ast).checks ?? [])
  const checks = (type.checks ?? []).flatMap((check): ReadonlyArray<Check> => {
    const { annotations } = check
    const says = annotations?.["description"] ?? annotations?.["expected"]
    if (typeof says !== "string") return []
    return [{ says, shown: stored.includes(check) && annotations?.["toJsonSchema"] !== undefined }]
  })
  return checks.length === 0 ? {} : { checks }
}

/** Wrappers such as `optionalKey` and `mutable` keep the type; `toEncoded`, `flip` and refinements do not. */
const isSameType = (inner: SchemaAST.AST, outer: SchemaAST.AST): boolean => {
  const [a, b] = [SchemaAST.toType(inner), SchemaAST.toType(outer)]
  if (a === b) return true
  if (a._tag !== b._tag) return false
  // What makes a list mutable may be checked then; a refinement keeps it as it was.
  const isMutated = a._tag === "Arrays" && b._tag === "Arrays" && a.isMutable !== b.isMutable
  if (!isMutated && (a.checks?.length ?? 0) !== (b.checks?.length ?? 0)) return false
  const [parts, others] = [partsOf(a), partsOf(b)]
  return parts.length > 0 || others.length > 0
    ? parts.length === others.length && parts.every((one, i) => isSameType(one, others[i]!))
    : a._tag === "Suspend" || JSON.stringify(leafOf(a)) === JSON.stringify(leafOf(b))
}
