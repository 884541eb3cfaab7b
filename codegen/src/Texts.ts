/** Texts of files, read again only where the file system says that they may be others. */
import { existsSync, readFileSync, statSync } from "node:fs"

export interface Known {
  readonly text: string
  /** Size, time and number of the file; none where that is too fresh to be relied on. */
  readonly mark: string | undefined
}

/** A file system's clock may stand still for so long, in milliseconds: a file may change twice at one time. */
const tick = 100

/** A file as it is now, given how it was; nothing if there is none. */
export const look = (path: string, before: Known | undefined): Known | undefined => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return undefined
  const mark = Date.now() - stat.mtimeMs > tick ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : undefined
  if (mark !== undefined && mark === before?.mark) return before
  // It may be gone since.
  return existsSync(path) ? { text: readFileSync(path, "utf8"), mark } : undefined
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
