/**
 * Rows in memory while much of the log is folded in bulk: each changed row is written once for many
 * pages, instead of once for each page.
 */
import { Effect, Result, Schema } from "effect"
import type { Lane, ProjectionFold, Routed } from "../../generated/ProjectionFold.ts"
import { RowInvalid } from "../../ProjectionError.ts"
import type { Change, ScannedEvent } from "../../store/ProjectionStore.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as TimeSlicing from "../work/TimeSlicing.ts"
import type { FoldFailure, LoadRows } from "./PageFold.ts"
import * as RowEncoding from "./RowEncoding.ts"

export interface WriteBack {
  /**
   * Folds events into the rows of the keys for which `owns` is true; `load` reads rows that are not
   * in memory. Unusable after a failure.
   */
  readonly fold: (
    events: ReadonlyArray<ScannedEvent>,
    load: LoadRows,
    owns?: (key: string) => boolean
  ) => Effect.Effect<void, FoldFailure>
  /** Returns the number of rows that are to be written. */
  readonly pending: () => number
  /** Returns the changed rows; undefined if one does not fit its schema. */
  readonly changes: () => ReadonlyArray<Change> | undefined
  /**
   * Marks all rows as written, and drops rows that were not used recently, down to the capacity.
   */
  readonly written: () => void
}

interface Cell<Row> {
  row: Row | undefined
  /**
   * `true` if the row is to be written. The event is not recorded: there are as many cells as rows
   * in memory.
   */
  isChanged: boolean
  /** `true` if the row was used since the last sweep. */
  isUsed: boolean
}

/** Stands for a stream whose row belongs to another partition. */
const notOwned = Symbol("notOwned")

type Owns = ((key: string) => boolean) | undefined

class RowsInMemory<Row, Key> implements WriteBack {
  readonly #fold: ProjectionFold<Row, Key>
  readonly #decode: (row: unknown) => Result.Result<Row, Schema.SchemaError>
  readonly #encode: (row: Row) => Result.Result<Schema.Json, string>
  readonly #capacity: number
  readonly #cells = new Map<string, Cell<Row>>()
  /**
   * The lane of each stream (`ProjectionFold.lane`), which folds its events, and the cell of its
   * row.
   */
  readonly #lanes = new Map<string, { readonly lane: Lane<Row>; readonly cell: Cell<Row> } | typeof notOwned>()
  /** `true` if a key without a cell has no stored row either. */
  #isComplete: boolean
  #pending = 0

  constructor(
    fold: ProjectionFold<Row, Key>,
    codec: Schema.Codec<Row, Schema.Json>,
    capacity: number,
    isEmpty: boolean
  ) {
    this.#fold = fold
    this.#decode = SafeCodec.decodeUnknownResult(codec)
    this.#encode = RowEncoding.make(codec)
    this.#capacity = capacity
    this.#isComplete = isEmpty
  }

