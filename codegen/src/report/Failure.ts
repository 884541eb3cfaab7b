/** What went wrong that is nobody's declaration: in a line where the system says why, with its stack where it is ours. */
import { existsSync } from "node:fs"
import { dirname } from "node:path"

/** Something that the machine can't do; the message is for whoever runs it. */
export class Unable extends Error {}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "it may not be written or read",
  EPERM: "it may not be written or read",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a file stands where a folder should",
  EEXIST: "a file stands where a folder should",
  EISDIR: "a folder stands where a file should",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ELOOP: "its links lead in a circle"
}

/** The file in the way, of a path that leads through one. */
const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)))

/** An error of the file system, such as a folder that can't be written to. */
export const fileError = (error: unknown): string | undefined => {
  if (error instanceof Unable) return error.message
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined
  const why = reasons[error.code]
  const path = "path" in error && typeof error.path === "string" ? error.path : undefined
  if (why === undefined || path === undefined) return undefined
  return `can't use ${error.code === "ENOTDIR" ? nearest(path) : path}: ${why} (${error.code})`
}

export const describe = (error: unknown): string =>
  fileError(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
