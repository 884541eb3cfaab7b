/**
 * Parses JSON text without loading anything.
 *
 * Every run of the command reads manifests and its cache, and a run that finds nothing changed must
 * not load Effect, which the library `eventfold` does. So this module does in a few lines what
 * `StoredJson` of `eventfold` does, at a lower speed for rare texts: `JSON.parse` of V8 13 and 14
 * can return another key than the text holds (nodejs/node#63785) if the key is written with an
 * escape. Each such wrong key holds a backslash.
 */

const hasBackslashInKey = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Array.isArray(value)
    ? value.some(hasBackslashInKey)
    : Object.entries(value).some(([key, inner]) => key.includes("\\") || hasBackslashInKey(inner)))

const renamed = (value: unknown, nameOf: (key: string) => string): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item) => renamed(item, nameOf))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [nameOf(key), renamed(inner, nameOf)]))
}

/** Strings of a JSON text, with the colon that follows if they are keys. */
const strings = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?/g

/**
 * Parses the text with a key that needs no escape in place of each key that is written with one.
 */
const parseWithoutEscapedKeys = (text: string): unknown => {
  let mark = "\uE000"
  while (text.includes(mark)) mark += "\uE000"
  const keys: Array<string> = []
  const plain = text.replace(strings, (token, inner: string, colon: string | undefined) => {
    if (colon === undefined || !inner.includes("\\")) return token
    // A string that is no key is never mistaken for another.
    keys.push(JSON.parse(`"${inner}"`) as string)
    return `"${mark}${keys.length - 1}":`
  })
  return renamed(JSON.parse(plain), (key) =>
    key.startsWith(mark) ? (keys[Number(key.slice(mark.length))] ?? key) : key
  )
}

/** Parses JSON text exactly, as `JSON.parse` is specified to. */
export const parse = (text: string): unknown => {
  const value: unknown = JSON.parse(text)
  return hasBackslashInKey(value) ? parseWithoutEscapedKeys(text) : value
}
