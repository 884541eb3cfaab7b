/** Where something parts from what a law demands, and how two values in stored form differ. */
import { CanonicalJson } from "eventfold"

export interface Divergence {
  /** Index into the history, or into the commands; -1 is before the first. */
  readonly at: number
  readonly because: string
  /** One line for each place in which two states differ. */
  readonly differences?: ReadonlyArray<string>
}

/**
 * The place and both values, for each place where two JSON values differ; `{}` and `[]` are told apart. `whole` is what the values
 * themselves are called.
 */
export const between = CanonicalJson.differences
