/**
 * Copies cached values: states, events and rows. A caller that changes its copy does not change the
 * cached value.
 *
 * A value is copied by its structure, for the types that fields can have. A value that contains an
 * instance of any other class is encoded to its stored form and decoded instead.
 */
import { BigDecimal, Chunk, DateTime, Duration, HashMap, HashSet, Option, Redacted, Result, Schema } from "effect"
import * as StoredJson from "../../store/StoredJson.ts"
import * as EventEncoder from "./EventEncoder.ts"
import * as SafeCodec from "./SafeCodec.ts"

/** Copies values of one type. */
export interface Copy<A> {
  (value: A): A
  /**
   * Copies a small value by its structure; returns undefined for any other value, and sometimes for
   * a small one that follows large ones.
   */
  readonly small: (value: A) => A | undefined
}

/** Maximum number of objects, elements and properties in a small value. */
const maxSmallParts = 64

/**
 * Maximum number of values that are assumed to be large after large ones: counting the keys of an
 * object means reading all of them.
 */
const maxAssumedLarge = 256

/** Number of bytes that count as one part, because bytes are copied fastest. */
const bytesPerPart = 64

const construct = (constructor: unknown, argument: unknown): unknown =>
  // The values were checked before, and can have changed since.
  Reflect.construct(constructor as new (fields: unknown, options: object) => unknown, [
    argument,
    { disableChecks: true }
  ])

/** Copies an object of Effect whose fields are plain values: same prototype, same fields. */
const shallow = (value: object): unknown =>
  Object.assign(Object.create(Object.getPrototypeOf(value) as object) as object, value)

const binary = (value: ArrayBufferView): ArrayBufferView => {
  const { byteLength, byteOffset } = value
  const bytes = value.buffer.slice(byteOffset, byteOffset + byteLength)
  if (value instanceof DataView) return new DataView(bytes)
  // A Buffer has its own factory, and is a Uint8Array otherwise.
  const { constructor } = Object.getPrototypeOf(value) as { readonly constructor: unknown }
  return typeof constructor === "function" && constructor.name === "Buffer"
    ? Reflect.apply(Reflect.get(constructor, "from") as (of: ArrayBufferLike) => ArrayBufferView, constructor, [bytes])
    : (Reflect.construct(constructor as new (of: ArrayBufferLike) => ArrayBufferView, [bytes]) as ArrayBufferView)
}

/**
 * Depth from which containers are copied one after another, so that a deep value does not overflow
 * the stack.
 */
const maxDepth = 256

/** A container that is created and filled later. */
interface Unfilled {
  readonly from: object
  readonly to: object
}

/** Copies one value by its structure. An instance of an unknown class is shared, and recorded. */
class Copying {
  #left: number
  #depth = 0
  readonly #unfilled: Array<Unfilled> = []
  /** Containers that are filled later, so that copying a cyclic value ends. */
  readonly #later = new Map<object, object>()
  isForeign = false

  constructor(parts: number) {
    this.#left = parts
  }

  /**
   * `true` if the whole value was copied: within the number of parts, and without an instance of an
   * unknown class.
   */
  get isWhole(): boolean {
    return this.#left >= 0 && !this.isForeign
  }

  /**
   * Copies a value with everything in it. The depth continues from the container around the value,
   * because that is on the stack too.
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

  /** Copies an array or a plain object. */
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
    // Only small values are counted, because counting costs as much as copying.
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

  /** Counts the properties of an object; returns `false` if there are more than can be copied. */
  #takes(value: object): boolean {
    for (const _ in value) if (--this.#left < 0) return false
    return true
  }

  /** Makes a copy with a number of elements, unless there are more than can be copied. */
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
    // A constructor can read all of its argument.
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

  /** Copies a secret, whose owner can wipe it or change its value. */
  #secret(value: Redacted.Redacted<unknown>): Redacted.Redacted<unknown> {
    const content = Result.try(() => Redacted.value(value))
    // The secret was wiped.
    if (Result.isFailure(content)) return value
    return Redacted.make(this.#part(content.success), value.label === undefined ? undefined : { label: value.label })
  }
}

/**
 * Copies a value that has no stored form, such as a command. An instance of an unknown class is
 * shared.
 */
export const copy = <A>(value: A): A => new Copying(Infinity).whole(value) as A

/**
 * Makes the copy function of a codec's values. An instance of an unknown class is made from its
 * stored form; it is shared if the value has none, because it does not fit its schema.
 */
export const make = <A>(codec: Schema.Codec<A, Schema.Json>): Copy<A> => {
  const encode = SafeCodec.encodeResult(codec)
  const decode = SafeCodec.decodeUnknownResult(codec)
  return through((value) => Result.flatMap(encode(value), (stored) => decode(reread(stored))))
}

/** Makes the copy function of the events of an aggregate. */
export const ofEvents = <Event extends { readonly _tag: string }>(
  events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
): Copy<Event> => {
  const encode = EventEncoder.make(events)
  const decoders = new Map(Array.from(events, ([type, codec]) => [type, SafeCodec.decodeUnknownResult(codec)]))
  return through((event) => Result.flatMap(encode(event), (stored) => decoders.get(event._tag)!(reread(stored))))
}

const reread = (stored: Schema.Json): Schema.Json => StoredJson.parse(JSON.stringify(stored))

/** Makes the copy function of values that `restored` stores and reads back. */
const through = <A>(restored: (value: A) => Result.Result<A, unknown>): Copy<A> => {
  const whole = (value: A): A => {
    const copying = new Copying(Infinity)
    const copied = copying.whole(value) as A
    if (copying.isWhole) return copied
    return Result.getOrElse(restored(value), () => copied)
  }
  let [assumedLarge, left] = [0, 0]
  return Object.assign(whole, {
    small: (value: A): A | undefined => {
      if (left-- > 0) return undefined
      const copying = new Copying(maxSmallParts)
      const copied = copying.whole(value) as A
      assumedLarge = copying.isWhole ? 0 : Math.min(2 * assumedLarge + 1, maxAssumedLarge)
      left = assumedLarge
      return copying.isWhole ? copied : undefined
    }
  })
}
