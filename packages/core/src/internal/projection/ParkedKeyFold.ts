/**
 * Folds the waiting events of a parked key again, one after another, from its row up to the first
 * event that fails.
 */
import { Result, Schema } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import type { ProjectionFold } from "../../generated/ProjectionFold.ts"
import type { KeyedRow } from "../../store/ProjectionStore.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as RowEncoding from "./RowEncoding.ts"

export interface FoldedKey {
  /** Encoded row; undefined if there is none. */
  readonly row: Schema.Json | undefined
  /** Number of events that were folded into the row. */
  readonly folded: number
  /** Error of the next event; undefined if all were folded. */
  readonly error: string | undefined
}

export type ParkedKeyFold = (key: string, row: KeyedRow | undefined, events: ReadonlyArray<RecordedEvent>) => FoldedKey

export const make = <Row, Key>(
  fold: ProjectionFold<Row, Key>,
  codec: Schema.Codec<Row, Schema.Json>
): ParkedKeyFold => {
  const decode = SafeCodec.decodeUnknownResult(codec)
  const encode = RowEncoding.make(codec)

  return (key, before, events) => {
    let row: Row | undefined
    let encoded = before?.row
    const end = (folded: number, error?: string): FoldedKey => ({ row: encoded, folded, error })
    if (before !== undefined) {
      const decoded = decode(before.row)
      if (Result.isFailure(decoded)) return end(0, `the row does not fit its schema: ${decoded.failure.message}`)
      row = decoded.success
    }
    for (const [i, recorded] of events.entries()) {
      const routed = fold.route(recorded)
      if (Result.isFailure(routed)) return end(i, routed.failure.message)
      // The event had the key when it was parked, so a key function returned other keys for the
      // same event.
      if (routed.success?.keys.includes(key) !== true) return end(i, "the event no longer belongs to this key")
      const changed = fold.changes({ ...routed.success, keys: [key] }, () => row)
      if (Result.isFailure(changed)) return end(i, changed.failure.problem)
      row = changed.success.get(key)
      const after = row === undefined ? Result.succeed(undefined) : encode(row)
      if (Result.isFailure(after)) return end(i, `the row does not fit its schema: ${after.failure}`)
      encoded = after.success
    }
    return end(events.length)
  }
}
