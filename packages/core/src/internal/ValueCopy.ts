/**
 * Copies of values that a process keeps: states, events, rows. What a caller changes in its copy changes nothing that is kept.
 *
 * Copying is by the structure of a value, for the types that fields have. A value that holds an instance of any other class
 * goes through its codec instead, to its stored form and back.
 */
import { BigDecimal, Chunk, DateTime, Duration, HashMap, HashSet, Option, Redacted, Result, Schema } from "effect"
import * as StoredJson from "../StoredJson.ts"

/** Copies values of one type. */
export interface Copy<A> {
  (value: A): A
  /** The copy of a value that is small and is copied by its structure; undefined for any other. */
  readonly small: (value: A) => A | undefined
}

/** A value with more objects and elements is not small. */
const smallParts = 64

const construct = (constructor: unknown, argument: unknown): unknown =>
  // The values have been checked, and may have been changed since.
  Reflect.construct(constructor as new (fields: unknown, options: object) => unknown, [
    argument,
    { disableChecks: true }
  ])

/** An object of Effect's whose fields are values: of the same prototype, with the same fields. */
const shallow = (value: object): unknown =>
  Object.assign(Object.create(Object.getPrototypeOf(value) as object) as object, value)

const binary = (value: ArrayBufferView): unknown => {
  const { byteLength, byteOffset } = value
  const bytes = value.buffer.slice(byteOffset, byteOffset + byteLength)
  if (value instanceof DataView) return new DataView(bytes)
  // A Buffer is made by a function of its own, and is a Uint8Array to everybody else.
  const { constructor } = Object.getPrototypeOf(value) as { readonly constructor: unknown }
  return typeof constructor === "function" && constructor.name === "Buffer"
    ? Reflect.apply(Reflect.get(constructor, "from") as (of: ArrayBufferLike) => unknown, constructor, [bytes])
    : Reflect.construct(constructor as new (of: ArrayBufferLike) => unknown, [bytes])
}

/** Copies one value by its structure. An instance of a class that is not known is shared, and noted. */
class Copying {
  #left: number
  isForeign = false

  constructor(parts: number) {
    this.#left = parts
  }

  /** Whether all of the value was copied: within the number of parts, and without an instance of an unknown class. */
  get isWhole(): boolean {
    return this.#left >= 0 && !this.isForeign
  }

  readonly part = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value
    if (--this.#left < 0) return value
    if (Array.isArray(value)) {
      this.#left -= value.length
      return this.#left < 0 ? value : value.map(this.part)
    }
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) return this.#properties(value)
    if (prototype === null) return Object.setPrototypeOf(this.#properties(value), null)
    return this.#instance(value, prototype)
  }

  #properties(value: object): object {
    const copied: Record<string, unknown> = { ...value }
    for (const key in copied) {
      const inner = copied[key]
      if (typeof inner !== "object" || inner === null) continue
      const part = this.part(inner)
      if (key === "__proto__") {
        Object.defineProperty(copied, key, { value: part, writable: true, enumerable: true, configurable: true })
      } else copied[key] = part
    }
    return copied
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): ReadonlyArray<readonly [unknown, unknown]> {
    return Array.from(entries, ([key, inner]) => [this.part(key), this.part(inner)] as const)
  }

  #instance(value: object, prototype: object): unknown {
    if (value instanceof Date) return new Date(value)
    if (value instanceof Map) return new Map(this.#entries(value))
    if (value instanceof Set) return new Set(Array.from(value, this.part))
    if (ArrayBuffer.isView(value)) return binary(value)
    if (value instanceof URL) return new URL(value)
    if (value instanceof RegExp) return new RegExp(value.source, value.flags)
    const known = this.#ofEffect(value)
    if (known !== undefined) return known
    const { constructor } = prototype
    if (Schema.isSchema(constructor)) return construct(constructor, this.#properties(value))
    this.isForeign = true
    return value
  }

  #ofEffect(value: object): unknown {
    if (Option.isOption(value)) return Option.map(value, this.part)
    if (DateTime.isDateTime(value) || BigDecimal.isBigDecimal(value) || Duration.isDuration(value)) {
      return shallow(value)
    }
    // Neither has a field that can be changed to some effect: what a Redacted holds is not in it.
    if (Redacted.isRedacted(value) || DateTime.isTimeZone(value)) return value
    if (Result.isResult(value)) return Result.mapBoth(value, { onFailure: this.part, onSuccess: this.part })
    if (Chunk.isChunk(value)) return Chunk.map(value, this.part)
    if (HashMap.isHashMap(value)) return HashMap.fromIterable(this.#entries(value))
    if (HashSet.isHashSet(value)) return HashSet.fromIterable(Array.from(value, this.part))
    return undefined
  }
}

/** Copies a value that has no stored form, such as a command. An instance of a class that is not known is shared. */
export const copy = <A>(value: A): A => new Copying(Infinity).part(value) as A

/**
 * Copies values of a codec. An instance of a class that is not known is made from its stored form; it is shared if the value
 * has none, since it does not fit its schema.
 */
export const make = <A>(codec: Schema.Codec<A, Schema.Json>): Copy<A> => {
  const encode = Schema.encodeResult(codec)
  const decode = Schema.decodeUnknownResult(codec)
  const whole = (value: A): A => {
    const copying = new Copying(Infinity)
    const copied = copying.part(value) as A
    if (copying.isWhole) return copied
    const restored = Result.flatMap(encode(value), (stored) => decode(StoredJson.parse(JSON.stringify(stored))))
    return Result.getOrElse(restored, () => copied)
  }
  return Object.assign(whole, {
    small: (value: A): A | undefined => {
      const copying = new Copying(smallParts)
      const copied = copying.part(value) as A
      return copying.isWhole ? copied : undefined
    }
  })
}
