/** What would change, as a unified diff that `patch` and `git apply` take. */
import { join } from "node:path"
import { compare } from "../report/Diagnostic.ts"
import type { Difference } from "./Output.ts"
import { textIfThere } from "../syntax/Texts.ts"

/** A line of both texts, of the old one only, or of the new one only. */
type Edit = readonly [mark: " " | "-" | "+", line: string]

/** A text as lines, each with its end. */
const linesOf = (text: string): ReadonlyArray<string> => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** So many steps are taken at most: files with nothing in common are simply replaced. */
const patience = 1_000

/**
 * The shortest way from one list of lines to the other, after Myers: for each number of steps, how far each diagonal gets, then
 * the way back.
 */
const shortest = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): ReadonlyArray<Edit> => {
  const reached = new Map<number, number>([[1, 0]])
  const steps: Array<ReadonlyMap<number, number>> = []
  const at = (from: ReadonlyMap<number, number>, diagonal: number) => from.get(diagonal) ?? -1
  const before = (from: ReadonlyMap<number, number>, step: number, diagonal: number) =>
    diagonal === -step || (diagonal !== step && at(from, diagonal - 1) < at(from, diagonal + 1))
      ? diagonal + 1
      : diagonal - 1
  let isThere = false
  for (let step = 0; !isThere; step++) {
    if (step > patience) return [...a.map((line): Edit => ["-", line]), ...b.map((line): Edit => ["+", line])]
    steps.push(new Map(reached))
    for (let diagonal = -step; diagonal <= step && !isThere; diagonal += 2) {
      const from = before(reached, step, diagonal)
      let x = at(reached, from) + (from < diagonal ? 1 : 0)
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++
      reached.set(diagonal, x)
      isThere = x >= a.length && x - diagonal >= b.length
    }
  }
  const back: Array<Edit> = []
  let [x, y] = [a.length, b.length]
  for (let step = steps.length - 1; step >= 0; step--) {
    const known = steps[step]!
    const from = before(known, step, x - y)
    const startX = at(known, from)
    const startY = startX - from
    for (; x > startX && y > startY; x--, y--) back.push([" ", a[x - 1]!])
    if (step === 0) break
    if (x === startX) back.push(["+", b[--y]!])
    else back.push(["-", a[--x]!])
  }
  return back.toReversed()
}

const edits = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<Edit> => {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const same = (lines: ReadonlyArray<string>): ReadonlyArray<Edit> => lines.map((line) => [" ", line])
  return [
    ...same(before.slice(0, start)),
    ...shortest(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end))
  ]
}

/** Lines of both texts around a change. */
const context = 3

const written = ([mark, line]: Edit): string =>
  line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`

const range = (start: number, count: number): string =>
  `${count === 0 ? start : start + 1}${count === 1 ? "" : `,${count}`}`

const hunks = (all: ReadonlyArray<Edit>): string => {
  const changed = all.flatMap(([mark], at) => (mark === " " ? [] : [at]))
  const groups: Array<{ from: number; to: number }> = []
  for (const at of changed) {
    const last = groups.at(-1)
    if (last !== undefined && at - last.to <= 2 * context) last.to = at + 1
    else groups.push({ from: at, to: at + 1 })
  }
  let text = ""
  let [old, fresh, position] = [0, 0, 0]
  for (const { from, to } of groups) {
    const start = Math.max(0, from - context)
    for (; position < start; position++, old++, fresh++);
    const hunk = all.slice(start, Math.min(all.length, to + context))
    const removed = hunk.filter(([mark]) => mark !== "+").length
    const added = hunk.filter(([mark]) => mark !== "-").length
    text += `@@ -${range(old, removed)} +${range(fresh, added)} @@\n${hunk.map(written).join("")}`
    old += removed
    fresh += added
    position = start + hunk.length
  }
  return text
}

/** One file's part; nothing if the texts are the same. */
export const filePatch = (path: string, before: string | undefined, after: string | undefined): string => {
  if (before === after) return ""
  const head = `diff --git a/${path} b/${path}\n${before === undefined ? "new file mode 100644\n" : after === undefined ? "deleted file mode 100644\n" : ""}`
  const names = `--- ${before === undefined ? "/dev/null" : `a/${path}`}\n+++ ${after === undefined ? "/dev/null" : `b/${path}`}\n`
  const body = hunks(edits(linesOf(before ?? ""), linesOf(after ?? "")))
  return body === "" ? head : head + names + body
}

/** Everything that `gen` would write and remove, files in the order of their paths. */
export const patchOf = (
  root: string,
  { edited, missing, newBodies, orphans, stale }: Difference
): { readonly text: string; readonly files: number } => {
  const there = (path: string) => textIfThere(join(root, path))
  const parts = [
    ...[...missing, ...stale, ...newBodies, ...edited].map(({ path, text }) => ({ path, after: text })),
    ...orphans.map((path) => ({ path, after: undefined }))
  ].sort((a, b) => compare(a.path, b.path))
  const texts = parts.map(({ after, path }) => filePatch(path, there(path), after))
  return { text: texts.join(""), files: parts.length }
}
