/** Readers of the modelled log: ours, and those that look right and are not. */
import * as LogModel from "./LogModel.ts"

export type ReaderStep =
  /** A snapshot that the steps after it see the log by; without one each step sees what is visible at that moment. */
  | "snapshot"
  /** U: the greatest visible position. */
  | "(a) U"
  /** The same, whatever snapshot there is. */
  | "(a) U as it is"
  /** U of a reader that trusts transaction ids: the greatest position of those older than every running one. */
  | "(a) U below xmin"
  /** L: the least lock. */
  | "(b) L"
  /** From here on the log is seen as it is, by snapshots of the steps' own. */
  | "end of snapshot"
  /** Reads what is after the cursor up to min(U, L). */
  | "(c) read"
  /** Reads what is after the cursor and older than every running transaction. */
  | "read below xmin"

export type Steps = ReadonlyArray<ReaderStep>

export const sound: Steps = ["(a) U", "(b) L", "(c) read"]

export interface Reader {
  readonly at: number
  readonly cursor: number
  /** In the order of delivery. */
  readonly delivered: ReadonlyArray<number>
  readonly greatest: number
  /** None: Infinity. */
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

/** The reader after its next step. It begins again after the last one. */
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
      case "(a) U as it is":
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

/** From wherever the reader is to the end of its last step. */
export const finish = (reader: Reader, steps: Steps, log: LogModel.Log): Reader => {
  let now = step(reader, steps, log)
  while (now.at > 0) now = step(now, steps, log)
  return now
}
