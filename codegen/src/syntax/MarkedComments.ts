/**
 * Comments by which the developer accepts a finding: `// eventfold-pure: the rates are compiled
 * in`.
 */
import { ts } from "./Syntax.ts"

export interface MarkedComment {
  /** Line of the comment, from 1. */
  readonly line: number
  readonly column: number
  readonly reason: string
  /** Line of code that the comment is for. */
  readonly of: number
}

/**
 * Finds the comments of a file by the compiler's scanner, which does not take the content of a
 * string for a comment.
 */
const comments = (text: string, file: ts.SourceFile): ReadonlyArray<{ readonly pos: number; readonly end: number }> => {
  const found = new Map<number, { readonly pos: number; readonly end: number }>()
  const visit = (node: ts.Node): void => {
    for (const ranges of [
      ts.getLeadingCommentRanges(text, node.pos),
      ts.getTrailingCommentRanges(text, node.pos),
      ts.getTrailingCommentRanges(text, node.end)
    ]) {
      for (const { end, pos } of ranges ?? []) found.set(pos, { pos, end })
    }
    // Including tokens: a comment can precede any of them.
    for (const child of node.getChildren(file)) visit(child)
  }
  visit(file)
  return [...found.values()]
}

/**
 * Finds the comments that begin with a word. A comment is for its own line, or for the next line if
 * it stands alone on its line.
 */
export const read = (file: ts.SourceFile, word: string): ReadonlyArray<MarkedComment> => {
  if (!file.text.includes(word)) return []
  const mark = new RegExp(`^(?://|/\\*)\\s*${word}\\b\\s*:?\\s*([^]*?)\\s*(?:\\*/)?$`)
  const starts = file.getLineStarts()
  return comments(file.text, file).flatMap(({ end, pos }) => {
    const found = mark.exec(file.text.slice(pos, end))
    if (found === null) return []
    const { character, line } = file.getLineAndCharacterOfPosition(pos)
    const isAlone = file.text.slice(starts[line], pos).trim() === ""
    return [{ line: line + 1, column: character + 1, reason: found[1]!.trim(), of: isAlone ? line + 2 : line + 1 }]
  })
}
