/** Declarations as schema files export them. */
import { nearest } from "../report/Suggestion.ts"

/** An aggregate or a projection, and its place. */
export interface Declared<A> {
  readonly value: A
  readonly exported: string
  readonly file: string
  readonly domain: string | undefined
}

/** Returns the fix for a name that is none of the declared names. */
export const choice = (name: string, names: ReadonlyArray<string>): string => {
  const meant = nearest(name, names)
  if (meant !== undefined) return `write ${JSON.stringify(meant)}`
  return names.length === 0 ? "remove it: none is declared" : `use one of ${names.join(", ")}`
}
