/**
 * The shape that decides whether compiled decoders fit: it depends on the schema, not on how its
 * nodes were made.
 */
import { Schema } from "effect"
import { expect, it } from "vitest"
import * as CodecPlan from "../../src/generated/CodecPlan.ts"

const shapeOf = (schema: Schema.Top): string => CodecPlan.shape([schema.ast])

const point = () => Schema.Struct({ x: Schema.Int, y: Schema.BigInt })

it("is equal if a part is shared or made twice: Effect derives one or two, depending on earlier uses", () => {
  const shared = point()
  expect(shapeOf(Schema.Tuple([shared, shared]))).toBe(shapeOf(Schema.Tuple([point(), point()])))
})

interface Tree {
  readonly n: number
  readonly below: ReadonlyArray<Tree>
}
const tree = (value: Schema.Codec<number>): Schema.Codec<Tree> => {
  const made: Schema.Codec<Tree> = Schema.Struct({ n: value, below: Schema.Array(Schema.suspend(() => made)) })
  return made
}
/** Recursion that closes one step later. */
const unrolled = (value: Schema.Codec<number>): Schema.Codec<Tree> => {
  const inner = tree(value)
  return Schema.Struct({ n: value, below: Schema.Array(Schema.suspend(() => inner)) })
}

it("is equal wherever recursion closes", () => {
  expect(shapeOf(unrolled(Schema.Int))).toBe(shapeOf(tree(Schema.Int)))
  expect(shapeOf(Schema.Array(tree(Schema.Int)))).toBe(shapeOf(Schema.Array(unrolled(Schema.Int))))
})

it("differs with keys, their order, checks, literals or the target of a recursion", () => {
  const schemas = [
    Schema.Struct({ a: Schema.Int, b: Schema.Int }),
    Schema.Struct({ b: Schema.Int, a: Schema.Int }),
    Schema.Struct({ a: Schema.Int, b: Schema.optionalKey(Schema.Int) }),
    Schema.Struct({ a: Schema.Int, b: Schema.Number }),
    Schema.Struct({ a: Schema.Int, b: Schema.Literal("x") }),
    Schema.Struct({ a: Schema.Int, b: Schema.Literal("y") }),
    Schema.Struct({ a: Schema.Int, b: Schema.FiniteFromString }),
    Schema.Tuple([Schema.Int, Schema.Int]),
    Schema.Array(Schema.Int),
    Schema.Tuple([tree(Schema.Int), tree(Schema.Number)]),
    Schema.Tuple([tree(Schema.Number), tree(Schema.Int)]),
    Schema.Tuple([tree(Schema.Int), tree(Schema.Int)])
  ]
  expect(new Set(schemas.map(shapeOf)).size).toBe(schemas.length)
})
