import type { Loaded } from "../../generated/Loaded.ts"

/** Map of states by stream that drops the least recently used one above its capacity. */
export class StateCache<Entry extends Loaded<unknown>> {
  readonly #entries = new Map<string, Entry>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(stream: string): Entry | undefined {
    const entry = this.#entries.get(stream)
    if (entry === undefined) return undefined
    // A Map keeps the order of insertion, so an entry that is inserted again is dropped last.
    this.#entries.delete(stream)
    this.#entries.set(stream, entry)
    return entry
  }

  set(stream: string, entry: Entry): void {
    if (this.#capacity <= 0) return
    const known = this.#entries.get(stream)
    // Two commands can end in another order than they were appended in.
    if (known !== undefined && known.version > entry.version) return
    this.#entries.delete(stream)
    this.#entries.set(stream, entry)
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!)
  }

  delete(stream: string): void {
    this.#entries.delete(stream)
  }
}
