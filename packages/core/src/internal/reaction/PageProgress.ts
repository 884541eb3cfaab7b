import type { RecordedEvent } from "../../Event.ts"
import type { EventId } from "../../EventId.ts"

/** Records which events of a page are done, in any order, and up to which of them all are done. */
export class PageProgress {
  readonly #events: ReadonlyArray<RecordedEvent>
  readonly #done: Set<EventId>
  #next = 0

  constructor(events: ReadonlyArray<RecordedEvent>, done: ReadonlySet<EventId>) {
    this.#events = events
    this.#done = new Set(events.flatMap(({ id }) => (done.has(id) ? [id] : [])))
  }

  done(id: EventId): void {
    this.#done.add(id)
  }

  /** Last event up to which all events are done; undefined if the first is not. */
  get last(): RecordedEvent | undefined {
    while (this.#next < this.#events.length && this.#done.has(this.#events[this.#next]!.id)) this.#next++
    return this.#events[this.#next - 1]
  }
}
