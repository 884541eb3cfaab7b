/** Reads, folds again and lists parked keys of projections in memory. */
import { DateTime, Effect } from "effect"
import type { Operations } from "../../store/StoreOperations.ts"
import { comesAfter } from "../store/RowRequest.ts"
import { apply } from "./MemoryRowWriter.ts"
import type { MemoryTables } from "./MemoryTables.ts"

type ParkedKeys = Pick<NonNullable<Operations["projections"]>, "parked" | "parkedKeys" | "retry" | "unpark" | "waiting">

export const make = (tables: MemoryTables): ParkedKeys => ({
  parkedKeys: ({ name, stage }) => Effect.map(tables.get("parkedKeys", name, stage), ({ parking }) => parking.due()),
  waiting: Effect.fnUntraced(function* ({ name, stage }, key, limit) {
    const { parking } = yield* tables.get("waiting", name, stage)
    const positions = parking.positions(key).slice(0, limit)
    const { error, events } = tables.log.content(positions.map((position) => tables.log.rows[position - 1]!))
    return error !== undefined && events.length === 0 ? yield* error : events
  }),
  unpark: Effect.fnUntraced(function* (_, lease, retried) {
    const found = tables.leased(lease)
    if (found === undefined) return false
    const { partition, rows } = found
    if (retried.change !== undefined) apply(rows.rows, [retried.change])
    rows.parking.take(retried)
    partition.savedAt = yield* DateTime.now
    return true
  }),
  parked: (name, { after, limit, stage }) =>
    Effect.map(tables.get("parked", name), () =>
      (tables.find(name, stage)?.parking.list(stage, tables.log) ?? [])
        .filter((one) => after === undefined || comesAfter(one, after))
        .slice(0, limit)
    ),
  retry: Effect.fnUntraced(function* (name, key) {
    yield* tables.get("retry", name)
    let count = 0
    for (const stage of ["serving", "next"] as const) {
      const rows = tables.find(name, stage)
      const due = rows?.parking.retry(key) ?? 0
      count += due
      if (rows !== undefined && due > 0) rows.partitions.endLeases()
    }
    return count
  })
})
