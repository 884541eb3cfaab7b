/**
 * Types of single values that Effect has a schema for, such as dates and decimal numbers: one row
 * for each.
 *
 * Plans of compiled codecs, generated types, columns and JSON Schemas are derived from these rows.
 * They are plain data that imports nothing, because `eventfold gen` reads them in a process that
 * does not load Effect.
 *
 * A type can have a row if its schema in Effect has a JSON codec, and the id `effect/schema/NAME`
 * in its annotations. Schemas without these, such as `Schema.IpAddress`, are stored as text by an
 * app (`Schema.String` with a check and a brand).
 *
 * A new type needs:
 *
 * - its row, here. The name of its module (or of the type, if it is a global one) cannot be the
 *   name of an event or another declared type any more;
 * - if codecs are compiled for it: the functions that the row names, in `../generated/Leaf.ts`, and
 *   a shape in `codegen/test/emit/codecs/Shapes.ts`;
 * - its removal from the types that `codegen/test/load/BareDeclarations.test.ts` leaves out;
 * - a place in the lists of `docs/codegen.md` (compiled codecs) and `docs/projections.md` (order of
 *   columns), and, if Effect draws values of it that never occur, a row in
 *   `packages/testing/src/internal/draw/Realistic.ts`.
 */
import type { SqlType } from "../store/Table.ts"

/** The stored form of a type that compiled codecs read and write. */
interface CompiledForm<Same extends string = string> {
  /**
   * Kind of the stored value. A reader of a string may refuse it; a part was checked before it is
   * read.
   */
  readonly kind: "string" | "part"
  /**
   * Name of the transformation to the value in plans. Plans are part of a codec's target, so a name
   * never changes.
   */
  readonly decode: string
  /**
   * Name of the transformation to the stored form in plans, and of the function of `Leaf` that
   * performs it.
   */
  readonly encode: string
  /** Function of `Leaf` that reads a value. */
  readonly read: string
  /**
   * Transformations of `SchemaTransformation` that do the same as the one of the schema's JSON
   * codec.
   */
  readonly same: ReadonlyArray<Same>
  /**
   * `true` if each declaration has functions of its own, of the same text: they refer to modules of
   * Effect only.
   */
  readonly isRemade?: true
}

/** A row without its name. */
interface Unnamed {
  /** Module of `effect` that declares the type; none for a global type. */
  readonly module?: string
  /** Name of the type in its module. */
  readonly type: string
  /** Description of the stored form, for a JSON Schema. */
  readonly description?: string
  /** Format of the stored string, for a JSON Schema. */
  readonly format?: string
  /** Type of a column that holds values in their order. Defaults to `jsonb`, which has none. */
  readonly column?: SqlType
  /** Functions of compiled codecs. A type without them is left to Effect. */
  readonly compiled?: {
    /** Kind of the value in plans. */
    readonly kind: string
    /** Function of `Leaf` that recognises a value. */
    readonly is: string
    /** Absent if the stored form is the value itself. */
    readonly form?: CompiledForm
  }
}

const time = {
  description: "A time in UTC as ISO 8601 with milliseconds: `2026-01-31T08:30:00.000Z`.",
  format: "date-time",
  column: "timestamptz"
} as const

/** The rows, by the name of the schema in Effect's `Schema`. */
const rows = {
  BigDecimal: {
    module: "BigDecimal",
    type: "BigDecimal",
    description: "A decimal number of any size and precision, as text.",
    column: "numeric",
    compiled: {
      kind: "bigDecimal",
      is: "isBigDecimal",
      form: {
        kind: "string",
        decode: "bigDecimalOf",
        encode: "storedBigDecimal",
        read: "bigDecimal",
        same: ["bigDecimalFromString"]
      }
    }
  },
  Date: {
    type: "Date",
    ...time,
    compiled: {
      kind: "date",
      is: "isDate",
      form: { kind: "string", decode: "dateOf", encode: "storedDate", read: "date", same: ["dateFromString"] }
    }
  },
  DateTimeUtc: {
    module: "DateTime",
    type: "Utc",
    ...time,
    compiled: {
      kind: "dateTimeUtc",
      is: "isDateTimeUtc",
      form: {
        kind: "string",
        decode: "dateTimeOf",
        encode: "storedDateTime",
        read: "dateTimeUtc",
        same: ["dateTimeUtcFromString"]
      }
    }
  },
  DateTimeZoned: {
    module: "DateTime",
    type: "Zoned",
    description: "A time with its zone: `2026-01-31T09:30:00.000+01:00[Europe/Prague]`."
  },
  Duration: {
    module: "Duration",
    type: "Duration",
    description: "A length of time.",
    compiled: {
      kind: "duration",
      is: "isDuration",
      form: {
        kind: "part",
        decode: "durationOf",
        encode: "storedDuration",
        read: "duration",
        same: [],
        isRemade: true
      }
    }
  },
  Json: { module: "Schema", type: "Json", compiled: { kind: "json", is: "isJson" } },
  RegExp: { type: "RegExp", description: "A regular expression." },
  SemVer: {
    module: "SemVer",
    type: "SemVer",
    description: "A version number as Semantic Versioning 2.0.0 writes it: `1.2.3-beta.1`.",
    compiled: {
      kind: "semVer",
      is: "isSemVer",
      form: { kind: "string", decode: "semVerOf", encode: "storedSemVer", read: "semVer", same: [] }
    }
  },
  TimeZone: { module: "DateTime", type: "TimeZone", description: "A time zone." },
  TimeZoneNamed: {
    module: "DateTime",
    type: "TimeZone.Named",
    description: "A time zone by its IANA name: `Europe/Prague`."
  },
  TimeZoneOffset: {
    module: "DateTime",
    type: "TimeZone.Offset",
    description: "A time zone as an offset from UTC."
  },
  URL: { type: "URL", description: "A URL." },
  Uint8Array: { type: "Uint8Array", description: "Bytes, in base64." }
} as const satisfies Readonly<Record<string, Unnamed>>

type Name = keyof typeof rows
type Compiled = Extract<(typeof rows)[Name], { readonly compiled: object }>["compiled"]
type Form = Extract<Compiled, { readonly form: object }>["form"]
type Transform = Form["decode" | "encode"]

/**
 * One type: the name of its schema in Effect, its name in TypeScript, its description for readers
 * of stored data, its column and its compiled functions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Row extends Unnamed {
  readonly name: Name
  readonly compiled?: {
    readonly kind: Compiled["kind"]
    readonly is: string
    readonly form?: CompiledForm<Form["same"][number]> & { readonly decode: Transform; readonly encode: Transform }
  }
}

/**
 * All rows.
 *
 * @example
 * ```ts
 * import { LeafTypes } from "eventfold/tables"
 *
 * LeafTypes.all.find(({ name }) => name === "DateTimeUtc")?.column // timestamptz
 * LeafTypes.all.find(({ name }) => name === "URL")?.compiled // undefined: codecs of URLs are left to Effect
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const all: ReadonlyArray<Row> = (Object.keys(rows) as ReadonlyArray<Name>).map((name) => ({
  name,
  ...(rows[name] as Omit<Row, "name">)
}))
