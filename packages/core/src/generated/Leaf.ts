/**
 * Single values between their stored form and themselves, as generated codecs read and write them.
 *
 * Each takes what Effect's own codec takes, and gives what that gives; what it refuses is `invalid`, and then Effect is asked
 * again, for the reason. The form that our own encoder writes is read straight on; any other goes Effect's way.
 */
import { BigDecimal, DateTime, Duration, Option, Result, Schema, SemVer } from "effect"
import { invalid } from "effect/schema/SchemaCompiler"
import * as IsoTime from "../internal/codec/IsoTime.ts"
import { duration as durations } from "../internal/codec/Transforms.ts"

export { invalid }

/**
 * What a reader gives for what it does not take.
 *
 * @since 0.1.0
 * @category models
 */
export type Invalid = typeof invalid

const zero = 48
const minus = 45
/** So many digits are a number exactly. */
const exactDigits = 15
const allDigits = /^-?\d+$/

/**
 * A bigint from its digits.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.bigint("42") // 42n
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const bigint = (stored: unknown): bigint | Invalid => {
  if (typeof stored !== "string") return invalid
  const { length } = stored
  if (length > exactDigits) return allDigits.test(stored) ? BigInt(stored) : invalid
  const negative = stored.charCodeAt(0) === minus
  let at = negative ? 1 : 0
  if (at === length) return invalid
  let value = 0
  for (; at < length; at++) {
    const digit = stored.charCodeAt(at) - zero
    if (!(digit >= 0 && digit <= 9)) return invalid
    value = value * 10 + digit
  }
  return BigInt(negative ? -value : value)
}

/**
 * A bigint from any text that stands for one: `0x10` and ` 7 ` too.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.bigintOf("0x10") // 16n
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const bigintOf = (text: string): bigint | Invalid => {
  try {
    return BigInt(text)
  } catch {
    // It throws for nothing but text that stands for none.
    return invalid
  }
}

/**
 * A number, by its name where JSON has no other form for it.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.number("Infinity") // Infinity
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const number = (stored: unknown): number | Invalid => {
  if (typeof stored === "number") return Number.isFinite(stored) ? stored : invalid
  return stored === "Infinity" || stored === "-Infinity" || stored === "NaN" ? Number(stored) : invalid
}

/**
 * A number as JSON holds it.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.storedNumber(Infinity) // "Infinity"
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

/**
 * A date from its text.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.date("2026-01-31T00:00:00.000Z") // a Date
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const date = (stored: unknown): Date | Invalid => {
  if (typeof stored !== "string") return invalid
  const millis = IsoTime.parse(stored)
  const value = Number.isNaN(millis) ? new Date(stored) : new Date(millis)
  return Number.isNaN(value.getTime()) ? invalid : value
}

const { getTime, toISOString } = Date.prototype

/**
 * The text of a date that `isDate` takes.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.storedDate(new Date(0)) // 1970-01-01T00:00:00.000Z
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedDate = (value: Date): string => {
  // A date of a subclass may give its time, and say it, in another way.
  const plain = value.getTime === getTime && value.toISOString === toISOString
  return (plain ? IsoTime.format(value.getTime()) : undefined) ?? value.toISOString()
}

/**
 * Whether a value is a date, and not the one that is no time at all.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isDate(new Date(Number.NaN)) // false
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())

/** Lent to Effect for its time, one at a time. */
const timed: { -readonly [Key in keyof DateTime.Utc]: DateTime.Utc[Key] } = { ...DateTime.makeUnsafe(0) }

