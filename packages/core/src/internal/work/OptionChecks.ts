/**
 * Checks of the options of layers that run projections or reactions, before the layer does
 * anything.
 */
import { Duration, Option } from "effect"

export { problemOfPageSize } from "../store/RequestChecks.ts"

/** Minimum length of a lease: the lease is renewed several times within it. */
const minLeaseMs = 50

/** Shows an option in a message. A caller in JavaScript can pass a value of any type. */
const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value))

/** Converts a lease to milliseconds; `NaN` if it is not a duration. */
export const leaseMillis = (lease: Duration.Input): number =>
  Option.match(Duration.fromInput(lease), { onNone: () => Number.NaN, onSome: Duration.toMillis })

export const problemOfLease = (lease: Duration.Input): string | undefined => {
  const millis = leaseMillis(lease)
  if (!Number.isFinite(millis)) return `lease is ${shown(lease)}; it is a duration such as "4 seconds"`
  return millis >= minLeaseMs ? undefined : `lease is ${millis} ms, at least ${minLeaseMs} are needed`
}

/** Checks options that are counts of at least `least`. */
export const problemOfCounts = (
  least: number,
  counts: Readonly<Record<string, number | undefined>>
): string | undefined => {
  for (const [name, count] of Object.entries(counts)) {
    if (count === undefined || (Number.isSafeInteger(count) && count >= least)) continue
    return `${name} is ${shown(count)}; it is a whole number from ${least}`
  }
  return undefined
}

/**
 * Checks an option with a closed set of values. Without the check, a misspelt value would silently
 * have the effect of a different value.
 */
export const problemOfChoice = (
  name: string,
  choice: string | undefined,
  choices: ReadonlyArray<string>
): string | undefined =>
  choice === undefined || choices.includes(choice)
    ? undefined
    : `${name} is ${shown(choice)}; it is one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`

/**
 * Checks that no projection is listed twice. A store finds rows by the name of their projection, so
 * both would write the same rows.
 */
export const problemOfNames = (projections: ReadonlyArray<{ readonly name: string }>): string | undefined => {
  const names = new Set<string>()
  for (const { name } of projections) {
    if (names.has(name)) {
      return `the projection ${name} is listed twice: list each once, and name those of two domains differently`
    }
    names.add(name)
  }
  return undefined
}
