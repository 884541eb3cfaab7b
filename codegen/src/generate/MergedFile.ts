/**
 * Recognizes generated files that were changed only by a merge, so that `gen` may overwrite them.
 *
 * That is so if no side of the merge was edited by hand, which the seals of both sides show. Git
 * merges most changes without a conflict, so the file alone does not contain both sides. Git keeps
 * them until the merge is committed.
 */
import { spawnSync } from "node:child_process"
import { basename, dirname } from "node:path"
import { state, unix } from "../emit/Header.ts"
import { isConflictMarker, sidesOf } from "../project/MergeConflict.ts"

const maxGitOutputBytes = 256 * 1024 * 1024

/**
 * Versions of a file that Git recorded for a merge, by their stage: 1 is the common ancestor, 2 and
 * 3 are the sides.
 */
const recordedVersions = (path: string): ReadonlyMap<string, string> => {
  const git = (...args: ReadonlyArray<string>): string => {
    const { error, status, stdout } = spawnSync("git", ["-C", dirname(path), ...args], {
      encoding: "utf8",
      maxBuffer: maxGitOutputBytes
    })
    // Without Git, or outside of a repository, nothing is recorded.
    return error === undefined && status === 0 ? stdout : ""
  }
  const versions = new Map<string, string>()
  // After `git add`, Git keeps the versions for `git checkout --merge`.
  for (const list of ["--unmerged", "--resolve-undo"]) {
    const entries = git("ls-files", "-z", list, "--", basename(path))
    for (const [, hash = "", stage = ""] of entries.matchAll(/\d+ ([0-9a-f]+) ([123])\t[^\0]*\0/g)) {
      if (!versions.has(stage)) versions.set(stage, unix(git("cat-file", "blob", hash)))
    }
  }
  return versions
}

const isSealed = (side: string | undefined): boolean => side !== undefined && state(side) === "ours"

/**
 * `true` if both sides of the merge have a valid seal, and every line of the text is from one of
 * them.
 *
 * Lines that a developer removed while resolving a conflict are no loss. A line that neither side
 * has is the developer's edit.
 */
export const isMergeOfSealed = (path: string, text: string): boolean => {
  const sides = sidesOf(text)
  if (sides.length > 0 && sides.every(isSealed)) return true
  const versions = recordedVersions(path)
  if (!isSealed(versions.get("2")) || !isSealed(versions.get("3"))) return false
  const known = new Set([...versions.values()].flatMap((version) => version.split("\n")))
  return unix(text)
    .split("\n")
    .every((line) => known.has(line) || isConflictMarker(line))
}
