/**
 * Has PGlite begin new databases with a copy of an empty one, for tests of something else than
 * that: `initdb` takes 2 s of CPU time, a copy a fifth of that.
 */
import { PGlite, type PGliteOptions } from "@electric-sql/pglite"
import { existsSync } from "node:fs"
import { join } from "node:path"

/** Replaces `PGlite.create` in this process, and returns a function that restores it. */
export const copyEmpty = (empty: () => Promise<Blob>): (() => void) => {
  const create = PGlite.create
  const isNew = ({ dataDir, fs, loadDataDir }: PGliteOptions): boolean =>
    loadDataDir === undefined &&
    fs === undefined &&
    (dataDir === undefined || (!dataDir.includes("://") && !existsSync(join(dataDir, "PG_VERSION"))))
  const value = async (options: PGliteOptions = {}): Promise<unknown> =>
    Reflect.apply(create, PGlite, [isNew(options) ? { ...options, loadDataDir: await empty() } : options])
  Object.defineProperty(PGlite, "create", { value, configurable: true, writable: true })
  return () => void Object.defineProperty(PGlite, "create", { value: create, configurable: true, writable: true })
}
