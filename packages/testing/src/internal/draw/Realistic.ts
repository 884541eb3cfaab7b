/**
 * Realistic values of types whose values mostly never occur: dates in the year 275760, numbers such
 * as 5e-324, amounts of 600 digits. A handler that adds a day to a date is correct, but fails at
 * the last possible date.
 *
 * The bounds of checks apply: only a missing bound is chosen here. The ends of a range and zero are
 * drawn more often than the values between them, because all values are built from whole numbers,
 * which Effect draws in that way.
 */
import { BigDecimal, DateTime, Duration, Schema, type SchemaAST, SchemaGetter } from "effect"
import type { LeafTypes } from "eventfold/tables"

type Drawn = Schema.Codec<unknown>

/** Range of a node by its checks. */
interface Range {
  readonly minimum: unknown
  readonly maximum: unknown
  readonly isInteger: boolean
}

/**
 * Returns the schema to draw from instead of a node without its checks, or `undefined` to draw the
 * node itself.
 */
export const of = (ast: SchemaAST.AST): Drawn | undefined => {
  const range = rangeOf(ast.checks ?? [])
  if (ast._tag === "Number") return range.isInteger ? undefined : numbers(range)
  if (ast._tag === "BigInt") return bigints(range)
  if (ast._tag !== "Declaration") return undefined
  const type = declared.find(({ schema }) => schema.ast.run === ast.run)
  // An annotation in the declaration has priority.
  if (type === undefined || ast.annotations?.["toCodecArbitrary"] !== type.schema.ast.annotations?.["toCodecArbitrary"])
    return undefined
  return type.drawn(range)
}

const rangeOf = (checks: ReadonlyArray<SchemaAST.Check<never>>): Range => {
  let range: Range = { minimum: undefined, maximum: undefined, isInteger: false }
  for (const check of checks) {
    const own = check.annotations?.["arbitraryConstraint"] as
      | Schema.Annotations.ToArbitrary.FilterConstraint
      | undefined
    const inner = check._tag === "FilterGroup" ? rangeOf(check.checks) : undefined
    for (const next of [own, inner]) {
      if (next === undefined) continue
      range = {
        minimum: tighter(range.minimum, next.minimum, 1),
        maximum: tighter(range.maximum, next.maximum, -1),
        isInteger: range.isInteger || ("isInteger" in next ? next.isInteger : next.number === "integer")
      }
    }
  }
  return range
}

/**
 * Returns the tighter of two bounds. Dates and durations compare by `valueOf`; of two incomparable
 * bounds, the later wins.
 */
const tighter = (a: unknown, b: unknown, sign: 1 | -1): unknown => {
  if (a === undefined || b === undefined) return a ?? b
  if (BigDecimal.isBigDecimal(a) && BigDecimal.isBigDecimal(b)) return BigDecimal.Order(a, b) === sign ? a : b
  if (typeof a === "bigint" && typeof b === "bigint") return a > b === sign > 0 ? a : b
  return Number(a) > Number(b) === sign > 0 ? a : b
}

const dayMs = 86_400_000
const maxDateMs = 8.64e15

/**
 * Completes a range. A missing bound is the usual one, or the other bound plus or minus the usual
 * width.
 */
const between = (minimum: number | undefined, maximum: number | undefined, usual: readonly [number, number]) => {
  const width = usual[1] - usual[0]
  const low = minimum ?? (maximum !== undefined && maximum <= usual[0] ? maximum - width : usual[0])
  const high = maximum ?? (low >= usual[1] ? low + width : usual[1])
  return { low, high }
}

const whole = (low: number, high: number) => Schema.Int.check(Schema.isBetween({ minimum: low, maximum: high }))

/** Returns the type with values that are drawn from another schema. */
const drawn = <T, From>(
  schema: Schema.declare<T>,
  from: Schema.Codec<From>,
  make: (from: From) => T
): Schema.Codec<T> =>
  schema.annotate({
    toCodecArbitrary: () =>
      Schema.link<T>()(from, {
        decode: SchemaGetter.transform(make),
        encode: SchemaGetter.forbidden(() => "values are only drawn")
      })
  })

const AnyNumber = Schema.declare((value): value is number => typeof value === "number")

/** Numbers that occur in programs and are difficult in arithmetic and in their text. */
const difficultNumbers = [
  Number.MAX_SAFE_INTEGER,
  2 ** 32,
  2 ** 31,
  1e-7,
  0.1,
  1 / 3,
  1.005,
  -1e-7,
  -(2 ** 31),
  Number.MIN_SAFE_INTEGER
]

/** Creates a schema of decimals with a few digits. */
const numbers = ({ maximum, minimum }: Range): Schema.Codec<number> | undefined => {
  const { high, low } = between(finite(minimum), finite(maximum), [-1_000_000, 1_000_000])
  const digits = Math.max(2, Math.ceil(3 - Math.log10(high - low)))
  const scale = 10 ** digits
  const [first, last] = [Math.ceil(low * scale), Math.floor(high * scale)]
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last - first < 100) return undefined
  const own = difficultNumbers.filter(
    (edge) => (minimum === undefined || edge >= low) && (maximum === undefined || edge <= high)
  )
  return drawn(AnyNumber, whole(first, last), (n) => own[last - n] ?? n / scale)
}

const finite = (bound: unknown): number | undefined =>
  typeof bound === "number" && Number.isFinite(bound) ? bound : undefined

