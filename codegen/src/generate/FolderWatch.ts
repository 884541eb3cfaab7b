/**
 * Says that something in some folders may have changed.
 *
 * Folders are watched, not files, and one by one: an editor that saves by renaming changes the folder as any other does. Node's
 * recursive watching is a watch for each file on Linux and loses folders that come later; a library would tell what happened to
 * which file, which is not asked here: texts are compared afterwards.
 */
import { type FSWatcher, statSync, watch } from "node:fs"
import { basename, dirname } from "node:path"
import { Unable } from "../report/Failure.ts"

interface Watched {
  readonly watcher: FSWatcher
  /** Which folder it is: another one of the same name is another. */
  readonly number: number
}

const folderAt = (path: string) => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() === true ? stat : undefined
}

/** The folder, or the nearest above it that there is: it may come yet. */
const nearest = (path: string): string =>
  folderAt(path) !== undefined || dirname(path) === path ? path : nearest(dirname(path))

export class FolderWatch {
  readonly #watched = new Map<string, Watched>()
  readonly #changed: () => void
  readonly #failed: (error: Error) => void

  constructor(changed: () => void, failed: (error: Error) => void) {
    this.#changed = changed
    this.#failed = failed
  }

  /** Watches just these. Whether any of them is new: it may have changed before it was watched. */
  set(folders: Iterable<string>): boolean {
    const wanted = new Set([...folders].map(nearest))
    for (const [path, { number, watcher }] of this.#watched) {
      if (wanted.has(path) && folderAt(path)?.ino === number) continue
      watcher.close()
      this.#watched.delete(path)
    }
    let isNew = false
    for (const path of wanted) {
      const stat = folderAt(path)
      if (this.#watched.has(path) || stat === undefined) continue
      const watcher = this.#watch(path)
      if (watcher === undefined) continue
      // A folder that is removed is noticed by the one above it.
      watcher.on("error", (error) => (folderAt(path) === undefined ? this.#changed() : this.#failed(error)))
      this.#watched.set(path, { watcher, number: stat.ino })
      isNew = true
    }
    return isNew
  }

  #watch(path: string): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: true }, (event, name) => {
        // Under its own name a folder reports that it was removed or moved. Its number may be given to the next folder
        // at once, so that `set` could not tell the two apart, and this watcher would report nothing any more.
        if (event === "rename" && name === basename(path)) this.#drop(path, watcher)
        this.#changed()
      })
      return watcher
    } catch (error) {
      // It went meanwhile; the folder above it is looked at again.
      if (folderAt(path) === undefined) {
        this.#changed()
        return undefined
      }
      const code = error instanceof Error && "code" in error ? error.code : undefined
      if (code !== "ENOSPC" && code !== "EMFILE") throw error
      throw new Unable(
        `can't watch ${path}: the system watches as many files as it may (${code}); raise fs.inotify.max_user_watches or max_user_instances, or close other programs that watch`
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
