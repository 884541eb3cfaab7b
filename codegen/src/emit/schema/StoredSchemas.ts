/**
 * The JSON Schemas of a domain's events, as other languages want them: value types by their names, doc comments, and what JSON
 * Schema has no keyword for in words.
 *
 * What describes the stored form knows no names, and what knows names knows only decoded types; so both are walked side by side,
 * as far as they go together. Where they do not, the schema stays as it is, which is right if less well named.
 */
import type { Check, Domain, Field, JsonSchema, Type } from "../../model/Model.ts"
import { compare } from "../../report/Diagnostic.ts"
import { encodedNote } from "./EncodedNote.ts"

/** Definitions by name: every event, then whatever they share. */
export interface StoredSchemas {
  readonly events: ReadonlyArray<string>
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const isSchemas = (value: unknown): value is ReadonlyArray<JsonSchema> => Array.isArray(value) && value.every(isSchema)

const prefix = "#/$defs/"

/** A pointer's part as it is in the document. */
const unescape = (part: string): string => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
const escape = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))
export const reference = (name: string): JsonSchema => ({ $ref: prefix + escape(name) })

const targetOf = ({ $ref }: JsonSchema): string | undefined =>
  typeof $ref === "string" && $ref.startsWith(prefix) ? unescape($ref.slice(prefix.length)) : undefined

const unions = ["anyOf", "oneOf", "allOf"] as const

/** Members of a union, unions in it included: as the schema has them. */
const flatMembers = (type: Type): ReadonlyArray<Type> =>
  type.kind === "union" ? type.members.flatMap(flatMembers) : [type]

/** How the parts of a schema go with the parts of a type; no type where they do not. */
type Walk = (schema: JsonSchema, type: Type | undefined) => JsonSchema

/** What is put beside a schema: a description, in front. */
const described = (schema: JsonSchema, parts: ReadonlyArray<string | undefined>): JsonSchema => {
  const said = [...new Set([...parts, textAt(schema, "description")])].filter((part) => part !== undefined)
  return said.length === 0 ? schema : { description: said.join("\n\n"), ...without(schema, "description") }
}

const textAt = (schema: JsonSchema, key: string): string | undefined => {
  const text = schema[key]
  return typeof text === "string" ? text : undefined
}

/** The doc comment first, then what is said of the stored form, then what that cannot show. */
const annotated = (schema: JsonSchema, doc: string | undefined, demand: string | undefined): JsonSchema =>
  described(schema, [doc, textAt(schema, "description"), demand])

/** Says what a value stands for, in front of what its own schema says. */
const encoded = (body: JsonSchema, schema: JsonSchema, type: Type): JsonSchema => {
  const { description, format } = encodedNote(schema, type)
  const whole = format === undefined ? body : { ...body, format }
  return described(whole, [textAt(body, "description"), description])
}

