/** The changes that `gen` would make, as a unified diff for `patch` and `git apply`. */
import { formatPatch, type StructuredPatch, type StructuredPatchHunk, structuredPatch } from "diff"
import { join } from "node:path"
import { compare } from "../report/Diagnostic.ts"
import type { Difference } from "./Output.ts"
import { textIfThere } from "../syntax/Texts.ts"

/**
 * Maximum number of removed and added lines that a shortest diff is searched for. The time grows
 * with its square: 2,000 lines take 0.1 s, 8,000 take 5 s. Files with more changes are replaced as
 * a whole.
 */
const maxEditLines = 2_000

/** Number of unchanged lines around a change. */
const contextLines = 3

/** One hunk that removes all lines of a text and adds all lines of the other. */
const replacement = (before: string, after: string): StructuredPatchHunk => {
  const [removed] = structuredPatch("", "", before, "").hunks
  const [added] = structuredPatch("", "", "", after).hunks
  return {
    oldStart: 1,
    oldLines: removed?.oldLines ?? 0,
    newStart: 1,
    newLines: added?.newLines ?? 0,
    lines: [...(removed?.lines ?? []), ...(added?.lines ?? [])]
  }
}

/**
 * Diff of one file; empty if the texts are equal. `undefined` stands for a file that does not
 * exist.
 */
export const filePatch = (path: string, before: string | undefined, after: string | undefined): string => {
  if (before === after) return ""
  const [oldText, newText] = [before ?? "", after ?? ""]
  const found = structuredPatch("", "", oldText, newText, undefined, undefined, {
    context: contextLines,
    maxEditLength: maxEditLines
  })
  const patch: StructuredPatch = {
    oldFileName: before === undefined ? "/dev/null" : `a/${path}`,
    newFileName: after === undefined ? "/dev/null" : `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: found?.hunks ?? [replacement(oldText, newText)],
    isGit: true,
    ...(before === undefined ? { isCreate: true } : {}),
    ...(after === undefined ? { isDelete: true } : {})
  }
  return formatPatch(patch)
}

/** Diff of all files that `gen` would write or remove, in the order of their paths. */
export const patchOf = (
  root: string,
  { edited, missing, newBodies, orphans, stale }: Difference
): { readonly text: string; readonly files: number } => {
  const parts = [
    ...[...missing, ...stale, ...newBodies, ...edited].map(({ path, text }) => ({ path, after: text })),
    ...orphans.map((path) => ({ path, after: undefined }))
  ].sort((a, b) => compare(a.path, b.path))
  const texts = parts.map(({ after, path }) => filePatch(path, textIfThere(join(root, path)), after))
  return { text: texts.join(""), files: parts.length }
}
