/**
 * The generator as a library. The command `eventfold` of `@eventfold/cli` is built on it.
 *
 * `eventfold.config.ts` may import this module, and each run of the command loads that file: so each function loads what it
 * needs when it is called.
 */
import type { Report } from "./report/Report.ts"
import type { Member, Modules, Unusable } from "./generate/GeneratedModules.ts"
import type { Explanation } from "./report/Explanations.ts"
import type { Code } from "./report/Diagnostic.ts"
import type { Options as WatchOptions } from "./generate/Watch.ts"

export { type Config, defineConfig } from "./project/Config.ts"
export * as Diagnostic from "./report/Diagnostic.ts"
export { describe as describeError, fileError } from "./report/Failure.ts"
export type { Change, Outcome, Report } from "./report/Report.ts"
export type { Explanation, Member, Modules, Unusable, WatchOptions }

/** Writes generated code; with `fix`, also stubs of missing handlers. */
export const gen = async (cwd: string, options: { readonly fix?: boolean } = {}): Promise<Report> => {
  const { gen } = await import("./generate/GenerationReports.ts")
  return gen(cwd, options)
}

/** Reports what {@link gen} would change, which handlers are missing, and which are not pure. */
export const check = async (cwd: string, options: { readonly strict?: boolean } = {}): Promise<Report> => {
  const { check } = await import("./generate/GenerationReports.ts")
  return check(cwd, options)
}

/** Shows what {@link gen} would change, as a patch. */
export const diff = async (cwd: string): Promise<Report> => {
  const { diff } = await import("./generate/GenerationReports.ts")
  return diff(cwd)
}

/** Generates, and again after each change, until the signal is aborted. */
export const watch = async (options: WatchOptions): Promise<void> => {
  const { watch } = await import("./generate/Watch.ts")
  return watch(options)
}

/** Loads the explanation of each diagnostic code. */
export const explanations = async (): Promise<Readonly<Record<Code, Explanation>>> => {
  const { explanations } = await import("./report/Explanations.ts")
  return explanations
}

/** Imports the generated code of the project that a folder belongs to. */
export const generatedModules = async (cwd: string): Promise<Modules | Unusable> => {
  const { load } = await import("./generate/GeneratedModules.ts")
  return load(cwd)
}

/** Imports the subjects of generated law tests of the project that a folder belongs to. */
export const lawSubjects = async (cwd: string): Promise<ReadonlyArray<Member> | Unusable> => {
  const { subjects } = await import("./generate/GeneratedModules.ts")
  return subjects(cwd)
}

/** Ends the process with a code if a thread that ran schema files does not end. Call it last. */
export const endThreads = async (exitCode: number): Promise<void> => {
  const { leave } = await import("./load/ThreadExit.ts")
  await leave(exitCode)
}
