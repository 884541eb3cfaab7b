/** Canonical texts of JSON values, and differences between two values. */
import type { Schema } from "effect"

/**
 * Returns a JSON value as text, with the keys of objects in the order of their UTF-16 code units,
 * by RFC 8785.
 *
 * **When to use**
 *
 * To compare or hash stored forms, such as states that another process folded.
 *
 * **Gotchas**
 *
 * JSON has one zero: `-0` is written as `0`.
 *
 * @example
 * ```ts
 * import { CanonicalJson } from "eventfold/store"
 *
 * CanonicalJson.text({ b: [1, { d: 1, c: 2 }], a: "x" }) // {"a":"x","b":[1,{"c":2,"d":1}]}
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const text = (value: Schema.Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (isArray(value)) return `[${value.map(text).join(",")}]`
  const parts = Object.keys(value)
    .sort()
    .flatMap((key) => (value[key] === undefined ? [] : [`${JSON.stringify(key)}:${text(value[key])}`]))
  return `{${parts.join(",")}}`
}

/**
 * Returns the path and both values of each difference between two JSON values. `{}` and `[]`
 * differ; the order of keys does not matter.
 *
 * @example
 * ```ts
 * import { CanonicalJson } from "eventfold/store"
 *
 * CanonicalJson.differences({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }) // [ "b.1: 2 → 3" ]
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const differences = (
  a: Schema.Json | undefined,
  b: Schema.Json | undefined,
  whole = "state"
): ReadonlyArray<string> => differ("", a, b, whole)

const differ = (
  path: string,
  a: Schema.Json | undefined,
  b: Schema.Json | undefined,
  whole: string
): ReadonlyArray<string> => {
  if (isBranch(a) && isBranch(b) && isArray(a) === isArray(b)) {
    const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
    const keys = [...new Set([...left.keys(), ...right.keys()])]
    return keys.flatMap((key) => differ(path === "" ? key : `${path}.${key}`, left.get(key), right.get(key), whole))
  }
  // JSON has one zero: 0 and -0 are the same bytes.
  return a === b || JSON.stringify(a) === JSON.stringify(b)
    ? []
    : [`${path === "" ? whole : path}: ${show(a)} → ${show(b)}`]
}

type Branch = Schema.JsonArray | Schema.JsonObject
const isArray = (value: Schema.Json): value is Schema.JsonArray => Array.isArray(value)
const isBranch = (value: Schema.Json | undefined): value is Branch => typeof value === "object" && value !== null
const show = (value: Schema.Json | undefined) => (value === undefined ? "nothing" : JSON.stringify(value))
