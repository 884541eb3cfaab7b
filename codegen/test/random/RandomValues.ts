/**
 * Random files of values that declarations share: brands, structs, unions, classes, recursive
 * types, transformations.
 */
import * as fc from "fast-check"
import { comment, schemas, type Shared } from "./RandomSchemas.ts"

/** One exported value, by its name, with what may be used of it. */
interface Made {
  readonly text: string
  readonly isText: boolean
  readonly isChoice: boolean
}

const made = (text: string, isText = false, isChoice = false): Made => ({ text, isText, isChoice })

/** Types that refer to themselves, in the ways that TypeScript lets one write down. */
const recursive = (name: string): ReadonlyArray<fc.Arbitrary<Made>> => [
  fc.constant(
    made(`export interface ${name} {
  readonly name: string
  readonly below: ReadonlyArray<${name}>
}
export const ${name} = Schema.Struct({
  name: Schema.String,
  below: Schema.Array(Schema.suspend((): Schema.Codec<${name}> => ${name}))
})`)
  ),
  fc.constant(
    made(`export type ${name} =
  | { readonly _tag: "Leaf"; readonly n: number }
  | { readonly _tag: "Node"; readonly left: ${name}; readonly right: ${name} }
export const ${name} = Schema.Union([
  Schema.TaggedStruct("Leaf", { n: Schema.Int }),
  Schema.TaggedStruct("Node", {
    left: Schema.suspend((): Schema.Codec<${name}> => ${name}),
    right: Schema.suspend((): Schema.Codec<${name}> => ${name})
  })
])`)
  ),
  fc.constant(
    made(`export class ${name} extends Schema.Class<${name}>(${JSON.stringify(name)})({
  n: Schema.Int,
  next: Schema.NullOr(Schema.suspend((): Schema.Codec<${name}, ${name}Encoded> => ${name}))
}) {}
interface ${name}Encoded {
  readonly n: number
  readonly next: ${name}Encoded | null
}`)
  )
]

/** Possible declarations of a value; a brand bears its name with the suffix. */
const declarations = (name: string, suffix: string, shared: ReadonlyArray<Shared>): fc.Arbitrary<Made> => {
  const { any, fields } = schemas(shared)
  const tag = JSON.stringify(name)
  // A brand is the name of a type.
  const brand = `.pipe(Schema.brand(${isBrand(name) ? JSON.stringify(name + suffix) : `"Branded_${name}"`}))`
  const brandable = shared.filter(({ isChoice, isText }) => isText && !isChoice)
  return fc.oneof(
    fc.constant(made(`export const ${name} = Schema.NonEmptyString${brand}`, true)),
    fc.constant(made(`export const ${name} = Schema.String.check(Schema.isMaxLength(12))${brand}`, true)),
    fc.constant(made(`export const ${name} = Schema.BigInt.check(Schema.isGreaterThanBigInt(-9n))${brand}`)),
    fc.constant(made(`export const ${name} = Schema.DateTimeUtc${brand}`)),
    brandable.length === 0
      ? fc.constant(made(`export const ${name} = Schema.Int${brand}`))
      : fc.constantFrom(...brandable).map(({ reference }) => made(`export const ${name} = ${reference}${brand}`, true)),
    fields.map((text) => made(`export const ${name} = Schema.Struct(${text})${brand}`)),
    fields.map((text) => made(`export const ${name} = Schema.Struct(${text})`)),
    fields.map((text) => made(`export const ${name} = Schema.Struct(${text}).annotate({ identifier: ${tag} })`)),
    fields.map((text) => made(`export const ${name} = Schema.Struct(${text}).check(Schema.makeFilter(() => true))`)),
    fc
      .tuple(fields, any)
      .map(([a, b]) =>
        made(
          `export const ${name} = Schema.Union([Schema.TaggedStruct("One", ${a}), Schema.TaggedStruct("Other", { it: ${b} })])`
        )
      ),
    fc
      .tuple(fields, fields)
      .map(([a, b]) => made(`export const ${name} = Schema.TaggedUnion({ Left: ${a}, Right: ${b} })`)),
    // A class without fields is refused.
    fields.map((text) =>
      made(
        `export class ${name} extends Schema.Class<${name}>(${tag})(${text === "{}" ? "{ n: Schema.Int }" : text}) {}`
      )
    ),
    fields.map((text) => made(`export class ${name} extends Schema.TaggedClass<${name}>()(${tag}, ${text}) {}`)),
    fc.constant(
      made(`export class ${name} extends Schema.Class<${name}>(${tag})({ n: Schema.Int }) {
  get twice(): number {
    return this.n * 2
  }
}`)
    ),
    ...(/^[A-Z]/.test(name) ? recursive(name) : []),
    fc.constant(made(`export const ${name} = Schema.Literals(["web", "phone", "pigeon"])`, true, true)),
    any.map((text) => made(`export const ${name} = Schema.Array(${text})`)),
    fc.constant(
      made(`export const ${name} = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Struct({ text: Schema.String }),
    SchemaTransformation.transform({ decode: (text) => ({ text }), encode: ({ text }) => text })
  )
)`)
    ),
    fc.constant(made(`export const ${name} = Schema.Struct({ a: Schema.Int }).pipe(Schema.encodeKeys({ a: "b" }))`))
  )
}

/** Names of values, some of which generated code gives to something of its own. */
const names: ReadonlyArray<string> = (
  "Money Moneys money Money2 Id OrderId Order_Id Line Lines Category Account Accounts AccountState " +
  "OrderEvent OrderCommand OrdersView Row State Event Make T Payload Value Opened Paid Do Refused Totals TotalsRow " +
  "OrderDeclaration AccountFold AccountsView"
).split(" ")

/**
 * `true` if a brand may have that name: no event, command or error of the random domains has it.
 */
const isBrand = (name: string): boolean => /^[A-Z]/.test(name) && !["Opened", "Paid", "Do", "Refused"].includes(name)

/** A file of values, and how files that import it as `V` refer to them. */
export interface ValuesFile {
  readonly text: string
  /** Its brands. */
  readonly brands: ReadonlyArray<string>
  readonly shared: (as: string) => ReadonlyArray<Shared>
}

/**
 * `before` is a file of another domain, which it imports as `W`: two domains may use a name, but
 * not for two brands.
 */
export const valuesFile = (before: ValuesFile | undefined, head: string): fc.Arbitrary<ValuesFile> => {
  const imported = before?.shared("W") ?? []
  const free = names.filter((name) => before?.brands.includes(name) !== true)
  return fc.uniqueArray(fc.constantFrom(...free), { maxLength: 6 }).chain((chosen) => {
    // Each may refer to those before it.
    let all: fc.Arbitrary<ReadonlyArray<Made & { readonly name: string; readonly doc: string }>> = fc.constant([])
    for (const name of chosen) {
      all = all.chain((before) => {
        const own = before.map((one) => ({ ...one, reference: one.name }))
        return fc
          .tuple(comment(""), declarations(name, before === undefined ? "" : "_2", [...imported, ...own]))
          .map(([doc, one]) => [...before, { ...one, name, doc }])
      })
    }
    return all.map((values) => ({
      text: `${head}\n${values.map(({ doc, text }) => `${doc}${text}\n`).join("\n")}`,
      brands: values.flatMap(({ name, text }) => (text.includes("Schema.brand(") ? [name] : [])),
      shared: (as) => values.map(({ isChoice, isText, name }) => ({ reference: `${as}.${name}`, isText, isChoice }))
    }))
  })
}
