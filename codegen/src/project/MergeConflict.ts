/** Conflicts that a merge left in a file. */
import type { Position } from "../report/Diagnostic.ts"

/**
 * First character of the lines that delimit the sides of a conflict. `base` exists in the styles
 * diff3 and zdiff3.
 */
const markers = { ours: "<", base: "|", theirs: "=", end: ">" } as const

const isMarker = (line: string, mark: string): boolean =>
  line.startsWith(mark.repeat(7)) && (line.length === 7 || line[7] === " ")

/** `true` if a line delimits a side of a conflict. */
export const isConflictMarker = (line: string): boolean => Object.values(markers).some((mark) => isMarker(line, mark))

interface Conflicts {
  /** The whole text, once with the lines of each side. */
  readonly sides: readonly [ours: string, theirs: string]
  /** Line numbers of the first markers, from 1. */
  readonly lines: ReadonlyArray<number>
}

/** Finds the conflicts of a text; `undefined` if it has none. */
const conflictsIn = (text: string): Conflicts | undefined => {
  if (!text.includes("<<<<<<<")) return undefined
  const ours: Array<string> = []
  const theirs: Array<string> = []
  const found: Array<number> = []
  let within: "both" | keyof typeof markers = "both"
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (within === "both" && isMarker(line, markers.ours)) {
      within = "ours"
      found.push(index + 1)
    } else if (within === "ours" && isMarker(line, markers.base)) within = "base"
    else if ((within === "ours" || within === "base") && isMarker(line, markers.theirs)) within = "theirs"
    else if (within === "theirs" && isMarker(line, markers.end)) within = "both"
    else {
      if (within === "both" || within === "ours") ours.push(line)
      if (within === "both" || within === "theirs") theirs.push(line)
    }
  }
  // Git writes all markers of a conflict. Markers without an end are other text.
  return found.length === 0 || within !== "both"
    ? undefined
    : { sides: [ours.join("\n"), theirs.join("\n")], lines: found }
}

/** `true` if a text has merge conflicts. */
export const isConflicted = (text: string): boolean => conflictsIn(text) !== undefined

/** Returns the whole text of each side; an empty array if the text has no conflicts. */
export const sidesOf = (text: string): ReadonlyArray<string> => conflictsIn(text)?.sides ?? []

/** Returns the place of the first conflict; `undefined` if the text has none. */
export const firstConflict = (text: string): Position | undefined => {
  const line = conflictsIn(text)?.lines[0]
  return line === undefined ? undefined : { line, column: 1 }
}
