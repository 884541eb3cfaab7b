/** Folds pages of the log into rows that a store keeps. Rows that were seen last are kept here too, as nobody else writes them. */
import { Effect, Result, Schema } from "effect"
import type { RecordedEvent } from "../Event.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import { ProjectionFailed, RowInvalid } from "../ProjectionError.ts"
import type { ProjectionFold, Routed } from "../ProjectionFold.ts"
import type { Change, KeyedRow, ScannedEvent } from "../ProjectionStore.ts"

export type Failure = EventStoreError | ProjectionFailed | RowInvalid

export interface Folding {
  /** What a page makes of the rows; those that are needed and not known are asked for. */
  readonly fold: (
    page: ReadonlyArray<RecordedEvent>,
    load: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  ) => Effect.Effect<ReadonlyArray<Change>, Failure>
  /** Takes what was folded last for written; what was not is forgotten, with all that is known, before the next page. */
  readonly keep: () => void
}

export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>,
  capacity: number
): Folding => {
  const decode = Schema.decodeUnknownResult(codec)
  const encode = Schema.encodeUnknownResult(codec)
  /** In the order in which they were last needed. */
  let known = new Map<string, Row | undefined>()
  let isKept = true

  const decoded = ({ key, row }: KeyedRow): Result.Result<Row, RowInvalid> =>
    Result.mapError(
      decode(row),
      (error) => new RowInvalid({ projection: fold.name, key, problem: String(error.message) })
    )

  return {
    fold: Effect.fnUntraced(function* (page, load) {
      if (!isKept) known = new Map()
      isKept = false
      const routed: Array<Routed<Row>> = []
      const unknown = new Set<string>()
      for (const recorded of page) {
        const one = fold.route(recorded)
        if (Result.isFailure(one)) return yield* Effect.fail(one.failure)
        if (one.success === undefined) continue
        routed.push(one.success)
        for (const key of one.success.keys) if (!known.has(key)) unknown.add(key)
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
      for (const one of routed) {
        const changed = fold.changes(one, (key) => known.get(key))
        if (Result.isFailure(changed)) return yield* Effect.fail(changed.failure)
        for (const [key, row] of changed.success) {
          // At the end of the order: it was needed last.
          known.delete(key)
          known.set(key, row)
          lastOf.set(key, one.recorded)
        }
      }
      const changes: Array<Change> = []
      for (const [key, { position, stream, type, version }] of lastOf) {
        const row = known.get(key)
        const encoded = row === undefined ? undefined : encode(row)
        if (encoded !== undefined && Result.isFailure(encoded)) {
          const cause = new Error(
            `the row of key ${JSON.stringify(key)} does not fit its schema: ${encoded.failure.message}`
          )
          return yield* new ProjectionFailed({ projection: fold.name, stream, version, position, type, cause })
        }
        changes.push({ key, row: encoded?.success })
      }
      return changes
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
