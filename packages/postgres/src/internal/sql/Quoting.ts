/** How names and bodies get into SQL text. No data ever does: all of it travels as parameters. */

/** Quotes an identifier. The only thing ever put into SQL text; all data travels as parameters. */
export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

/**
 * Puts text between single quotes, for the few places where PostgreSQL takes a name as text. A backslash is one whatever the session's
 * `standard_conforming_strings`; the space keeps the E apart from a word before it.
 */
export const literal = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted
}

/**
 * Quotes the body of a function, or of a DO, with a tag that ends it nowhere else: names in it may hold anything. A text that ends like the
 * tag begins would end one character early.
 */
export const quoteBody = (text: string): string => {
  let tag = "$body$"
  while ((text + tag).indexOf(tag) < text.length) tag = `${tag.slice(0, -1)}_$`
  return `${tag}${text}${tag}`
}

/** What every function that may be granted has in common: the owner's rights, and names looked up nowhere but in the catalogue. */
export const definer = "security definer set search_path = pg_catalog, pg_temp"

/** The sequence of positions, for a schema's name that is quoted already. */
export const positionsOf = (schema: string): string => `${literal(`${schema}.positions`)}::regclass`

/** How an INSERT locks its table. A statement that fails here is known by these words, so no other one of the functions has them. */
export const gateMode = "in row exclusive mode"

/**
 * Passes the gate: takes the lock that every INSERT takes on the events, for a schema's name that is quoted already. Whatever else a
 * transaction locks that appends, it locks after this.
 */
export const enterGate = (schema: string): string => `lock table ${schema}.events ${gateMode};`
