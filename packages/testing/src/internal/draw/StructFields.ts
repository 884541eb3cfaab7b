/** What a struct consists of. */
import type { Schema } from "effect"

/** The fields besides the tag. */
export const fieldsOf = (
  schema: Schema.Constraint | undefined
): ReadonlyArray<readonly [string, Schema.Constraint]> => {
  const fields: unknown = schema !== undefined && "fields" in schema ? schema.fields : undefined
  if (typeof fields !== "object" || fields === null) return []
  // A struct's fields are schemas.
  return Object.entries(fields as Readonly<Record<string, Schema.Constraint>>).filter(([name]) => name !== "_tag")
}
