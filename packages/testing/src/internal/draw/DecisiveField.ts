/** Finds the field of a failing history whose value decides: with another value, the law holds. */
import type { Schema } from "effect"
import * as fc from "fast-check"
import * as Arbitraries from "../../Arbitraries.ts"
import { Undrawable } from "./Undrawable.ts"
import { fieldsOf } from "./StructFields.ts"

/** A command or an event of a failing history. */
export interface Item {
  readonly value: { readonly _tag: string }
  /** Schema of the command or the event: a struct. */
  readonly schema: Schema.Constraint | undefined
  /** Checks that the law holds for the history with this value instead. */
  readonly holdsWith: (value: { readonly _tag: string }) => boolean
}

/**
 * Maximum number of items whose fields are tried, from the failing one backwards; a shrunk history
 * has few.
 */
const maxItems = 3
/** Number of other values that are tried for a field. */
const valuesPerField = 4

/** Names the deciding fields of the last item that has any: "`at` of Opened". */
export const find = (all: ReadonlyArray<Item>, at: number): string | undefined => {
  for (const item of all
    .slice(0, at + 1)
    .toReversed()
    .slice(0, maxItems)) {
    const paths = deciding(item)
    if (paths.length > 0) return `${paths.map((path) => `\`${path}\``).join(" or ")} of ${item.value._tag}`
  }
  return undefined
}

const deciding = ({ holdsWith, schema, value }: Item): ReadonlyArray<string> => {
  const holds = (other: Item["value"]): boolean => {
    try {
      return holdsWith(other)
    } catch {
      // The law does not hold for a value without a stored form.
      return false
    }
  }
  const inside = (
    path: string,
    schema: Schema.Constraint | undefined,
    value: unknown,
    replaced: (value: unknown) => { readonly _tag: string }
  ): ReadonlyArray<string> =>
    fieldsOf(schema).flatMap(([name, field]) => {
      const whole = Object(value)
      if (!Object.hasOwn(whole, name)) return []
      const place = path === "" ? name : `${path}.${name}`
      const withOther = (other: unknown) => replaced({ ...whole, [name]: other })
      if (!otherValues(field).some((other) => holds(withOther(other)))) return []
      const deeper = inside(place, field, whole[name], withOther)
      return deeper.length > 0 ? deeper : [place]
    })
  return inside("", schema, value, (other) => other as Item["value"])
}

const otherValues = (schema: Schema.Constraint): ReadonlyArray<unknown> => {
  try {
    return fc.sample(Arbitraries.fromSchema(schema), { numRuns: valuesPerField, seed: 1 })
  } catch (error) {
    // A field whose schema has no arbitrary is drawn as a part of its struct.
    if (error instanceof Undrawable) return []
    throw error
  }
}

/** Returns the advice to narrow fields. */
export const advice = (fields: string): string => {
  const [name = ""] = /[^`.]+(?=`)/.exec(fields) ?? []
  const schema = name.charAt(0).toUpperCase() + name.slice(1)
  return [
    `  The law holds with other values of ${fields}. If the value cannot occur, narrow the field in the schema,`,
    "  by a check or by the values that the laws draw:",
    "",
    `    ${name}: ${schema}.check(…)`,
    `    ${name}: ${schema}.annotate({ drawnFrom: … })`
  ].join("\n")
}
