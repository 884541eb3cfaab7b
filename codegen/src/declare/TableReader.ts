/** The table of a projection's rows, from the row's schema: runs in the worker, where the schemas are. */
import { Schema, SchemaAST } from "effect"
import type { Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { declared } from "./types/AstType.ts"
import { type Code, codes } from "../report/Diagnostic.ts"
import { isComposed, isIdentifier, notComposed, snake } from "../model/Names.ts"

type Report = (path: ReadonlyArray<string>, code: Code, message: string) => void

/** PostgreSQL cuts longer names, and two of them may then be one. */
const longest = 63

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** The key that finds a row: a name that no field's column has. */
const key: Projection.Column = { name: "_key", field: null, type: "text", nullable: false }

/** Stands where a row or a key cannot be read; nothing is written then. */
export const none: Projection.Table = {
  domain: "",
  name: "",
  key: "json",
  columns: [],
  primaryKey: [],
  indexes: [],
  constraints: []
}

/** Methods that every projection's service has. */
const own: ReadonlySet<string> = new Set(["all", "get", "page", "waitFor"])

interface Read {
  readonly type: Projection.SqlType
  readonly nullable: boolean
  readonly oneOf?: ReadonlyArray<string>
  readonly range?: { readonly minimum?: number; readonly maximum?: number }
}

const json: Read = { type: "jsonb", nullable: false }

/** What a check says of itself, as data: its id, and the bounds that it has. */
const representations = (ast: SchemaAST.AST): ReadonlyArray<{ readonly id: unknown; readonly payload: object }> =>
  (ast.checks ?? []).flatMap(({ annotations }) => {
    const one = annotations?.["representation"]
    return typeof one === "object" && one !== null && "id" in one
      ? [{ id: one.id, payload: "payload" in one && typeof one.payload === "object" ? (one.payload ?? {}) : {} }]
      : []
  })

/** Inclusive bounds; a constraint may be wider than the schema, never narrower. */
const rangeOf = (ast: SchemaAST.AST): NonNullable<Read["range"]> => {
  const bounds = (name: "minimum" | "maximum") =>
    representations(ast).flatMap(({ payload }) => {
      const bound: unknown = Reflect.get(payload, name)
      return typeof bound === "number" ? [bound] : []
    })
  const [minimum, maximum] = [bounds("minimum"), bounds("maximum")]
  return {
    ...(minimum.length === 0 ? {} : { minimum: Math.max(...minimum) }),
    ...(maximum.length === 0 ? {} : { maximum: Math.min(...maximum) })
  }
}

const isInteger = (ast: SchemaAST.AST): boolean => representations(ast).some(({ id }) => id === "effect/schema/isInt")

/** Whether values of a node are texts, whatever it is made of. */
export const isAllText = (ast: SchemaAST.AST): boolean =>
  isText(ast) ||
  (ast._tag === "Union" && ast.types.every(isAllText)) ||
  (ast._tag === "Enum" && ast.enums.every(([, value]) => typeof value === "string")) ||
  (ast._tag === "Suspend" && isAllText(ast.thunk()))

const isText = (ast: SchemaAST.AST): boolean =>
  ast._tag === "String" || ast._tag === "TemplateLiteral" || (ast._tag === "Literal" && typeof ast.literal === "string")

/** The column for values of one of these nodes: text for texts, the type of the only one, else JSON. */
const columnOfAny = (types: ReadonlyArray<SchemaAST.AST>): Read => {
  const [only] = types
  if (types.length === 1 && only !== undefined) return columnOf(only)
  const oneOf = types.flatMap((type) =>
    type._tag === "Literal" && typeof type.literal === "string" ? [type.literal] : []
  )
  if (oneOf.length === types.length && types.length > 0) return { type: "text", nullable: false, oneOf }
  return types.length > 0 && types.every((type) => type.encoding === undefined && isText(type))
    ? { type: "text", nullable: false }
    : json
}

/** The column for values of a node, as it is encoded. */
const columnOf = (ast: SchemaAST.AST): Read => {
  // A transformation: what it ends in is stored, in whatever form that has.
  if (ast.encoding !== undefined) {
    return columnOf(SchemaAST.toEncoded(ast))
  }
  switch (ast._tag) {
    case "String":
    case "TemplateLiteral":
      return { type: "text", nullable: false }
    case "Boolean":
      return { type: "boolean", nullable: false }
    case "BigInt":
      return { type: "numeric", nullable: false }
    case "Number":
      return { type: isInteger(ast) ? "bigint" : "double precision", nullable: false, range: rangeOf(ast) }
    case "Literal":
      return typeof ast.literal === "string" ? { type: "text", nullable: false, oneOf: [ast.literal] } : json
    case "Union": {
      // JSON has no `undefined`: it is stored as null.
      const present = ast.types.filter(({ _tag }) => _tag !== "Null" && _tag !== "Undefined")
      const column = columnOfAny(present)
      return present.length === ast.types.length ? column : { ...column, nullable: true }
    }
    case "Declaration": {
      // A type of Effect's, whose codec is Effect's too.
      const type = declared(ast)?.column
      return type === undefined ? json : { type, nullable: false }
    }
    default:
      return json
  }
}

const fieldsOf = (row: Schema.Top): ReadonlyArray<readonly [string, Schema.Top]> | undefined => {
  const fields: unknown = "fields" in row ? row.fields : undefined
  if (typeof fields !== "object" || fields === null) return undefined
  return Object.entries(fields).flatMap(([name, field]) => (Schema.isSchema(field) ? [[name, field] as const] : []))
}

/** The table, and what is wrong with the names in it. */
export const make = (
  domain: string,
  { indexes, key: keySchema, name, row }: Projection.Any,
  report: Report
): Projection.Table => {
  const table = snake(name)
  const fields = fieldsOf(row)
  const columns: Array<Projection.Column> = [key]
  const constraints: Array<Projection.Constraint> = []
  const long = (code: Code, path: ReadonlyArray<string>, what: string, text: string, mend: string) => {
    if (bytes(text) <= longest) return
    const cut = `of ${bytes(text)} bytes, and PostgreSQL cuts names after ${longest}`
    report(path, code, `${what} of ${name} would be called ${text} in a database, ${cut}; ${mend}`)
  }
  long(codes.tableName, [], "the table", table, "give the projection a shorter name")
  for (const [field, schema] of fields ?? []) {
    const column = snake(field)
    const path = ["row", field]
    const other = columns.find(({ name }) => name === column)
    if (column.startsWith("_")) {
      const message = `the field ${field} of ${name} would be the column ${column}, and names with an underscore in front are the store's; give it another name`
      report(path, codes.columnName, message)
    } else if (other !== undefined) {
      const message = `the fields ${other.field} and ${field} of ${name} would both be the column ${column}; give one of them another name`
      report(path, codes.columnName, message)
    }
    const { nullable, oneOf, range, type } = columnOf(schema.ast)
    const optional = SchemaAST.isOptional(SchemaAST.toEncoded(schema.ast))
    // A column has one way to say nothing: where the field has two, null is a value of JSON.
    const both = optional && nullable
    const kind = both ? "jsonb" : type
    columns.push({
      name: column,
      field,
      type: kind,
      nullable: nullable || optional,
      ...(optional && kind !== "jsonb" ? { absent: true as const } : {})
    })
    const constraint = `${column}_check`
    const isFree = both || (oneOf === undefined && Object.keys(range ?? {}).length === 0)
    const [what, called] = isFree ? ["column", column] : ["constraint", constraint]
    long(codes.columnName, path, `the ${what} for the field ${field}`, called, "give the field a shorter name")
    if (isFree) continue
    constraints.push(
      oneOf === undefined
        ? { kind: "range", name: constraint, column, ...range }
        : { kind: "oneOf", name: constraint, column, values: oneOf }
    )
  }
  if (fields === undefined) columns.push({ name: "row", field: null, type: "jsonb", nullable: false })

  const declaredIndexes: Array<Projection.Table["indexes"][number]> = []
  for (const [index, names] of Object.entries(indexes)) {
    const path = ["indexes", index]
    const refuse = (why: string) => report(path, codes.badIndex, `the index ${index} of ${name} ${why}`)
    if (!isComposed(index)) report(path, codes.badName, notComposed(index))
    else if (!isIdentifier(index) || own.has(index)) {
      const free = own.has(index) ? "which the service has already" : "which is no name of a method"
      refuse(`would be a method of that name, ${free}; call it something else`)
    }
    if (fields === undefined) {
      refuse("has no fields to go by, since the row is no struct; make the row a struct, or drop the index")
      continue
    }
    if (names.length === 0) refuse(`names no fields; name at least one of ${fields.map(([one]) => one).join(", ")}`)
    if (new Set(names).size < names.length) refuse("names a field twice; name each once")
    for (const field of names) {
      if (fields.some(([one]) => one === field)) continue
      refuse(
        `names the field ${JSON.stringify(field)}, which its row has not; the row has ${fields.map(([one]) => one).join(", ")}`
      )
    }
    const one = { name: `${table}_${snake(index)}`, columns: names.map(snake) }
    const clash = declaredIndexes.find(({ name }) => name === one.name)
    if (clash !== undefined)
      refuse(`and another would both be ${one.name} in a database; give one of them another name`)
    long(codes.badIndex, path, `the index ${index}`, one.name, "give the projection or the index a shorter name")
    declaredIndexes.push(one)
  }
  return {
    domain,
    name: table,
    key: keyOf(keySchema),
    columns,
    primaryKey: [key.name],
    indexes: declaredIndexes,
    constraints
  }
}

/** Whether every key encodes to a string. */
const keyOf = (schema: Projection.Any["key"]): Projection.Table["key"] => {
  if (schema === "streamId") return "text"
  const all = (ast: SchemaAST.AST): boolean => isText(ast) || (ast._tag === "Union" && ast.types.every(all))
  return all(SchemaAST.toEncoded(StoredForm.codec(schema).ast)) ? "text" : "json"
}
