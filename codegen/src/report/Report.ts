/** The result of a run, as data. Each output format renders it. */
import type { Diagnostic, Suppressed } from "./Diagnostic.ts"

/** A change that a run made to a file. */
export interface Change {
  readonly kind: "wrote" | "removed" | "began" | "filled in"
  /** Path relative to the root, with `/`. */
  readonly file: string
}

/**
 * Outcome of a run.
 *
 * - `ok`: no problems, except for warnings.
 * - `stale`: a file is missing, or differs from what `gen` would write.
 * - `invalid`: the declarations are invalid, so `gen` can't generate code from them.
 * - `failed`: the file system reported an error.
 */
export type Outcome = "ok" | "stale" | "invalid" | "failed"

/**
 * Report of a run: its outcome, the changes that it made or would make, and the problems that it
 * found.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  readonly command: "gen" | "check" | "diff"
  readonly outcome: Outcome
  /** Absolute path of the project. All files are relative to it. */
  readonly root: string
  readonly changes: ReadonlyArray<Change>
  /** Sorted. They are errors unless the outcome is `ok`, and warnings otherwise. */
  readonly diagnostics: ReadonlyArray<Diagnostic>
  /** Problems that comments accept. Only set for `check`. */
  readonly suppressed?: ReadonlyArray<Suppressed>
  /** Number of handlers that are still stubs. Only set for `check`. */
  readonly unwritten?: number
  /** The changes that `gen` would make, as a unified diff. Only set for `diff`. */
  readonly patch?: string
  /** The saved files, and the time from the save to this report. Only set while watching. */
  readonly cause?: { readonly files: ReadonlyArray<string>; readonly milliseconds: number }
  /** The result in one line. */
  readonly summary: string
}