/**
 * A date and time in UTC from its text.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.dateTimeUtc("2026-01-31T00:00:00.000Z") // a DateTime.Utc
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const dateTimeUtc = (stored: unknown): DateTime.Utc | Invalid => {
  if (typeof stored !== "string") return invalid
  timed.epochMilliseconds = IsoTime.parse(stored)
  if (!Number.isNaN(timed.epochMilliseconds)) return DateTime.toUtc(timed)
  const made = DateTime.make(stored)
  return Option.isSome(made) ? DateTime.toUtc(made.value) : invalid
}

/**
 * The text of a date and time.
 *
 * @example
 * ```ts
 * import { DateTime } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.storedDateTime(DateTime.makeUnsafe(0)) // 1970-01-01T00:00:00.000Z
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedDateTime = (value: DateTime.Utc): string =>
  IsoTime.format(value.epochMilliseconds) ?? DateTime.formatIso(value)

/**
 * Whether a value is a date and time in UTC.
 *
 * @example
 * ```ts
 * import { DateTime } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isDateTimeUtc(DateTime.makeUnsafe(0)) // true
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDateTimeUtc = (value: unknown): value is DateTime.Utc =>
  DateTime.isDateTime(value) && DateTime.isUtc(value)

/**
 * A decimal number from its text.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.bigDecimal("1.25") // a BigDecimal
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const bigDecimal = (stored: unknown): BigDecimal.BigDecimal | Invalid => {
  if (typeof stored !== "string") return invalid
  const made = BigDecimal.fromString(stored)
  return Option.isSome(made) ? made.value : invalid
}

/**
 * The text of a decimal number.
 *
 * @example
 * ```ts
 * import { BigDecimal } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.storedBigDecimal(BigDecimal.fromStringUnsafe("1.25")) // 1.25
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedBigDecimal: (value: BigDecimal.BigDecimal) => string = BigDecimal.format

/**
 * Whether a value is a decimal number.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isBigDecimal("1.25") // false
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isBigDecimal: (value: unknown) => value is BigDecimal.BigDecimal = BigDecimal.isBigDecimal

/**
 * A duration from the JSON that stands for it.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * const decode = Leaf.duration
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const duration: (stored: never) => unknown = durations.decode

/**
 * The JSON that stands for a duration.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * const encode = Leaf.storedDuration
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedDuration: (value: never) => unknown = durations.encode

/**
 * Whether a value is a duration.
 *
 * @example
 * ```ts
 * import { Duration } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isDuration(Duration.seconds(1)) // true
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDuration: (value: unknown) => value is Duration.Duration = Duration.isDuration

/**
 * Reads a version number from its text.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.semVer("1.2.3") // a SemVer
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const semVer = (stored: unknown): SemVer.SemVer | Invalid =>
  typeof stored === "string" ? Result.getOrElse(SemVer.parse(stored), () => invalid) : invalid

/**
 * The text of a version number.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * const encode = Leaf.storedSemVer
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedSemVer: (value: SemVer.SemVer) => string = SemVer.format

/**
 * `true` if a value is a version number.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isSemVer("1.2.3") // false
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isSemVer: (value: unknown) => value is SemVer.SemVer = SemVer.isSemVer

/**
 * Whether a value is JSON.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.isJson({ a: [1] }) // true
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isJson: (value: unknown) => value is Schema.Json = Schema.is(Schema.Json)

/**
 * An option from the JSON that stands for it, its value decoded already.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.option({ _tag: "Some", value: 1 }) // Option.some(1)
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const option = (stored: { readonly _tag: string; readonly value?: unknown }): Option.Option<unknown> =>
  stored._tag === "None" ? Option.none() : Option.some(stored.value)

/**
 * The JSON that stands for an option, its value encoded already.
 *
 * @example
 * ```ts
 * import { Option } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * Leaf.storedOption(Option.none()) // { _tag: "None" }
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storedOption = (value: Option.Option<unknown>): unknown =>
  Option.isSome(value) ? { _tag: "Some", value: value.value } : { _tag: "None" }

/**
 * Sets a key of a record, also the one by which JavaScript means the prototype.
 *
 * @example
 * ```ts
 * import { Leaf } from "eventfold/generated"
 *
 * const record = {}
 * Leaf.put(record, "__proto__", 1)
 * Object.keys(record) // ["__proto__"]
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const put = (record: Record<string, unknown>, key: string, value: unknown): void => {
  if (key !== "__proto__") record[key] = value
  else Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
}
