/**
 * Promises about ranges: every store finds, orders and counts the rows of an index alike, and
 * refuses invalid ranges.
 */
import { BigDecimal, DateTime, Effect, Schema } from "effect"
import { Aggregate, Checkpoint, type Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredForm, StoredProjection } from "eventfold/generated"
import type { ProjectionStore } from "eventfold/store"
import * as fc from "fast-check"
import { expect } from "vitest"
import { append, event, promise, type Promises, reasonOf, store } from "./Fixture.ts"
import { column, fresh, leaseOf, projections } from "./RowsFixture.ts"

const Sorted = Schema.Struct({
  text: Schema.String,
  whole: Schema.Int,
  number: Schema.Number,
  big: Schema.BigInt,
  decimal: Schema.BigDecimal,
  flag: Schema.Boolean,
  time: Schema.DateTimeUtc,
  maybe: Schema.optionalKey(Schema.String),
  nullable: Schema.NullOr(Schema.Int),
  list: Schema.Array(Schema.Int),
  memo: Schema.optionalKey(Schema.NullOr(Schema.Int))
})
type Sorted = typeof Sorted.Type
type Field = keyof Sorted
const encode = Schema.encodeSync(Schema.toCodecJson(Sorted))

const types: { readonly [F in Field]: Projection.Column["type"] } = {
  text: "text",
  whole: "bigint",
  number: "double precision",
  big: "numeric",
  decimal: "numeric",
  flag: "boolean",
  time: "timestamptz",
  maybe: "text",
  nullable: "bigint",
  list: "jsonb",
  memo: "jsonb"
}

const indexes = {
  byText: ["text"],
  byWhole: ["whole"],
  byNumber: ["number"],
  byBig: ["big"],
  byDecimal: ["decimal"],
  byTime: ["time"],
  byMaybeAndNullable: ["maybe", "nullable"],
  byFlagNullableAndText: ["flag", "nullable", "text"],
  byListAndWhole: ["list", "whole"],
  byMemoAndWhole: ["memo", "whole"]
} as const satisfies { readonly [index: string]: ReadonlyArray<Field> }
type Index = keyof typeof indexes

/**
 * Values that show a wrong order: by locale, by code units, by the text of numbers, or by
 * insertion.
 */
const values: { readonly [F in Field]: ReadonlyArray<Sorted[F]> } = {
  text: ["", "A", "Z", "a", "a b", "aa", "b", "é", "ﬀ", "🐎", "10", "9"],
  whole: [-10, -9, 0, 9, 10, 2 ** 40, Number.MAX_SAFE_INTEGER],
  number: [Number.NaN, -Infinity, -1.5, -0, 0, 0.1, 2, 1e21, Infinity, 5e-324],
  big: [-(10n ** 30n), -2n, 0n, 9n, 10n, 10n ** 30n],
  decimal: ["-100", "-0.5", "0", "0.05", "0.5", "0.50", "9", "10", "1e3", "123456789012345678901234567890.5"].map(
    (text) => BigDecimal.fromStringUnsafe(text)
  ),
  flag: [false, true],
  time: [
    "-000500-01-01T00:00:00.000Z",
    "0001-01-01T00:00:00.000Z",
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00.000Z",
    "+012000-01-01T00:00:00.000Z"
  ].map((text) => DateTime.makeUnsafe(text)),
  maybe: [undefined, "", "b", "B"] as ReadonlyArray<Sorted["maybe"]>,
  nullable: [null, -1, 0, 11, 2],
  list: [[], [1], [1, 2]],
  memo: [undefined, null, 1] as ReadonlyArray<Sorted["memo"]>
}

const one = <F extends Field>(field: F) => fc.constantFrom(...values[field])
const Row: fc.Arbitrary<Sorted> = fc
  .record({
    text: one("text"),
    whole: one("whole"),
    number: one("number"),
    big: one("big"),
    decimal: one("decimal"),
    flag: one("flag"),
    time: one("time"),
    maybe: one("maybe"),
    nullable: one("nullable"),
    list: one("list"),
    memo: one("memo")
  })
  .map(({ maybe, memo, ...rest }) => ({
    ...rest,
    ...(maybe === undefined ? {} : { maybe }),
    ...(memo === undefined ? {} : { memo })
  }))

