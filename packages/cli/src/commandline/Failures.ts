/** Reasons why a command ends early. Each message is for the user who runs it. */
import { Data, Predicate } from "effect"

/** The command line asks for something impossible. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

/**
 * The file, store, projection or reaction that the command line names does not exist, or no process
 * works on it.
 */
export class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

/** The rows of a projection were not rebuilt, or the rebuilt rows are not served. */
export class NotRebuilt extends Data.TaggedError("NotRebuilt")<{ readonly message: string }> {}

/** A file or a stream could not be read or written. */
export class FileFailed extends Data.TaggedError("FileFailed")<{ readonly message: string }> {}

/**
 * The reader of the output has closed it, as `head` does. Nothing is printed, and the command has
 * not succeeded either.
 */
export class OutputClosed extends Data.TaggedError("OutputClosed")<{ readonly message: string }> {}

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : ""

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "this user has no right to",
  EPERM: "this user has no right to",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only"
}

/** Returns the failure of an action on a file, such as `write backup.ndjson`. */
export const fileFailed = (action: string, cause: unknown): FileFailed => {
  const reason = reasons[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause))
  return new FileFailed({ message: `can't ${action}: ${reason}` })
}
