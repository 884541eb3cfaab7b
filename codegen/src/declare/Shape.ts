/**
 * Checks that a declaration has the structure that its type demands, because code can bypass the
 * type checker. Nothing can be read from a declaration without it. Runs in the worker, where the
 * declarations are.
 */
import { Schema, SchemaIssue } from "effect"
import type { Aggregate, Projection } from "eventfold"
import { codes } from "../report/Diagnostic.ts"
import type { Path, SchemaProblem } from "./types/SchemaProblem.ts"

/** Schemas for values that are commonly written in place of a schema. */
const schemaFor = new Map<unknown, string>([
  [String, "Schema.String"],
  [Number, "Schema.Number"],
  [Boolean, "Schema.Boolean"],
  [BigInt, "Schema.BigInt"],
  [Date, "Schema.Date"],
  [Array, "Schema.Array(…)"],
  [Object, "Schema.Struct({ … })"],
  ["string", "Schema.String"],
  ["number", "Schema.Number"],
  ["boolean", "Schema.Boolean"],
  ["bigint", "Schema.BigInt"]
])

/** Describes a value that is in the place of a schema. */
const describe = (value: unknown): string => {
  if (typeof value === "function") return value.name === "" ? "a function" : value.name
  if (value === undefined || value === null) return String(value)
  return typeof value === "object"
    ? Array.isArray(value)
      ? "an array"
      : "an object"
    : (JSON.stringify(value) ?? typeof value)
}

/** Returns the fix for a value that is in the place of a schema. */
const schemaFix = (value: unknown): string => {
  const named = schemaFor.get(value)
  if (named !== undefined) return `write \`${named}\``
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return `write \`Schema.Literal(${JSON.stringify(value)})\` for this value only, or the schema of its type`
  }
  if (Array.isArray(value)) return "write `Schema.Array(…)`, or `Schema.Literals([…])` for one of several values"
  return typeof value === "object" && value !== null
    ? "write `Schema.Struct({ … })`"
    : "write a schema of Effect, such as `Schema.String`"
}

/** Examples of the parts of a declaration. */
const examples: Readonly<Record<string, string>> = {
  id: "`Schema.NonEmptyString`, or another schema that encodes to a string",
  state: "`Schema.Struct({ … })`, or another schema of the state that events are folded into",
  row: "`Schema.Struct({ … })`, or another schema of the value that is stored for each key"
}

/**
 * `true` if the fields are the properties of a schema: it is in the place of its fields, or is
 * spread into them.
 */
const arePropertiesOfSchema = (fields: object): boolean =>
  "ast" in fields && "fields" in fields && !Schema.isSchema(fields.ast)

/** Finds values that are not schemas, also in the fields of structs. */
const nonSchemas = (value: unknown, path: Path): ReadonlyArray<SchemaProblem> => {
  const problem = (message: string, fix: string): ReadonlyArray<SchemaProblem> => [
    { path, code: codes.notSchema, message, fix }
  ]
  if (value === undefined && path.length === 1) {
    const [part = ""] = path
    return problem("is missing", `write \`${part}: …\`, with ${examples[part] ?? "a schema"}`)
  }
  if (!Schema.isSchema(value)) {
    return problem(`has ${describe(value)} in the place of a schema`, schemaFix(value))
  }
  const fields: unknown = "fields" in value ? value.fields : undefined
  if (typeof fields === "object" && fields !== null && arePropertiesOfSchema(fields)) {
    return problem(
      "has a schema in the place of fields, or spreads a schema into them",
      "write only the fields, `{ … }`, or spread those of the schema, `...schema.fields`"
    )
  }
  return typeof fields !== "object" || fields === null
    ? []
    : Object.entries(fields).flatMap(([name, field]) => nonSchemas(field, [...path, name]))
}

/** Finds values in an aggregate that are not schemas. */
export const ofAggregate = ({ commands, errors, events, id, state }: Aggregate.Any): ReadonlyArray<SchemaProblem> => [
  ...nonSchemas(id, ["id"]),
  ...nonSchemas(state, ["state"]),
  ...Object.entries(events).flatMap(([name, event]) => nonSchemas(event, ["events", name])),
  ...Object.entries(errors).flatMap(([name, error]) => nonSchemas(error, ["errors", name])),
  ...Object.entries(commands).flatMap(([name, command]) => nonSchemas(command, ["commands", name, "payload"]))
]

