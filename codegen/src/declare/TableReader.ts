/**
 * Reads the table of a projection from the schema of its rows. Runs in the worker, where the
 * schemas are.
 */
import { Schema, SchemaAST } from "effect"
import type { Projection } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { declared } from "./types/AstType.ts"
import { type Code, codes } from "../report/Diagnostic.ts"
import type { Path, Report } from "./types/SchemaProblem.ts"
import { isComposed, isIdentifier, notComposed, snake } from "../model/Names.ts"

/** PostgreSQL truncates longer names, so that two of them can become equal. */
const maxIdentifierBytes = 63

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/** The column of the key. No column of a field has this name. */
const keyColumn: Projection.Column = { name: "_key", field: null, type: "text", nullable: false }

/** The table of a projection whose row or key can't be read. Nothing is generated from it. */
export const none: Projection.Table = {
  domain: "",
  name: "",
  key: "json",
  columns: [],
  primaryKey: [],
  indexes: [],
  constraints: []
}

/** Methods of every projection's service. */
const serviceMethods: ReadonlySet<string> = new Set(["all", "get", "page", "waitFor"])

/** Type of a column, before its name is known. */
interface ColumnType {
  readonly type: Projection.Column["type"]
  readonly nullable: boolean
  readonly oneOf?: ReadonlyArray<string>
  readonly range?: { readonly minimum?: number; readonly maximum?: number }
}

const json: ColumnType = { type: "jsonb", nullable: false }

/** Returns the ids of checks, and their bounds. */
const representations = (ast: SchemaAST.AST): ReadonlyArray<{ readonly id: unknown; readonly payload: object }> =>
  (ast.checks ?? []).flatMap(({ annotations }) => {
    const one = annotations?.["representation"]
    return typeof one === "object" && one !== null && "id" in one
      ? [{ id: one.id, payload: "payload" in one && typeof one.payload === "object" ? (one.payload ?? {}) : {} }]
      : []
  })

/**
 * Returns the inclusive bounds of a number. A constraint may be wider than the schema, never
 * narrower.
 */
const rangeOf = (ast: SchemaAST.AST): NonNullable<ColumnType["range"]> => {
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

/** `true` if all values of a node are strings. */
export const isAllText = (ast: SchemaAST.AST): boolean =>
  isText(ast) ||
  (ast._tag === "Union" && ast.types.every(isAllText)) ||
  (ast._tag === "Enum" && ast.enums.every(([, value]) => typeof value === "string")) ||
  (ast._tag === "Suspend" && isAllText(ast.thunk()))

const isText = (ast: SchemaAST.AST): boolean =>
  ast._tag === "String" || ast._tag === "TemplateLiteral" || (ast._tag === "Literal" && typeof ast.literal === "string")

/**
 * Returns the column for values of several nodes: that of a single node, text if all are strings,
 * otherwise JSON.
 */
const columnOfAny = (types: ReadonlyArray<SchemaAST.AST>): ColumnType => {
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

/** Returns the column for the encoded values of a node. */
const columnOf = (ast: SchemaAST.AST): ColumnType => {
  // The encoded side of a transformation is what is stored.
  if (ast.encoding !== undefined) return columnOf(SchemaAST.toEncoded(ast))
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
      // JSON has no `undefined`, which is stored as null.
      const present = ast.types.filter(({ _tag }) => _tag !== "Null" && _tag !== "Undefined")
      const column = columnOfAny(present)
      return present.length === ast.types.length ? column : { ...column, nullable: true }
    }
    case "Declaration": {
      // Only for Effect's own types, because only their codecs are known.
      const type = declared(ast)?.column
      return type === undefined ? json : { type, nullable: false }
    }
    default:
      return json
  }
}

type RowField = readonly [name: string, schema: Schema.Top]

/** Returns the fields of a row; `undefined` if it is not a struct. */
const fieldsOf = (row: Schema.Top): ReadonlyArray<RowField> | undefined => {
  const fields: unknown = "fields" in row ? row.fields : undefined
  if (typeof fields !== "object" || fields === null) return undefined
  return Object.entries(fields).flatMap(([name, field]) => (Schema.isSchema(field) ? [[name, field] as const] : []))
}

/** Reads the table of one projection, part by part, and reports invalid names. */
class TableBuilder {
  readonly #name: string
  readonly #table: string
  readonly #report: Report
  readonly #columns: Array<Projection.Column> = [keyColumn]
  readonly #constraints: Array<Projection.Table["constraints"][number]> = []
  readonly #indexes: Array<Projection.Table["indexes"][number]> = []

  constructor(name: string, report: Report) {
    this.#name = name
    this.#table = snake(name)
    this.#report = report
    this.#checkLength(codes.tableName, [], "the table", this.#table, "shorten the name of the projection")
  }

