/** Schemas of random shapes. */
import { Effect, Schema } from "effect"
import type { AnySchema } from "./Compiled.ts"
import { all, type Field, leaves, type Shape } from "./Shapes.ts"

const optional = (schema: Schema.Top, how: Field["optional"]): Schema.Top => {
  if (how === "no") return schema
  if (how === "default") return Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1)))
  return how === "key" ? Schema.optionalKey(schema) : Schema.optional(schema)
}

const fieldsOf = (fields: ReadonlyArray<Field>, tree: Schema.Top | undefined): Record<string, Schema.Top> =>
  Object.fromEntries(fields.map(({ name, optional: how, shape }) => [name, optional(build(shape, tree), how)]))

const fewKeys = Schema.makeFilter((value: object) => Object.keys(value).length !== 3 || "not three keys")

/**
 * A schema of this shape; a new one each time, so that code that is installed on one is not on
 * another.
 */
const build = (shape: Shape, tree: Schema.Top | undefined): Schema.Top => {
  switch (shape.is) {
    case "leaf":
      return all[shape.name]!.make()
    case "struct": {
      const struct = Schema.Struct(fieldsOf(shape.fields, tree))
      const open =
        shape.rest === undefined
          ? struct
          : Schema.StructWithRest(struct, [Schema.Record(Schema.String, build(shape.rest, tree) as AnySchema)])
      return shape.check ? (open as typeof struct).check(fewKeys) : open
    }
    case "array": {
      const item = build(shape.item, tree)
      if (shape.check === "nonEmpty") return Schema.NonEmptyArray(item)
      if (shape.check === "unique") return Schema.UniqueArray(item)
      return shape.check === "short" ? Schema.Array(item).check(Schema.isMaxLength(2)) : Schema.Array(item)
    }
    case "tuple": {
      const first = Math.max(0, shape.items.length - shape.optional)
      const items = shape.items.map((item, i) => optional(build(item, tree), i < first ? "no" : "key"))
      const tuple = Schema.Tuple(items)
      return shape.rest === undefined ? tuple : Schema.TupleWithRest(tuple as never, [build(shape.rest, tree)] as never)
    }
    case "record": {
      const key = leaves[shape.key].make() as typeof Schema.String
      return Schema.Record(key, build(shape.value, tree))
    }
    case "union": {
      const union = Schema.Union(shape.members.map((member) => build(member, tree)))
      return shape.check ? union.check(Schema.makeFilter((value: unknown) => value !== "a" && value !== 1)) : union
    }
    case "tagged":
      return Schema.Union(shape.members.map((fields, i) => Schema.TaggedStruct(`Member${i}`, fieldsOf(fields, tree))))
    case "nullOr":
      return Schema.NullOr(build(shape.of, tree))
    case "undefinedOr":
      return Schema.UndefinedOr(build(shape.of, tree))
    case "nullishOr":
      return Schema.NullishOr(build(shape.of, tree))
    case "option":
      return Schema.Option(build(shape.of, tree))
    case "tree": {
      const self: Schema.Top = Schema.suspend(() => struct as AnySchema)
      const struct: Schema.Top = Schema.Struct({ ...fieldsOf(shape.fields, self), below: Schema.Array(self) })
      return struct
    }
    case "again":
      return tree === undefined ? Schema.String : Schema.NullOr(tree)
  }
}

export const tags = ["Opened", "Read", "Length"]

export const schemaOf = (events: ReadonlyArray<ReadonlyArray<Field>>): AnySchema =>
  Schema.Union(events.map((fields, i) => Schema.TaggedStruct(tags[i]!, fieldsOf(fields, undefined)))) as never
