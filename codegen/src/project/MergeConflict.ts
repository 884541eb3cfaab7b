/**
 * Files that a merge left with conflicts.
 *
 * A generated file is the machine's as long as no side of the merge was edited by hand: both sides bear a valid seal. Most of a
 * merge goes in without a conflict, so the sides can't be read from the file alone; Git keeps them until the merge is committed.
 */
import { spawnSync } from "node:child_process"
import { basename, dirname } from "node:path"
import type { Position } from "../report/Diagnostic.ts"
import { state, unix } from "../emit/Header.ts"

/** What lines of a conflict begin with: of one side, of what both come from (in diff3 and zdiff3 style), and of the other side. */
const markers = { ours: "<", base: "|", theirs: "=", end: ">" } as const

const isMarker = (line: string, mark: string): boolean =>
  line.startsWith(mark.repeat(7)) && (line.length === 7 || line[7] === " ")

const isAnyMarker = (line: string): boolean => Object.values(markers).some((mark) => isMarker(line, mark))

interface Conflicts {
  /** The whole text, as each side has it where they differ. */
  readonly sides: readonly [ours: string, theirs: string]
  /** Lines of the first markers, from 1. */
  readonly lines: ReadonlyArray<number>
}

/** The conflicts that a text holds; nothing if it holds none. */
const conflictsIn = (text: string): Conflicts | undefined => {
  const ours: Array<string> = []
  const theirs: Array<string> = []
  const found: Array<number> = []
  let within: "both" | keyof typeof markers = "both"
  for (const [place, line] of unix(text).split("\n").entries()) {
    if (within === "both" && isMarker(line, markers.ours)) {
      within = "ours"
      found.push(place + 1)
    } else if (within === "ours" && isMarker(line, markers.base)) within = "base"
    else if ((within === "ours" || within === "base") && isMarker(line, markers.theirs)) within = "theirs"
    else if (within === "theirs" && isMarker(line, markers.end)) within = "both"
    else {
      if (within === "both" || within === "ours") ours.push(line)
      if (within === "both" || within === "theirs") theirs.push(line)
    }
  }
  // Markers without an end are no conflict of Git's.
  return found.length === 0 || within !== "both"
    ? undefined
    : { sides: [ours.join("\n"), theirs.join("\n")], lines: found }
}

/** Whether a text holds merge conflicts. */
export const isConflicted = (text: string): boolean => text.includes("<<<<<<<") && conflictsIn(text) !== undefined

/** The sides of a text that holds merge conflicts, whole; none if it holds none. */
export const sidesOf = (text: string): ReadonlyArray<string> =>
  text.includes("<<<<<<<") ? (conflictsIn(text)?.sides ?? []) : []

/** Where the first merge conflict of a text begins; nothing if it holds none. */
export const firstConflict = (text: string): Position | undefined => {
  const line = text.includes("<<<<<<<") ? conflictsIn(text)?.lines[0] : undefined
  return line === undefined ? undefined : { line, column: 1 }
}

/** Versions of a file that Git recorded for a merge, by their number: 1 is what both sides come from, 2 and 3 are the sides. */
const recorded = (path: string): ReadonlyMap<string, string> => {
  const git = (...args: ReadonlyArray<string>): string => {
    const { error, status, stdout } = spawnSync("git", ["-C", dirname(path), ...args], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024
    })
    // No Git, or no repository: then nothing is recorded.
    return error === undefined && status === 0 ? stdout : ""
  }
  const versions = new Map<string, string>()
  // After `git add` they are kept for `git checkout --merge`.
  for (const list of ["--unmerged", "--resolve-undo"]) {
    const entries = git("ls-files", "-z", list, "--", basename(path))
    for (const [, hash = "", version = ""] of entries.matchAll(/\d+ ([0-9a-f]+) ([123])\t[^\0]*\0/g)) {
      if (!versions.has(version)) versions.set(version, unix(git("cat-file", "blob", hash)))
    }
  }
  return versions
}

/**
 * Whether a generated file, which bears no valid seal as it is, is what a merge made of files that do, and nothing else.
 *
 * Whatever a person made of the conflicts, taking lines out of it loses nothing; a line that neither side has is the person's.
 */
export const isOfMerge = (path: string, text: string): boolean => {
  const isOurs = (side: string | undefined) => side !== undefined && state(side) === "ours"
  if (conflictsIn(text)?.sides.every(isOurs) === true) return true
  const versions = recorded(path)
  if (!isOurs(versions.get("2")) || !isOurs(versions.get("3"))) return false
  const known = new Set([...versions.values()].flatMap((version) => version.split("\n")))
  return unix(text)
    .split("\n")
    .every((line) => known.has(line) || isAnyMarker(line))
}
