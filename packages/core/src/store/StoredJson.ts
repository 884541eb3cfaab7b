/**
 * Writes and parses the JSON text that is stored: events, snapshots, rows, places, files.
 *
 * `JSON.parse` of V8 13 and 14 can return another key than the text holds (nodejs/node#63785). Once an object with a key K was
 * made, an object that is parsed later, with the same keys before that place, gets K for each key that is written with an
 * escape and whose source text begins with the characters of K: after `{"\\":0}`, the key of `{"\"":0}` is a backslash. A key
 * without an escape is never affected, nor is any value. So texts that write a key with an escape are read here by a parser of
 * Eventfold's, and all others by the engine.
 *
 * It imports nothing at run time, since the generator loads it before it has confined what schema files may reach.
 */
import type { Schema } from "effect"

const [tab, newline, carriageReturn, space] = [9, 10, 13, 32]
const [quote, comma, backslash] = [34, 44, 92]
const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125]
const [letterF, letterN, letterT] = [102, 110, 116]

const isSpace = (code: number): boolean => code === space || code === newline || code === carriageReturn || code === tab

/** The index of the first character that is no white space. */
const afterSpace = (text: string, from: number): number => {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

/** The index of the quote that ends the string which has a character at `from`. */
const endOfString = (text: string, from: number): number => {
  let end = text.indexOf('"', from)
  for (;;) {
    let first = end
    while (first > from && text.charCodeAt(first - 1) === backslash) first--
    // Each escape takes two characters, so a quote after an odd number of backslashes is part of one.
    if ((end - first) % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}

/** Deeper values are read by the parser here, so that looking at them does not overflow the stack. */
const maxDepth = 200

/**
 * Whether a key holds a backslash, as each one does that the engine returns in place of another: the source text of a key that
 * is written with an escape has a backslash before as many characters as the key has.
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

/** Reads text that is known to be JSON. Keeps the objects that are open in a list, so that no depth overflows the stack. */
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
    // A string that is no key is never mistaken for another.
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
    /** For each parent the key that its next value belongs to; unused in lists. */
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
      // The value is whole: it ends those of its parents that end with it.
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
 * Parses JSON text exactly, as `JSON.parse` is specified to.
 *
 * **When to use**
 *
 * In place of `JSON.parse`, for text whose keys somebody else may choose.
 *
 * **Details**
 *
 * Throws the `SyntaxError` of `JSON.parse` if the text is no JSON.
 *
 * @example
 * ```ts
 * import { StoredJson } from "eventfold/store"
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

/** Whether a value holds itself. It may be deeper than the stack, so that those that are open are kept in a list. */
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
 * Why a value has no JSON text, from what walking it or writing it threw; undefined for an error that does not say.
 *
 * Engines have one class of error for a stack that is full and for a text that is too long.
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
