/**
 * How much of the log to read at a time: many events where they are small, few where they are large, so that a page is always about as
 * large; and of many positions where few of their events are wanted.
 */

/** Characters of a page's data, about; what is made of them in memory is some ten times that. */
const target = 1_000_000
const fewest = 50
/** Positions for each event that is asked for, at most: so many that a statement has something to do, and none takes long. */
const widest = 64

export interface PageBudget {
  /** Events to ask for. */
  readonly size: () => number
  /** Positions to look for them at. */
  readonly width: () => number
  /** So many events were read, and so many characters of data, of so many positions. */
  readonly spend: (events: number, characters: number, positions: number) => void
}

/** At most so many events at a time. */
export const make = (most: number): PageBudget => {
  let size = most
  /** Positions for each event that was wanted. */
  let sparsity = 1
  return {
    size: () => size,
    width: () => Math.ceil(size * sparsity),
    spend: (events, characters, positions) => {
      // Not by too much at once: those that come may be others than those that came.
      sparsity = Math.max(1, Math.min(widest, sparsity * 2, positions / Math.max(1, events)))
      if (events === 0) return
      const fitting = Math.floor((target * events) / Math.max(1, characters))
      size = Math.min(most, Math.max(fewest, Math.min(fitting, size * 2)))
    }
  }
}