const without = (schema: JsonSchema, key: string): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key))

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`

/** Checks that the stored form does not show, but for those that a value type has anyway. */
const demands = (checks: ReadonlyArray<Check> | undefined, known: ReadonlyArray<Check> = []): string | undefined => {
  const more = (checks ?? []).filter(({ says, shown }) => !shown && !known.some((one) => one.says === says))
  return more.length === 0 ? undefined : sentence(`when decoded: ${more.map(({ says }) => says).join("; ")}`)
}

/** The parts of one of Effect's own types, by its name. */
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

export const storedSchemas = (domain: Domain): StoredSchemas => {
  const events = domain.aggregates.flatMap(({ events }) => events)
  const values = new Map(domain.values.map((value) => [value.name, value]))
  const result = new Map<string, JsonSchema>()
  const taken = new Set(events.map(({ name }) => name))
  /** Name in the source → name here. */
  const renamed = new Map<string, string>()

  /** A name that nothing else here has. */
  const free = (wanted: string): string => {
    let name = wanted
    for (let i = 2; taken.has(name); i++) name = `${wanted}${i}`
    taken.add(name)
    return name
  }
  const define = (source: string, wanted: string, body: () => JsonSchema): JsonSchema => {
    const known = renamed.get(source)
    if (known !== undefined) return reference(known)
    const name = free(wanted)
    renamed.set(source, name)
    result.set(name, body())
    return reference(name)
  }

  const walk: Walk = (schema, type) => {
    const target = targetOf(schema)
    const named = reached(schema, type, target)
    if (named !== undefined || type === undefined) return named ?? parts(schema, type)
    return encoded(parts(schema, type), schema, type)
  }

  /** What has a name of its own is a reference. */
  const reached = (schema: JsonSchema, type: Type | undefined, target: string | undefined): JsonSchema | undefined => {
    if (type?.kind === "named") {
      const value = values.get(type.name)
      if (value?.stored === undefined) return walk(schema, undefined)
      // A field with checks of its own may have another schema than its value type.
      if (JSON.stringify(value.stored) !== JSON.stringify(schema)) return walk(schema, value.type)
      const body = (target === undefined ? undefined : domain.definitions[target]) ?? schema
      return define(target === undefined ? `value ${value.name}` : `definition ${target}`, value.name, () =>
        annotated(walk(body, value.type), value.doc, demands(value.checks))
      )
    }
    if (target !== undefined) {
      const wanted = type?.kind === "class" ? type.name : target.replace(/_$/, "")
      return define(`definition ${target}`, wanted, () => walk(domain.definitions[target] ?? {}, type))
    }
    return undefined
  }

  const parts: Walk = (schema, type) => {
    const { additionalProperties, enum: choices, items, prefixItems, properties, ...rest } = schema
    if (type !== undefined && "args" in type && type.args.length > 0) return partsOf(schema, type, walk)
    const result: Record<string, unknown> = { ...rest }
    if (Array.isArray(choices)) {
      if (choices.length === 1) result["const"] = choices[0]
      else result["enum"] = choices
    }
    const fields = new Map(type?.kind === "struct" ? type.fields.map((field) => [field.name, field]) : [])
    if (isSchema(properties)) {
      const each = Object.entries(properties).map(([name, one]) => {
        const field = fields.get(name)
        return [name, isSchema(one) ? (field === undefined ? walk(one, undefined) : property(one, field)) : one]
      })
      result["properties"] = Object.fromEntries(each)
    }
    const [index] = type?.kind === "struct" ? type.index : []
    const isOpen = additionalProperties === true && schema["patternProperties"] === undefined
    if (index !== undefined && isOpen) result["description"] = "What its keys hold is for the schema's codec to say."
    if (isSchema(additionalProperties)) result["additionalProperties"] = walk(additionalProperties, index?.value)
    // Open is what objects are anyway.
    else if (additionalProperties === false) result["additionalProperties"] = false
    if (isSchema(schema["patternProperties"])) {
      const each = Object.entries(schema["patternProperties"]).map(([pattern, one]) => [
        pattern,
        isSchema(one) ? walk(one, index?.value) : one
      ])
      result["patternProperties"] = Object.fromEntries(each)
    }
    const at = (i: number) =>
      type?.kind === "tuple" ? type.elements[i]?.type : type?.kind === "array" ? type.item : undefined
    if (isSchemas(prefixItems)) result["prefixItems"] = prefixItems.map((one, i) => walk(one, at(i)))
    const more = type?.kind === "array" ? type.item : type?.kind === "tuple" ? type.rest[0] : undefined
    if (isSchema(items)) result["items"] = walk(items, more)
    else if (items !== undefined) result["items"] = items
    for (const union of unions) {
      const members = schema[union]
      if (!isSchemas(members)) continue
      const types = type?.kind === "union" ? flatMembers(type) : []
      const each = members.map((one, i) =>
        walk(one, types.length === members.length ? types[i] : type?.kind === "struct" ? type : undefined)
      )
      // `undefined` and `null` are both null when stored.
      const once = new Map(each.map((one) => [JSON.stringify(one), one]))
      result[union] = [...once.values()]
    }
    return result
  }

  const property = (schema: JsonSchema, field: Field): JsonSchema => {
    const named = walk(schema, field.type)
    const known = field.type.kind === "named" ? values.get(field.type.name)?.checks : undefined
    return annotated(named, field.doc, demands(field.checks, known))
  }

  const own = events.map(({ doc, fields, name, stored }): readonly [string, JsonSchema] => {
    const target = targetOf(stored)
    const body = target === undefined ? stored : (domain.definitions[target] ?? {})
    return [name, described(walk(body, { kind: "struct", fields, index: [] }), [doc])]
  })
  const shared = [...result].sort(([a], [b]) => compare(a, b))
  return { events: events.map(({ name }) => name), definitions: Object.fromEntries([...own, ...shared]) }
}
