/** Values that a history has had: of its commands, its events and its states. */
import { Option } from "effect"

/** Maximum number of values in the pool: older ones are rarely the ones that matter. */
const maxValues = 32
/** Maximum number of values taken from one added value, which can have any size. */
const maxValuesPerAdd = 12
const maxNestingLevels = 5

export class ValuePool {
  /** The latest value first. */
  #values: Array<unknown> = []

  /** Adds a value and the values inside it. */
  add(value: unknown): void {
    this.#values = [...inside(value, 0).take(maxValuesPerAdd), ...this.#values].slice(0, maxValues)
  }
  /**
   * Returns one of the values that fit, counted from the latest, or `undefined` if no value fits.
   */
  fitting(fits: (value: unknown) => boolean, choice: number): unknown {
    const found = this.#values.filter(fits)
    return found[choice % Math.max(found.length, 1)]
  }
}

function* inside(value: unknown, level: number): Generator<unknown> {
  if (Option.isOption(value)) {
    if (Option.isSome(value)) yield* inside(value.value, level)
    return
  }
  // These types have so few values that each is drawn often enough.
  if (value === null || value === undefined || typeof value === "boolean") return
  yield value
  const prototype: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null
  if (isPlain && level < maxNestingLevels) {
    for (const inner of Object.values(value)) yield* inside(inner, level + 1)
  }
}
