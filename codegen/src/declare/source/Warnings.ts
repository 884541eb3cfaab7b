/** Warnings about declarations, and the comments that accept them. */
import { codes, type Diagnostic, type Suppressed } from "../../report/Diagnostic.ts"
import type { MarkedComment } from "../../syntax/MarkedComments.ts"

/** First word of such a comment. */
export const commentWord = "eventfold-clear"

export interface Warnings {
  /** Warnings that no comment accepts. */
  readonly left: ReadonlyArray<Diagnostic>
  readonly suppressed: ReadonlyArray<Suppressed>
}

/**
 * Separates the warnings that a comment with a reason accepts. A comment without a reason, or
 * without a warning, is a warning itself. Comments are given by file.
 */
export const sift = (
  found: ReadonlyArray<Diagnostic>,
  comments: ReadonlyMap<string, ReadonlyArray<MarkedComment>>
): Warnings => {
  const used = new Set<MarkedComment>()
  const suppressed: Array<Suppressed> = []
  const left = found.filter((one) => {
    const comment = comments.get(one.file)?.find(({ of }) => of === one.at?.line)
    if (comment === undefined) return true
    used.add(comment)
    if (comment.reason === "") return true
    suppressed.push({ ...one, reason: comment.reason })
    return false
  })
  const wrong = [...comments].flatMap(([file, all]) =>
    all.flatMap((comment): ReadonlyArray<Diagnostic> => {
      const { column, line, reason } = comment
      const at = { file, at: { line, column } }
      if (!used.has(comment)) {
        const message = `${commentWord} suppresses nothing, because no redacted value is stored there`
        return [
          {
            ...at,
            code: codes.needless,
            message,
            fix: "remove the comment, or move it to the line of the redacted value"
          }
        ]
      }
      const message = `${commentWord} has no reason, so it suppresses nothing`
      const fix = `add the reason why the value may be stored unencrypted: \`// ${commentWord}: …\``
      return reason === "" ? [{ ...at, code: codes.reason, message, fix }] : []
    })
  )
  return { left: [...left, ...wrong].map((one) => ({ ...one, severity: "warning" })), suppressed }
}
