/** Plain data as a literal of TypeScript, in the layout of the formatter. */
import { key } from "../../model/Names.ts"
import { width } from "./Text.ts"

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)
const entriesOf = (value: object): ReadonlyArray<readonly [string, unknown]> => Object.entries(value)

/** Writes a string in the quotes that need fewer escapes. */
const quoted = (text: string): string => {
  const json = JSON.stringify(text)
  const count = (quote: string) => text.split(quote).length
  return count('"') <= count("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

const flat = (value: unknown): string => {
  if (typeof value === "string") return quoted(value)
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined"
  if (isList(value)) return `[${value.map(flat).join(", ")}]`
  const parts = entriesOf(value).map(([name, one]) => `${key(name)}: ${flat(one)}`)
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`
}

/**
 * Returns `true` if a value takes several lines regardless of its length, as several objects do.
 */
const isBroken = (value: unknown): boolean =>
  isList(value)
    ? (value.length > 1 &&
        value.every((one) => typeof one === "object" && one !== null && Object.keys(one).length > 1)) ||
      value.some(isBroken)
    : typeof value === "object" && value !== null && Object.values(value).some(isBroken)

/** Writes a value that begins in a column. `after` characters follow it on its line. */
export const literal = (value: unknown, indent: string, column: number, after = 0): string => {
  const line = flat(value)
  if (typeof value !== "object" || value === null || (!isBroken(value) && column + line.length + after <= width))
    return line
  const deep = `${indent}  `
  const heads = isList(value)
    ? value.map((one) => [deep, one] as const)
    : entriesOf(value).map(([name, one]) => [`${deep}${key(name)}: `, one] as const)
  const lines = heads.map(([head, one], i) => {
    const comma = i === heads.length - 1 ? "" : ","
    return head + literal(one, deep, head.length, comma.length) + comma
  })
  const [open, close] = isList(value) ? ["[", "]"] : ["{", "}"]
  return `${open}\n${lines.join("\n")}\n${indent}${close}`
}
