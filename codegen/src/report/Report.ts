/** What a run came to, as data: each format is a way to write this down. */
import type { Diagnostic, Suppressed } from "./Diagnostic.ts"
import type { ExitCode } from "./ExitCode.ts"

/** Something that was done to a file. */
export interface Change {
  readonly kind: "wrote" | "removed" | "began" | "filled in"
  /** Relative to the root, with `/`. */
  readonly file: string
}

export interface Report {
  readonly command: "gen" | "check" | "diff"
  readonly code: ExitCode
  /** What the files are relative to. */
  readonly root: string
  readonly changes: ReadonlyArray<Change>
  /** Sorted. They are errors if the code says so, else things still to do. */
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
