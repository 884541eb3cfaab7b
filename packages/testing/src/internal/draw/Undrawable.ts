/** Error for schemas whose values cannot be drawn, with the field and the fix. */
import { Arbitrary, Effect, Result, Schema, SchemaAST } from "effect"
import { messageOf } from "../subject/ErrorMessage.ts"

/**
 * Property that marks an `Undrawable`, so that errors from another copy of this package are
 * recognised.
 */
const UndrawableTypeId = "~eventfold/testing/Undrawable"

/** Error: no value of a schema can be drawn. The message has the field, the reason and the fix. */
export class Undrawable extends Error {
  readonly [UndrawableTypeId] = UndrawableTypeId
  override readonly name = "Undrawable"
  /** Name of the value, such as `event Opened of Account`. */
  readonly what: string
  /** Path of the field in it; empty for the value itself. */
  readonly path: string

  constructor(what: string, path: string, reason: string) {
    const field = path === "" ? what : `\`${path}\` of ${what}`
    super(
      `no value of ${field} can be drawn: ${reason}. Annotate ${path === "" ? "its schema" : `\`${path}\``} with \`drawnFrom\`, a schema to draw the values from`
    )
    this.what = what
    this.path = path
  }
}

/** Creates the error for the innermost part of a schema of which no value can be drawn. */
export const undrawable = (what: string, schema: Schema.Constraint, reason: string): Undrawable => {
  const seen = new Set<SchemaAST.AST>()
  const find = (ast: SchemaAST.AST, path: string, reason: string): Undrawable => {
    seen.add(ast)
    for (const [place, inner] of partsOf(ast)) {
      if (seen.has(inner)) continue
      const part = Schema.make(inner)
      const because = reasonOf(part) ?? reasonOf(part, "every")
      if (because !== undefined) return find(inner, `${path}${path === "" ? place.replace(/^\./, "") : place}`, because)
    }
    return new Undrawable(what, path, reason)
  }
  return find(SchemaAST.toType(schema.ast), "", reason)
}

/** Returns the parts of a schema. A union has none, because any of its members is sufficient. */
const partsOf = (ast: SchemaAST.AST): ReadonlyArray<readonly [place: string, ast: SchemaAST.AST]> => {
  if (SchemaAST.isDeclaration(ast)) return ast.typeParameters.map((one) => ["", one])
  if (SchemaAST.isArrays(ast))
    return [...ast.elements.map((one, i) => [`[${i}]`, one] as const), ...ast.rest.map((one) => ["[…]", one] as const)]
  if (!SchemaAST.isObjects(ast)) return []
  return [
    ...ast.propertySignatures.map(({ name, type }) => [`.${String(name)}`, type] as const),
    ...ast.indexSignatures.flatMap(({ parameter, type }) => [["{key}", parameter] as const, ["{value}", type] as const])
  ]
}

/**
 * Number of seeds: a drawable schema gives a value for one of the first few; a schema that throws
 * does so for one of the many.
 */
const seedCount = { any: 5, every: 40 } as const

/**
 * Returns the reason why no seed of a few gives a value, or why one of `every` seed throws;
 * `undefined` if there is none.
 */
export const reasonOf = (schema: Schema.Constraint, which: keyof typeof seedCount = "any"): string | undefined => {
  let discards = 0
  try {
    const arbitrary = Arbitrary.schema(schema)
    for (let seed = 1; seed <= seedCount[which]; seed++) {
      const size = which === "any" ? seed : 10
      const drawn = Effect.runSync(Effect.result(Arbitrary.sampleEffect(arbitrary, { count: 1, seed, size })))
      if (Result.isFailure(drawn)) discards += drawn.failure.discards
      else if (which === "any") return undefined
    }
    return which === "any" ? nonePass(discards) : undefined
  } catch (error) {
    return because(error)
  }
}

/** Describes a schema whose checks refuse every value. */
export const nonePass = (tried: number): string =>
  `its checks refused all ${tried.toLocaleString("en")} values that were tried`

/** Describes an error of Effect or of a check. */
export const because = (error: unknown): string => {
  const message = messageOf(error)
  if (message.includes("a schema without a finite generation path"))
    return "it has no values, as `Schema.Never`, or every value contains another value without end"
  const underivable = /^Unable to derive an arbitrary for (.+?)(?:\n|$)/.exec(message)
  return underivable === null
    ? `its schema threw, but a check must return false: ${message}`
    : `no arbitrary can be derived for ${underivable[1]}`
}
