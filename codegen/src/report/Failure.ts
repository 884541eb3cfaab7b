/** Failures that no declaration causes: errors of the file system, described in one line. */
import { existsSync } from "node:fs"
import { dirname } from "node:path"

/** A limit of the machine. The message is shown to the user. */
export class Unable extends Error {}

/** Reasons in plain terms, by the code of the system. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "it is a file, not a folder",
  EEXIST: "it is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ELOOP: "its links form a circle"
}

/** The nearest part of a path that exists: the file that is in the place of a folder. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)))

/**
 * Describes an error of the file system, such as a folder that can't be written to; `undefined` for
 * any other error.
 *
 * **When to use**
 *
 * In a program that runs the generator, to tell a full disk or a missing permission from a defect.
 *
 * @example
 * ```ts
 * import { fileError, gen } from "@eventfold/codegen"
 *
 * const generate = (folder: string) =>
 *   gen(folder).then(
 *     ({ summary }) => summary,
 *     (error: unknown) => fileError(error) ?? "a defect"
 *   )
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const fileError = (error: unknown): string | undefined => {
  if (error instanceof Unable) return error.message
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined
  const why = reasons[error.code]
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined
  if (why === undefined || path === undefined) return undefined
  return `can't use ${error.code === "ENOTDIR" ? nearest(path) : path}: ${why} (${error.code})`
}
