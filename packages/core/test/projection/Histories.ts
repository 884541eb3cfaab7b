/** Random histories of parcels, and comparison of their rows. */
import { assert } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import type { Projection } from "eventfold"
import type { Lookups } from "../../src/Rows.ts"
import { type indexes, put, Row, sent } from "./Parcels.ts"

export const towns = ["", "Aš", "Brno", "Cheb", "Děčín", "\u{1F40E}", "\uFB00"]

const several = <A>(most: number, one: Effect.Effect<A>) =>
  Effect.flatMap(Random.nextIntBetween(0, most), (count) => Effect.all(Array.from({ length: count }, () => one)))

/** Appends random events of random parcels. */
export const happen = (most: number) =>
  several(
    most,
    Effect.gen(function* () {
      const to = yield* several(
        3,
        Effect.map(Random.nextIntBetween(0, towns.length - 1), (i) => towns[i]!)
      )
      const kind = yield* Random.nextIntBetween(0, 9)
      return kind < 7
        ? sent(to, yield* Random.nextIntBetween(0, 40), kind === 0 ? "" : `note "${kind}" \\u0000 \u{1F40E}`)
        : kind < 9
          ? ({ _tag: "Returned", to } as const)
          : ({ _tag: "Ignored" } as const)
    })
  ).pipe(
    Effect.flatMap((events) =>
      Effect.forEach(events, (event) =>
        Effect.flatMap(Random.nextIntBetween(0, 4), (id) => Effect.orDie(put(String(id), event)))
      )
    )
  )

/** Values are equal if their stored forms are equal: 93.0 is 93. */
const encode = Schema.encodeSync(Schema.toCodecJson(Row))
const encoded = (row: Row | undefined) => (row === undefined ? undefined : encode(row))

/** Asserts that every query returns the same rows from both. */
export const sameRows = Effect.fnUntraced(function* (
  stored: Projection.Rows<string, Row> & Lookups<Row, typeof indexes>,
  live: typeof stored
) {
  const same = (one: ReadonlyArray<Row | undefined>, other: ReadonlyArray<Row | undefined>) =>
    assert.deepStrictEqual(one.map(encoded), other.map(encoded))
  same(yield* stored.all, yield* live.all)
  for (const town of towns) same([yield* stored.get(town)], [yield* live.get(town)])
  for (const { first, heavy, memo, via } of yield* live.all) {
    same(yield* stored.byVia(via), yield* live.byVia(via))
    same(yield* stored.byMemoAndHeavy(memo, heavy), yield* live.byMemoAndHeavy(memo, heavy))
    same(yield* stored.byFirst(first), yield* live.byFirst(first))
  }
  const [page, expected] = [yield* stored.page({ limit: 2 }), yield* live.page({ limit: 2 })]
  same(page.rows, expected.rows)
  assert.strictEqual(page.next, expected.next)
})
