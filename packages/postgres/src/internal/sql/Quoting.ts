/**
 * Quotes names and function bodies for SQL text. Data is never put into SQL text: all of it is sent
 * as parameters.
 */

/** Quotes an identifier. */
export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

/**
 * Quotes text as a string, for the few places where PostgreSQL takes a name as text. A backslash
 * stays a backslash under any `standard_conforming_strings` of the session; the space separates the
 * E from a word before it.
 */
export const literal = (text: string): string => {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted
}

/**
 * Quotes the body of a function or of a DO with a tag that does not occur in it: names in it may
 * hold any characters. A text that ends as the tag begins would end one character early.
 */
export const quoteBody = (text: string): string => {
  let tag = "$body$"
  while ((text + tag).indexOf(tag) < text.length) tag = `${tag.slice(0, -1)}_$`
  return `${tag}${text}${tag}`
}

/**
 * Options of all functions that can be granted: the rights of the owner, and a search path of the
 * catalogue alone.
 */
export const definer = "security definer set search_path = pg_catalog, pg_temp"

/** The sequence of positions, as SQL. `schema` is already quoted. */
export const positionsOf = (schema: string): string => `${literal(`${schema}.positions`)}::regclass`

/**
 * The lock that an INSERT takes on its table. `SqlFailure.isAtGate` finds the statement by this
 * text: no other statement may contain it.
 */
export const gateMode = "in row exclusive mode"

/**
 * The statement that enters the gate: it takes the lock that every INSERT takes on the events. A
 * transaction that appends takes all its other locks after this one. `schema` is already quoted.
 */
export const enterGate = (schema: string): string => `lock table ${schema}.events ${gateMode};`
