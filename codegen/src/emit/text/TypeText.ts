/** Types of the model as TypeScript, on several lines if one is too long. */
import { kebab, key } from "../../model/Names.ts"
import type { Field, Type } from "../../model/Model.ts"
import { doc, type Imports, width } from "./Text.ts"

/** File that a type is written to, which decides the names of value types and classes. */
export interface Scope {
  readonly imports: Imports
  /** Module of the domain's value types; none in that module. */
  readonly values: string | undefined
  /** Returns the module of a schema file. */
  readonly schema: (file: string) => string
}

/** Writes a type on one line. */
export const flat = (type: Type, scope: Scope): string => {
  switch (type.kind) {
    case "text":
      return type.text
    case "named":
      return scope.values === undefined ? type.name : scope.imports.type(scope.values, type.name)
    case "class":
      return scope.imports.type(scope.schema(type.file), type.name)
    case "effect":
      scope.imports.type("effect", type.module)
      return `${type.module}.${type.name}${args(type.args, scope)}`
    case "generic":
      return type.name + args(type.args, scope)
    case "union":
      return [...new Set(members(type).map((member) => flat(member, scope)))].join(" | ")
    case "array": {
      return `${type.mutable ? "Array" : "ReadonlyArray"}<${flat(type.item, scope)}>`
    }
    case "tuple": {
      const elements = type.elements.map(({ optional, type }) =>
        optional ? `${grouped(type, scope)}?` : flat(type, scope)
      )
      // Elements can follow the rest of a tuple.
      const [rest, ...last] = type.rest
      if (rest !== undefined)
        elements.push(`...ReadonlyArray<${flat(rest, scope)}>`, ...last.map((one) => flat(one, scope)))
      return `${type.mutable ? "" : "readonly "}[${elements.join(", ")}]`
    }
    case "struct": {
      const parts = [
        ...type.fields.map((field) => `${head(field)}: ${flat(field.type, scope)}`),
        ...type.index.map((index) => indexHead(index, scope) + flat(index.value, scope))
      ]
      return parts.length === 0 ? "{}" : `{ ${parts.join("; ")} }`
    }
  }
}

const args = (types: ReadonlyArray<Type>, scope: Scope): string =>
  types.length === 0 ? "" : `<${types.map((type) => flat(type, scope)).join(", ")}>`

const grouped = (type: Type, scope: Scope): string => {
  const text = flat(type, scope)
  return type.kind === "union" || text.startsWith("readonly ") ? `(${text})` : text
}

/** Returns the members of a union, with those of unions in it. */
const members = (type: Type): ReadonlyArray<Type> => (type.kind === "union" ? type.members.flatMap(members) : [type])

const head = ({ mutable, name, optional }: Field): string =>
  `${mutable ? "" : "readonly "}${key(name)}${optional ? "?" : ""}`

const indexHead = ({ key, mutable }: { readonly key: Type; readonly mutable: boolean }, scope: Scope): string => {
  const text = flat(key, scope)
  // Only a mapped type can have a branded or generic key.
  return `${mutable ? "" : "readonly "}[${key.kind === "text" ? `x: ${text}` : `x in ${text}`}]: `
}

/** Writes a type after `before`, which begins its line. `after` follows on the last line. */
export const pretty = (type: Type, scope: Scope, indent: string, before: string, after = ""): string => {
  const line = flat(type, scope)
  if (indent.length + before.length + line.length + after.length <= width && !hasDocs(type))
    return before + line + after
  switch (type.kind) {
    case "struct":
      return `${before}${block(type, scope, indent)}${after}`
    case "union": {
      const deep = `${indent}  `
      const texts = new Map(members(type).map((member) => [flat(member, scope), member]))
      return `${before.trimEnd()}\n${[...texts.values()].map((member) => deep + pretty(member, scope, `${deep}  `, "| ")).join("\n")}${after}`
    }
    case "array":
      return pretty(type.item, scope, indent, `${before}${type.mutable ? "Array" : "ReadonlyArray"}<`, `>${after}`)
    case "effect":
    case "generic": {
      const [only, ...more] = type.args
      if (only === undefined || more.length > 0 || only.kind !== "struct") return before + line + after
      return pretty(only, scope, indent, before + line.slice(0, line.indexOf("<") + 1), `>${after}`)
    }
    default:
      return before + line + after
  }
}

const hasDocs = (type: Type): boolean =>
  type.kind === "struct" && type.fields.some(({ doc, type }) => doc !== undefined || hasDocs(type))

/** Writes a struct in braces, with one field on each line. */
export const block = (type: Extract<Type, { readonly kind: "struct" }>, scope: Scope, indent: string): string => {
  const deep = `${indent}  `
  const lines = [
    ...type.fields.map((field) => fieldLine(field, scope, deep)),
    ...type.index.map((index) => deep + pretty(index.value, scope, deep, indexHead(index, scope)))
  ]
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`
}

export const fieldLine = (field: Field, scope: Scope, indent: string): string =>
  `${doc(field.doc, indent)}${indent}${pretty(field.type, scope, indent, `${head(field)}: `)}`

/** Writes a union of names after `before`: on one line, or with one member on each line. */
export const alternatives = (indent: string, before: string, names: ReadonlyArray<string>, after = ""): string => {
  const line = `${before} ${names.length === 0 ? "never" : names.join(" | ")}${after}`
  return names.length < 2 || indent.length + line.length <= width
    ? line
    : `${before}\n${names.map((name) => `${indent}  | ${name}`).join("\n")}${after}`
}

/**
 * Writes `(a: A, b: B) => R` after `before`. If it is too long, parameters and results get lines of
 * their own.
 */
export const arrow = (
  indent: string,
  before: string,
  parameters: ReadonlyArray<readonly [name: string, types: ReadonlyArray<string>]>,
  results: ReadonlyArray<string>
): string => {
  const line = `${before}(${parameters.map(([name, types]) => `${name}: ${types.join(" | ")}`).join(", ")}) => ${results.join(" | ")}`
  if (indent.length + line.length <= width) return line
  const deep = `${indent}  `
  const lines = parameters.map(
    ([name, types], i) => deep + alternatives(deep, `${name}:`, types, i === parameters.length - 1 ? "" : ",")
  )
  return `${before}(\n${lines.join("\n")}\n${indent}${alternatives(indent, ") =>", results)}`
}

/**
 * Writes the `default` of a switch over a number of members. A union of one member does not narrow
 * to `never`.
 */
export const unhandled = (where: string, noun: string, count: number): string =>
  `        default:\n          return Fold.unhandled(${JSON.stringify(where)}, ${noun}${count === 1 ? " as never" : ""})\n      }\n`

/** Writes the declaration of a type: an interface for a struct, otherwise an alias. */
export const declaration = (name: string, type: Type, scope: Scope): string =>
  type.kind === "struct" && type.index.every(({ key }) => key.kind === "text") && type.fields.length > 0
    ? `export interface ${name} ${block(type, scope, "")}\n`
    : `${pretty(type, scope, "", `export type ${name} = `)}\n`

/**
 * Returns the specifier of a generated file: `./account-balances` and the suffix for
 * `AccountBalances`.
 */
export const module = (name: string, suffix: string): string => `./${kebab(name)}${suffix}`
