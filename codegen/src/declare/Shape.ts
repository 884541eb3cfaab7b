/**
 * Whether a declaration has the shape of one, where it was written past the type checker: nothing can be read from it else.
 *
 * Runs in the worker, where the declarations are.
 */
import { Schema, SchemaIssue } from "effect"
import type { Aggregate, Projection } from "eventfold"
import { codes } from "../report/Diagnostic.ts"
import type { Problem } from "./types/TypeReader.ts"

type Path = ReadonlyArray<string>

const known = new Map<unknown, string>([
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

const described = (value: unknown): string => {
  if (typeof value === "function") return value.name === "" ? "a function" : value.name
  if (value === undefined || value === null) return String(value)
  return typeof value === "object"
    ? Array.isArray(value)
      ? "an array"
      : "an object"
    : (JSON.stringify(value) ?? typeof value)
}

const meant = (value: unknown): string => {
  const named = known.get(value)
  if (named !== undefined) return `write \`${named}\``
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return `write \`Schema.Literal(${JSON.stringify(value)})\` for just this value, or the schema of its type`
  }
  if (Array.isArray(value)) return "write `Schema.Array(…)`, or `Schema.Literals([…])` for one of several values"
  return typeof value === "object" && value !== null
    ? "write `Schema.Struct({ … })`"
    : "write one of Effect's, such as `Schema.String`"
}

/** What the parts of a declaration may be. */
const examples: Readonly<Record<string, string>> = {
  id: "`Schema.NonEmptyString`, or another schema that encodes to a text",
  state: "`Schema.Struct({ … })`, or another schema of what events are folded into",
  row: "`Schema.Struct({ … })`, or another schema of what is kept for each key"
}

/** Whether fields are what is in a schema: it was written where its fields belong, or spread into them. */
const isOfSchema = (fields: object): boolean => "ast" in fields && "fields" in fields && !Schema.isSchema(fields.ast)

/** What stands where a schema should, in the fields of structs too. */
const strangers = (value: unknown, path: Path): ReadonlyArray<Problem> => {
  if (value === undefined && path.length === 1) {
    const [part = ""] = path
    return [
      { path, code: codes.notSchema, message: `is missing; write \`${part}: …\`, with ${examples[part] ?? "a schema"}` }
    ]
  }
  if (!Schema.isSchema(value)) {
    return [{ path, code: codes.notSchema, message: `has ${described(value)} where a schema belongs; ${meant(value)}` }]
  }
  const fields: unknown = "fields" in value ? value.fields : undefined
  if (typeof fields === "object" && fields !== null && isOfSchema(fields)) {
    const message =
      "has a schema where fields belong, or one that is spread into them; write the fields alone, `{ … }`, or spread those of the schema, `...schema.fields`"
    return [{ path, code: codes.notSchema, message }]
  }
  return typeof fields !== "object" || fields === null
    ? []
    : Object.entries(fields).flatMap(([name, field]) => strangers(field, [...path, name]))
}

export const ofAggregate = ({ commands, errors, events, id, state }: Aggregate.Any): ReadonlyArray<Problem> => [
  ...strangers(id, ["id"]),
  ...strangers(state, ["state"]),
  ...Object.entries(events).flatMap(([name, event]) => strangers(event, ["events", name])),
  ...Object.entries(errors).flatMap(([name, error]) => strangers(error, ["errors", name])),
  ...Object.entries(commands).flatMap(([name, command]) => strangers(command, ["commands", name, "payload"]))
]

const indexProblems = ({ indexes, name }: Projection.Any): ReadonlyArray<Problem> =>
  Object.entries(indexes).flatMap(([index, fields]: readonly [string, unknown]) => {
    if (Array.isArray(fields)) return []
    const list = typeof fields === "string" ? JSON.stringify([fields]) : '["someField"]'
    const message = `the index ${index} of ${name} names no list of fields; write \`${index}: ${list}\``
    return [{ path: ["indexes", index], code: codes.badIndex, message }]
  })

export const ofProjection = (projection: Projection.Any): ReadonlyArray<Problem> => [
  ...keyProblems(projection),
  ...indexProblems(projection),
  ...strangers(projection.row, ["row"])
]

const list = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

const fieldsOf = (event: unknown): ReadonlyArray<string> =>
  Schema.isSchema(event) && "fields" in event && typeof event.fields === "object" && event.fields !== null
    ? Object.keys(event.fields).filter((name) => name !== "_tag")
    : []

/** A key is `"streamId"` or a schema; who writes the name of a field means the events' field of that name. */
const keyProblems = ({ from, key, name }: Projection.Any): ReadonlyArray<Problem> => {
  if (Schema.isSchema(key) || key === "streamId") return []
  const problem = (message: string): ReadonlyArray<Problem> => [{ path: ["key"], code: codes.badKey, message }]
  if (typeof key !== "string") {
    return problem(
      `${name} has ${described(key)} as key; write "streamId" for a row of each stream, or the schema of what a row is found by`
    )
  }
  const events = from.flatMap(({ aggregate, events }) =>
    events.map((event) => ({ aggregate: aggregate.name, event, fields: fieldsOf(aggregate.events[event]) }))
  )
  const lacking = events.filter(({ fields }) => !fields.includes(key))
  const keys = [...new Set(events.map(({ aggregate }) => aggregate))].map((one) => `${one}: ({ ${key} }) => ${key}`)
  const instead = `write the schema of that field as key, and \`keys: { ${keys.join(", ")} }\` in the body`
  if (lacking.length === 0) {
    return problem(
      `${name} has the field ${JSON.stringify(key)} as key, where "streamId" or a schema belongs; ${instead}`
    )
  }
  const names = list(lacking.map(({ event }) => event))
  const carry = lacking.length === 1 ? "doesn't carry" : "don't carry"
  const rest = lacking.length === events.length ? "" : `leave ${names} out of \`from\`, or `
  const carried = [...new Set(events.flatMap(({ fields }) => fields))].filter((field) =>
    events.every(({ fields }) => fields.includes(field))
  )
  const common = carried.length === 0 ? "" : ` (${list(carried)} ${carried.length === 1 ? "is" : "are"} in all of them)`
  return problem(
    `${name} has ${JSON.stringify(key)} as key, which ${names} ${carry}; ${rest}write "streamId" or a schema as key${common}, and say under \`keys\` in the body which row each event belongs to`
  )
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Every part of the initial state that is no value of the state, at its place. */
export const ofInitial = ({ initial, name, state }: Aggregate.Any): ReadonlyArray<Problem> => {
  const fit = Schema.decodeUnknownResult(Schema.toType(state))(initial, { onExcessProperty: "error", errors: "all" })
  if (fit._tag === "Success") return []
  if (initial === undefined) {
    const message = `${name} has no initial state; write \`initial: …\`, a value of its \`state\`, which the fold begins with`
    return [{ path: [], code: codes.initial, message }]
  }
  return issuesOf(fit.failure.issue).issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part))
    const where = keys.map((key) => `[${JSON.stringify(key)}]`).join("")
    const what = `the initial state of ${name} does not fit its state: ${message}${where === "" ? "" : ` at ${where}`}`
    return {
      path: ["initial", ...keys],
      code: codes.initial,
      message: `${what.replace(/\s*\n\s*/g, " ")}; write a value that fits, or change \`state\``
    }
  })
}
