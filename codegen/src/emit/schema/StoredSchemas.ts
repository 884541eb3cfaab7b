/**
 * JSON Schemas of a domain's events for other languages: with the names of value types, with doc
 * comments, and with descriptions of conditions that JSON Schema has no keyword for.
 *
 * The schema of the stored form has no names, and the model's types have names but describe decoded
 * values, so both are walked together. If they differ, the schema stays unchanged: it is correct,
 * but has fewer names.
 */
import type { Check, Domain, Event, Field, JsonSchema, Type, Value } from "../../model/Model.ts"
import { compare } from "../../report/Diagnostic.ts"
import { encodedNote } from "./EncodedNote.ts"

/** Definitions by name: all events, then the definitions that they share. */
export interface StoredSchemas {
  readonly events: ReadonlyArray<string>
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const isSchemas = (value: unknown): value is ReadonlyArray<JsonSchema> => Array.isArray(value) && value.every(isSchema)

const prefix = "#/$defs/"

/** Decodes a part of a JSON Pointer. */
const unescape = (part: string): string => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
const escape = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))
export const reference = (name: string): JsonSchema => ({ $ref: prefix + escape(name) })

const targetOf = ({ $ref }: JsonSchema): string | undefined =>
  typeof $ref === "string" && $ref.startsWith(prefix) ? unescape($ref.slice(prefix.length)) : undefined

const unions = ["anyOf", "oneOf", "allOf"] as const

/** Returns the members of a union, with those of unions in it, as the schema lists them. */
const flatMembers = (type: Type): ReadonlyArray<Type> =>
  type.kind === "union" ? type.members.flatMap(flatMembers) : [type]

/**
 * Writes a schema and its parts, with the type that it belongs to; none if the schema and the type
 * differ.
 */
type Walk = (schema: JsonSchema, type: Type | undefined) => JsonSchema

/** Adds a description in front of a schema's own. */
const described = (schema: JsonSchema, parts: ReadonlyArray<string | undefined>): JsonSchema => {
  const texts = [...new Set([...parts, textAt(schema, "description")])].filter((part) => part !== undefined)
  return texts.length === 0 ? schema : { description: texts.join("\n\n"), ...without(schema, "description") }
}

const textAt = (schema: JsonSchema, key: string): string | undefined => {
  const text = schema[key]
  return typeof text === "string" ? text : undefined
}

/**
 * Describes a schema by its doc comment, its own description, and the checks that it cannot show.
 */
const annotated = (schema: JsonSchema, doc: string | undefined, checks: string | undefined): JsonSchema =>
  described(schema, [doc, textAt(schema, "description"), checks])

/** Adds the note about the type of an encoded value. */
const encoded = (body: JsonSchema, schema: JsonSchema, type: Type): JsonSchema => {
  const { description, format } = encodedNote(schema, type)
  const whole = format === undefined ? body : { ...body, format }
  return described(whole, [textAt(body, "description"), description])
}

