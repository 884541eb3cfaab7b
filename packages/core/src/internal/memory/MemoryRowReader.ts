/** Reads rows of projections in memory. */
import { Effect, type Schema } from "effect"
import * as CanonicalJson from "../../store/CanonicalJson.ts"
import type { Described, IndexRange, Service } from "../../store/ProjectionStore.ts"
import * as RowOrder from "../codec/RowOrder.ts"
import { byBytes } from "../work/ByteOrder.ts"
import type { MemoryTables } from "./MemoryTables.ts"

type Reader = Pick<Service, "count" | "find" | "page" | "range" | "row" | "rows">

/** Returns the text by which values are compared. No JSON value has the text of an absent field. */
const textOf = (value: Schema.Json | undefined): string => (value === undefined ? "" : CanonicalJson.text(value))

export const make = (tables: MemoryTables): Reader => {
  const inIndexOrder = (operation: string, { name, table }: Described, { fields }: IndexRange) =>
    Effect.map(tables.get(operation, name), ({ rows }) => {
      const types = RowOrder.typesOf(table, fields)
      return { entries: rows.inOrder(fields, types), rows, types }
    })

  return {
    row: ({ name }, key) =>
      Effect.map(tables.get("row", name), ({ parking, rows }) => {
        const row = rows.get(key)
        return {
          row: row === undefined ? undefined : { key, row },
          parked: parking.head(key, "serving", tables.log)
        }
      }),
    rows: ({ name }, stage, keys) => Effect.map(tables.get("rows", name, stage), ({ rows }) => rows.of(keys)),
    page: ({ name }, after, limit) =>
      Effect.map(tables.get("page", name), ({ rows }) => {
        const from = after === undefined ? 0 : rows.keys.findIndex((key) => byBytes(key, after) > 0)
        return from < 0 ? [] : rows.of(rows.keys.slice(from, from + limit))
      }),
    find: ({ name }, where) =>
      Effect.map(tables.get("find", name), ({ rows }) =>
        rows.filter((row) =>
          Object.entries(where).every(([field, value]) => textOf(Reflect.get(Object(row), field)) === textOf(value))
        )
      ),
    range: (projection, range) =>
      Effect.map(inIndexOrder("range", projection, range), ({ entries, rows, types }) =>
        rows.of(RowOrder.select(types, entries, range))
      ),
    count: (projection, range) =>
      Effect.map(inIndexOrder("count", projection, range), ({ entries, types }) =>
        RowOrder.count(types, entries, range)
      )
  }
}
