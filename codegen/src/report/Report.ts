/** The result of a run, as data. Each output format renders it. */
import type { Diagnostic, Suppressed } from "./Diagnostic.ts"
import type { ExitCode } from "./ExitCode.ts"

/** A change that a run made to a file. */
export interface Change {
  readonly kind: "wrote" | "removed" | "began" | "filled in"
  /** Path relative to the root, with `/`. */
  readonly file: string
}

export interface Report {
  readonly command: "gen" | "check" | "diff"
  readonly code: ExitCode
  /** Absolute path of the project. All files are relative to it. */
  readonly root: string
  readonly changes: ReadonlyArray<Change>
  /** Sorted. They are errors if `code` is not 0, and warnings otherwise. */
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
