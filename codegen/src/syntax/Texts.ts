/** Texts of files, read again only where the file system says that they may be others. */
import { readFileSync, statSync } from "node:fs"
import * as JsonText from "../project/JsonText.ts"

export interface Known {
  readonly text: string
  /** Size, time and number of the file; none where that is too fresh to be relied on. */
  readonly mark: string | undefined
}

/** A file system's clock may stand still for so long, in milliseconds: a file may change twice at one time. */
const tick = 100

/** A file's text; nothing if there is none, also where it went while it was looked for. */
export const textIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && gone.has(error.code)) return undefined
    throw error
  }
}

const gone: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR"])

/** A manifest; nothing where it is none, or half written: what loads modules by it says so. */
export const manifestAt = (path: string): Manifest | undefined => {
  try {
    const manifest: unknown = JsonText.parse(textIfThere(path) ?? "")
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

/** A file as it is now, given how it was; nothing if there is none. */
export const look = (path: string, before: Known | undefined): Known | undefined => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return undefined
  const mark = Date.now() - stat.mtimeMs > tick ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : undefined
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
