/** Parked events in memory: by key, in the order of their positions. */
import type { DateTime } from "effect"
import type { ParkedKey, Parking, Service, Stage } from "../../store/ProjectionStore.ts"
import { comesAfter } from "../store/RowRequest.ts"
import type { MemoryLog } from "./MemoryLog.ts"

interface Entry extends Omit<Parking, "error"> {
  error: string | undefined
  attempts: number
  isDue: boolean
  readonly parkedAt: DateTime.Utc
}

export class MemoryParking {
  readonly #keys = new Map<string, Array<Entry>>()

  get size(): number {
    return this.#keys.size
  }

  add(parkings: ReadonlyArray<Parking>, parkedAt: DateTime.Utc): void {
    for (const one of parkings) {
      const entries = this.#keys.get(one.key) ?? []
      entries.push({ ...one, attempts: one.error === undefined ? 0 : 1, isDue: false, parkedAt })
      this.#keys.set(one.key, entries)
    }
  }

  /**
   * Removes the events of a key that were folded, and records the error of the first that remains.
   */
  take({ head, key, through }: Parameters<Service["unpark"]>[2]): void {
    const [first, ...rest] = (this.#keys.get(key) ?? []).filter(({ position }) => position > through)
    if (first === undefined) {
      this.#keys.delete(key)
      return
    }
    this.#keys.set(key, [first, ...rest])
    if (head === undefined) return
    first.error = head.error
    first.isDue = head.isDue
    if (!head.isDue) first.attempts++
  }

  /** Marks one parked key, or all, as due; returns their number. */
  retry(key: string | undefined): number {
    const chosen = [...this.#keys].filter(([one]) => key === undefined || one === key)
    for (const [, [first]] of chosen) if (first !== undefined) first.isDue = true
    return chosen.length
  }

  due(): ReadonlyArray<{ readonly key: string; readonly isDue: boolean }> {
    return [...this.#keys].map(([key, [first]]) => ({ key, isDue: first?.isDue === true }))
  }

  positions(key: string): ReadonlyArray<number> {
    return (this.#keys.get(key) ?? []).map(({ position }) => position)
  }

  head(key: string, stage: Stage, log: MemoryLog): ParkedKey | undefined {
    const first = this.#keys.get(key)?.[0]
    if (first === undefined) return undefined
    const { attempts, error = "", eventId, isDue, parkedAt, position, type } = first
    const { stream, version } = log.rows[position - 1]!
    return { stage, key, position, eventId, type, stream, version, error, attempts, parkedAt, isDue }
  }

  /** Returns whether a key is parked here that is not parked in `other`. */
  hasOthersThan(other: MemoryParking): boolean {
    return [...this.#keys.keys()].some((key) => !other.#keys.has(key))
  }

  list(stage: Stage, log: MemoryLog): ReadonlyArray<ParkedKey & { readonly events: number }> {
    return [...this.#keys]
      .flatMap(([key, { length: events }]) => {
        const head = this.head(key, stage, log)
        return head === undefined ? [] : [{ ...head, events }]
      })
      .sort((a, b) => (comesAfter(a, b) ? 1 : -1))
  }
}
