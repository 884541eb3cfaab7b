/** What a run came to, as data: each format is a way to write this down. */
import type { Diagnostic, Suppressed } from "./Diagnostic.ts"

/** Something that was done to a file. */
export interface Change {
  readonly kind: "wrote" | "removed" | "began" | "filled in"
  /** Relative to the root, with `/`. */
  readonly file: string
}

/**
 * How a run ended. `ok`: nothing is wrong, except for warnings. `stale`: something is not as `gen` would leave it, or is
 * missing. `invalid`: the declarations cannot be generated from. `failed`: the file system refused something.
 */
export type Outcome = "ok" | "stale" | "invalid" | "failed"

export interface Report {
  readonly command: "gen" | "check" | "diff"
  readonly outcome: Outcome
  /** What the files are relative to. */
  readonly root: string
  readonly changes: ReadonlyArray<Change>
  /** Sorted. Errors if the outcome is not `ok`, otherwise warnings. */
  readonly diagnostics: ReadonlyArray<Diagnostic>
  /** What comments say is meant; for `check` only. */
  readonly suppressed?: ReadonlyArray<Suppressed>
  /** How many handlers are still stubs; for `check` only. */
  readonly unwritten?: number
  /** What would change, as a unified diff; for `diff` only. */
  readonly patch?: string
  /** What was saved and how long it took from there; while watching only. */
  readonly cause?: { readonly files: ReadonlyArray<string>; readonly milliseconds: number }
  /** The whole in one line. */
  readonly summary: string
}
