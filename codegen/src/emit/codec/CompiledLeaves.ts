/** Calls of compiled codecs for single values: the functions of `Leaf`. */
import * as LeafForms from "./LeafForms.ts"

type Call = (value: string) => string

const callOf =
  (name: string): Call =>
  (value) =>
    `${name}(${value})`

const stringForms = LeafForms.stored.filter(({ form }) => form.kind === "string")

/** Names that a compiled codec imports: the functions of `Leaf`, sorted. */
export const leafNames: ReadonlyArray<string> = [
  ..."bigint bigintOf invalid number option put storedNumber storedOption".split(" "),
  ...LeafForms.compiled.map(({ is }) => is),
  ...LeafForms.stored.flatMap(({ form }) => [form.read, form.encode])
].sort()

/** Transformations between leaves that are one call of a function which checks its argument. */
export const readers: Readonly<Record<string, string>> = {
  "string digits bigintOf bigint": "bigint",
  "storedNumber numberOf number": "number",
  ...Object.fromEntries(stringForms.map(({ form, kind }) => [`string ${form.decode} ${kind}`, form.read]))
}

/** Transformations between leaves that succeed for every value of the kind. */
export const writers: Readonly<Record<string, Call>> = {
  "bigint textOf string digits": callOf("String"),
  "number storedNumber storedNumber": callOf("storedNumber"),
  "null undefinedOf undefined": () => "undefined",
  "undefined nullOf null": () => "null",
  ...Object.fromEntries(stringForms.map(({ form, kind }) => [`${kind} ${form.encode} string`, callOf(form.encode)]))
}

/** All transformations, by their names in plans. */
export const transforms: Readonly<Record<string, Call>> = {
  same: (value) => value,
  numberOf: callOf("Number"),
  textOf: callOf("String"),
  storedNumber: callOf("storedNumber"),
  undefinedOf: () => "undefined",
  nullOf: () => "null",
  bigintOf: callOf("bigintOf"),
  dateOfMillis: (value) => `new Date(${value})`,
  millisOf: (value) => `${value}.getTime()`,
  optionOf: callOf("option"),
  storedOption: callOf("storedOption"),
  ...Object.fromEntries(
    LeafForms.stored.flatMap(({ form }) => [
      [form.decode, callOf(form.read)],
      [form.encode, callOf(form.encode)]
    ])
  )
}

/** Names in plans of transformations that may return `invalid`. */
export const refusingTransforms: ReadonlySet<string> = new Set([
  "bigintOf",
  ...stringForms.map(({ form }) => form.decode)
])