  #checkLength(code: Code, path: Path, what: string, name: string, fix: string): void {
    const bytes = bytesOf(name)
    if (bytes <= maxIdentifierBytes) return
    const message = `${what} of ${this.#name} would be named ${name} in PostgreSQL, which truncates names after ${maxIdentifierBytes} bytes, and this one has ${bytes}`
    this.#report(path, code, message, fix)
  }

  addField([field, schema]: RowField): void {
    const column = snake(field)
    const path = ["row", field]
    this.#checkColumnName(field, column)
    const { nullable, oneOf, range, type } = columnOf(schema.ast)
    const optional = SchemaAST.isOptional(SchemaAST.toEncoded(schema.ast))
    // A column has only NULL for a missing value. If a field has both null and a missing key, null
    // is a JSON value.
    const isBoth = optional && nullable
    const columnType = isBoth ? "jsonb" : type
    this.#columns.push({
      name: column,
      field,
      type: columnType,
      nullable: nullable || optional,
      ...(optional && columnType !== "jsonb" ? { absent: true as const } : {})
    })
    const constraint = `${column}_check`
    const isFree = isBoth || (oneOf === undefined && Object.keys(range ?? {}).length === 0)
    const [what, name] = isFree ? ["column", column] : ["constraint", constraint]
    this.#checkLength(
      codes.columnName,
      path,
      `the ${what} for the field ${field}`,
      name,
      "shorten the name of the field"
    )
    if (isFree) return
    this.#constraints.push(
      oneOf === undefined
        ? { kind: "range", name: constraint, column, ...range }
        : { kind: "oneOf", name: constraint, column, values: oneOf }
    )
  }

  #checkColumnName(field: string, column: string): void {
    const path = ["row", field]
    const other = this.#columns.find(({ name }) => name === column)
    if (column.startsWith("_")) {
      const message = `the field ${field} of ${this.#name} would be the column ${column}, but columns that begin with an underscore are reserved`
      this.#report(path, codes.columnName, message, "rename the field")
    } else if (other !== undefined) {
      const message = `the fields ${other.field} and ${field} of ${this.#name} would both be the column ${column}`
      this.#report(path, codes.columnName, message, "rename one of them")
    }
  }

  /** Adds the only column of a row that is not a struct. */
  addWholeRow(): void {
    this.#columns.push({ name: "row", field: null, type: "jsonb", nullable: false })
  }

  addIndex(index: string, names: ReadonlyArray<string>, fields: ReadonlyArray<string> | undefined): void {
    const path = ["indexes", index]
    const refuse = (why: string, fix: string) =>
      this.#report(path, codes.badIndex, `the index ${index} of ${this.#name} ${why}`, fix)
    if (!isComposed(index)) {
      const { fix, message } = notComposed(index)
      this.#report(path, codes.badName, message, fix)
    } else if (serviceMethods.has(index)) {
      refuse("would be a method of that name, which the service already has", "rename the index")
    } else if (!isIdentifier(index)) {
      refuse("would be a method of that name, which is not a valid method name", "rename the index")
    }
    if (fields === undefined) {
      refuse("has no fields, because the row is not a struct", "make the row a struct, or remove the index")
      return
    }
    const list = fields.join(", ")
    if (names.length === 0) refuse("lists no fields", `list at least one of ${list}`)
    if (new Set(names).size < names.length) refuse("lists a field twice", "list each field once")
    for (const field of names.filter((one) => !fields.includes(one))) {
      refuse(`lists the field ${JSON.stringify(field)}, which the row does not have`, `use fields of the row: ${list}`)
    }
    const name = `${this.#table}_${snake(index)}`
    if (this.#indexes.some((one) => one.name === name)) {
      refuse(`and another index would both be named ${name} in PostgreSQL`, "rename one of them")
    }
    const fix = "shorten the name of the projection or of the index"
    this.#checkLength(codes.badIndex, path, `the index ${index}`, name, fix)
    this.#indexes.push({ name, columns: names.map(snake) })
  }

  table(domain: string, key: Projection.Table["key"]): Projection.Table {
    return {
      domain,
      name: this.#table,
      key,
      columns: this.#columns,
      primaryKey: [keyColumn.name],
      indexes: this.#indexes,
      constraints: this.#constraints
    }
  }
}

/** Reads the table of a projection, and reports invalid names in it. */
export const read = (domain: string, { indexes, key, name, row }: Projection.Any, report: Report): Projection.Table => {
  const builder = new TableBuilder(name, report)
  const fields = fieldsOf(row)
  for (const field of fields ?? []) builder.addField(field)
  if (fields === undefined) builder.addWholeRow()
  const names = fields?.map(([field]) => field)
  for (const [index, listed] of Object.entries(indexes)) builder.addIndex(index, listed, names)
  return builder.table(domain, keyTypeOf(key))
}

/** Returns `text` if every key encodes to a string. */
const keyTypeOf = (schema: Projection.Any["key"]): Projection.Table["key"] => {
  if (schema === "streamId") return "text"
  const isAll = (ast: SchemaAST.AST): boolean => isText(ast) || (ast._tag === "Union" && ast.types.every(isAll))
  return isAll(SchemaAST.toEncoded(StoredForm.codec(schema).ast)) ? "text" : "json"
}
