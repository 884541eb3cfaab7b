/**
 * Decoders and encoders of single values, for generated codecs.
 *
 * Each accepts the same values as Effect's codec, and returns the same results; for a value that it
 * does not accept it returns `invalid`, and Effect's codec then returns the error. The form that
 * the encoder writes is read directly; every other form is read by Effect.
 */
import { BigDecimal, DateTime, Duration, Option, Result, Schema, SemVer } from "effect"
import { invalid } from "effect/schema/SchemaCompiler"
import * as IsoTime from "../internal/codec/IsoTime.ts"
import { duration as durations } from "../internal/codec/Transforms.ts"

/** Result of a decoder for a value that it does not accept. */
type Invalid = typeof invalid

const zero = 48
const minus = 45
/** Number of digits that a number represents exactly. */
const exactDigits = 15
const allDigits = /^-?\d+$/

/** Reads a bigint from its digits. */
const bigint = (stored: unknown): bigint | Invalid => {
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

/** Reads a bigint from any text that `BigInt` accepts, such as `0x10` or ` 7 `. */
const bigintOf = (text: string): bigint | Invalid => {
  try {
    return BigInt(text)
  } catch {
    // `BigInt` throws only for text that is not a bigint.
    return invalid
  }
}

/** Reads a number; as text if JSON cannot represent it. */
const number = (stored: unknown): number | Invalid => {
  if (typeof stored === "number") return Number.isFinite(stored) ? stored : invalid
  return stored === "Infinity" || stored === "-Infinity" || stored === "NaN" ? Number(stored) : invalid
}

/** Returns the stored form of a number. */
const storedNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

/** Reads a date from its text. */
const date = (stored: unknown): Date | Invalid => {
  if (typeof stored !== "string") return invalid
  const millis = IsoTime.parse(stored)
  const value = Number.isNaN(millis) ? new Date(stored) : new Date(millis)
  return Number.isNaN(value.getTime()) ? invalid : value
}

const { getTime, toISOString } = Date.prototype

/** Returns the text of a valid date. */
const storedDate = (value: Date): string => {
  // A subclass of Date may override these methods.
  const plain = value.getTime === getTime && value.toISOString === toISOString
  return (plain ? IsoTime.format(value.getTime()) : undefined) ?? value.toISOString()
}

/** Returns whether a value is a valid date. */
const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())

/** Shared object, of which Effect copies the time. */
const timed: { -readonly [Key in keyof DateTime.Utc]: DateTime.Utc[Key] } = { ...DateTime.makeUnsafe(0) }

/** Reads a date and time in UTC from its text. */
const dateTimeUtc = (stored: unknown): DateTime.Utc | Invalid => {
  if (typeof stored !== "string") return invalid
  timed.epochMilliseconds = IsoTime.parse(stored)
  if (!Number.isNaN(timed.epochMilliseconds)) return DateTime.toUtc(timed)
  const made = DateTime.make(stored)
  return Option.isSome(made) ? DateTime.toUtc(made.value) : invalid
}

/** Returns the text of a date and time. */
const storedDateTime = (value: DateTime.Utc): string =>
  IsoTime.format(value.epochMilliseconds) ?? DateTime.formatIso(value)

/** Returns whether a value is a date and time in UTC. */
const isDateTimeUtc = (value: unknown): value is DateTime.Utc => DateTime.isDateTime(value) && DateTime.isUtc(value)

/** Reads a decimal number from its text. */
const bigDecimal = (stored: unknown): BigDecimal.BigDecimal | Invalid => {
  if (typeof stored !== "string") return invalid
  const made = BigDecimal.fromString(stored)
  return Option.isSome(made) ? made.value : invalid
}

/** Returns the text of a decimal number. */
const storedBigDecimal: (value: BigDecimal.BigDecimal) => string = BigDecimal.format

/** Returns whether a value is a decimal number. */
const isBigDecimal: (value: unknown) => value is BigDecimal.BigDecimal = BigDecimal.isBigDecimal

/** Reads a duration from its JSON. */
const duration: (stored: Schema.JsonObject) => Duration.Duration = durations.decode

/** Returns the JSON of a duration. */
const storedDuration: (value: Duration.Duration) => Schema.JsonObject = durations.encode

/** Returns whether a value is a duration. */
const isDuration: (value: unknown) => value is Duration.Duration = Duration.isDuration

/** Reads a version number from its text. */
const semVer = (stored: unknown): SemVer.SemVer | Invalid =>
  typeof stored === "string" ? Result.getOrElse(SemVer.parse(stored), () => invalid) : invalid

/** Returns the text of a version number. */
const storedSemVer: (value: SemVer.SemVer) => string = SemVer.format

/** Returns whether a value is a version number. */
const isSemVer: (value: unknown) => value is SemVer.SemVer = SemVer.isSemVer

/** Returns whether a value is JSON. */
const isJson: (value: unknown) => value is Schema.Json = Schema.is(Schema.Json)

/** Reads an option from its JSON, with a decoded value. */
const option = (stored: { readonly _tag: string; readonly value?: unknown }): Option.Option<unknown> =>
  stored._tag === "None" ? Option.none() : Option.some(stored.value)

/** Returns the JSON of an option with an encoded value. */
const storedOption = (value: Option.Option<unknown>): unknown =>
  Option.isSome(value) ? { _tag: "Some", value: value.value } : { _tag: "None" }

/** Sets a key of a record, including `__proto__`. */
const put = (record: Record<string, unknown>, key: string, value: unknown): void => {
  if (key !== "__proto__") record[key] = value
  else Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
}

/**
 * Decoders, encoders and predicates of single values, by the names that compiled codecs and the
 * rows of `LeafTypes` refer to.
 *
 * **When to use**
 *
 * Generated codecs take from it the functions that their schemas need.
 *
 * **Details**
 *
 * A function that begins with `is` recognises a value, and one that begins with `stored` returns
 * the stored form of a value. The others read a stored form, and return `invalid` for a form that
 * they do not accept. `put` sets a key of a record, including `__proto__`.
 *
 * @example
 * ```ts
 * import { Duration } from "effect"
 * import { Leaf } from "eventfold/generated"
 *
 * const { bigint, duration, invalid, isDate, storedDuration } = Leaf
 * bigint("42") // 42n
 * bigint("4 2") === invalid // true: Effect's codec then reports the error
 * isDate(new Date(Number.NaN)) // false
 * const stored = storedDuration(Duration.seconds(1)) // { _tag: "Millis", value: 1000 }
 * const second = duration(stored) // Duration.seconds(1)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const Leaf = {
  bigDecimal,
  bigint,
  bigintOf,
  date,
  dateTimeUtc,
  duration,
  invalid,
  isBigDecimal,
  isDate,
  isDateTimeUtc,
  isDuration,
  isJson,
  isSemVer,
  number,
  option,
  put,
  semVer,
  storedBigDecimal,
  storedDate,
  storedDateTime,
  storedDuration,
  storedNumber,
  storedOption,
  storedSemVer
} as const
