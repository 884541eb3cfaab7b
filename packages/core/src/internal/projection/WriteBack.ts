/**
 * Rows under way while much of the log is folded at once: each is written once for all the pages that changed it, and not once for
 * each of them.
 */
import { Effect, Result, Schema } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import { RowInvalid } from "../../ProjectionError.ts"
import type { Lane, ProjectionFold, Routed } from "../../generated/ProjectionFold.ts"
import type { Change, KeyedRow, ScannedEvent } from "../../store/ProjectionStore.ts"
import type { Failure } from "./PageFold.ts"
import * as RowEncoding from "./RowEncoding.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as TimeSlicing from "../work/TimeSlicing.ts"

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

const none = Symbol("none")

/** `isFresh`: no row of the projection is stored yet, so there is none to ask for. */
export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number,
  isFresh: boolean
): WriteBack => {
  const decode = SafeCodec.decodeUnknownResult(codec)
  const encode = RowEncoding.make(codec)
  const cells = new Map<string, Cell<Row>>()
  /** Of streams whose rows have cells; `none` are other partitions'. */
  const lanes = new Map<string, { readonly lane: Lane<Row>; readonly cell: Cell<Row> } | typeof none>()
  /** Whether a key that has no cell has no row either. */
  let isWhole = isFresh
  let pending = 0

  const cellOf = (key: string): Cell<Row> => {
    const known = cells.get(key)
    if (known !== undefined) return known
    const cell: Cell<Row> = { row: undefined, isChanged: false, isUsed: true }
    cells.set(key, cell)
    return cell
  }
  const put = (cell: Cell<Row>, row: Row | undefined): void => {
    cell.row = row
    cell.isUsed = true
    if (!cell.isChanged) pending++
    cell.isChanged = true
  }
  const change = (cell: Cell<Row>, key: string, { project }: Routed<Row>): void => put(cell, project(key, cell.row))
  // Nothing is to be asked for in these two: each event is done with before the next one, and what is made of it lives as short.

  const foldLanes =
    (events: ReadonlyArray<ScannedEvent>, open: NonNullable<typeof fold.lane>, owns?: (key: string) => boolean) =>
    (from: number, to: number): Failure | undefined => {
      for (let i = from; i < to; i++) {
        const event = events[i]!
        let known = lanes.get(event.stream)
        if (known === undefined) {
          const opened = open(event)
          if (Result.isFailure(opened)) return opened.failure
          const lane = opened.success
          if (lane === undefined) continue
          known = owns?.(lane.key) === false ? none : { lane, cell: cellOf(lane.key) }
          lanes.set(event.stream, known)
        }
        if (known === none || !known.lane.types.has(event.type)) continue
        const { cell, lane } = known
        try {
          const row = lane.step(cell.row, event)
          if (Result.isFailure(row)) return row.failure
          put(cell, row.success)
        } catch (cause) {
          return fold.failed(event, cause)
        }
      }
      return undefined
    }

  const foldRouted =
    (events: ReadonlyArray<ScannedEvent>, owns?: (key: string) => boolean) =>
    (from: number, to: number): Failure | undefined => {
      for (let i = from; i < to; i++) {
        const event = events[i]!
        const one = fold.route(event)
        if (Result.isFailure(one)) return one.failure
        if (one.success === undefined) continue
        try {
          for (const key of one.success.keys) {
            if (owns?.(key) !== false) change(cellOf(key), key, one.success)
          }
        } catch (cause) {
          return fold.failed(event, cause)
        }
      }
      return undefined
    }

  return {
    fold: Effect.fnUntraced(function* (events, load, owns) {
      if (isWhole) {
        const step = fold.lane === undefined ? foldRouted(events, owns) : foldLanes(events, fold.lane, owns)
        const failure = yield* TimeSlicing.run(events.length, step)
        return failure === undefined ? undefined : yield* Effect.fail(failure)
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
      const failure = yield* TimeSlicing.run(routed.length, (from, to) => {
        for (let i = from; i < to; i++) {
          const one = routed[i]!
          try {
            for (const key of one.keys) change(own[next++]!, key, one)
          } catch (cause) {
            return fold.failed(one.recorded, cause)
          }
        }
        return undefined
      })
      return failure === undefined ? undefined : yield* failure
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
      // From now on rows are asked for, by their keys.
      if (!isWhole) lanes.clear()
    }
  }
}
