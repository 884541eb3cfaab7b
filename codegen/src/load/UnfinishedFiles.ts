/** Reports schema files that did not finish loading, as problems with places. */
import { dirname, resolve } from "node:path"
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Outcome } from "./Evaluation.ts"
import { type Context, contextOf, type Sources } from "./LoadContext.ts"
import { firstAwait, parse } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

/** Why the files did not finish loading. */
export const problems = (
  outcome: Exclude<Outcome, { readonly kind: "evaluated" }>,
  root: string,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const context = contextOf(root, sources)
  const file = outcome.file === "" ? ([...sources.keys()][0] ?? "") : outcome.file
  const waiting = (): Pick<Diagnostic, "at" | "file"> => awaitOf(context, resolve(root, file)) ?? { file }
  switch (outcome.kind) {
    case "waits":
      return [
        {
          code: codes.endless,
          ...waiting(),
          message: "awaits something that never happens",
          fix: "let schema files declare only, without waiting: write the value down"
        }
      ]
    case "endless": {
      const { busyAt, exceeded } = outcome
      const spent = `${seconds(exceeded.cpuMs)} of CPU time, ${seconds(exceeded.elapsedMs)} by the clock`
      switch (exceeded.how) {
        case "works": {
          const place = busyAt === undefined ? { file } : { file: context.pathOf(busyAt.file), at: busyAt.at }
          const where = busyAt === undefined ? "" : "; it was here then"
          return [
            {
              code: codes.endless,
              ...place,
              message: `was still loading after ${spent}${where}`,
              fix: "let schema files declare only: no loop that goes on"
            }
          ]
        }
        case "waits": {
          const place = waiting()
          return [
            {
              code: codes.endless,
              ...place,
              message: `waits${place.at === undefined ? "" : " here"} for something that has not happened (${spent})`,
              fix: "let schema files declare only, without waiting: write the value down"
            }
          ]
        }
        case "stuck":
          return [
            {
              code: codes.endless,
              file,
              message: `is stuck in a call that does not return, its own or a package's (${spent})`,
              fix: "let schema files declare only: no lock to wait for, no pipe to read; if the disk did not answer, run it again"
            }
          ]
      }
    }
    case "exited":
      return [
        {
          code: codes.threw,
          file,
          message: `ended the program while it was loaded: ${outcome.why}`,
          fix: "let schema files declare only"
        }
      ]
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

/** The first thing that a file waits for, or one that it imports. */
const awaitOf = (context: Context, path: string): Pick<Diagnostic, "file" | "at"> | undefined => {
  const reached = new Set([path])
  for (const one of reached) {
    const text = textIfThere(one)
    if (text === undefined) continue
    const position = firstAwait(parse(one, text))
    if (position !== undefined) return { file: context.pathOf(one), at: position }
    for (const { specifier } of context.syntaxOf(one)?.imports ?? []) {
      if (specifier.startsWith(".")) reached.add(resolve(dirname(one), specifier))
    }
  }
  return undefined
}
