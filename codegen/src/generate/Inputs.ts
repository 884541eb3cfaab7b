/** The files that a run depends on. Comparing their texts shows which files changed. */
import { existsSync, statSync } from "node:fs"
import { type Known, look } from "../syntax/Texts.ts"

export interface Change {
  readonly kind: "changed" | "added" | "removed"
  /** Absolute path. */
  readonly path: string
}

export class Inputs {
  #known = new Map<string, Known>()

  /** Returns the changes since the last call. */
  update(paths: ReadonlySet<string>): ReadonlyArray<Change> {
    const current = new Map<string, Known>()
    const changes: Array<Change> = []
    for (const path of paths) {
      const before = this.#known.get(path)
      const found = look(path, before)
      if (found !== undefined) current.set(path, found)
      if (found?.text !== before?.text) {
        changes.push({ kind: before === undefined ? "added" : found === undefined ? "removed" : "changed", path })
      }
    }
    for (const path of this.#known.keys()) {
      // A file that is only no longer an input, such as a body of a removed domain, has not
      // changed.
      if (!paths.has(path) && !existsSync(path)) changes.push({ kind: "removed", path })
    }
    this.#known = current
    return changes
  }

  /**
   * Adds files. Files that were written after `since` count as changed at the next update. Returns
   * `true` if there are any.
   */
  add(paths: Iterable<string>, since: number): boolean {
    let isLate = false
    for (const path of paths) {
      const found = this.#known.has(path) ? undefined : look(path, undefined)
      if (found === undefined) continue
      const isChanged = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since
      this.#known.set(path, isChanged ? { text: "", mark: undefined } : found)
      isLate ||= isChanged
    }
    return isLate
  }

  /** Records a text that this process wrote itself, which is not a change. */
  wrote(path: string, text: string): void {
    this.#known.set(path, { text, mark: undefined })
  }
}
