/**
 * Copies of values that a process keeps: states, events, rows. What a caller changes in its copy changes nothing that is kept.
 *
 * Copying is by the structure of a value, for the types that fields have. A value that holds an instance of any other class
 * goes through its codec instead, to its stored form and back.
 */
import { BigDecimal, Chunk, DateTime, Duration, HashMap, HashSet, Option, Redacted, Result, Schema } from "effect"
import * as StoredJson from "../../store/StoredJson.ts"
import * as SafeCodec from "./SafeCodec.ts"

/** Copies values of one type. */
export interface Copy<A> {
  (value: A): A
  /**
   * The copy of a value that is small and is copied by its structure; undefined for any other, and now and then for a small one
   * after large ones.
   */
  readonly small: (value: A) => A | undefined
}

/** A value with more objects, elements and properties is not small. */
const smallParts = 64

/** After large values so many, at most, are taken for large ones unseen: only a look at all keys of an object says how many it has. */
const maxUnseen = 256

/** Bytes are copied faster than anything else. */
const bytesPerPart = 64

const construct = (constructor: unknown, argument: unknown): unknown =>
  // The values have been checked, and may have been changed since.
  Reflect.construct(constructor as new (fields: unknown, options: object) => unknown, [
    argument,
    { disableChecks: true }
  ])

/** An object of Effect's whose fields are values: of the same prototype, with the same fields. */
const shallow = (value: object): unknown =>
  Object.assign(Object.create(Object.getPrototypeOf(value) as object) as object, value)

const binary = (value: ArrayBufferView): ArrayBufferView => {
  const { byteLength, byteOffset } = value
  const bytes = value.buffer.slice(byteOffset, byteOffset + byteLength)
  if (value instanceof DataView) return new DataView(bytes)
  // A Buffer is made by a function of its own, and is a Uint8Array to everybody else.
  const { constructor } = Object.getPrototypeOf(value) as { readonly constructor: unknown }
  return typeof constructor === "function" && constructor.name === "Buffer"
    ? Reflect.apply(Reflect.get(constructor, "from") as (of: ArrayBufferLike) => ArrayBufferView, constructor, [bytes])
    : (Reflect.construct(constructor as new (of: ArrayBufferLike) => ArrayBufferView, [bytes]) as ArrayBufferView)
}

/** Containers at this depth and below are copied one after another, so that no depth overflows the stack. */
const maxDepth = 256

/** A container that is made, and is filled later. */
interface Unfilled {
  readonly from: object
  readonly to: object
}

/** Copies one value by its structure. An instance of a class that is not known is shared, and noted. */
class Copying {
  #left: number
  #depth = 0
  readonly #unfilled: Array<Unfilled> = []
  /** Containers that were left for later, so that a value which holds itself is not copied for ever. */
  readonly #later = new Map<object, object>()
  isForeign = false

  constructor(parts: number) {
    this.#left = parts
  }

  /** Whether all of the value was copied: within the number of parts, and without an instance of an unknown class. */
  get isWhole(): boolean {
    return this.#left >= 0 && !this.isForeign
  }

  /**
   * The copy of a value with all that is in it. It counts the depth on from the container that the value is in: the stack holds
   * those around it too.
   */
  whole(value: unknown): unknown {
    const { length } = this.#unfilled
    const copied = this.#part(value)
    while (this.#unfilled.length > length) {
      const { from, to } = this.#unfilled.pop()!
      this.#fill(from, to)
    }
    return copied
  }

  readonly #part = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value
    if (--this.#left < 0) return value
    if (Array.isArray(value)) {
      this.#left -= value.length
      return this.#left < 0 ? value : this.#container(value)
    }
    const prototype = Object.getPrototypeOf(value) as object | null
    return prototype === Object.prototype || prototype === null
      ? this.#container(value)
      : this.#instance(value, prototype)
  }

  /** A copy of an array or of a plain object. */
  #container(from: object): object {
    if (this.#depth < maxDepth) {
      this.#depth++
      const to = Array.isArray(from) ? from.map(this.#part) : this.#properties(from)
      this.#depth--
      return to
    }
    const known = this.#later.get(from)
    if (known !== undefined) return known
    const to = Array.isArray(from) ? [] : (Object.create(Object.getPrototypeOf(from) as object | null) as object)
    this.#later.set(from, to)
    this.#unfilled.push({ from, to })
    return to
  }

