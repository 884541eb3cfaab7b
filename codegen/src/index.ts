/**
 * The generator as a library. The command `eventfold` of `@eventfold/cli` is built on it.
 *
 * A config imports this module through `@eventfold/cli`, and each run of the command loads that
 * config: so each function loads what it needs when it is called.
 */
import type { GeneratedModules, LawSubject, Unloadable } from "./generate/GeneratedModules.ts"
import type { Options as WatchOptions } from "./generate/Watch.ts"
import type { Code } from "./report/Diagnostic.ts"
import type { Explanation } from "./report/Explanations.ts"
import type { Report } from "./report/Report.ts"

export { type Config, defineConfig } from "./project/Config.ts"
export { fileError } from "./report/Failure.ts"
export type { Report } from "./report/Report.ts"

/**
 * Writes generated code; with `fix`, also stubs of missing handlers.
 *
 * @example
 * ```ts
 * import { gen } from "@eventfold/codegen"
 *
 * const generate = async (folder: string) => (await gen(folder, { fix: true })).summary
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const gen = async (cwd: string, options: { readonly fix?: boolean } = {}): Promise<Report> => {
  const { gen } = await import("./generate/GenerationReports.ts")
  return gen(cwd, options)
}

/**
 * Reports what {@link gen} would change, which handlers are missing, and which are not pure. With
 * `strict` warnings are problems.
 *
 * @example
 * ```ts
 * import { check } from "@eventfold/codegen"
 *
 * const isUpToDate = async (folder: string) => (await check(folder, { strict: true })).outcome === "ok"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const check = async (cwd: string, options: { readonly strict?: boolean } = {}): Promise<Report> => {
  const { check } = await import("./generate/GenerationReports.ts")
  return check(cwd, options)
}

/**
 * Reports what {@link gen} would change, as a patch.
 *
 * @example
 * ```ts
 * import { diff } from "@eventfold/codegen"
 *
 * const patchOf = async (folder: string) => (await diff(folder)).patch
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const diff = async (cwd: string): Promise<Report> => {
  const { diff } = await import("./generate/GenerationReports.ts")
  return diff(cwd)
}

/**
 * Generates, and again after each change, until the signal is aborted.
 *
 * @example
 * ```ts
 * import { watch } from "@eventfold/codegen"
 *
 * const watchFolder = (cwd: string, signal: AbortSignal) =>
 *   watch({ cwd, fix: false, signal, onReport: async () => undefined, onWatching: async () => undefined })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const watch = async (options: WatchOptions): Promise<void> => {
  const { watch } = await import("./generate/Watch.ts")
  return watch(options)
}

/**
 * Loads the explanation of each code of a diagnostic.
 *
 * @example
 * ```ts
 * import { explanations } from "@eventfold/codegen"
 *
 * const { title } = (await explanations())["EF0106"]
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const explanations = async (): Promise<Readonly<Record<Code, Explanation>>> => {
  const { explanations } = await import("./report/Explanations.ts")
  return explanations
}

/**
 * Imports the generated code of the project that a folder belongs to.
 *
 * @example
 * ```ts
 * import { generatedModules } from "@eventfold/codegen"
 *
 * const namesOf = async (folder: string) => {
 *   const modules = await generatedModules(folder)
 *   return "problem" in modules ? [] : modules.aggregates.map(({ name }) => name)
 * }
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const generatedModules = async (cwd: string): Promise<GeneratedModules | Unloadable> => {
  const { load } = await import("./generate/GeneratedModules.ts")
  return load(cwd)
}

/**
 * Imports the subjects of the generated laws of the project that a folder belongs to.
 *
 * @example
 * ```ts
 * import { lawSubjects } from "@eventfold/codegen"
 *
 * const countOf = async (folder: string) => {
 *   const subjects = await lawSubjects(folder)
 *   return "problem" in subjects ? 0 : subjects.length
 * }
 * ```
 *
 * @category accessors
 * @since 0.1.0
 */
export const lawSubjects = async (cwd: string): Promise<ReadonlyArray<LawSubject> | Unloadable> => {
  const { subjects } = await import("./generate/GeneratedModules.ts")
  return subjects(cwd)
}

/**
 * Ends the process with an exit code if a thread that ran schema files does not end. A program
 * calls it last.
 *
 * @example
 * ```ts
 * import { endThreads } from "@eventfold/codegen"
 *
 * await endThreads(0)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const endThreads = async (exitCode: number): Promise<void> => {
  const { leave } = await import("./load/ThreadExit.ts")
  await leave(exitCode)
}
