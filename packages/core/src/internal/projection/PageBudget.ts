/**
 * Chooses how much of the log to read at once, so that pages have about the same size: many events
 * if they are small, few if they are large, and from many positions if few of their events are
 * wanted.
 */

/**
 * Size of a page's data that is aimed at, in characters. In memory, its values take about ten times
 * as much.
 */
const targetCharacters = 1_000_000
const minEvents = 50
/**
 * Maximum number of positions that are searched for each wanted event. A statement then finds a
 * useful number of events, and no statement takes long.
 */
const maxPositionsPerEvent = 64

export interface PageBudget {
  /** Returns the number of events to ask for. */
  readonly events: () => number
  /** Returns the number of positions to search for these events. */
  readonly positions: () => number
  /**
   * Records how many events, with how many characters of data, were read from how many positions.
   */
  readonly record: (events: number, characters: number, positions: number) => void
}

/** Makes a budget of at most `maxEvents` events in a page. */
export const make = (maxEvents: number): PageBudget => {
  let events = maxEvents
  let positionsPerEvent = 1
  return {
    events: () => events,
    positions: () => Math.ceil(events * positionsPerEvent),
    record: (read, characters, positions) => {
      // Each page at most doubles the number, because the next events can differ from these.
      const measured = positions / Math.max(1, read)
      positionsPerEvent = Math.max(1, Math.min(maxPositionsPerEvent, positionsPerEvent * 2, measured))
      if (read === 0) return
      const fitting = Math.floor((targetCharacters * read) / Math.max(1, characters))
      events = Math.min(maxEvents, Math.max(minEvents, Math.min(fitting, events * 2)))
    }
  }
}
