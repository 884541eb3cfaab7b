/** Descriptions of stored values whose type and notation the JSON Schema alone does not show. */
import { LeafTypes } from "eventfold/tables"
import type { JsonSchema, Type } from "../../model/Model.ts"

interface Note {
  readonly description?: string
  readonly format?: string
}

const map = { description: "A map: pairs of key and value, each key once." }
const set = { description: "A set: each value once." }

const notes: { readonly [type: string]: Note } = {
  ...Object.fromEntries(
    LeafTypes.all.map((row) => [row.module === undefined ? row.type : `${row.module}.${row.type}`, row])
  ),
  "HashMap.HashMap": map,
  "HashSet.HashSet": set,
  ReadonlyMap: map,
  ReadonlySet: set,
  bigint: { description: "A whole number of any size, in decimal digits." }
}

const nameOf = (type: Type): string =>
  type.kind === "effect"
    ? `${type.module}.${type.name}`
    : type.kind === "generic"
      ? type.name
      : type.kind === "text"
        ? type.text
        : ""

/** Returns `true` if a schema has no other keywords than these. */
const isBare = (schema: JsonSchema, keys: ReadonlyArray<string>): boolean =>
  Object.keys(schema).every((key) => keys.includes(key))

const transformed = (what: string): Note => ({
  description: `Text that a transformation converts to a ${what}. JSON Schema cannot describe it.`
})

/** Returns the description and the format of a stored value, if it needs them. */
export const encodedNote = (schema: JsonSchema, type: Type): Note => {
  const name = nameOf(type)
  const isText = schema["type"] === "string"
  if (name === "bigint" && isText && schema["pattern"] !== "^-?\\d+$") return transformed("bigint")
  if (name === "bigint" && !isText) return {}
  if (["number", "boolean"].includes(name) && isText && isBare(schema, ["type"])) return transformed(name)
  const { description, format } = notes[name] ?? {}
  if (description !== undefined) return { description, ...(isText && format !== undefined ? { format } : {}) }
  return isBare(schema, ["description", "title"]) && name !== "Schema.Json"
    ? {
        description:
          "Encoded by a transformation that JSON Schema cannot describe. The schema's codec defines the accepted values."
      }
    : {}
}
