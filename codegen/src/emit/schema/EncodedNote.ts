/** What the JSON Schema of a stored value leaves unsaid: which type it stands for, and how it is written. */
import type { JsonSchema, Type } from "../../model/Model.ts"

const notes: { readonly [type: string]: string } = {
  "BigDecimal.BigDecimal": "A decimal number of any size and precision, as text.",
  Date: "A time in UTC as ISO 8601 with milliseconds: `2026-01-31T08:30:00.000Z`.",
  "DateTime.TimeZone": "A time zone.",
  "DateTime.TimeZone.Named": "A time zone by its IANA name: `Europe/Prague`.",
  "DateTime.TimeZone.Offset": "A time zone as an offset from UTC.",
  "DateTime.Utc": "A time in UTC as ISO 8601 with milliseconds: `2026-01-31T08:30:00.000Z`.",
  "DateTime.Zoned": "A time with its zone: `2026-01-31T09:30:00.000+01:00[Europe/Prague]`.",
  "Duration.Duration": "A length of time.",
  "HashMap.HashMap": "A map: pairs of key and value, each key once.",
  "HashSet.HashSet": "A set: each value once.",
  ReadonlyMap: "A map: pairs of key and value, each key once.",
  ReadonlySet: "A set: each value once.",
  RegExp: "A regular expression.",
  URL: "A URL.",
  Uint8Array: "Bytes, in base64.",
  bigint: "A whole number of any size, in decimal digits."
}

const nameOf = (type: Type): string =>
  type.kind === "effect"
    ? `${type.module}.${type.name}`
    : type.kind === "generic"
      ? type.name
      : type.kind === "text"
        ? type.text
        : ""

/** Whether a schema says nothing at all of what it describes. */
const isBare = (schema: JsonSchema, keys: ReadonlyArray<string>): boolean =>
  Object.keys(schema).every((key) => keys.includes(key))

interface Note {
  readonly description?: string
  readonly format?: string
}

const transformed = (what: string): Note => ({
  description: `Text that stands for a ${what}, by a transformation that JSON Schema cannot describe.`
})

/** A description, where one is needed, and a format where there is one. */
export const encodedNote = (schema: JsonSchema, type: Type): Note => {
  const name = nameOf(type)
  const isText = schema["type"] === "string"
  if (name === "bigint" && isText && schema["pattern"] !== "^-?\\d+$") return transformed("bigint")
  if (name === "bigint" && !isText) return {}
  if (["number", "boolean"].includes(name) && isText && isBare(schema, ["type"])) return transformed(name)
  const note = notes[name]
  if (note !== undefined) {
    const isTime = isText && (name === "Date" || name === "DateTime.Utc")
    return { description: note, ...(isTime ? { format: "date-time" } : {}) }
  }
  return isBare(schema, ["description", "title"]) && name !== "Schema.Json"
    ? {
        description:
          "Encoded by a transformation that JSON Schema cannot describe: what is accepted is for the schema's codec to say."
      }
    : {}
}
