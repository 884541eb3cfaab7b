/** Names that the schema of a store can have. */

/** The longest identifier of PostgreSQL, which would cut a longer one. */
export const maxIdentifierBytes = 63

/**
 * `true` if a schema's name has a special meaning to PostgreSQL: `$user` in a search path is the
 * role's own schema.
 */
const isReserved = (name: string): boolean => name.startsWith("pg_") || name === "$user"

/** `true` if the schema of a store can have this name. */
export const isSchemaName = (name: unknown): name is string =>
  typeof name === "string" &&
  name !== "" &&
  new TextEncoder().encode(name).length <= maxIdentifierBytes &&
  name.isWellFormed() &&
  !name.includes("\0") &&
  !isReserved(name)

/** The rule for the name of a schema, as the fix of an error. */
export const schemaNameRule = `A schema's name must have 1 to ${maxIdentifierBytes} bytes and no NUL, must not begin with pg_, and must not be $user`
