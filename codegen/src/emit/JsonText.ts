/** Data as JSON, laid out as formatters lay it out: an object a line for each key, an array on one line where it fits. */
import { width } from "./Text.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown): boolean =>
  typeof value !== "object" || value === null || Object.keys(value).length === 0

/** Whether a value has to be broken over lines, however short it is. */
const isBroken = (value: unknown): boolean => {
  if (isEmpty(value)) return false
  if (!Array.isArray(value)) return true
  const isLong = (one: unknown) => Array.isArray(one) && one.length > 1
  return value.some(isBroken) || (value.length > 1 && value.every(isLong))
}

const flat = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(flat).join(", ")}]` : (JSON.stringify(value) ?? "null")

const write = (value: unknown, indent: string, column: number, after: number): string => {
  if (isEmpty(value)) return flat(value)
  if (!isBroken(value)) {
    const line = flat(value)
    if (column + line.length + after <= width) return line
  }
  const deep = `${indent}  `
  const lines = isObject(value)
    ? Object.entries(value).map(([name, one]) => [`${deep}${JSON.stringify(name)}: `, one] as const)
    : Array.isArray(value)
      ? value.map((one: unknown) => [deep, one] as const)
      : []
  const parts = lines.map(([head, one], i) => {
    const comma = i === lines.length - 1 ? "" : ","
    return head + write(one, deep, head.length, comma.length) + comma
  })
  const [open, close] = isObject(value) ? ["{", "}"] : ["[", "]"]
  return `${open}\n${parts.join("\n")}\n${indent}${close}`
}

/** The text of a file. */
export const json = (value: unknown): string => `${write(value, "", 0, 0)}\n`
