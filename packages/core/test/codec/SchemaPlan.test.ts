/**
 * Plans depend only on the schema: they are equal in every process, independent of earlier uses of
 * the schema.
 */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as SchemaPlan from "../../src/internal/codec/SchemaPlan.ts"

const planned = (schema: Schema.Top) => SchemaPlan.make(Schema.toCodecJson(schema).ast)
const planOf = (schema: Schema.Top) => {
  const { others, parts, root } = planned(schema)
  return { others, parts, root }
}

const point = () => Schema.Struct({ x: Schema.Int, y: Schema.BigInt })

interface Tree {
  readonly n: number
  readonly below: ReadonlyArray<Tree>
}
const tree = (value: Schema.Codec<number>): Schema.Codec<Tree> => {
  const made: Schema.Codec<Tree> = Schema.Struct({ n: value, below: Schema.Array(Schema.suspend(() => made)) })
  return made
}

describe("a plan", () => {
  it("is equal if a part is shared or made twice", () => {
    const shared = point()
    const plan = planOf(Schema.Tuple([shared, shared]))
    expect(planOf(Schema.Tuple([point(), point()]))).toEqual(plan)
    expect(plan.parts.filter(({ is }) => is === "struct")).toHaveLength(1)
  })

  it("is equal wherever a recursion closes", () => {
    const inner = tree(Schema.Int)
    const unrolled = Schema.Struct({ n: Schema.Int, below: Schema.Array(Schema.suspend(() => inner)) })
    expect(planOf(unrolled)).toEqual(planOf(tree(Schema.Int)))
    expect(planOf(Schema.Array(unrolled))).toEqual(planOf(Schema.Array(tree(Schema.Int))))
    // Two separate trees that differ only in their innermost schema.
    expect(planOf(Schema.Tuple([tree(Schema.Int), tree(Schema.Number)])).parts).toHaveLength(6)
  })

  it("has a check once for all its uses on one schema, and each of several checks", () => {
    const short = Schema.String.check(Schema.isMaxLength(3))
    const other = Schema.String.check(Schema.isMaxLength(3))
    const schema = Schema.Struct({ a: short, b: Schema.optionalKey(short), c: Schema.NullOr(short), d: other })
    expect(planned(schema).checks.map(({ check }) => check)).toEqual([short.ast.checks![0], other.ast.checks![0]])
  })

  it("does not compile a recursion for which Effect derives another schema at every step", () => {
    const twice: Schema.Codec<unknown> = Schema.Struct({
      inner: Schema.Option(Schema.Option(Schema.suspend(() => Schema.NullOr(twice))))
    })
    const { others, root } = planOf(twice)
    expect(root).toBeUndefined()
    expect(others[0]?.why).toBe("a recursion without end, through a type with parameters")
    expect(others[0]?.path).toMatch(/^inner\..*\.…$/)
  })

  it("does not compile a recursion that never ends in a value", () => {
    const endless: Schema.Codec<unknown> = Schema.suspend(() => endless)
    const { others, root } = planOf(Schema.Struct({ a: endless }))
    expect(root).toBeUndefined()
    expect(others).toEqual([{ member: undefined, path: "a", why: "a recursion that never ends in a value" }])
  })
})
