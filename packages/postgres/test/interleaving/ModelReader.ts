/** Readers of the modelled log: that of the store, and readers that look right and lose events. */
import * as LogModel from "./LogModel.ts"

export type ReaderStep =
  /**
   * A snapshot in which the later steps see the log; without one each step sees all events that are
   * visible at that moment.
   */
  | "snapshot"
  /** U: the greatest visible position. */
  | "(a) U"
  /** U, regardless of a snapshot. */
  | "(a) U now"
  /**
   * U of a reader that trusts transaction ids: the greatest position of events older than every
   * running transaction.
   */
  | "(a) U below xmin"
  /** L: the least lock. */
  | "(b) L"
  /** From here on each step has a snapshot of its own. */
  | "end of snapshot"
  /** Reads the events after the cursor up to min(U, L). */
  | "(c) read"
  /** Reads the events after the cursor that are older than every running transaction. */
  | "read below xmin"

export type Steps = ReadonlyArray<ReaderStep>

export const sound: Steps = ["(a) U", "(b) L", "(c) read"]

export interface Reader {
  readonly at: number
  readonly cursor: number
  /** In the order of delivery. */
  readonly delivered: ReadonlyArray<number>
  readonly greatest: number
  /** Infinity if there is no lock. */
  readonly leastLock: number
  readonly snapshot: { readonly visible: ReadonlyArray<LogModel.VisibleEvent>; readonly xmin: number } | undefined
}

export const initial: Reader = {
  at: 0,
  cursor: 0,
  delivered: [],
  greatest: Infinity,
  leastLock: Infinity,
  snapshot: undefined
}

/** Returns the reader after its next step. After the last step it begins again. */
export const step = (reader: Reader, steps: Steps, log: LogModel.Log): Reader => {
  const seen = reader.snapshot ?? { visible: log.visible, xmin: LogModel.leastRunningXid(log) }
  const settled = seen.visible.filter(({ xid }) => xid < seen.xmin)
  const next = ((): Reader => {
    switch (steps[reader.at]!) {
      case "snapshot":
        return { ...reader, snapshot: seen }
      case "end of snapshot":
        return { ...reader, snapshot: undefined }
      case "(a) U":
        return { ...reader, greatest: LogModel.greatest(seen.visible) }
      case "(a) U now":
        return { ...reader, greatest: LogModel.greatest(log.visible) }
      case "(a) U below xmin":
        return { ...reader, greatest: LogModel.greatest(settled) }
      case "(b) L":
        return { ...reader, leastLock: LogModel.leastLock(log) }
      case "(c) read": {
        const horizon = Math.min(reader.greatest, reader.leastLock)
        const page = seen.visible.filter(({ position }) => position > reader.cursor && position <= horizon)
        return {
          ...reader,
          cursor: Math.max(reader.cursor, horizon),
          delivered: [...reader.delivered, ...page.map(({ position }) => position)]
        }
      }
      case "read below xmin": {
        const page = settled.map(({ position }) => position).filter((position) => position > reader.cursor)
        return { ...reader, cursor: page.at(-1) ?? reader.cursor, delivered: [...reader.delivered, ...page] }
      }
    }
  })()
  const { cursor, delivered } = next
  return reader.at + 1 < steps.length ? { ...next, at: reader.at + 1 } : { ...initial, cursor, delivered }
}

/** Takes all steps from the current one to the last. */
export const finish = (reader: Reader, steps: Steps, log: LogModel.Log): Reader => {
  let now = step(reader, steps, log)
  while (now.at > 0) now = step(now, steps, log)
  return now
}
