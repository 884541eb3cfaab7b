/** Where something parts from what a law demands, and how two values in stored form differ. */
import type { Schema } from "effect"

export interface Divergence {
  /** Index into the history, or into the commands; -1 is before the first. */
  readonly at: number
  readonly because: string
  /** One line for each place in which two states differ. */
  readonly differences?: ReadonlyArray<string>
}

/**
 * The place and both values, for each place where two JSON values differ; `{}` and `[]` are told apart. `whole` is what the values
 * themselves are called.
 */
export const between = (
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
  if (isBranch(a) && isBranch(b) && Array.isArray(a) === Array.isArray(b)) {
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
const isBranch = (value: Schema.Json | undefined): value is Branch => typeof value === "object" && value !== null
const show = (value: Schema.Json | undefined) => (value === undefined ? "nothing" : JSON.stringify(value))
