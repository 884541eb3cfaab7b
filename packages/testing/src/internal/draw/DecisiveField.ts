/** Finds the field of a failing case without whose value the law holds, so that a person knows what to narrow. */
import type { Schema } from "effect"
import * as fc from "fast-check"
import * as Arbitraries from "../../Arbitraries.ts"
import { Undrawable } from "./Undrawable.ts"
import { fieldsOf } from "./StructFields.ts"

/** A command or an event of a failing case. */
export interface Item {
  readonly value: { readonly _tag: string }
  /** Of the command or the event: a struct. */
  readonly schema: Schema.Constraint | undefined
  /** Whether the law holds of the case with this value in its place. */
  readonly holdsWith: (value: { readonly _tag: string }) => boolean
}

/** So many items are looked at, the one that failed first; a shrunk case has few. */
const items = 3
/** So many other values are tried for a field. */
const others = 4

/** The fields that decide, of the last item that has any: `at` of Opened. */
export const find = (all: ReadonlyArray<Item>, at: number): string | undefined => {
  for (const item of all
    .slice(0, at + 1)
    .toReversed()
    .slice(0, items)) {
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
      // A value that has no stored form makes nothing hold.
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
    return fc.sample(Arbitraries.fromSchema(schema), { numRuns: others, seed: 1 })
  } catch (error) {
    // A field that has no values of its own is drawn with what it is in.
    if (error instanceof Undrawable) return []
    throw error
  }
}

/** Of an item: how to narrow its field. */
export const advice = (fields: string): string => {
  const [name = ""] = /[^`.]+(?=`)/.exec(fields) ?? []
  const schema = name.charAt(0).toUpperCase() + name.slice(1)
  return [
    `  It holds with other values of ${fields}. If such a value never comes, narrow the field where the schema`,
    "  declares it, by a check, or by what the laws draw:",
    "",
    `    ${name}: ${schema}.check(…)`,
    `    ${name}: ${schema}.annotate({ drawnFrom: … })`
  ].join("\n")
}
