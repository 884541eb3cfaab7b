/**
 * The stored form of values: Effect's JSON form, and an exact form where Effect's loses
 * information.
 */
import { Schema, SchemaAST, SchemaTransformation } from "effect"
import * as ExactDurations from "../internal/codec/ExactDurations.ts"
import * as ExactJsonText from "../internal/codec/ExactJsonText.ts"
import * as ExactZones from "../internal/codec/ExactZones.ts"
import * as StoredTag from "../internal/codec/StoredTag.ts"

type Transformation = SchemaAST.Link["transformation"]

const decodings = (schema: Schema.Top): ReadonlyArray<unknown> =>
  Schema.toCodecJson(schema).ast.encoding?.map(({ transformation }) => transformation.decode) ?? []

/**
 * Replacements of Effect's transformations with inexact text. They are found by their decoder,
 * which is one object in the schemas, and a different one in the exported transformation.
 */
const replacements: ReadonlyMap<unknown, Transformation> = new Map<unknown, Transformation>([
  ...[SchemaTransformation.dateTimeZonedFromString.decode, ...decodings(Schema.DateTimeZoned)].map(
    (decode) => [decode, ExactZones.dateTimeZonedFromString] as const
  ),
  ...[SchemaTransformation.timeZoneFromString.decode, ...decodings(Schema.TimeZone)].map(
    (decode) => [decode, ExactZones.timeZoneFromString] as const
  ),
  ...[SchemaTransformation.durationFromMillis.decode, ...decodings(Schema.DurationFromMillis)].map(
    (decode) => [decode, ExactDurations.durationFromMillis] as const
  )
])

/** Returns the replacement of a transformation; `undefined` if it is kept. */
const replacementOf = (transformation: Transformation): Transformation | undefined =>
  replacements.get(transformation.decode) ?? ExactJsonText.replacing(transformation)

/**
 * Maximum number of recursions: Effect derives a new schema at every recursion through types with
 * parameters, and its content is found by then.
 */
const maxRecursions = 4

/** Replaces transformations in a schema; parts without any stay the same objects. */
class Replacing {
  readonly #made = new WeakMap<SchemaAST.AST, SchemaAST.AST>()
  readonly #concerned = new WeakMap<SchemaAST.AST, boolean>()

  of(ast: SchemaAST.AST): SchemaAST.AST {
    if (!this.#isConcerned(ast)) return ast
    const known = this.#made.get(ast)
    if (known !== undefined) return known
    const made = this.#rebuilt(ast)
    this.#made.set(ast, made)
    return made
  }

  /** Returns whether a replaced transformation is reachable from here. */
  #isConcerned(root: SchemaAST.AST): boolean {
    const known = this.#concerned.get(root)
    if (known !== undefined) return known
    /** Number of recursions between the root and each node. */
    const seen = new Map([[root, 0]])
    // Iterating a map includes entries that are added during the loop.
    for (const [ast, depth] of seen) {
      if (ast.encoding?.some(({ transformation }) => replacementOf(transformation) !== undefined) === true) {
        this.#concerned.set(root, true)
        return true
      }
      const inside = ast._tag === "Suspend" ? depth + 1 : depth
      if (inside > maxRecursions) continue
      for (const part of partsOf(ast)) if (!seen.has(part)) seen.set(part, inside)
    }
    for (const ast of seen.keys()) this.#concerned.set(ast, false)
    return false
  }

  #encoding([first, ...rest]: SchemaAST.Encoding): SchemaAST.Encoding {
    const link = ({ to, transformation }: SchemaAST.Link) =>
      new SchemaAST.Link(this.of(to), replacementOf(transformation) ?? transformation)
    return [link(first), ...rest.map(link)]
  }

  #rebuilt(ast: SchemaAST.AST): SchemaAST.AST {
    const encoding = ast.encoding === undefined ? undefined : this.#encoding(ast.encoding)
    const { annotations, checks, context } = ast
    switch (ast._tag) {
      case "Objects":
        return new SchemaAST.Objects(
          ast.propertySignatures.map(({ name, type }) => new SchemaAST.PropertySignature(name, this.of(type))),
          ast.indexSignatures.map(
            ({ parameter, type }) => new SchemaAST.IndexSignature(this.of(parameter), this.of(type))
          ),
          annotations,
          checks,
          encoding,
          context,
          ast.encodingChecks
        )
      case "Arrays":
        return new SchemaAST.Arrays(
          ast.isMutable,
          ast.elements.map((element) => this.of(element)),
          ast.rest.map((rest) => this.of(rest)),
          annotations,
          checks,
          encoding,
          context,
          ast.encodingChecks
        )
      case "Union":
        return new SchemaAST.Union(
          ast.types.map((type) => this.of(type)),
          ast.options,
          annotations,
          checks,
          encoding,
          context,
          ast.encodingChecks
        )
      case "Declaration":
        return new SchemaAST.Declaration(
          ast.typeParameters.map((parameter) => this.of(parameter)),
          ast.run,
          annotations,
          checks,
          encoding,
          context,
          ast.encodingChecks,
          ast.encodingRun
        )
      case "Suspend":
        return new SchemaAST.Suspend(() => this.of(ast.thunk()), annotations, checks, encoding, context)
      default:
        return Object.assign(Object.create(Object.getPrototypeOf(ast)) as SchemaAST.AST, ast, { encoding })
    }
  }
}

const partsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const encoded = ast.encoding?.map(({ to }) => to) ?? []
  switch (ast._tag) {
    case "Objects":
      return [
        ...encoded,
        ...ast.propertySignatures.map(({ type }) => type),
        ...ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type])
      ]
    case "Arrays":
      return [...encoded, ...ast.elements, ...ast.rest]
    case "Union":
      return [...encoded, ...ast.types]
    case "Declaration":
      return [...encoded, ...ast.typeParameters]
    case "Suspend":
      return [...encoded, ast.thunk()]
    default:
      return encoded
  }
}

const replacing = new Replacing()

/**
 * Returns the codec between the values of a schema and their stored JSON.
 *
 * **When to use**
 *
 * Instead of `Schema.toCodecJson`, for everything that reads or writes stored events, states and
 * rows.
 *
 * **Details**
 *
 * It is Effect's JSON codec, with an exact text for `DateTimeZoned`, `TimeZone` and their forms
 * from strings: an offset that is not a whole number of minutes is written with its seconds, which
 * Effect rounds away. It refuses values that would be read back as different ones: a zoned time
 * outside the valid range, and with `DurationFromMillis` a duration that no number of milliseconds
 * represents. Text of `Schema.fromJsonString` is parsed by `StoredJson`, so that its keys are read
 * exactly.
 *
 * **Gotchas**
 *
 * With a `reviver` or a `replacer`, and in a schema with `SchemaGetter.parseJson`, JSON text is
 * parsed by the engine, which can return a wrong key for one that is written with an escape: see
 * `StoredJson`.
 *
 * @example
 * ```ts
 * import { DateTime, Schema } from "effect"
 * import { StoredForm } from "eventfold/generated"
 *
 * const at = DateTime.makeZonedUnsafe("1960-01-01T00:00:00Z", { timeZone: "Africa/Monrovia" })
 * Schema.encodeSync(StoredForm.codec(Schema.DateTimeZoned))(at) // 1959-12-31T23:15:30.000-00:44:30[Africa/Monrovia]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const codec = <A, E, RD, RE>(schema: Schema.Codec<A, E, RD, RE>): Schema.Codec<A, Schema.Json, RD, RE> => {
  const derived = Schema.toCodecJson(schema)
  const ast = replacing.of(derived.ast)
  return ast === derived.ast ? derived : Schema.make<Schema.Codec<A, Schema.Json, RD, RE>>(ast)
}

/** Returns the tag of a struct; undefined for other schemas. */
const tagOf = (ast: SchemaAST.AST): string | undefined => {
  if (ast._tag !== "Objects" || ast.encoding !== undefined) return undefined
  const type = ast.propertySignatures.find(({ name }) => name === "_tag")?.type
  return type?._tag === "Literal" && typeof type.literal === "string" ? type.literal : undefined
}

const withoutTag = (ast: SchemaAST.Objects, tag: string): SchemaAST.Objects =>
  new SchemaAST.Objects(
    ast.propertySignatures.map((property) =>
      property.name === "_tag" ? new SchemaAST.PropertySignature("_tag", StoredTag.field(tag)) : property
    ),
    ast.indexSignatures,
    ast.annotations,
    ast.checks,
    ast.encoding,
    ast.context,
    ast.encodingChecks
  )

/**
 * Returns the codecs between the events of a union and their stored data, by type.
 *
 * **When to use**
 *
 * For a codec of your own, without generated code: everything that reads or writes stored events
 * takes one.
 *
 * **Details**
 *
 * Stored data has no `_tag`, because the type of the event says it: decoding adds it, encoding
 * leaves it out. The data of an event without fields is `{}`.
 *
 * **Errors**
 *
 * Throws if a member of the union is not a struct with a text as its `_tag`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { StoredForm } from "eventfold/generated"
 *
 * const events = StoredForm.events(Schema.TaggedStruct("Opened", { owner: Schema.String }))
 * Schema.decodeUnknownSync(events.get("Opened")!)({ owner: "Jana" }) // { _tag: "Opened", owner: "Jana" }
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = <Event>(
  event: Schema.Codec<Event, unknown>
): ReadonlyMap<string, Schema.Codec<Event, Schema.Json>> => {
  const { ast } = event
  const made = new Map<string, Schema.Codec<Event, Schema.Json>>()
  for (const type of ast._tag === "Union" && ast.encoding === undefined ? ast.types : [ast]) {
    const tag = tagOf(type)
    if (tag === undefined || type._tag !== "Objects") {
      throw new Error("the schema of an event is not a struct with a text as its _tag: use Schema.TaggedStruct")
    }
    made.set(tag, codec(Schema.make<Schema.Codec<Event, unknown>>(withoutTag(type, tag))))
  }
  return made
}