  #fill(from: object, to: object): void {
    if (Array.isArray(from)) for (const item of from) (to as Array<unknown>).push(this.#part(item))
    else Object.defineProperties(to, Object.getOwnPropertyDescriptors(this.#properties(from)))
  }

  #properties(value: object): object {
    // Counting is only for small values, and costs as much as copying does.
    if (this.#left < Infinity && !this.#takes(value)) return value
    const copied: Record<string, unknown> = { ...value }
    for (const key in copied) {
      const inner = copied[key]
      if (typeof inner !== "object" || inner === null) continue
      const part = this.#part(inner)
      if (key === "__proto__") {
        Object.defineProperty(copied, key, { value: part, writable: true, enumerable: true, configurable: true })
      } else copied[key] = part
    }
    return Object.getPrototypeOf(value) === null ? (Object.setPrototypeOf(copied, null) as object) : copied
  }

  /** Counts the properties of an object; false as soon as there are more than may be copied. */
  #takes(value: object): boolean {
    for (const _ in value) if (--this.#left < 0) return false
    return true
  }

  /** Makes a copy of so many elements, unless these are more than may be copied. */
  #sized<A extends object>(value: A, size: number, make: () => A): A {
    this.#left -= size
    return this.#left < 0 ? value : make()
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): ReadonlyArray<readonly [unknown, unknown]> {
    return Array.from(entries, ([key, inner]) => [this.whole(key), this.whole(inner)] as const)
  }

  #instance(value: object, prototype: object): unknown {
    if (value instanceof Date) return new Date(value)
    if (value instanceof Map) return this.#sized(value, value.size, () => new Map(this.#entries(value)))
    if (value instanceof Set) return this.#sized(value, value.size, () => new Set(Array.from(value, this.#part)))
    if (ArrayBuffer.isView(value)) return this.#sized(value, value.byteLength / bytesPerPart, () => binary(value))
    if (value instanceof URL) return new URL(value)
    if (value instanceof RegExp) return new RegExp(value.source, value.flags)
    const known = this.#ofEffect(value)
    if (known !== undefined) return known
    const { constructor } = prototype
    // A constructor may look at all that it is given.
    if (Schema.isSchema(constructor)) return construct(constructor, this.whole(Object.assign({}, value)))
    this.isForeign = true
    return value
  }

  #ofEffect(value: object): unknown {
    if (Option.isOption(value)) return Option.map(value, this.#part)
    if (DateTime.isDateTime(value) || BigDecimal.isBigDecimal(value) || Duration.isDuration(value)) {
      return shallow(value)
    }
    if (DateTime.isTimeZone(value)) return value
    if (Redacted.isRedacted(value)) return this.#secret(value)
    if (Result.isResult(value)) return Result.mapBoth(value, { onFailure: this.#part, onSuccess: this.#part })
    if (Chunk.isChunk(value)) return this.#sized(value, value.length, () => Chunk.map(value, this.#part))
    if (HashMap.isHashMap(value)) {
      return this.#sized(value, HashMap.size(value), () => HashMap.fromIterable(this.#entries(value)))
    }
    if (HashSet.isHashSet(value)) {
      return this.#sized(value, HashSet.size(value), () =>
        HashSet.fromIterable(Array.from(value, (item) => this.whole(item)))
      )
    }
    return undefined
  }

  /** A secret that its owner may wipe, and whose value it may change. */
  #secret(value: Redacted.Redacted<unknown>): Redacted.Redacted<unknown> {
    const content = Result.try(() => Redacted.value(value))
    // It was wiped.
    if (Result.isFailure(content)) return value
    return Redacted.make(this.#part(content.success), value.label === undefined ? undefined : { label: value.label })
  }
}

/** Copies a value that has no stored form, such as a command. An instance of a class that is not known is shared. */
export const copy = <A>(value: A): A => new Copying(Infinity).whole(value) as A

/**
 * Copies values of a codec. An instance of a class that is not known is made from its stored form; it is shared if the value
 * has none, since it does not fit its schema.
 */
export const make = <A>(codec: Schema.Codec<A, Schema.Json>): Copy<A> => {
  const encode = SafeCodec.encodeResult(codec)
  const decode = SafeCodec.decodeUnknownResult(codec)
  const whole = (value: A): A => {
    const copying = new Copying(Infinity)
    const copied = copying.whole(value) as A
    if (copying.isWhole) return copied
    const restored = Result.flatMap(encode(value), (stored) => decode(StoredJson.parse(JSON.stringify(stored))))
    return Result.getOrElse(restored, () => copied)
  }
  let [unseen, left] = [0, 0]
  return Object.assign(whole, {
    small: (value: A): A | undefined => {
      if (left-- > 0) return undefined
      const copying = new Copying(smallParts)
      const copied = copying.whole(value) as A
      unseen = copying.isWhole ? 0 : Math.min(2 * unseen + 1, maxUnseen)
      left = unseen
      return copying.isWhole ? copied : undefined
    }
  })
}
