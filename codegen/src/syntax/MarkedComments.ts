/** Comments by which a person says that something is meant: `// eventfold-pure: the rates are compiled in`. */
import { ts } from "./Syntax.ts"

export interface MarkedComment {
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly reason: string
  /** The line of code that it is for. */
  readonly of: number
}

/** Comments of a file, by the compiler's scanner: what looks like one in a text is none. */
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
    // Tokens too: a comment may stand before any of them.
    for (const child of node.getChildren(file)) visit(child)
  }
  visit(file)
  return [...found.values()]
}

/** Those of a file that begin with a word: each is for its own line, and for the next one where nothing else is on its own. */
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
