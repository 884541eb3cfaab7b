/** What a run depends on, as it is now: two of them tell which files changed, whoever saved them and however. */
import { existsSync, statSync } from "node:fs"
import { type Known, look } from "../syntax/Texts.ts"

export interface Change {
  readonly kind: "changed" | "added" | "removed"
  /** Absolute. */
  readonly path: string
}

export class Inputs {
  #known = new Map<string, Known>()

  /** What has changed since the last call, and from now on the state that the next call compares with. */
  update(paths: ReadonlySet<string>): ReadonlyArray<Change> {
    const now = new Map<string, Known>()
    const changes: Array<Change> = []
    for (const path of paths) {
      const before = this.#known.get(path)
      const found = look(path, before)
      if (found !== undefined) now.set(path, found)
      if (found?.text !== before?.text) {
        changes.push({ kind: before === undefined ? "added" : found === undefined ? "removed" : "changed", path })
      }
    }
    for (const path of this.#known.keys()) {
      // What is only no longer asked for, as the bodies of a domain that is gone, has not changed.
      if (!paths.has(path) && !existsSync(path)) changes.push({ kind: "removed", path })
    }
    this.#known = now
    return changes
  }

  /** Takes note of more files. Those that were written after a time are changed when it is next asked. */
  add(paths: Iterable<string>, since: number): boolean {
    let isLate = false
    for (const path of paths) {
      const found = this.#known.has(path) ? undefined : look(path, undefined)
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
}