const indexProblems = ({ indexes, name }: Projection.Any): ReadonlyArray<SchemaProblem> =>
  Object.entries(indexes).flatMap(([index, fields]: readonly [string, unknown]) => {
    if (Array.isArray(fields)) return []
    const list = typeof fields === "string" ? JSON.stringify([fields]) : '["someField"]'
    const message = `the index ${index} of ${name} is not an array of field names`
    return [{ path: ["indexes", index], code: codes.badIndex, message, fix: `write \`${index}: ${list}\`` }]
  })

/** Finds invalid parts of a projection. */
export const ofProjection = (projection: Projection.Any): ReadonlyArray<SchemaProblem> => [
  ...keyProblems(projection),
  ...indexProblems(projection),
  ...nonSchemas(projection.row, ["row"])
]

/** Joins names: `A, B and C`. */
const listOf = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const fieldsOf = (event: unknown): ReadonlyArray<string> =>
  Schema.isSchema(event) && "fields" in event && typeof event.fields === "object" && event.fields !== null
    ? Object.keys(event.fields).filter((name) => name !== "_tag")
    : []

/**
 * Checks that a key is `"streamId"` or a schema. A string is taken for the name of a field of the
 * events.
 */
const keyProblems = ({ from, key, name }: Projection.Any): ReadonlyArray<SchemaProblem> => {
  if (Schema.isSchema(key) || key === "streamId") return []
  const problem = (message: string, fix: string): ReadonlyArray<SchemaProblem> => [
    { path: ["key"], code: codes.badKey, message, fix }
  ]
  if (typeof key !== "string") {
    return problem(
      `${name} has ${describe(key)} as key`,
      'write "streamId" for one row per stream, or a schema for other keys'
    )
  }
  const events = from.flatMap(({ aggregate, events }) =>
    events.map((event) => ({ aggregate: aggregate.name, event, fields: fieldsOf(aggregate.events[event]) }))
  )
  const lacking = events.filter(({ fields }) => !fields.includes(key))
  const keys = [...new Set(events.map(({ aggregate }) => aggregate))].map((one) => `${one}: ({ ${key} }) => ${key}`)
  const instead = `set \`key\` to the schema of that field, and write \`keys: { ${keys.join(", ")} }\` in the body`
  if (lacking.length === 0) {
    return problem(`${name} has the field ${JSON.stringify(key)} as key, not "streamId" or a schema`, instead)
  }
  const names = listOf(lacking.map(({ event }) => event))
  const lack = lacking.length === 1 ? "does not have" : "do not have"
  const remove = lacking.length === events.length ? "" : `remove ${names} from \`from\`, or `
  const shared = [...new Set(events.flatMap(({ fields }) => fields))].filter((field) =>
    events.every(({ fields }) => fields.includes(field))
  )
  const common = shared.length === 0 ? "" : ` (all events have ${listOf(shared)})`
  return problem(
    `${name} has ${JSON.stringify(key)} as key, which ${names} ${lack}`,
    `${remove}set \`key\` to "streamId" or to a schema${common}, and map each event to its row under \`keys\` in the body`
  )
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Finds the parts of the initial state that do not match the state schema. */
export const ofInitial = ({ initial, name, state }: Aggregate.Any): ReadonlyArray<SchemaProblem> => {
  const fit = Schema.decodeUnknownResult(Schema.toType(state))(initial, { onExcessProperty: "error", errors: "all" })
  if (fit._tag === "Success") return []
  if (initial === undefined) {
    const fix = "write `initial: …`, a value of its `state`, with which the fold begins"
    return [{ path: [], code: codes.initial, message: `${name} has no initial state`, fix }]
  }
  return issuesOf(fit.failure.issue).issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part))
    const where = keys.map((key) => `[${JSON.stringify(key)}]`).join("")
    const what = `the initial state of ${name} does not match its state schema: ${message}${where === "" ? "" : ` at ${where}`}`
    return {
      path: ["initial", ...keys],
      code: codes.initial,
      message: what.replace(/\s*\n\s*/g, " "),
      fix: "write a valid value, or change `state`"
    }
  })
}
