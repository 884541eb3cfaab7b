/**
 * Converts time zones, and times in them, to text and back without loss. Effect writes an offset in
 * whole minutes, so one of 90 seconds is read back as two minutes, and its time as another instant.
 * Here an offset with seconds is written with them, like ISO 8601 and Temporal do: `+00:01:30`. All
 * other texts are those of Effect.
 */
import { DateTime, Effect, Option, SchemaIssue, SchemaTransformation } from "effect"

const millisPerMinute = 60_000

const padded = (value: number, length = 2): string => String(value).padStart(length, "0")

/**
 * Formats an offset as `+HH:MM`, `+HH:MM:SS` or `+HH:MM:SS.mmm`; undefined if it is not a whole
 * number of milliseconds.
 */
const offsetText = (offset: number): string | undefined => {
  if (!Number.isSafeInteger(offset)) return undefined
  const size = Math.abs(offset)
  const minutes = Math.floor(size / millisPerMinute)
  const seconds = Math.floor((size % millisPerMinute) / 1_000)
  const millis = size % 1_000
  const rest = millis > 0 ? `:${padded(seconds)}.${padded(millis, 3)}` : seconds > 0 ? `:${padded(seconds)}` : ""
  return `${offset < 0 ? "-" : "+"}${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}${rest}`
}

const offsetPattern = String.raw`([+-])(\d{2,}):([0-5]\d)(?::([0-5]\d)(?:\.(\d{3}))?)?`
const zonePattern = new RegExp(`^${offsetPattern}$`)
const zonedPattern = new RegExp(String.raw`^([^T]+T[\d:.]+)${offsetPattern}(?:\[(.+)\])?$`)

const offsetOf = ([sign, hours, minutes, seconds = "0", millis = "0"]: ReadonlyArray<string | undefined>): number => {
  const size = (Number(hours) * 60 + Number(minutes)) * millisPerMinute + Number(seconds) * 1_000 + Number(millis)
  return sign === "-" ? 0 - size : size
}

/**
 * Formats a zone. A name that looks like an offset, such as `+05:00`, gets brackets, as in a zoned
 * time.
 */
const zoneText = (zone: DateTime.TimeZone): string | undefined => {
  if (zone._tag === "Offset") return offsetText(zone.offset)
  return zonePattern.test(zone.id) ? `[${zone.id}]` : zone.id
}

const zoneOf = (text: string): Option.Option<DateTime.TimeZone> => {
  if (text.startsWith("[") && text.endsWith("]")) return DateTime.zoneMakeNamed(text.slice(1, -1))
  const match = zonePattern.exec(text)
  return match === null ? DateTime.zoneFromString(text) : Option.some(DateTime.zoneMakeOffset(offsetOf(match.slice(1))))
}

const zonedText = (zoned: DateTime.Zoned): string | undefined => {
  const { epochMilliseconds, zone } = zoned
  const offset = zone._tag === "Offset" ? zone.offset : DateTime.zonedOffset(zoned)
  const written = offsetText(offset)
  const local = new Date(epochMilliseconds + offset)
  // Near the limits of a Date, it cannot hold the local time, and Effect makes no zoned time: one
  // that `DateTime.add` moved there could be written, and never read.
  if (written === undefined || Number.isNaN(local.getTime())) return undefined
  if (Option.isNone(DateTime.makeZoned(epochMilliseconds, { timeZone: zone }))) return undefined
  const text = `${local.toISOString().slice(0, -1)}${written}`
  return zone._tag === "Offset" ? text : `${text}[${zone.id}]`
}

const zonedOf = (text: string): Option.Option<DateTime.Zoned> => {
  const match = zonedPattern.exec(text)
  if (match === null) return DateTime.makeZonedFromString(text)
  const [, local, ...rest] = match
  const name = rest.pop()
  const offset = offsetOf(rest)
  const epochMillis = Date.parse(`${local}Z`) - offset
  // In brackets, a text that looks like an offset is a name: an offset is written without them.
  const zone: Option.Option<DateTime.TimeZone> =
    name === undefined ? Option.some(DateTime.zoneMakeOffset(offset)) : DateTime.zoneMakeNamed(name)
  return Option.flatMap(zone, (timeZone) => DateTime.makeZoned(epochMillis, { timeZone }))
}

const exact = <A>(
  text: (value: A) => string | undefined,
  parse: (text: string) => Option.Option<A>,
  expected: { readonly stored: string; readonly value: string }
): SchemaTransformation.Transformation<A, string> =>
  SchemaTransformation.transformEffect<A, string>({
    decode: (stored, options) =>
      Option.match(parse(stored), {
        onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ expected: expected.stored }, stored, options)),
        onSome: Effect.succeed
      }),
    encode: (value, options) => {
      const stored = text(value)
      return stored === undefined
        ? Effect.fail(new SchemaIssue.InvalidValue({ expected: expected.value }, value, options))
        : Effect.succeed(stored)
    }
  })

/** Replaces Effect's `timeZoneFromString`. */
export const timeZoneFromString = exact(zoneText, zoneOf, {
  stored: "a valid time zone",
  value: "a time zone whose offset is a whole number of milliseconds"
})

/** Replaces Effect's `dateTimeZonedFromString`. */
export const dateTimeZonedFromString = exact(zonedText, zonedOf, {
  stored: "a valid Zoned DateTime string",
  value:
    "a zoned time from the year -271821 to 275760 whose offset is a whole number of milliseconds, and whose local time a Date can hold"
})
