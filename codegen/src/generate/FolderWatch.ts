/**
 * Watches folders, and reports that something in them may have changed.
 *
 * Folders are watched, not files, because an editor that saves by renaming changes the folder like
 * any other editor. Each folder has its own watcher: on Linux, Node's recursive mode creates a
 * watcher for each file and misses new folders. A library would report the changed files, which is
 * not needed here, because the texts are compared afterwards.
 */
import { type FSWatcher, statSync, watch } from "node:fs"
import { basename, dirname } from "node:path"
import { Unable } from "../report/Failure.ts"

interface Watched {
  readonly watcher: FSWatcher
  /** Inode of the folder, which distinguishes it from a new folder with the same path. */
  readonly inode: number
}

const folderAt = (path: string) => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() === true ? stat : undefined
}

/** Returns the folder, or the nearest existing folder above it, in which it can be created. */
const nearest = (path: string): string =>
  folderAt(path) !== undefined || dirname(path) === path ? path : nearest(dirname(path))

export class FolderWatch {
  readonly #watched = new Map<string, Watched>()
  readonly #onChange: () => void
  readonly #onError: (error: Error) => void

  constructor(onChange: () => void, onError: (error: Error) => void) {
    this.#onChange = onChange
    this.#onError = onError
  }

  /**
   * Watches only these folders. Returns `true` if one is new, which may have changed before it was
   * watched.
   */
  set(folders: Iterable<string>): boolean {
    const wanted = new Set([...folders].map(nearest))
    for (const [path, { inode, watcher }] of this.#watched) {
      if (wanted.has(path) && folderAt(path)?.ino === inode) continue
      watcher.close()
      this.#watched.delete(path)
    }
    let isNew = false
    for (const path of wanted) {
      const stat = folderAt(path)
      if (this.#watched.has(path) || stat === undefined) continue
      const watcher = this.#watch(path)
      if (watcher === undefined) continue
      // A deleted folder is reported by the folder above it.
      watcher.on("error", (error) => (folderAt(path) === undefined ? this.#onChange() : this.#onError(error)))
      this.#watched.set(path, { watcher, inode: stat.ino })
      isNew = true
    }
    return isNew
  }

  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: true }, (event, name) => {
        // A folder reports its own name if it was deleted or moved. A new folder can have the same
        // inode, so that `set` could not distinguish the two, and this watcher would report no
        // further changes.
        if (event === "rename" && name === basename(path)) this.#drop(path, watcher)
        this.#onChange()
      })
      return watcher
    } catch (error) {
      // The folder was deleted in the meantime. The folder above it is watched instead.
      if (folderAt(path) === undefined) {
        this.#onChange()
        return undefined
      }
      const code = error instanceof Error && "code" in error ? error.code : undefined
      if (code !== "ENOSPC" && code !== "EMFILE") throw error
      throw new Unable(
        `can't watch ${path}: the limit of the system for file watchers is reached (${code}); raise fs.inotify.max_user_watches or max_user_instances, or close other programs that watch files`
      )
    }
  }

  #drop(path: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watched.get(path)?.watcher === watcher) this.#watched.delete(path)
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close()
    this.#watched.clear()
  }
}
