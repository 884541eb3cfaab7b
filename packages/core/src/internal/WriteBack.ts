/**
 * Rows under way while much of the log is folded at once: each is written once for all the pages that changed it, and not once for
 * each of them.
 */
import { Effect, Result, Schema } from "effect"
import type { EventStoreError } from "../EventStoreError.ts"
import { RowInvalid } from "../ProjectionError.ts"
import type { ProjectionFold, Routed } from "../ProjectionFold.ts"
import type { Change, KeyedRow, ScannedEvent } from "../ProjectionStore.ts"
import type { Failure } from "./PageFolding.ts"

export interface WriteBack {
  /**
   * Changes rows, those of other partitions' keys aside; those that are needed and not known are asked for. After a failure it is of no use
   * any more.
   */
  readonly fold: (
    events: ReadonlyArray<ScannedEvent>,
    load: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>,
    owns?: (key: string) => boolean
  ) => Effect.Effect<void, Failure>
  /** How many rows are to be written. */
  readonly pending: () => number
  /** What has become of them; undefined where one does not fit its schema. */
  readonly changes: () => ReadonlyArray<Change> | undefined
  /** They are written: those that were not needed lately are forgotten, down to the capacity. */
  readonly written: () => void
}

interface Cell<Row> {
  row: Row | undefined
  /** Whether it is to be written. By which event is not kept: there are as many of these as rows in memory. */
  isChanged: boolean
  /** Whether it was needed since it was last looked at. */
  isUsed: boolean
}

/** `isFresh`: no row of the projection is stored yet, so there is none to ask for. */
export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number,
  isFresh: boolean
): WriteBack => {
  const decode = Schema.decodeUnknownResult(codec)
  const encode = Schema.encodeUnknownResult(codec)
  const cells = new Map<string, Cell<Row>>()
  /** Whether a key that has no cell has no row either. */
  let isWhole = isFresh
  let pending = 0

  const change = (cell: Cell<Row>, key: string, { project }: Routed<Row>): void => {
    cell.row = project(key, cell.row)
    cell.isUsed = true
    if (!cell.isChanged) pending++
    cell.isChanged = true
  }
  const failed = (event: ScannedEvent, cause: unknown) => Effect.fail(fold.failed(event, cause))

  return {
    fold: Effect.fnUntraced(function* (events, load, owns) {
      if (isWhole) {
        // Nothing is to be asked for: each event is done with before the next one, and what is made of it lives as short.
        for (const event of events) {
          const one = fold.route(event)
          if (Result.isFailure(one)) return yield* Effect.fail(one.failure)
          if (one.success === undefined) continue
          try {
            for (const key of one.success.keys) {
              if (owns?.(key) === false) continue
              let cell = cells.get(key)
              if (cell === undefined) {
                cell = { row: undefined, isChanged: false, isUsed: true }
                cells.set(key, cell)
              }
              change(cell, key, one.success)
            }
          } catch (cause) {
            return yield* failed(event, cause)
          }
        }
        return
      }
      const routed: Array<Routed<Row>> = []
      /** Of all keys of those, in their order: looking a key up is a good part of the work, and done once. */
      const own: Array<Cell<Row>> = []
      const unknown: Array<string> = []
      for (const event of events) {
        const one = fold.route(event)
        if (Result.isFailure(one)) return yield* Effect.fail(one.failure)
        if (one.success === undefined) continue
        const mine = owns === undefined ? one.success : { ...one.success, keys: one.success.keys.filter(owns) }
        routed.push(mine)
        for (const key of mine.keys) {
          let cell = cells.get(key)
          if (cell === undefined) {
            cell = { row: undefined, isChanged: false, isUsed: true }
            cells.set(key, cell)
            unknown.push(key)
          }
          own.push(cell)
        }
      }
      if (unknown.length > 0) {
        for (const { key, row } of yield* load(unknown)) {
          const decoded = decode(row)
          if (Result.isFailure(decoded)) {
            const problem = String(decoded.failure.message)
            return yield* new RowInvalid({ projection: fold.name, key, problem })
          }
          cells.get(key)!.row = decoded.success
        }
      }
      let next = 0
      for (const one of routed) {
        try {
          for (const key of one.keys) change(own[next++]!, key, one)
        } catch (cause) {
          return yield* failed(one.recorded, cause)
        }
      }
    }),
    pending: () => pending,
    changes: () => {
      const changes: Array<Change> = []
      for (const [key, { isChanged, row }] of cells) {
        if (!isChanged) continue
        const encoded = row === undefined ? undefined : encode(row)
        if (encoded !== undefined && Result.isFailure(encoded)) return undefined
        changes.push({ key, row: encoded?.success })
      }
      return changes
    },
    written: () => {
      pending = 0
      for (const cell of cells.values()) cell.isChanged = false
      // At most twice round: the first time takes away what was needed lately.
      for (let round = 0; round < 2 && cells.size > capacity; round++) {
        for (const [key, cell] of cells) {
          if (cells.size <= capacity) break
          if (cell.isUsed) cell.isUsed = false
          else {
            cells.delete(key)
            isWhole = false
          }
        }
      }
    }
  }
}
