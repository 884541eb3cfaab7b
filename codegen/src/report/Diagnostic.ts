/** A problem, in the user's words: where, what is wrong, and what to do about it. */

/**
 * What kind of problem it is; numbers are never used again for another.
 *
 * Groups decide the exit code: declarations that cannot be generated from (3), files that are not as `gen` would leave them
 * (1), and handlers that are not pure (1).
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

export interface Position {
  readonly line: number
  readonly column: number
}

export interface Diagnostic {
  readonly code: Code
  /** Relative to the root, with `/`. */
  readonly file: string
  readonly at?: Position
  /** What is wrong, and after a semicolon the mend, unless `fix` says it. */
  readonly message: string
  /** The mend by itself, where the message doesn't say it: it may hold code. */
  readonly fix?: string
  /** Set where it stops nothing, and decides no exit code. */
  readonly severity?: "warning"
  /** How it is come to: from a handler, by calls. */
  readonly path?: ReadonlyArray<PathStep>
}

/** A handler, and then what is called or read on the way from there, each at its place. */
export interface PathStep {
  readonly what: "by" | "calls" | "reads"
  readonly name: string
  readonly file: string
  readonly at: Position
}

/** Something impure that a person says is meant. */
export interface Suppressed extends Diagnostic {
  readonly reason: string
}

/** Where it is: `schemas/bank/account.ts:12:5`. */
export const place = ({ at, file }: Pick<Diagnostic, "at" | "file">): string =>
  `${file}${at === undefined ? "" : `:${at.line}:${at.column}`}`

/** One line: `schemas/bank/account.ts:12:5 EF0013 …`. */
export const format = (diagnostic: Diagnostic): string => {
  const { code, fix, message } = diagnostic
  const by = stepsOf(diagnostic)
  return `${place(diagnostic)} ${code} ${message}${fix === undefined ? "" : `; ${fix}`}${by.length === 0 ? "" : ` (${by.join(", ")})`}`
}

/** The way to it, a step each: `calls today at src/rates.ts:3:10`. */
export const stepsOf = ({ path = [] }: Diagnostic): ReadonlyArray<string> =>
  path.map((step) => `${step.what} ${step.name} at ${place(step)}`)

/** Messages that end in somebody else's words, where a semicolon means nothing. */
const quoting: ReadonlySet<Code> = new Set([codes.syntax, codes.threw, codes.circle, codes.badConfig])

/** What is wrong and what to do about it, apart. */
export const parts = ({
  code,
  fix,
  message
}: Diagnostic): { readonly what: string; readonly fix: string | undefined } => {
  const at = message.indexOf("; ")
  if (fix !== undefined || at < 0 || quoting.has(code)) return { what: message, fix }
  return { what: message.slice(0, at), fix: message.slice(at + 2) }
}

/** By file, then place: the same problems print in the same order, whoever found them. */
export const sort = (diagnostics: ReadonlyArray<Diagnostic>): ReadonlyArray<Diagnostic> =>
  [...diagnostics].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      compare(a.code, b.code) ||
      compare(a.message, b.message)
  )

/** By code unit, so that no locale changes an order. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
