/**
 * Declared types of handlers' parameters: they tell `set.add(item)` of a `Set`, a change, from
 * `money.add(other)`, a sum.
 */
import type { Domain, Field, Type } from "../model/Model.ts"
import { any, held, heldBy } from "./MemberName.ts"

/** Finds the type of a value type by name. */
export type Named = (name: string) => Type | undefined

const plain = /^(string|number|boolean|bigint|symbol|undefined|null|true|false|".*"|'.*'|-?\d+n?)$/s

const mutable: Readonly<Record<string, string>> = {
  ReadonlyMap: "Map",
  Map: "Map",
  ReadonlySet: "Set",
  Set: "Set",
  Date: "Date",
  Uint8Array: "Uint8Array"
}

/**
 * Parts of types that were requested: a part is the same object each time, so that keys of values
 * stay equal.
 */
const parts = new WeakMap<Type, Map<string, Type | undefined>>()

export class GivenType {
  readonly type: Type
  readonly #named: Named
  constructor(type: Type, named: Named) {
    this.type = type
    this.#named = named
  }

  #at(type: Type): GivenType {
    return new GivenType(type, this.#named)
  }

  /** Returns the alternatives: the members of a union, and the definitions of value types. */
  #all(type: Type = this.type, depth = 0): ReadonlyArray<Type> {
    if (depth > 8) return []
    if (type.kind === "named") {
      const known = this.#named(type.name)
      return known === undefined ? [] : this.#all(known, depth + 1)
    }
    return type.kind === "union" ? type.members.flatMap((member) => this.#all(member, depth + 1)) : [type]
  }

  /** `true` if values cannot be changed, such as numbers and strings. */
  get isPlain(): boolean {
    const all = this.#all()
    return all.length > 0 && all.every((type) => type.kind === "text" && plain.test(type.text))
  }

  /** Global class of all values; none if there are several. */
  get made(): string | undefined {
    const names = new Set(
      this.#all()
        .filter((type) => !(type.kind === "text" && plain.test(type.text)))
        .map((type) => {
          if (type.kind === "array" || type.kind === "tuple") return "Array"
          if (type.kind === "generic") return mutable[type.name] ?? type.name
          if (type.kind === "text") return mutable[type.text] ?? type.text
          return type.kind === "struct" ? "Object" : type.kind === "effect" ? `${type.module}.${type.name}` : ""
        })
    )
    const [name] = names
    return names.size === 1 && name !== "" ? name : undefined
  }

  /** Class of a schema file that values are instances of. */
  get ofClass(): { readonly name: string; readonly file: string } | undefined {
    return this.#all().find((type) => type.kind === "class")
  }

  member(name: string): GivenType | undefined {
    const known = parts.get(this.type) ?? new Map<string, Type | undefined>()
    parts.set(this.type, known)
    if (!known.has(name)) known.set(name, this.#part(name))
    const part = known.get(name)
    return part === undefined ? undefined : this.#at(part)
  }

  #part(name: string): Type | undefined {
    const found = this.#all().flatMap((type): ReadonlyArray<Type> => {
      switch (type.kind) {
        case "struct": {
          const fields = type.fields.filter((field) => name === any || field.name === name).map(({ type }) => type)
          return fields.length > 0 && name !== any ? fields : [...fields, ...type.index.map(({ value }) => value)]
        }
        case "array":
          return name === any || /^\d+$/.test(name) ? [type.item] : []
        case "tuple":
          return [
            ...type.elements.filter((_, i) => name === any || name === String(i)).map(({ type }) => type),
            ...(name === any || /^\d+$/.test(name) ? type.rest : [])
          ]
        case "generic":
          if (name === heldBy || name === held) return type.args.slice(name === held ? 1 : 0, name === held ? 2 : 1)
          return name === any ? type.args : []
        default:
          return []
      }
    })
    const [first] = found
    return found.length < 2 ? first : { kind: "union", members: found }
  }
}

/** Returns the lookup of a domain's value types. */
export const namedOf = ({ values }: Domain): Named => {
  const known = new Map(values.map(({ name, type }) => [name, type]))
  return (name) => known.get(name)
}

/** The type of an object with these fields. */
export const structOf = (fields: ReadonlyArray<Field>): Type => ({ kind: "struct", fields, index: [] })