const without = (schema: JsonSchema, key: string): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key))

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`

/**
 * Describes the checks that the schema of the stored form does not show, without those of the value
 * type.
 */
const unshownChecks = (
  checks: ReadonlyArray<Check> | undefined,
  known: ReadonlyArray<Check> = []
): string | undefined => {
  const more = (checks ?? []).filter(({ says, shown }) => !shown && !known.some((one) => one.says === says))
  return more.length === 0 ? undefined : sentence(`when decoded: ${more.map(({ says }) => says).join("; ")}`)
}

/** Writes the parts of a type of Effect, by its name. */
const partsOf = (schema: JsonSchema, type: Type & { readonly args: ReadonlyArray<Type> }, walk: Walk): JsonSchema => {
  const [first, second] = type.args
  const name = type.kind === "effect" ? type.name : type.kind === "generic" ? type.name : ""
  const member = (keys: Readonly<Record<string, Type | undefined>>) => {
    const { anyOf } = schema
    if (!isSchemas(anyOf)) return walk(schema, undefined)
    const mapped = anyOf.map((one) => {
      const { properties } = one
      if (!isSchema(properties)) return walk(one, undefined)
      const parts = Object.entries(properties).map(([key, part]) => [
        key,
        isSchema(part) ? walk(part, keys[key]) : part
      ])
      return { ...walk(one, undefined), properties: Object.fromEntries(parts) }
    })
    return { ...schema, anyOf: mapped }
  }
  const { items } = schema
  switch (name) {
    case "Option":
      return member({ value: first })
    case "Result":
      return member({ success: first, failure: second })
    case "Chunk":
    case "HashSet":
    case "ReadonlySet":
      return first === undefined ? schema : walk(schema, { kind: "array", item: first, mutable: false })
    case "HashMap":
    case "ReadonlyMap": {
      if (first === undefined || second === undefined || !isSchema(items)) return walk(schema, undefined)
      const pair = [first, second].map((type) => ({ type, optional: false }))
      return { ...schema, items: walk(items, { kind: "tuple", elements: pair, rest: [], mutable: false }) }
    }
    default:
      return walk(schema, undefined)
  }
}

/** Writes the schemas of one domain, and gives names to the definitions that they refer to. */
class SchemaWriter {
  readonly #domain: Domain
  readonly #values: ReadonlyMap<string, Value>
  /** Names in use. */
  readonly #taken: Set<string>
  /** Written definitions by their sources. */
  readonly #names = new Map<string, string>()
  readonly #definitions = new Map<string, JsonSchema>()

  constructor(domain: Domain, taken: Iterable<string>) {
    this.#domain = domain
    this.#values = new Map(domain.values.map((value) => [value.name, value]))
    this.#taken = new Set(taken)
  }

  /** Definitions that were written, sorted by name. */
  get definitions(): ReadonlyArray<readonly [string, JsonSchema]> {
    return [...this.#definitions].sort(([a], [b]) => compare(a, b))
  }

  event({ doc, fields, stored }: Event): JsonSchema {
    const target = targetOf(stored)
    const body = target === undefined ? stored : (this.#domain.definitions[target] ?? {})
    return described(this.#walk(body, { kind: "struct", fields, index: [] }), [doc])
  }

  readonly #walk: Walk = (schema, type) => {
    const named = this.#reference(schema, type)
    if (named !== undefined || type === undefined) return named ?? this.#parts(schema, type)
    return encoded(this.#parts(schema, type), schema, type)
  }

  /** Returns a name that no other definition has. */
  #freeName(wanted: string): string {
    let name = wanted
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}${i}`
    this.#taken.add(name)
    return name
  }

  #define(source: string, wanted: string, body: () => JsonSchema): JsonSchema {
    const known = this.#names.get(source)
    if (known !== undefined) return reference(known)
    const name = this.#freeName(wanted)
    this.#names.set(source, name)
    this.#definitions.set(name, body())
    return reference(name)
  }

  /** Returns a reference for a schema with a name; none for any other schema. */
  #reference(schema: JsonSchema, type: Type | undefined): JsonSchema | undefined {
    const target = targetOf(schema)
    if (type?.kind === "named") {
      const value = this.#values.get(type.name)
      if (value?.stored === undefined) return this.#walk(schema, undefined)
      // The schema of a field with checks differs from that of its value type.
      if (JSON.stringify(value.stored) !== JSON.stringify(schema)) return this.#walk(schema, value.type)
      const body = (target === undefined ? undefined : this.#domain.definitions[target]) ?? schema
      return this.#define(target === undefined ? `value ${value.name}` : `definition ${target}`, value.name, () =>
        annotated(this.#walk(body, value.type), value.doc, unshownChecks(value.checks))
      )
    }
    if (target === undefined) return undefined
    const wanted = type?.kind === "class" ? type.name : target.replace(/_$/, "")
    return this.#define(`definition ${target}`, wanted, () => this.#walk(this.#domain.definitions[target] ?? {}, type))
  }

  #parts(schema: JsonSchema, type: Type | undefined): JsonSchema {
    if (type !== undefined && "args" in type && type.args.length > 0) return partsOf(schema, type, this.#walk)
    const {
      additionalProperties: _open,
      enum: choices,
      items: _items,
      prefixItems: _prefix,
      properties: _,
      ...rest
    } = schema
    const choice = !Array.isArray(choices) ? {} : choices.length === 1 ? { const: choices[0] } : { enum: choices }
    return {
      ...rest,
      ...choice,
      ...this.#properties(schema, type),
      ...this.#openProperties(schema, type),
      ...this.#items(schema, type),
      ...this.#unions(schema, type)
    }
  }

  #properties({ properties }: JsonSchema, type: Type | undefined): JsonSchema {
    if (!isSchema(properties)) return {}
    const fields = new Map(type?.kind === "struct" ? type.fields.map((field) => [field.name, field]) : [])
    const each = Object.entries(properties).map(([name, one]) => {
      const field = fields.get(name)
      return [name, isSchema(one) ? (field === undefined ? this.#walk(one, undefined) : this.#field(one, field)) : one]
    })
    return { properties: Object.fromEntries(each) }
  }

  #field(schema: JsonSchema, field: Field): JsonSchema {
    const named = this.#walk(schema, field.type)
    const known = field.type.kind === "named" ? this.#values.get(field.type.name)?.checks : undefined
    return annotated(named, field.doc, unshownChecks(field.checks, known))
  }

  /** Writes the keywords for keys that are no fields. */
  #openProperties({ additionalProperties, patternProperties }: JsonSchema, type: Type | undefined): JsonSchema {
    const [index] = type?.kind === "struct" ? type.index : []
    const result: Record<string, unknown> = {}
    if (index !== undefined && additionalProperties === true && patternProperties === undefined)
      result["description"] = "The schema's codec defines the values of its keys."
    // `true` is the default of JSON Schema.
    if (isSchema(additionalProperties)) result["additionalProperties"] = this.#walk(additionalProperties, index?.value)
    else if (additionalProperties === false) result["additionalProperties"] = false
    if (isSchema(patternProperties)) {
      const each = Object.entries(patternProperties).map(([pattern, one]) => [
        pattern,
        isSchema(one) ? this.#walk(one, index?.value) : one
      ])
      result["patternProperties"] = Object.fromEntries(each)
    }
    return result
  }

  #items({ items, prefixItems }: JsonSchema, type: Type | undefined): JsonSchema {
    const result: Record<string, unknown> = {}
    const at = (i: number) =>
      type?.kind === "tuple" ? type.elements[i]?.type : type?.kind === "array" ? type.item : undefined
    if (isSchemas(prefixItems)) result["prefixItems"] = prefixItems.map((one, i) => this.#walk(one, at(i)))
    const more = type?.kind === "array" ? type.item : type?.kind === "tuple" ? type.rest[0] : undefined
    if (isSchema(items)) result["items"] = this.#walk(items, more)
    else if (items !== undefined) result["items"] = items
    return result
  }

  #unions(schema: JsonSchema, type: Type | undefined): JsonSchema {
    const result: Record<string, unknown> = {}
    for (const union of unions) {
      const members = schema[union]
      if (!isSchemas(members)) continue
      const types = type?.kind === "union" ? flatMembers(type) : []
      const each = members.map((one, i) =>
        this.#walk(one, types.length === members.length ? types[i] : type?.kind === "struct" ? type : undefined)
      )
      // `undefined` and `null` are both stored as null.
      result[union] = [...new Map(each.map((one) => [JSON.stringify(one), one])).values()]
    }
    return result
  }
}

/** Returns the JSON Schemas of a domain's events, and the definitions that they refer to. */
export const storedSchemas = (domain: Domain): StoredSchemas => {
  const events = domain.aggregates.flatMap(({ events }) => events)
  const names = events.map(({ name }) => name)
  const writer = new SchemaWriter(domain, names)
  const own = events.map((event): readonly [string, JsonSchema] => [event.name, writer.event(event)])
  return { events: names, definitions: Object.fromEntries([...own, ...writer.definitions]) }
}