const Shelf = Aggregate.make("Shelf", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({}),
  initial: {},
  events: { Put: { key: Schema.String, row: Sorted } },
  errors: {},
  commands: {}
})
type Put = typeof Shelf.event.Type
const codec = { events: StoredForm.events<Put>(Shelf.event) }

/**
 * Creates a projection with a column of every type. The events of its aggregate contain its rows.
 */
const definition = (): ProjectionFold.Definition<Sorted, Put, string, string, typeof indexes> & {
  readonly aggregate: string
} => {
  const { aggregate, name, table } = fresh()
  return {
    aggregate,
    name,
    sources: [{ ...ProjectionFold.source({ aggregate: "Shelf", id: Shelf.id, codec, types: ["Put"] }), aggregate }],
    key: Schema.String,
    row: Sorted,
    bodies: { keys: ({ key }) => [key], project: (_, { row }) => row },
    fingerprint: "one",
    table: {
      ...table,
      columns: [
        column("_key", "text"),
        ...Object.entries(types).map(([field, type]) =>
          column(
            field,
            type,
            field === "maybe"
              ? { nullable: true, absent: true }
              : { nullable: field === "nullable" || field === "memo" }
          )
        )
      ],
      indexes: Object.entries(indexes).map(([index, columns]) => ({
        name: `${table.name}_${index.toLowerCase()}`,
        columns
      }))
    },
    indexes,
    fields: Sorted.fields
  }
}

/** Writes rows to the log and to the table of the store. */
const put = Effect.fnUntraced(function* (of: ReturnType<typeof definition>, rows: ReadonlyMap<string, Sorted>) {
  const { open, save } = yield* projections
  const described = StoredProjection.describe(of)
  yield* open(described)
  const events = yield* Effect.forEach(rows, ([key, row]) => event({ type: "Put", data: { key, row: encode(row) } }))
  const { position } = yield* append(`${of.aggregate}-1`, "any", events)
  const lease = yield* leaseOf(of)
  const to = Checkpoint.after((yield* store).id, { position, id: events.at(-1)!.id })
  const changes = [...rows].map(([key, row]) => ({ key, row: encode(row) }))
  expect(yield* save(described, lease, lease.checkpoint, to, changes)).toBe(true)
  return { described, stored: yield* StoredProjection.make(of), live: yield* LiveProjection.make(of) }
})

const bytes = (text: string) => new TextEncoder().encode(text)
const byBytes = (a: string, b: string): number => {
  const [left, right] = [bytes(a), bytes(b)]
  const at = left.findIndex((byte, i) => byte !== right[i])
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1)
}
type Comparable = string | number | bigint | boolean | BigDecimal.BigDecimal | DateTime.Utc | null | undefined

/** Specification of the documented order. */
const byValue = (a: Comparable, b: Comparable): number => {
  if (a == null || b == null) return Number(a == null) - Number(b == null)
  if (typeof a === "string" && typeof b === "string") return byBytes(a, b)
  if (BigDecimal.isBigDecimal(a) && BigDecimal.isBigDecimal(b)) return BigDecimal.Order(a, b)
  if (DateTime.isDateTime(a) && DateTime.isDateTime(b)) return a.epochMilliseconds - b.epochMilliseconds
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}

interface Asked {
  readonly index: Index
  readonly equals: ReadonlyArray<unknown>
  readonly bounds: { readonly [bound: string]: Comparable }
  readonly order: "ascending" | "descending"
  readonly limit: number
}

const Asked: fc.Arbitrary<Asked> = fc
  .tuple(fc.constantFrom(...(Object.keys(indexes) as Array<Index>)), fc.nat(), fc.nat())
  .chain(([index, some, how]) => {
    const fields: ReadonlyArray<Field> = indexes[index]
    const least = types[fields[0]!] === "jsonb" ? 1 : 0
    const fixed = least + (some % (fields.length + 1 - least))
    const field = fields[fixed]
    const bound = (name: string) =>
      field === undefined || types[field] === "jsonb"
        ? fc.constant({})
        : fc.constantFrom(...values[field].filter((value) => value != null)).map((value) => ({ [name]: value }))
    const none = fc.constant({})
    return fc.record({
      index: fc.constant(index),
      equals: fc.tuple(...fields.slice(0, fixed).map((one) => fc.constantFrom(...values[one]))),
      bounds: fc
        .tuple(
          how % 3 === 0 ? none : bound(how % 2 === 0 ? "atLeast" : "above"),
          how % 5 === 0 ? none : bound(how % 7 < 3 ? "atMost" : "below")
        )
        .map(([lower, upper]) => ({ ...lower, ...upper })),
      order: fc.constantFrom("ascending", "descending"),
      limit: fc.constantFrom(4, 17, 1_000)
    })
  })

