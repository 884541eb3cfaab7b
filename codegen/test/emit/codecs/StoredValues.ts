/** Stored values that fit a random schema, or nearly. */
import { Result, Schema } from "effect"
import { tags } from "./Building.ts"
import type { AnySchema } from "./Compiled.ts"
import { all, type Field, Point, type Shape, texts } from "./Shapes.ts"

/** Draws from a list, and numbers below a bound; the same each time. */
export type Draw = <A>(from: ReadonlyArray<A>) => A

const fittingOf = new Map<string, ReadonlyArray<unknown>>()

/** Those of a leaf's stored values that are its own. */
const fitting = (name: string): ReadonlyArray<unknown> => {
  const { make, stored } = all[name]!
  const decode = Schema.decodeUnknownResult(Schema.toCodecJson(make() as AnySchema))
  const found = fittingOf.get(name) ?? stored.filter((one) => Result.isSuccess(decode(one)))
  fittingOf.set(name, found)
  return found
}

/** A stored value that mostly fits. */
const storedOf = (shape: Shape, draw: Draw, tree: Shape | undefined, depth = 0): unknown => {
  const upTo = (most: number) => draw(Array.from({ length: most + 1 }, (_, i) => i))
  const go = (one: Shape) => storedOf(one, draw, tree, depth + 1)
  switch (shape.is) {
    case "leaf":
      return draw(draw([true, true, true, false]) ? fitting(shape.name) : all[shape.name]!.stored)
    case "struct": {
      const more =
        shape.rest === undefined
          ? []
          : ["a", "z", "__proto__"].slice(0, upTo(3)).map((name) => [name, go(shape.rest!)] as const)
      return objectOf([...storedFields(shape.fields, draw, tree, depth), ...more])
    }
    case "array":
      return Array.from({ length: upTo(3) }, () => go(shape.item))
    case "tuple": {
      const items = shape.items.slice(0, shape.items.length - upTo(Math.min(shape.optional, shape.items.length)))
      const rest = shape.rest
      return rest === undefined ? items.map(go) : [...items.map(go), ...Array.from({ length: upTo(2) }, () => go(rest))]
    }
    case "record":
      return objectOf(
        ["a", "bcde", "", "__proto__", "constructor", "1"]
          .slice(upTo(3), 3 + upTo(3))
          .map((name) => [name, go(shape.value)])
      )
    case "union":
      return go(draw(shape.members))
    case "tagged": {
      const place = upTo(shape.members.length - 1)
      return objectOf([["_tag", `Member${place}`], ...storedFields(shape.members[place]!, draw, tree, depth)])
    }
    case "nullOr":
    case "undefinedOr":
    case "nullishOr":
      return draw([true, true, false]) ? go(shape.of) : null
    case "option":
      return draw([true, true, false]) ? { _tag: "Some", value: go(shape.of) } : { _tag: "None" }
    case "tree": {
      const fields = storedFields(shape.fields, draw, shape, depth)
      return objectOf([...fields, ["below", depth > 4 ? [] : Array.from({ length: upTo(2) }, () => go(shape))]])
    }
    case "again":
      return tree === undefined ? draw(texts) : depth > 4 ? null : go(tree)
  }
}

const objectOf = (entries: ReadonlyArray<readonly [string, unknown]>): object => {
  const object = {}
  // As `JSON.parse` makes them: a key called __proto__ is one like any other.
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return object
}

const storedFields = (
  fields: ReadonlyArray<Field>,
  draw: Draw,
  tree: Shape | undefined,
  depth: number
): ReadonlyArray<readonly [string, unknown]> =>
  fields.flatMap(({ name, optional: how, shape }) =>
    how !== "no" && draw([true, false]) ? [] : [[name, storedOf(shape, draw, tree, depth + 1)] as const]
  )

export interface StoredEvent {
  readonly type: string
  readonly data: unknown
}

export const storedEvent = (events: ReadonlyArray<ReadonlyArray<Field>>, draw: Draw): StoredEvent => {
  const place = draw(events.map((_, i) => i))
  return { type: tags[place]!, data: objectOf(storedFields(events[place]!, draw, undefined, 0)) }
}

const oddities: ReadonlyArray<unknown> = [
  undefined,
  null,
  true,
  0,
  -0,
  1,
  1.5,
  Number.NaN,
  Infinity,
  2 ** 60,
  "",
  "a",
  "1",
  "NaN",
  "Infinity",
  0n,
  5n,
  Symbol("a"),
  () => 1,
  [],
  [undefined],
  Array(2),
  {},
  { _tag: "None" },
  { _tag: "Some" },
  { _tag: "Some", value: 1 },
  Object.create({ a: "inherited" }),
  Object.create(null),
  new Date(0),
  new Date(Number.NaN),
  new Map(),
  new Point({ x: 1, on: new Date(0) })
]

/**
 * A copy of a value with something in it changed: replaced, left out, added, put into a prototype
 * or into an array.
 */
export const mutated = (value: unknown, draw: Draw): unknown => {
  const inside = typeof value === "object" && value !== null && draw([true, true, true, false])
  if (!inside) return draw([0, 1, 2, 3]) === 0 ? (draw([true, false]) ? [value] : { value }) : draw(oddities)
  if (Array.isArray(value)) {
    const copy = [...value]
    const place = draw([...copy.keys(), 0])
    switch (draw(["item", "item", "more", "less", "hole"])) {
      case "more":
        return [...copy, copy.length === 0 ? draw(oddities) : copy[place]]
      case "less":
        return copy.slice(0, -1)
      case "hole":
        delete copy[place]
        return copy
      default:
        copy[place] = mutated(copy[place], draw)
        return copy
    }
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return draw(oddities)
  const entries = Object.entries(value)
  const name = draw(entries.length === 0 ? ["a"] : entries.map(([one]) => one))
  switch (draw(["value", "value", "value", "without", "more", "inherited", "undefined", "proto", "order"])) {
    case "without":
      return objectOf(entries.filter(([one]) => one !== name))
    case "more":
      return objectOf([...entries, [draw(["more", "below", "value", "_tag2", "a"]), draw(oddities)]])
    case "inherited":
      return Object.create(value)
    case "undefined":
      return objectOf([...entries, [name, undefined]])
    case "proto":
      return objectOf([...entries, ["__proto__", draw(oddities)]])
    case "order":
      return objectOf(entries.toReversed())
    default:
      return objectOf(entries.map(([one, of]) => [one, one === name ? mutated(of, draw) : of]))
  }
}
