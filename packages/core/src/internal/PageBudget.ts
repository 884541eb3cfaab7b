/** How many events to read at a time: many where they are small, few where they are large, so that a page is always about as large. */

/** Characters of a page's data, about; what is made of them in memory is some ten times that. */
const target = 1_000_000
const fewest = 50

export interface PageBudget {
  /** Events to ask for. */
  readonly size: () => number
  /** So many events were read, and so many characters of data. */
  readonly spend: (events: number, characters: number) => void
}

/** At most so many events at a time. */
export const make = (most: number): PageBudget => {
  let size = most
  return {
    size: () => size,
    spend: (events, characters) => {
      if (events === 0) return
      const fitting = Math.floor((target * events) / Math.max(1, characters))
      // Not by too much at once: those that come may be larger than those that came.
      size = Math.min(most, Math.max(fewest, Math.min(fitting, size * 2)))
    }
  }
}
