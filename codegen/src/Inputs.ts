/** What a run depends on, as it is now: two of them tell which files changed, whoever saved them and however. */
import { existsSync, readFileSync, statSync } from "node:fs"

interface Known {
  readonly text: string
  /** Size, time and number of the file; none where that is too fresh to be relied on. */
  readonly mark: string | undefined
}

export interface Change {
  readonly kind: "changed" | "added" | "removed"
  /** Absolute. */
  readonly path: string
}

/** A file system's clock may stand still for so long, in milliseconds: a file may change twice at one time. */
const tick = 100

export class Inputs {
  #known = new Map<string, Known>()

  /** What has changed since the last call, and from now on the state that the next call compares with. */
  update(paths: ReadonlySet<string>): ReadonlyArray<Change> {
    const now = new Map<string, Known>()
    const changes: Array<Change> = []
    for (const path of paths) {
      const before = this.#known.get(path)
      const found = this.#look(path, before)
      if (found !== undefined) now.set(path, found)
      if (found?.text !== before?.text) {
        changes.push({ kind: before === undefined ? "added" : found === undefined ? "removed" : "changed", path })
      }
    }
    for (const path of this.#known.keys()) if (!paths.has(path)) changes.push({ kind: "removed", path })
    this.#known = now
    return changes
  }

  /** Takes note of more files. Those that were written after a time are changed when it is next asked. */
  add(paths: Iterable<string>, since: number): boolean {
    let isLate = false
    for (const path of paths) {
      const found = this.#known.has(path) ? undefined : this.#look(path, undefined)
      if (found === undefined) continue
      const late = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since
      this.#known.set(path, late ? { text: "", mark: undefined } : found)
      isLate ||= late
    }
    return isLate
  }

  /** What this process wrote itself is no change. */
  wrote(path: string, text: string): void {
    this.#known.set(path, { text, mark: undefined })
  }

  #look(path: string, before: Known | undefined): Known | undefined {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined || !stat.isFile()) return undefined
    const mark = Date.now() - stat.mtimeMs > tick ? `${stat.size} ${stat.mtimeMs} ${stat.ino}` : undefined
    if (mark !== undefined && mark === before?.mark) return before
    // It may be gone since.
    return existsSync(path) ? { text: readFileSync(path, "utf8"), mark } : undefined
  }
}
