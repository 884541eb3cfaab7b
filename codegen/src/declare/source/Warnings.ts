/** Warnings about declarations, and the comments by which a person says that what they are about is meant. */
import { codes, type Diagnostic, type Suppressed } from "../../report/Diagnostic.ts"
import type { MarkedComment } from "../../syntax/MarkedComments.ts"

/** The word that a comment of this kind begins with. */
export const word = "eventfold-clear"

export interface Warnings {
  readonly left: ReadonlyArray<Diagnostic>
  readonly suppressed: ReadonlyArray<Suppressed>
}

/** Takes out what comments say is meant, by file; a comment without a reason, or with nothing to suppress, is a warning itself. */
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
        const message = `${word} suppresses nothing: nothing redacted is stored there`
        return [
          { ...at, code: codes.needless, message, fix: "take the comment out, or move it to the line that it is for" }
        ]
      }
      const message = `${word} gives no reason, and suppresses nothing`
      const fix = `say why it may be stored in the clear: \`// ${word}: …\``
      return reason === "" ? [{ ...at, code: codes.reason, message, fix }] : []
    })
  )
  return { left: [...left, ...wrong].map((one) => ({ ...one, severity: "warning" })), suppressed }
}
