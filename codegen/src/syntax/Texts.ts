/** Texts of files. A file is read again only if its size, time or inode changed. */
import { readFileSync, statSync } from "node:fs"
import { StoredJson } from "eventfold/tables"

export interface Known {
  readonly text: string
  /** Size, time and inode of the file; none if the time is too recent to show the next change. */
  readonly mark: string | undefined
}

/**
 * Resolution of a file system's clock, in milliseconds: two changes within it can have the same
 * time.
 */
const clockResolutionMs = 100

/** Returns the text of a file; none if there is no file, even if it was deleted during the call. */
export const textIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && gone.has(error.code)) return undefined
    throw error
  }
}

const gone: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR"])

/**
 * Returns a package manifest; none if it is missing or not valid JSON, which Node reports when it
 * loads a module by it.
 */
export const manifestAt = (path: string): Manifest | undefined => {
  try {
    const manifest: unknown = StoredJson.parse(textIfThere(path) ?? "")
    return manifest as Manifest
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly exports?: unknown
  readonly workspaces?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Returns the current text of a file, given the known one; none if there is no file. */
export const look = (path: string, before: Known | undefined): Known | undefined => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return undefined
  const mark = Date.now() - stat.mtimeMs > clockResolutionMs ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : undefined
  if (mark !== undefined && mark === before?.mark) return before
  const text = textIfThere(path)
  return text === undefined ? undefined : { text, mark }
}

export class Texts {
  readonly #known = new Map<string, Known>()

  read(path: string): string | undefined {
    const found = look(path, this.#known.get(path))
    if (found === undefined) this.#known.delete(path)
    else this.#known.set(path, found)
    return found?.text
  }
}
