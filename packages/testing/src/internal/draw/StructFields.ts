/** Fields of a struct schema. */
import type { Schema } from "effect"

/** Returns the fields except the tag. */
export const fieldsOf = (
  schema: Schema.Constraint | undefined
): ReadonlyArray<readonly [string, Schema.Constraint]> => {
  const fields: unknown = schema !== undefined && "fields" in schema ? schema.fields : undefined
  if (typeof fields !== "object" || fields === null) return []
  // The fields of a struct are schemas.
  return Object.entries(fields as Readonly<Record<string, Schema.Constraint>>).filter(([name]) => name !== "_tag")
}