  readonly fold: WriteBack["fold"] = (events, load, owns) => {
    if (!this.#isComplete) return this.#foldWithLoad(events, load, owns)
    // No row is to be loaded: each event is folded completely before the next, so its values are
    // short-lived.
    const { lane } = this.#fold
    const step = lane === undefined ? this.#foldRouted(events, owns) : this.#foldLanes(events, lane, owns)
    return Effect.flatMap(TimeSlicing.run(events.length, step), (failure) =>
      failure === undefined ? Effect.void : Effect.fail(failure)
    )
  }

  readonly pending = (): number => this.#pending

  readonly changes = (): ReadonlyArray<Change> | undefined => {
    const changes: Array<Change> = []
    for (const [key, { isChanged, row }] of this.#cells) {
      if (!isChanged) continue
      const encoded = row === undefined ? undefined : this.#encode(row)
      if (encoded !== undefined && Result.isFailure(encoded)) return undefined
      changes.push({ key, row: encoded?.success })
    }
    return changes
  }

  readonly written = (): void => {
    const cells = this.#cells
    this.#pending = 0
    for (const cell of cells.values()) cell.isChanged = false
    // Two sweeps at most: the first one clears the marks of recently used rows.
    for (let sweep = 0; sweep < 2 && cells.size > this.#capacity; sweep++) {
      for (const [key, cell] of cells) {
        if (cells.size <= this.#capacity) break
        if (cell.isUsed) cell.isUsed = false
        else {
          cells.delete(key)
          this.#isComplete = false
        }
      }
    }
    // From now on, rows are loaded by their keys.
    if (!this.#isComplete) this.#lanes.clear()
  }

  #cellOf(key: string): Cell<Row> {
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const cell: Cell<Row> = { row: undefined, isChanged: false, isUsed: true }
    this.#cells.set(key, cell)
    return cell
  }

  #put(cell: Cell<Row>, row: Row | undefined): void {
    cell.row = row
    cell.isUsed = true
    if (!cell.isChanged) this.#pending++
    cell.isChanged = true
  }

  #foldLanes(events: ReadonlyArray<ScannedEvent>, open: NonNullable<ProjectionFold<Row, Key>["lane"]>, owns: Owns) {
    return (from: number, to: number): FoldFailure | undefined => {
      for (let i = from; i < to; i++) {
        const event = events[i]!
        let known = this.#lanes.get(event.stream)
        if (known === undefined) {
          const opened = open(event)
          if (Result.isFailure(opened)) return opened.failure
          const lane = opened.success
          if (lane === undefined) continue
          known = owns?.(lane.key) === false ? notOwned : { lane, cell: this.#cellOf(lane.key) }
          this.#lanes.set(event.stream, known)
        }
        if (known === notOwned || !known.lane.types.has(event.type)) continue
        const { cell, lane } = known
        try {
          const row = lane.step(cell.row, event)
          if (Result.isFailure(row)) return row.failure
          this.#put(cell, row.success)
        } catch (cause) {
          return this.#fold.failed(event, cause)
        }
      }
      return undefined
    }
  }

  #foldRouted(events: ReadonlyArray<ScannedEvent>, owns: Owns) {
    return (from: number, to: number): FoldFailure | undefined => {
      for (let i = from; i < to; i++) {
        const event = events[i]!
        const routed = this.#fold.route(event)
        if (Result.isFailure(routed)) return routed.failure
        if (routed.success === undefined) continue
        const { keys, project } = routed.success
        try {
          for (const key of keys) {
            if (owns?.(key) === false) continue
            const cell = this.#cellOf(key)
            this.#put(cell, project(key, cell.row))
          }
        } catch (cause) {
          return this.#fold.failed(event, cause)
        }
      }
      return undefined
    }
  }

  #foldWithLoad(events: ReadonlyArray<ScannedEvent>, load: LoadRows, owns: Owns): Effect.Effect<void, FoldFailure> {
    return Effect.gen({ self: this }, function* () {
      const routed: Array<Routed<Row>> = []
      /**
       * Cells of all keys of these events, in order: looking up a key is much of the work, so it is
       * done once.
       */
      const cells: Array<Cell<Row>> = []
      const unknown: Array<string> = []
      for (const event of events) {
        const found = this.#fold.route(event)
        if (Result.isFailure(found)) return yield* Effect.fail(found.failure)
        if (found.success === undefined) continue
        const own = owns === undefined ? found.success : { ...found.success, keys: found.success.keys.filter(owns) }
        routed.push(own)
        for (const key of own.keys) {
          let cell = this.#cells.get(key)
          if (cell === undefined) {
            cell = this.#cellOf(key)
            unknown.push(key)
          }
          cells.push(cell)
        }
      }
      yield* this.#loadRows(unknown, load)
      let next = 0
      const failure = yield* TimeSlicing.run(routed.length, (from, to) => {
        for (let i = from; i < to; i++) {
          const { keys, project, recorded } = routed[i]!
          try {
            for (const key of keys) {
              const cell = cells[next++]!
              this.#put(cell, project(key, cell.row))
            }
          } catch (cause) {
            return this.#fold.failed(recorded, cause)
          }
        }
        return undefined
      })
      if (failure !== undefined) return yield* failure
    })
  }

  #loadRows(keys: ReadonlyArray<string>, load: LoadRows): Effect.Effect<void, FoldFailure> {
    if (keys.length === 0) return Effect.void
    return Effect.gen({ self: this }, function* () {
      for (const { key, row } of yield* load(keys)) {
        const decoded = this.#decode(row)
        if (Result.isFailure(decoded)) {
          return yield* new RowInvalid({ projection: this.#fold.name, key, problem: String(decoded.failure.message) })
        }
        this.#cells.get(key)!.row = decoded.success
      }
    })
  }
}

/**
 * Makes rows in memory, up to a capacity. `isEmpty` is `true` if no row of the projection is stored
 * yet, so none is to be loaded.
 */
export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number,
  isEmpty: boolean
): WriteBack => new RowsInMemory(fold, codec, capacity, isEmpty)
