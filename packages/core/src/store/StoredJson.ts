/**
 * Writes and parses stored JSON text: events, snapshots, rows, checkpoints, files.
 *
 * `JSON.parse` of V8 13 and 14 can return a different key than the text has (nodejs/node#63785).
 * After an object with a key K was made, an object that is parsed later, with the same keys before
 * that place, gets K for each key that is written with an escape and whose source text begins with
 * the characters of K: after `{"\\":0}`, the key of `{"\"":0}` is a backslash. Keys without an
 * escape and values are never affected. Texts with an escape in a key are therefore read by the
 * parser in this file, and all others by the engine.
 *
 * It imports nothing at run time, because the generator loads it before it confines schema files.
 */
import type { Schema } from "effect"

const [tab, newline, carriageReturn, space] = [9, 10, 13, 32]
const [quote, comma, backslash] = [34, 44, 92]
const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125]
const [letterF, letterN, letterT] = [102, 110, 116]

const isSpace = (code: number): boolean => code === space || code === newline || code === carriageReturn || code === tab

/** Returns the index of the first character that is not white space. */
const afterSpace = (text: string, from: number): number => {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** Returns the index of the quote that ends the string with a character at `from`. */
const endOfString = (text: string, from: number): number => {
  let end = text.indexOf('"', from)
  for (;;) {
    let first = end
    while (first > from && text.charCodeAt(first - 1) === backslash) first--
    // Each escape takes two characters, so a quote after an odd number of backslashes is part of
    // one.
    if ((end - first) % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}

/**
 * Maximum depth of a value that is inspected recursively; deeper values are read by the parser in
 * this file, so that the stack does not overflow.
 */
const maxDepth = 200

/**
 * Returns whether a key contains a backslash, as every key does that the engine returns in place of
 * another: the source text of an escaped key has a backslash within the first characters.
 */
const hasBackslashInKey = (value: Schema.Json, depth: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (depth > maxDepth) return true
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && hasBackslashInKey(item, depth + 1)) return true
    return false
  }
  const object = value as Schema.JsonObject
  for (const key in object) {
    if (key.includes("\\")) return true
    const inner = object[key]
    if (typeof inner === "object" && hasBackslashInKey(inner, depth + 1)) return true
  }
  return false
}

type Parent = Array<Schema.Json> | { [key: string]: Schema.Json }

const setKey = (parent: { [key: string]: Schema.Json }, key: string, value: Schema.Json): void => {
  // An assignment would change the prototype instead of adding a key.
  if (key === "__proto__") {
    Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true })
  } else parent[key] = value
}

/**
 * Reads text that is known to be JSON. Keeps the open objects in a list, so that no depth overflows
 * the stack.
 */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  #next(): number {
    this.#at = afterSpace(this.#text, this.#at)
    return this.#text.charCodeAt(this.#at)
  }

  #string(): string {
    const start = this.#at
    const end = endOfString(this.#text, start + 1)
    this.#at = end + 1
    const escape = this.#text.indexOf("\\", start)
    if (escape < 0 || escape > end) return this.#text.slice(start + 1, end)
    // The bug affects keys only.
    return JSON.parse(this.#text.slice(start, end + 1)) as string
  }

  #scalar(code: number): Schema.Json {
    if (code === quote) return this.#string()
    const start = this.#at
    if (code === letterT || code === letterN) {
      this.#at += 4
      return code === letterT ? true : null
    }
    if (code === letterF) {
      this.#at += 5
      return false
    }
    for (;;) {
      const next = this.#text.charCodeAt(++this.#at)
      const isOver =
        Number.isNaN(next) || next === comma || next === closeBrace || next === closeBracket || isSpace(next)
      if (isOver) return Number(this.#text.slice(start, this.#at))
    }
  }

  #key(): string {
    this.#next()
    const key = this.#string()
    this.#next()
    this.#at++
    return key
  }

  read(): Schema.Json {
    const parents: Array<Parent> = []
    /** Key of the next value for each parent; unused in lists. */
    const keys: Array<string> = []
    for (;;) {
      const code = this.#next()
      let value: Schema.Json
      if (code === openBrace || code === openBracket) {
        const parent: Parent = code === openBrace ? {} : []
        this.#at++
        const first = this.#next()
        if (first !== closeBrace && first !== closeBracket) {
          parents.push(parent)
          keys.push(code === openBrace ? this.#key() : "")
          continue
        }
        this.#at++
        value = parent
      } else value = this.#scalar(code)
      // The value is complete; it may complete its parents.
      for (;;) {
        const parent = parents.at(-1)
        if (parent === undefined) return value
        if (Array.isArray(parent)) parent.push(value)
        else setKey(parent, keys.at(-1)!, value)
        const next = this.#next()
        this.#at++
        if (next === comma) {
          if (!Array.isArray(parent)) keys[keys.length - 1] = this.#key()
          break
        }
        value = parent
        parents.pop()
        keys.pop()
      }
    }
  }
}

/**
 * Parses JSON text exactly as `JSON.parse` is specified.
 *
 * **When to use**
 *
 * Instead of `JSON.parse`, for text whose keys come from outside.
 *
 * **Details**
 *
 * Throws the `SyntaxError` of `JSON.parse` if the text is not JSON.
 *
 * @example
 * ```ts
 * import { StoredJson } from "eventfold/tables"
 *
 * StoredJson.parse('{"\\n":1}') // { "\n": 1 }, whatever was parsed before
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const parse = (text: string): Schema.Json => {
  const parsed = JSON.parse(text) as Schema.Json
  if (!text.includes("\\") || !hasBackslashInKey(parsed, 0)) return parsed
  return new Reader(text).read()
}

/**
 * Returns whether a value contains itself. Keeps the open values in a list, since it may be deeper
 * than the stack.
 */
const holdsItself = (value: unknown): boolean => {
  const open: Array<{ readonly value: object; readonly inside: ReadonlyArray<unknown>; next: number }> = []
  const path = new Set<unknown>()
  const enter = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return
    path.add(one)
    open.push({ value: one, inside: Object.values(one), next: 0 })
  }
  enter(value)
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    if (last.next === last.inside.length) {
      path.delete(last.value)
      open.pop()
      continue
    }
    const one = last.inside[last.next++]
    if (path.has(one)) return true
    enter(one)
  }
  return false
}

/**
 * Returns the reason why a value has no JSON text, from the error of walking or writing it;
 * `undefined` for other errors.
 *
 * Engines use one class of error for a full stack and for a text that is too long.
 *
 * @internal
 */
export const problemOfThrown = (value: unknown, error: unknown): string | undefined => {
  const isCircle = error instanceof TypeError || error instanceof RangeError ? holdsItself(value) : false
  if (isCircle) return "holds itself, so that its JSON text would have no end"
  if (!(error instanceof RangeError)) return undefined
  return /stack/i.test(error.message)
    ? "is nested too deeply to be stored"
    : "is too large to be stored: its JSON text is longer than a string of this engine can be, some 512 million characters; split it, or store a reference to it"
}
