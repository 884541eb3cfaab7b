/**
 * Transformations of Effect that compiled code can replace. They are recognised by identity, or by
 * their source text if each declaration creates them again. They are pure, so they can run again
 * after a value was refused.
 */
import { type Duration, Schema, type SchemaAST, SchemaTransformation } from "effect"
import * as LeafForms from "./LeafForms.ts"

/** Kinds of the input and the output of a transformation. */
interface Kinds {
  readonly takes: ReadonlyArray<string>
  readonly gives: string | undefined
}

const anything: ReadonlyArray<string> = ["anything"]
const kinds = {
  same: { takes: anything, gives: undefined },
  numberOf: { takes: ["string", "number", "boolean", "storedNumber"], gives: "number" },
  textOf: { takes: ["string", "number", "boolean", "bigint"], gives: "string" },
  storedNumber: { takes: ["number"], gives: "storedNumber" },
  undefinedOf: { takes: anything, gives: "undefined" },
  nullOf: { takes: anything, gives: "null" },
  bigintOf: { takes: ["string"], gives: "bigint" },
  dateOfMillis: { takes: ["number"], gives: undefined },
  millisOf: { takes: ["date"], gives: "number" },
  optionOf: { takes: ["part"], gives: undefined },
  storedOption: { takes: ["part"], gives: undefined }
} satisfies Readonly<Record<string, Kinds>>

/**
 * Names of the transformations that compiled codecs know.
 *
 * @since 0.1.0
 * @category models
 */
export type Transform = keyof typeof kinds | LeafForms.Transform

const leafKinds = Object.fromEntries(
  LeafForms.stored.flatMap(({ form, kind }): ReadonlyArray<readonly [string, Kinds]> => [
    [form.decode, { takes: [form.kind], gives: kind }],
    [form.encode, { takes: [kind], gives: form.kind === "string" ? "string" : undefined }]
  ])
) as Readonly<Record<LeafForms.Transform, Kinds>>

const allKinds: Readonly<Record<Transform, Kinds>> = { ...kinds, ...leafKinds }

export const kindsOf = (transform: Transform): Kinds => allKinds[transform]

type Getter = { readonly _tag: string; readonly transform?: unknown }
interface Both {
  readonly decode: Getter
  readonly encode: Getter
}

const stored = (schema: Schema.Top): Both => {
  const transformation = Schema.toCodecJson(schema).ast.encoding?.[0].transformation
  if (transformation?._tag !== "Transformation")
    throw new Error("this schema is not stored by a transformation of Effect")
  return transformation
}

const byIdentity = new Map<unknown, Transform>()
const byText = new Map<string, Transform>()
const text = ({ transform }: Getter): string => String(transform)

for (const [both, decode, encode] of [
  [stored(Schema.Undefined), "undefinedOf", "nullOf"],
  [SchemaTransformation.bigintFromString, "bigintOf", "textOf"],
  [SchemaTransformation.dateFromMillis, "dateOfMillis", "millisOf"]
] as const) {
  byIdentity.set(both.decode, decode).set(both.encode, encode)
}
byIdentity.set(stored(Schema.Number).encode, "storedNumber")

/**
 * Adds a transformation by its source text: it refers only to modules of Effect, so the same text
 * is the same function.
 */
const addByText = (both: Both, decode: Transform, encode: Transform): void =>
  void byText.set(text(both.decode), decode).set(text(both.encode), encode)

addByText(stored(Schema.Option(Schema.String)), "optionOf", "storedOption")

for (const { form, name } of LeafForms.stored) {
  const { decode, encode } = form
  if (form.isRemade === true) addByText(stored(Schema[name]), decode, encode)
  else {
    for (const both of [stored(Schema[name]), ...form.same.map((one) => SchemaTransformation[one])]) {
      byIdentity.set(both.decode, decode).set(both.encode, encode)
    }
  }
}

/** Returns the transformation of a link; undefined if it is not a known one of Effect. */
export const transformOf = ({ transformation }: SchemaAST.Link): Transform | undefined => {
  if (transformation._tag !== "Transformation") return undefined
  const getter: Getter = transformation.decode
  const known = byIdentity.get(getter)
  if (known !== undefined) return known
  switch (getter._tag) {
    case "Passthrough":
      return "same"
    case "Transform":
      if (getter.transform === Number) return "numberOf"
      if (getter.transform === String) return "textOf"
      return byText.get(text(getter))
    default:
      return undefined
  }
}

const { decode, encode } = stored(Schema.Duration)

/** Converts the JSON of a duration to the duration and back. */
export const duration = {
  decode: decode.transform as (stored: Schema.JsonObject) => Duration.Duration,
  encode: encode.transform as (value: Duration.Duration) => Schema.JsonObject
}

const idOf = (annotations: Schema.Annotations.Annotations | undefined): unknown => {
  const representation = annotations?.["representation"]
  return typeof representation === "object" && representation !== null && "id" in representation
    ? representation.id
    : undefined
}
const option = Schema.Option(Schema.String).ast.annotations

/**
 * Returns whether this is an `Option` of Effect, of any type: each has its own functions, with the
 * same source text.
 */
export const isOption = ({ annotations }: SchemaAST.Declaration): boolean =>
  typeof annotations?.["toCodec"] === "function" &&
  idOf(annotations) === idOf(option) &&
  String(annotations["toCodec"]) === String(option?.["toCodec"])
