/** Laws need values that cannot be drawn, said with the field and what to do. */
import { Arbitrary, Effect, Result, Schema, SchemaAST } from "effect"
import { messageOf } from "../subject/ErrorMessage.ts"

/** Marks an `Undrawable`, so that one from another copy of this package is known too. */
export const UndrawableTypeId = "~eventfold/testing/Undrawable"

/** No value of a schema can be drawn. The message names the field, the reason and the fix. */
export class Undrawable extends Error {
  readonly [UndrawableTypeId] = UndrawableTypeId
  override readonly name = "Undrawable"
  /** What was to be drawn, such as `event Opened of Account`, and the place in it. */
  readonly what: string
  readonly path: string

  constructor(what: string, path: string, reason: string) {
    const field = path === "" ? what : `\`${path}\` of ${what}`
    super(
      `no value of ${field} can be drawn: ${reason}. Annotate ${path === "" ? "it" : `\`${path}\``} with \`drawnFrom\`: a schema that holds such values`
    )
    this.what = what
    this.path = path
  }
}

/** Why no value of a schema can be drawn, at the place deepest inside it. */
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

/** What a value consists of; of a union any member would do. */
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

/** A schema that throws does so at some of these at least; of others, the first few lead to a value. */
const seeds = { any: 5, every: 40 } as const

/** Why none of a few seeds leads to a value, or, of `every` seed, why one throws; undefined if there is no reason. */
export const reasonOf = (schema: Schema.Constraint, which: keyof typeof seeds = "any"): string | undefined => {
  let discards = 0
  try {
    const arbitrary = Arbitrary.schema(schema)
    for (let seed = 1; seed <= seeds[which]; seed++) {
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

export const nonePass = (tried: number): string =>
  `its checks let pass none of ${tried.toLocaleString("en")} that were tried`

/** What Effect or a check threw. */
export const because = (error: unknown): string => {
  const message = messageOf(error)
  if (message.includes("a schema without a finite generation path"))
    return "it has none, as `Schema.Never`, or each holds another one without end"
  const underivable = /^Unable to derive an arbitrary for (.+?)(?:\n|$)/.exec(message)
  return underivable === null
    ? `its schema threw, where a check answers false: ${message}`
    : `there is no way to make values of ${underivable[1]}`
}
