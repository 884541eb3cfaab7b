/** Problems that commands report. Each has a place, a message and a fix. */

/**
 * Code of each kind of problem. A number is never used again for another kind.
 *
 * The hundreds are groups that decide the exit code: invalid declarations (0, exit code 3), files
 * that differ from what `gen` would write (1, exit code 1), and impure handlers (2, exit code 1).
 */
export const codes = {
  noSchemas: "EF0001",
  syntax: "EF0002",
  threw: "EF0003",
  endless: "EF0004",
  notExported: "EF0005",
  noDomain: "EF0006",
  nodeModule: "EF0007",
  reaches: "EF0008",
  circle: "EF0009",
  badName: "EF0010",
  duplicate: "EF0011",
  noEvents: "EF0012",
  initial: "EF0013",
  unknownName: "EF0014",
  streamId: "EF0015",
  notStorable: "EF0016",
  noType: "EF0017",
  brandClash: "EF0018",
  badConfig: "EF0019",
  arrayKey: "EF0020",
  badIndex: "EF0021",
  columnName: "EF0022",
  tableName: "EF0023",
  badKey: "EF0024",
  notSchema: "EF0025",
  wideSchema: "EF0026",
  badId: "EF0027",
  inTheClear: "EF0028",
  sharedName: "EF0029",
  badDefault: "EF0030",
  noValue: "EF0031",
  stale: "EF0101",
  missing: "EF0102",
  orphan: "EF0103",
  edited: "EF0104",
  foreign: "EF0105",
  handler: "EF0106",
  noBody: "EF0107",
  uncarried: "EF0108",
  leftover: "EF0109",
  conflict: "EF0110",
  unwritten: "EF0111",
  outside: "EF0201",
  locale: "EF0202",
  later: "EF0203",
  given: "EF0204",
  kept: "EF0205",
  reason: "EF0206",
  needless: "EF0207"
} as const

export type Code = (typeof codes)[keyof typeof codes]

/** A place in a file. Lines and columns begin at 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A message and its fix. */
export interface Problem {
  /**
   * The problem, as a predicate of the file or the declaration that is named before it: `is not
   * exported`.
   */
  readonly message: string
  /** An instruction that removes the problem. It can contain code. */
  readonly fix: string
}

export interface Diagnostic extends Problem {
  readonly code: Code
  /** Path relative to the root, with `/`. */
  readonly file: string
  readonly at?: Position
  /** Set if the problem stops nothing and does not change the exit code. */
  readonly severity?: "warning"
  /** The calls that lead from a handler to the problem. */
  readonly path?: ReadonlyArray<PathStep>
}

/**
 * One step on the way to a problem: first the handler, then each function or variable that is
 * called or read.
 */
export interface PathStep {
  readonly what: "by" | "calls" | "reads"
  readonly name: string
  readonly file: string
  readonly at: Position
}

/** A problem that a comment in the source accepts, with the reason that the comment gives. */
export interface Suppressed extends Diagnostic {
  readonly reason: string
}

/** Returns the property `at` for a position that may be unknown. */
export const positioned = (at: Position | undefined): { readonly at?: Position } => (at === undefined ? {} : { at })

/** Formats a place: `schemas/bank/account.ts:12:5`. */
export const place = ({ at, file }: Pick<Diagnostic, "at" | "file">): string =>
  `${file}${at === undefined ? "" : `:${at.line}:${at.column}`}`

/** Formats a diagnostic in one line: `schemas/bank/account.ts:12:5 EF0013 …; …`. */
export const format = (diagnostic: Diagnostic): string => {
  const { code, fix, message } = diagnostic
  const steps = stepsOf(diagnostic)
  return `${place(diagnostic)} ${code} ${message}; ${fix}${steps.length === 0 ? "" : ` (${steps.join(", ")})`}`
}

/** Formats the steps of a path: `calls today at src/rates.ts:3:10`. */
export const stepsOf = ({ path = [] }: Diagnostic): ReadonlyArray<string> =>
  path.map((step) => `${step.what} ${step.name} at ${place(step)}`)

/**
 * Sorts by file, then by place, so that the output does not depend on the order in which problems
 * are found.
 */
export const sort = (diagnostics: ReadonlyArray<Diagnostic>): ReadonlyArray<Diagnostic> =>
  [...diagnostics].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message)
  )

/** Compares by code unit, so that the order is the same in every locale. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
