/** Conversion of JSON Schema from draft 2020-12 to draft-07, which AsyncAPI is based on. */
import type { JsonSchema } from "../../model/Model.ts"

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const single = ["additionalProperties", "propertyNames", "not", "contains"]
const listed = ["anyOf", "oneOf", "allOf"]
const named = ["properties", "patternProperties"]

const each = (value: unknown): unknown => (isSchema(value) ? draft07(value) : value)

/** Converts a schema, and refers to definitions in `components`. */
export const draft07 = (schema: JsonSchema): JsonSchema => {
  const { $ref, ...beside } = schema
  if (typeof $ref === "string") {
    const to: JsonSchema = { $ref: $ref.replace("#/$defs/", "#/components/schemas/") }
    // Draft-07 ignores keywords beside a reference.
    return Object.keys(beside).length === 0 ? to : { ...draft07(beside), allOf: [to] }
  }
  const result: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "prefixItems" && Array.isArray(value)) result["items"] = value.map(each)
    else if (keyword === "items") result["prefixItems" in schema ? "additionalItems" : "items"] = each(value)
    else if (single.includes(keyword)) result[keyword] = each(value)
    else if (listed.includes(keyword) && Array.isArray(value)) result[keyword] = value.map(each)
    else if (named.includes(keyword) && isSchema(value)) {
      result[keyword] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, each(one)]))
    } else result[keyword] = value
  }
  return result
}