const isReversed = ({ bounds: { above, atLeast, atMost, below } }: Asked): boolean => {
  const [low, high] = [atLeast ?? above, atMost ?? below]
  return low !== undefined && high !== undefined && byValue(low, high) > 0
}

/** Returns the keys of the rows in a range, in order. */
const expected = (
  rows: ReadonlyMap<string, Sorted>,
  { bounds, equals, index, order }: Asked
): ReadonlyArray<string> => {
  const fields: ReadonlyArray<Field> = indexes[index]
  const at = (row: Sorted, field: Field) => row[field] as Comparable
  const same = (row: Sorted, field: Field, value: unknown) =>
    types[field] === "jsonb"
      ? JSON.stringify(row[field]) === JSON.stringify(value)
      : byValue(at(row, field), value as Comparable) === 0
  const within = (value: Comparable) =>
    Object.entries(bounds).every(([name, bound]) => {
      const sign = byValue(value, bound)
      if (value == null) return false
      return name === "atLeast" ? sign >= 0 : name === "above" ? sign > 0 : name === "atMost" ? sign <= 0 : sign < 0
    })
  const found = [...rows]
    .filter(([, row]) => equals.every((value, i) => same(row, fields[i]!, value)))
    .filter(([, row]) => fields[equals.length] === undefined || within(at(row, fields[equals.length]!)))
    .sort(([a, left], [b, right]) => {
      for (const field of fields.slice(equals.length)) {
        const sign = byValue(at(left, field), at(right, field))
        if (sign !== 0) return sign
      }
      return byBytes(a, b)
    })
    .map(([key]) => key)
  return order === "ascending" ? found : found.toReversed()
}

/** Lookup without the types of an index, which other tests check. */
interface AnyLookup {
  readonly page: (options: object) => Effect.Effect<Projection.RowPage<Sorted>, Projection.QueryError>
  readonly count: (options: object) => Effect.Effect<number, Projection.QueryError>
}

const pagesOfRanges = (runs: number, seed: number | undefined) =>
  Effect.gen(function* () {
    const more = seed === undefined ? {} : { seed }
    const [sample = []] = fc.sample(fc.array(Row, { minLength: 60, maxLength: 80, size: "max" }), {
      numRuns: 1,
      ...more
    })
    const rows = new Map(sample.map((row, i) => [`${row.text}${i % 7}${row.whole}`, row]))
    const keyOf = new Map([...rows].map(([key, row]) => [JSON.stringify(encode(row)), key]))
    // Rows are identified by their content.
    for (const [key, row] of rows) if (keyOf.get(JSON.stringify(encode(row))) !== key) rows.delete(key)
    const { live, stored } = yield* put(definition(), rows)
    for (const asked of fc.sample(Asked, { numRuns: runs * 20, ...more }).filter((one) => !isReversed(one))) {
      const { bounds, equals, index, limit, order } = asked
      const how = `${index} ${JSON.stringify(asked, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value))}`
      const all = expected(rows, asked)
      for (const [where, view] of Object.entries({ live, stored })) {
        const lookup: AnyLookup = view[index]
        expect([how, where, yield* lookup.count({ equals, ...bounds })]).toEqual([how, where, all.length])
        const keys: Array<string | undefined> = []
        let after: string | undefined
        do {
          const page: Projection.RowPage<Sorted> = yield* lookup.page({
            equals,
            ...bounds,
            order,
            limit,
            ...(after === undefined ? {} : { after })
          })
          keys.push(...page.rows.map((row) => keyOf.get(JSON.stringify(encode(row)))))
          expect(page.rows.length).toBeLessThanOrEqual(limit)
          after = page.next
        } while (after !== undefined && keys.length <= all.length)
        expect([how, where, keys]).toEqual([how, where, all])
      }
    }
  })

