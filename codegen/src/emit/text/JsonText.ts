/**
 * Data as JSON in the layout of formatters: one line for each key of an object, and arrays on one
 * line if they fit.
 */
import { width } from "./Text.ts"

const isList = (value: object): value is ReadonlyArray<unknown> => Array.isArray(value)
const isLong = (value: unknown): boolean => Array.isArray(value) && value.length > 1

const isEmpty = (value: object): boolean => {
  if (isList(value)) return value.length === 0
  for (const _ in value) return false
  return true
}

/** An object whose text was written before. */
class LaidOut {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Returns `true` if a value takes several lines regardless of its length. */
const isBroken = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null || isEmpty(value)) return false
  return !isList(value) || value.some(isBroken) || (value.length > 1 && value.every(isLong))
}

const flat = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(flat).join(", ")}]` : (JSON.stringify(value) ?? "null")

/** Adds the pieces of a value that begins in a column. `after` follows on its last line. */
const write = (pieces: Array<string>, value: unknown, indent: string, column: number, after: string): void => {
  if (value instanceof LaidOut) return void pieces.push(value.text, after)
  if (typeof value !== "object" || value === null || isEmpty(value)) return void pieces.push(flat(value), after)
  if (!isBroken(value)) {
    const line = flat(value)
    // The last character of `after` is the line break.
    if (column + line.length + after.length - 1 <= width) return void pieces.push(line, after)
  }
  const deep = `${indent}  `
  if (isList(value)) {
    pieces.push("[\n")
    value.forEach((one, i) => {
      pieces.push(deep)
      write(pieces, one, deep, deep.length, i === value.length - 1 ? "\n" : ",\n")
    })
    pieces.push(indent, "]", after)
    return
  }
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(value)
  pieces.push("{\n")
  entries.forEach(([name, one], i) => {
    const head = `${deep}${JSON.stringify(name)}: `
    pieces.push(head)
    write(pieces, one, deep, head.length, i === entries.length - 1 ? "\n" : ",\n")
  })
  pieces.push(indent, "}", after)
}

const texts = new WeakMap<object, string>()

/**
 * Returns data as one line, to compare it with earlier data. It is computed once for each object,
 * because data never changes.
 */
export const textOf = (value: object): string => {
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

/** Writes an object at a depth of a file. The code around it does not change its text. */
export const laidOut = (value: { readonly [key: string]: unknown }, depth: number): LaidOut => {
  const pieces: Array<string> = []
  write(pieces, value, "  ".repeat(depth), 0, "")
  return new LaidOut(pieces.join(""))
}

/** Returns the text of a JSON file. */
export const json = (value: unknown): string => {
  const pieces: Array<string> = []
  write(pieces, value, "", 0, "\n")
  return pieces.join("")
}
