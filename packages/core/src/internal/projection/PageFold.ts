/**
 * Folds pages of the log into stored rows. Rows that were used last stay in memory, because only
 * the lease's owner writes them.
 */
import { Effect, Result, Schema } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import type { ProjectionFold, Routed } from "../../generated/ProjectionFold.ts"
import { type ProjectionFailed, RowInvalid } from "../../ProjectionError.ts"
import type { Change, KeyedRow, ScannedEvent } from "../../store/ProjectionStore.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as TimeSlicing from "../work/TimeSlicing.ts"
import * as RowEncoding from "./RowEncoding.ts"

export type FoldFailure = EventStoreError | ProjectionFailed | RowInvalid

/** Reads the stored rows of keys. */
export type LoadRows = (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>

/** An event that is not folded into the row of a key. */
export interface WaitingEvent {
  readonly key: string
  readonly recorded: RecordedEvent
  /** Error of the fold; undefined if the event waits for an earlier one that failed. */
  readonly error: string | undefined
}

export interface FoldedPage {
  readonly changes: ReadonlyArray<Change>
  /** Events of parked keys; and, if keys are folded separately, of those that failed. */
  readonly waiting: ReadonlyArray<WaitingEvent>
}

export interface PageFold {
  /**
   * Folds a page into rows; `load` reads the rows that are not in memory. Rows of parked keys are
   * not changed. With `separately`, for a page of one event, a key that fails does not fail the
   * others.
   */
  readonly fold: (
    page: ReadonlyArray<RecordedEvent>,
    load: LoadRows,
    parked: ReadonlySet<string>,
    separately?: boolean
  ) => Effect.Effect<FoldedPage, FoldFailure>
  /**
   * Records that the rows of the last page were written, so that they stay in memory. Without this
   * call, the next page drops all rows in memory.
   */
  readonly keep: () => void
}

interface RoutedPage<Row> {
  readonly routed: ReadonlyArray<Routed<Row>>
  readonly waiting: Array<WaitingEvent>
  /** Keys whose rows are not in memory. */
  readonly unknown: ReadonlySet<string>
}

class Folding<Row, Key> implements PageFold {
  readonly #fold: ProjectionFold<Row, Key>
  readonly #decode: (row: unknown) => Result.Result<Row, Schema.SchemaError>
  readonly #encode: (row: Row) => Result.Result<Schema.Json, string>
  readonly #capacity: number
  readonly #owns: ((key: string) => boolean) | undefined
  /** Rows in memory, least recently used first. */
  #rows = new Map<string, Row | undefined>()
  #isKept = true

  constructor(
    fold: ProjectionFold<Row, Key>,
    codec: Schema.Codec<Row, Schema.Json>,
    capacity: number,
    owns: ((key: string) => boolean) | undefined
  ) {
    this.#fold = fold
    this.#decode = SafeCodec.decodeUnknownResult(codec)
    this.#encode = RowEncoding.make(codec)
    this.#capacity = capacity
    this.#owns = owns
  }

  readonly fold: PageFold["fold"] = (page, load, parked, separately = false) =>
    Effect.gen({ self: this }, function* () {
      if (!this.#isKept) this.#rows = new Map()
      this.#isKept = false
      const { routed, unknown, waiting } = yield* Effect.fromResult(this.#route(page, parked, separately))
      yield* this.#loadRows(unknown, load)
      const lastEvents = new Map<string, ScannedEvent>()
      // With slow handlers, a page takes longer than the lease.
      const failed = yield* TimeSlicing.run(routed.length, (from, to) => {
        for (let i = from; i < to; i++) {
          const failure = this.#project(routed[i]!, lastEvents)
          if (failure === undefined) continue
          const { key, problem: error } = failure
          if (!separately || key === undefined) return failure
          waiting.push({ key, recorded: page[0]!, error })
        }
        return undefined
      })
      if (failed !== undefined) return yield* failed
      const changes: Array<Change> = []
      for (const [key, recorded] of lastEvents) {
        const change = this.#change(key, recorded)
        if (Result.isSuccess(change)) changes.push(change.success)
        else if (!separately) return yield* change.failure
        else {
          waiting.push({ key, recorded: page[0]!, error: change.failure.problem })
          this.#rows.delete(key)
        }
      }
      return { changes, waiting }
    })

  readonly keep = (): void => {
    this.#isKept = true
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= this.#capacity) break
      this.#rows.delete(key)
    }
  }

  /** Finds the keys of each event, without those of other partitions and parked ones. */
  #route(
    page: ReadonlyArray<RecordedEvent>,
    parked: ReadonlySet<string>,
    separately: boolean
  ): Result.Result<RoutedPage<Row>, FoldFailure> {
    const routed: Array<Routed<Row>> = []
    const waiting: Array<WaitingEvent> = []
    const unknown = new Set<string>()
    for (const recorded of page) {
      const found = this.#fold.route(recorded)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      let event = found.success
      if (event === undefined) continue
      if (this.#owns !== undefined) event = { ...event, keys: event.keys.filter(this.#owns) }
      if (parked.size > 0 && event.keys.some((key) => parked.has(key))) {
        for (const key of event.keys) if (parked.has(key)) waiting.push({ key, recorded, error: undefined })
        event = { ...event, keys: event.keys.filter((key) => !parked.has(key)) }
      }
      if (separately) for (const key of event.keys) routed.push({ ...event, keys: [key] })
      else routed.push(event)
      for (const key of event.keys) if (!this.#rows.has(key)) unknown.add(key)
    }
    return Result.succeed({ routed, waiting, unknown })
  }

  #loadRows(keys: ReadonlySet<string>, load: LoadRows): Effect.Effect<void, FoldFailure> {
    if (keys.size === 0) return Effect.void
    return Effect.gen({ self: this }, function* () {
      for (const key of keys) this.#rows.set(key, undefined)
      for (const { key, row } of yield* load([...keys])) {
        const decoded = this.#decode(row)
        if (Result.isFailure(decoded)) {
          return yield* new RowInvalid({ projection: this.#fold.name, key, problem: String(decoded.failure.message) })
        }
        this.#rows.set(key, decoded.success)
      }
    })
  }

  #project(event: Routed<Row>, lastEvents: Map<string, ScannedEvent>): ProjectionFailed | undefined {
    const changed = this.#fold.changes(event, (key) => this.#rows.get(key))
    if (Result.isFailure(changed)) return changed.failure
    for (const [key, row] of changed.success) {
      // Inserted again, as the most recently used one.
      this.#rows.delete(key)
      this.#rows.set(key, row)
      lastEvents.set(key, event.recorded)
    }
    return undefined
  }

  #change(key: string, recorded: ScannedEvent): Result.Result<Change, ProjectionFailed> {
    const row = this.#rows.get(key)
    if (row === undefined) return Result.succeed({ key, row: undefined })
    const encoded = this.#encode(row)
    if (Result.isSuccess(encoded)) return Result.succeed({ key, row: encoded.success })
    const cause = new Error(`the row of key ${JSON.stringify(key)} does not fit its schema: ${encoded.failure}`)
    return Result.fail(this.#fold.failed(recorded, cause, key))
  }
}

/**
 * Makes a fold that keeps up to `capacity` rows in memory. It folds only keys for which `owns` is
 * true.
 */
export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number,
  owns?: (key: string) => boolean
): PageFold => new Folding(fold, codec, capacity, owns)
