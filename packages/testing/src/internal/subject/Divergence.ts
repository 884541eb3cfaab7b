/** Violations of a claim in a history, and differences between two values in stored form. */
import type { Schema } from "effect"
import { CanonicalJson } from "eventfold/store"
import type { Violation } from "./Violation.ts"

/** The place at which a history violates the claim of a law, and the reason. */
export type Divergence = Violation["divergence"]

/**
 * Returns one line, with the path and both values, for each place at which two JSON values differ.
 * `{}` and `[]` differ. `whole` is the name of the values themselves.
 */
export const between = CanonicalJson.differences

/** Like {@link between}, but also reports keys in another order, which handlers can see. */
export const betweenTexts = (a: Schema.Json, b: Schema.Json): ReadonlyArray<string> => {
  const found = between(a, b)
  return found.length > 0 || JSON.stringify(a) === JSON.stringify(b) ? found : ordersOf("", a, b)
}

const ordersOf = (path: string, a: Schema.Json | undefined, b: Schema.Json | undefined): ReadonlyArray<string> => {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return []
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  const [before, after] = [left, right].map((entries) => JSON.stringify([...entries.keys()]))
  const own = before === after ? [] : [`order of keys${path === "" ? "" : ` in ${path}`}: ${before} → ${after}`]
  const inner = [...left].flatMap(([key, value]) =>
    ordersOf(path === "" ? key : `${path}.${key}`, value, right.get(key))
  )
  return [...own, ...inner]
}
