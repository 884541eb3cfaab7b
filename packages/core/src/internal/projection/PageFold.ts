/** Folds pages of the log into rows that a store keeps. Rows that were seen last are kept here too, as nobody else writes them. */
import { Effect, Result, Schema } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import { type ProjectionFailed, RowInvalid } from "../../ProjectionError.ts"
import type { ProjectionFold, Routed } from "../../generated/ProjectionFold.ts"
import type { Change, KeyedRow, ScannedEvent } from "../../store/ProjectionStore.ts"
import * as RowEncoding from "./RowEncoding.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as TimeSlicing from "../work/TimeSlicing.ts"

export type Failure = EventStoreError | ProjectionFailed | RowInvalid

/** An event that is not in the row of a key. */
export interface Waiting {
  readonly key: string
  readonly recorded: RecordedEvent
  /** Why it could not be folded; undefined where it waits for one that could not. */
  readonly error: string | undefined
}

export interface Folded {
  readonly changes: ReadonlyArray<Change>
  /** Of parked keys; and of those that could not be folded, where they were to be told apart from the others. */
  readonly waiting: ReadonlyArray<Waiting>
}

export interface Folding {
  /**
   * What a page makes of the rows; those that are needed and not known are asked for. Parked keys are left as they are, and keys that
   * can't be folded too, where the others are to go on (`apart`): for a page of one event.
   */
  readonly fold: (
    page: ReadonlyArray<RecordedEvent>,
    load: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>,
    parked: ReadonlySet<string>,
    apart?: boolean
  ) => Effect.Effect<Folded, Failure>
  /** Takes what was folded last for written; what was not is forgotten, with all that is known, before the next page. */
  readonly keep: () => void
}

export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number,
  /** Keys of other partitions are left to their projectors. */
  owns?: (key: string) => boolean
): Folding => {
  const decode = SafeCodec.decodeUnknownResult(codec)
  const encode = RowEncoding.make(codec)
  /** In the order in which they were last needed. */
  let known = new Map<string, Row | undefined>()
  let isKept = true

  const decoded = ({ key, row }: KeyedRow): Result.Result<Row, RowInvalid> =>
    Result.mapError(
      decode(row),
      (error) => new RowInvalid({ projection: fold.name, key, problem: String(error.message) })
    )

  return {
    fold: Effect.fnUntraced(function* (page, load, parked, apart = false) {
      if (!isKept) known = new Map()
      isKept = false
      const routed: Array<Routed<Row>> = []
      const waiting: Array<Waiting> = []
      const unknown = new Set<string>()
      for (const recorded of page) {
        const one = fold.route(recorded)
        if (Result.isFailure(one)) return yield* Effect.fail(one.failure)
        if (one.success === undefined) continue
        let healthy = owns === undefined ? one.success : { ...one.success, keys: one.success.keys.filter(owns) }
        if (parked.size > 0 && healthy.keys.some((key) => parked.has(key))) {
          for (const key of healthy.keys) if (parked.has(key)) waiting.push({ key, recorded, error: undefined })
          healthy = { ...healthy, keys: healthy.keys.filter((key) => !parked.has(key)) }
        }
        if (apart) for (const key of healthy.keys) routed.push({ ...healthy, keys: [key] })
        else routed.push(healthy)
        for (const key of healthy.keys) if (!known.has(key)) unknown.add(key)
      }
      if (unknown.size > 0) {
        for (const key of unknown) known.set(key, undefined)
        for (const one of yield* load([...unknown])) {
          const row = decoded(one)
          if (Result.isFailure(row)) return yield* Effect.fail(row.failure)
          known.set(one.key, row.success)
        }
      }
      const lastOf = new Map<string, ScannedEvent>()
      // With slow handlers a page takes longer than a lease.
      const failed = yield* TimeSlicing.run(routed.length, (from, to) => {
        for (let i = from; i < to; i++) {
          const one = routed[i]!
          const changed = fold.changes(one, (key) => known.get(key))
          if (Result.isFailure(changed)) {
            const { key, problem: error } = changed.failure
            if (!apart || key === undefined) return changed.failure
            waiting.push({ key, recorded: page[0]!, error })
            continue
          }
          for (const [key, row] of changed.success) {
            // At the end of the order: it was needed last.
            known.delete(key)
            known.set(key, row)
            lastOf.set(key, one.recorded)
          }
        }
        return undefined
      })
      if (failed !== undefined) return yield* failed
      const changes: Array<Change> = []
      for (const [key, recorded] of lastOf) {
        const row = known.get(key)
        const encoded = row === undefined ? undefined : encode(row)
        if (encoded !== undefined && Result.isFailure(encoded)) {
          const cause = new Error(`the row of key ${JSON.stringify(key)} does not fit its schema: ${encoded.failure}`)
          const failure = fold.failed(recorded, cause, key)
          if (!apart) return yield* failure
          waiting.push({ key, recorded: page[0]!, error: failure.problem })
          known.delete(key)
          continue
        }
        changes.push({ key, row: encoded?.success })
      }
      return { changes, waiting }
    }),
    keep: () => {
      isKept = true
      for (const key of known.keys()) {
        if (known.size <= capacity) break
        known.delete(key)
      }
    }
  }
}
