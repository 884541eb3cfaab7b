/** Pairs of a stored row and a rebuilt one. */
import { Effect, type Schema } from "effect"
import type { EventStoreError, Projection } from "eventfold"
import * as RowColumns from "../rows/RowColumns.ts"
import * as RowTable from "../rows/RowTable.ts"
import type { Values } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"

/** A row of which the stored value and the rebuilt one are different JSON. */
export interface Pair {
  readonly key: string
  readonly stored: Schema.Json
  readonly row: Schema.Json
}

/**
 * Returns the pairs that also PostgreSQL finds different: it has several texts for one number or
 * time.
 */
export const differing = Effect.fnUntraced(function* (
  values: Values,
  schemaName: string,
  table: Projection.Table,
  pairs: ReadonlyArray<Pair>
): Effect.fn.Return<ReadonlyArray<Pair>, EventStoreError.EventStoreError> {
  if (pairs.length === 0) return []
  const columns = RowColumns.valueColumns(table)
  const parameters = yield* RowColumns.tried(
    () => [RowColumns.texts(pairs.map(({ key }) => key)), ...RowColumns.toColumns(table, pairs)],
    () => undefined
  ).pipe(Effect.catch(() => Effect.succeed(undefined)))
  if (parameters === undefined) return pairs
  const casts = columns.map(({ type }, i) => (type === "text" ? `u.c${i}` : `u.c${i}::${type}`))
  const found = yield* values(
    `select u.k
      from unnest(${parameters.map((_, i) => `$${i + 1}::text[]`).join(", ")}) u(k, ${columns.map((_, i) => `c${i}`).join(", ")})
      join ${RowTable.nameOf(schemaName, table, "serving")} r on r._key = u.k
      where ${columns.map(({ name }, i) => `r.${quote(name)} is distinct from ${casts[i]}`).join(" or ")}`,
    parameters
  )
  const keys = new Set(found.map(([key]) => String(key)))
  return pairs.filter(({ key }) => keys.has(key))
})
