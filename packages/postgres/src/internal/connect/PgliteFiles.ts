/** The files that PGlite reads besides its code: the database program itself, and what a new database is made from. */
import { Predicate } from "effect"
import { EventStoreError } from "eventfold"
import * as path from "node:path"

const names = /^(pglite|initdb)\.(data|wasm)$/

/**
 * Says that PGlite did not find one of these files, if that is what it failed with. It looks for them beside its code, so that a
 * bundle that took the code in does not have them; the directory of the database has nothing to do with it.
 */
export const explainMissing = (cause: unknown): EventStoreError.EventStoreError | undefined => {
  if (!Predicate.hasProperty(cause, "code") || cause.code !== "ENOENT") return undefined
  if (!Predicate.hasProperty(cause, "path") || typeof cause.path !== "string") return undefined
  if (!names.test(path.basename(cause.path))) return undefined
  return EventStoreError.EventStoreError.storeRefused(
    `PGlite does not find its own file ${cause.path}: a bundle took in its code without its files`,
    "Leave @electric-sql/pglite out of the bundle, as esbuild does with --external:@electric-sql/pglite, and install it with the app",
    cause
  )
}
