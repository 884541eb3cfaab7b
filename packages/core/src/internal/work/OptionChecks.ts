/** What is wrong with the options of layers that keep rows or run reactions, if anything: said before anything is begun. */
import { Duration, Option } from "effect"

export { problemOfPageSize } from "../../store/StoreRequest.ts"

/** The server is asked several times within a lease. */
const shortest = 50

/** Callers need not be TypeScript. */
const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value))

/** In milliseconds; not a number where it is no duration. */
export const leaseMillis = (lease: Duration.Input): number =>
  Option.match(Duration.fromInput(lease), { onNone: () => Number.NaN, onSome: Duration.toMillis })

export const problemOfLease = (lease: Duration.Input): string | undefined => {
  const millis = leaseMillis(lease)
  if (!Number.isFinite(millis)) return `lease is ${shown(lease)}; it is a duration such as "4 seconds"`
  return millis >= shortest ? undefined : `lease is ${millis} ms, at least ${shortest} are needed`
}

/** Those that are counted, from `least` on. */
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

/** Misspelt, it would be taken for another one. */
export const problemOfChoice = (
  name: string,
  choice: string | undefined,
  choices: ReadonlyArray<string>
): string | undefined =>
  choice === undefined || choices.includes(choice)
    ? undefined
    : `${name} is ${shown(choice)}; it is one of ${choices.map((one) => JSON.stringify(one)).join(", ")}`

/** A store knows rows by the name of their projection: of two with one name, each would fold into the other's, or twice. */
export const problemOfNames = (projections: ReadonlyArray<{ readonly name: string }>): string | undefined => {
  const names = new Set<string>()
  for (const { name } of projections) {
    if (names.has(name)) {
      return `the projection ${name} is given twice: name each once, and give those of two domains names of their own`
    }
    names.add(name)
  }
  return undefined
}