const refusedRanges = Effect.gen(function* () {
  const { count, range } = yield* projections
  const rows = new Map(fc.sample(Row, { numRuns: 3, seed: 1 }).map((row, i) => [`${i}`, row]))
  const { described, live, stored } = yield* put(definition(), rows)
  const asked: ProjectionStore.IndexRange = { fields: ["whole"], equals: [], order: "ascending", limit: 10 }
  for (const ask of [range, count]) {
    const refused = (more: Partial<ProjectionStore.IndexRange>) =>
      reasonOf<unknown, never>(ask(described, { ...asked, ...more }))
    expect(yield* refused({ fields: ["flag"] })).toMatchObject({
      _tag: "InvalidRequest",
      problem: expect.stringMatching(/has no index of \["flag"\]: declare one/)
    })
    expect(yield* refused({ fields: ["list", "whole"] })).toMatchObject({
      problem: expect.stringContaining("the field list of")
    })
    expect(yield* refused({ limit: 0 })).toMatchObject({ problem: "limit 0 must be from 1 to 10,000" })
  }
  for (const view of [live, stored]) {
    const { byFlagNullableAndText, byWhole }: { readonly [I in Index]: AnyLookup } = view
    const problems: ReadonlyArray<readonly [Effect.Effect<unknown, Projection.QueryError>, string]> = [
      [byWhole.page({ limit: 0 }), "limit 0 must be from 1 to 10,000"],
      [byWhole.page({ limit: 10_001 }), "limit 10001 must be from 1 to 10,000"],
      [byWhole.page({ atLeast: 2, below: 1 }), "the range of whole begins at 2, above its end, 1: exchange the two"],
      [byWhole.count({ above: 2, atMost: 1 }), "exchange the two"],
      [byWhole.page({ above: 1, atLeast: 2 }), "it has both atLeast and above: leave one of them out"],
      [byWhole.page({ atLeast: 0.5 }), "atLeast 0.5 is no value of the field whole"],
      [byWhole.page({ equals: [1], atLeast: 1 }), "leave out atLeast, or the last value of equals"],
      [byWhole.page({ equals: [1, 2] }), "give an array of values for the first of whole"],
      [byWhole.page({ order: "falling" }), 'say "ascending" or "descending"'],
      [byWhole.page({ from: 1 }), "there is no option from"],
      [byWhole.count({ limit: 1 }), "there is no option limit"],
      [byWhole.page({ after: "[]" }), "not what a page of this range gave as next"],
      [byWhole.page({ after: '["byWhole",{},"k"]' }), "not what a page of this range gave as next"],
      [byFlagNullableAndText.page({ equals: [true], atMost: null }), "ask for those rows with equals: [flag, null]"],
      [Effect.suspend(() => Reflect.apply(view.byText, undefined, [1])), "1 is no value of the field text"],
      [view.byListAndWhole.page(), "give equals a value for each of list"]
    ]
    for (const [ask, problem] of problems) {
      const failure = yield* Effect.flip(ask)
      expect(failure).toMatchObject({ _tag: "EventStoreError", reason: { _tag: "InvalidRequest" } })
      expect(failure.message).toContain(problem)
    }
    // An absent field is treated the same.
    const { byMaybeAndNullable }: { readonly [I in Index]: AnyLookup } = view
    const absent = [...rows.values()].filter(({ maybe }) => maybe === undefined)
    for (const nothing of [null, undefined]) {
      expect(yield* byMaybeAndNullable.count({ equals: [nothing] })).toBe(absent.length)
    }
    // The `next` of one range is not valid in a second range.
    const { next } = yield* byFlagNullableAndText.page({ equals: [rows.get("0")!.flag], limit: 1 })
    const other = { equals: [!rows.get("0")!.flag], after: next }
    expect((yield* Effect.flip(byFlagNullableAndText.page(other))).message).toContain("not what a page of this range")
  }
})

export const ranges = (runs: number, seed: number | undefined): Promises => [
  promise(
    "rows: a range of an index has its rows in the order of the index, page by page, for live and stored projections",
    pagesOfRanges(runs, seed)
  ),
  promise("rows: a range with an invalid index, order, limit or cursor is refused, with the fix", refusedRanges)
]
