/** Reports schema files that did not finish loading. */
import { dirname, resolve } from "node:path"
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import type { Outcome } from "./Evaluation.ts"
import { contextOf, type LoadContext, type Sources } from "./LoadContext.ts"
import { firstAwait, parse } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

type Unfinished = Exclude<Outcome, { readonly kind: "evaluated" }>

const withoutWaiting = "remove what it waits for: schema files must only contain declarations"

/** Reports why the files did not finish loading. */
export const problems = (outcome: Unfinished, root: string, sources: Sources): ReadonlyArray<Diagnostic> => {
  const context = contextOf(root, sources)
  const file = outcome.file === "" ? ([...sources.keys()][0] ?? "") : outcome.file
  const awaited = () => awaitOf(context, resolve(root, file)) ?? { file }
  switch (outcome.kind) {
    case "waits": {
      const message = "awaits something that never happens"
      return [{ code: codes.endless, ...awaited(), message, fix: withoutWaiting }]
    }
    case "endless":
      return [endless(context, file, outcome, awaited)]
    case "exited": {
      const message = `ended the process while it was loaded: ${outcome.why}`
      return [{ code: codes.threw, file, message, fix: "fix the cause: schema files must only contain declarations" }]
    }
  }
}

const endless = (
  context: LoadContext,
  file: string,
  { busyAt, exceeded }: Extract<Unfinished, { readonly kind: "endless" }>,
  awaited: () => Pick<Diagnostic, "at" | "file">
): Diagnostic => {
  const spent = `${seconds(exceeded.cpuMs)} of CPU time in ${seconds(exceeded.elapsedMs)}`
  switch (exceeded.how) {
    case "works":
      return {
        code: codes.endless,
        ...(busyAt === undefined ? { file } : { file: context.pathOf(busyAt.file), at: busyAt.at }),
        message: `was still loading after ${spent}${busyAt === undefined ? "" : ", and was stopped here"}`,
        fix: "remove endless loops and long computations: schema files must only contain declarations"
      }
    case "waits": {
      const place = awaited()
      const message = `waits${place.at === undefined ? "" : " here"} for something that has not happened (${spent})`
      return { code: codes.endless, ...place, message, fix: withoutWaiting }
    }
    case "stuck":
      return {
        code: codes.endless,
        file,
        message: `is blocked in a call that does not return, its own or a package's (${spent})`,
        fix: "do not wait for a lock or read a pipe in schema files; if the disk did not respond, run the command again"
      }
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

/** Returns the first `await` of a file, or of a file that it imports. */
const awaitOf = (context: LoadContext, path: string): Pick<Diagnostic, "file" | "at"> | undefined => {
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