/** Creates a schema of integers of 64 bits, which are more than numbers represent exactly. */
const bigints = ({ maximum, minimum }: Range): Drawn | undefined => {
  if (minimum !== undefined && maximum !== undefined) return undefined
  const width = 2n ** 63n
  const low = typeof minimum === "bigint" ? minimum : undefined
  const high = typeof maximum === "bigint" ? maximum : undefined
  const all = { minimum: low ?? (high ?? 0n) - width, maximum: high ?? (low ?? 0n) + width }
  return Schema.BigInt.check(Schema.isBetweenBigInt(all))
}

/**
 * Creates a schema of decimals with up to twelve digits before the point, and zero, two or six
 * after it.
 */
const decimals = ({ maximum, minimum }: Range): Drawn | undefined => {
  const width = BigDecimal.fromBigInt(10n ** 12n)
  const [low, high] = [minimum, maximum].map((bound) => (BigDecimal.isBigDecimal(bound) ? bound : undefined))
  const first = low ?? BigDecimal.subtract(high ?? BigDecimal.fromBigInt(0n), width)
  const last = high ?? BigDecimal.sum(low ?? BigDecimal.fromBigInt(0n), width)
  const [one, ...more] = [0, 2, 6].flatMap((scale) => {
    const range = { minimum: BigDecimal.scale(first, scale).value, maximum: BigDecimal.scale(last, scale).value }
    if (range.minimum >= range.maximum) return []
    const digits = Schema.BigInt.check(Schema.isBetweenBigInt(range))
    return [drawn(Schema.BigDecimal, digits, (value) => BigDecimal.make(value, scale))]
  })
  return one === undefined ? undefined : Schema.Union([one, ...more])
}

const yearRangeMs = [Date.UTC(1900, 0, 1), Date.UTC(2101, 0, 1) - 1] as const

const instants = ({ maximum, minimum }: Range): Schema.Codec<number> | undefined => {
  const { high, low } = between(instantOf(minimum), instantOf(maximum), yearRangeMs)
  const range = { low: Math.max(low, -maxDateMs), high: Math.min(high, maxDateMs) }
  return range.low > range.high ? undefined : whole(range.low, range.high)
}

const instantOf = (bound: unknown): number | undefined =>
  bound instanceof Date ? bound.getTime() : DateTime.isDateTime(bound) ? bound.epochMilliseconds : undefined

/** Offsets in quarters of an hour, and zones by name. */
const Zone = Schema.Union([
  whole(-12 * 4, 14 * 4),
  Schema.Literals([
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney"
  ])
])

const zoneOf = (zone: number | string): DateTime.TimeZone =>
  typeof zone === "string" ? DateTime.zoneMakeNamedUnsafe(zone) : DateTime.zoneMakeOffset((zone * dayMs) / 96)

/** Creates a schema of durations from zero to ten years. */
const durations = ({ maximum, minimum }: Range): Drawn | undefined => {
  const { high, low } = between(millisOf(minimum), millisOf(maximum), [0, 3_653 * dayMs])
  const [first, last] = [Math.ceil(low), Math.floor(high)]
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first > last) return undefined
  return drawn(Schema.Duration, whole(first, last), (millis) =>
    millis === last && last > first ? Duration.nanos(BigInt(millis) * 1_000_000n - 1n) : Duration.millis(millis)
  )
}

const millisOf = (bound: unknown): number | undefined =>
  Duration.isDuration(bound) ? finite(Duration.toMillis(bound)) : undefined

const AnyJson = Schema.declare(Schema.is(Schema.Json))
const Json: Schema.Codec<Schema.Json> = Schema.Union([
  Schema.Null,
  Schema.Int,
  numbers({ minimum: undefined, maximum: undefined, isInteger: false }) ?? Schema.Finite,
  Schema.Boolean,
  Schema.String,
  Schema.Array(Schema.suspend(() => Json)),
  Schema.Record(
    Schema.String,
    Schema.suspend(() => Json)
  )
])

interface Declared {
  readonly schema: { readonly ast: SchemaAST.AST & { readonly run?: unknown } }
  readonly drawn: (range: Range) => Drawn | undefined
}

const ofInstant =
  <T>(schema: Schema.declare<T>, make: (millis: number) => T) =>
  (range: Range): Drawn | undefined => {
    const from = instants(range)
    return from && drawn(schema, from, make)
  }

/**
 * Leaf types of which Effect draws unrealistic values. Effect draws the values of all other types.
 */
const leafTypes: { readonly [Name in LeafTypes.Row["name"]]?: Declared["drawn"] } = {
  Date: ofInstant(Schema.Date, (millis) => new Date(millis)),
  DateTimeUtc: ofInstant(Schema.DateTimeUtc, DateTime.makeUnsafe),
  DateTimeZoned: (range) => {
    const at = instants(range)
    if (at === undefined) return undefined
    const from = Schema.Struct({ at, zone: Zone })
    return drawn(Schema.DateTimeZoned, from, ({ at, zone }) => DateTime.makeZonedUnsafe(at, { timeZone: zoneOf(zone) }))
  },
  TimeZone: () => drawn(Schema.TimeZone, Zone, zoneOf),
  TimeZoneOffset: () =>
    drawn(Schema.TimeZoneOffset, whole(-12 * 4, 14 * 4), (n) => DateTime.zoneMakeOffset((n * dayMs) / 96)),
  Duration: durations,
  BigDecimal: decimals,
  Json: () => drawn(AnyJson, Json, (json) => json)
}

const declared: ReadonlyArray<Declared> = (Object.keys(leafTypes) as ReadonlyArray<LeafTypes.Row["name"]>).flatMap(
  (name) => {
    const draw = leafTypes[name]
    return draw === undefined ? [] : [{ schema: Schema[name], drawn: draw }]
  }
)
