/**
 * The files that PGlite reads besides its code: the database program, and the template of a new
 * database.
 */
import { Predicate } from "effect"
import { EventStoreError } from "eventfold"
import * as path from "node:path"

const names = /^(pglite|initdb)\.(data|wasm)$/

/**
 * Returns the error of a PGlite that did not find one of these files, if `cause` is that failure.
 * PGlite looks for them beside its code, so a bundle that includes the code does not have them; the
 * directory of the database is not the reason.
 */
export const explainMissing = (cause: unknown): EventStoreError.EventStoreError | undefined => {
  if (!Predicate.hasProperty(cause, "code") || cause.code !== "ENOENT") return undefined
  if (!Predicate.hasProperty(cause, "path") || typeof cause.path !== "string") return undefined
  if (!names.test(path.basename(cause.path))) return undefined
  return EventStoreError.EventStoreError.storeRefused(
    `PGlite does not find its own file ${cause.path}: a bundle includes its code without its files`,
    "Exclude @electric-sql/pglite from the bundle, as esbuild does with --external:@electric-sql/pglite, and install it with the app",
    cause
  )
}
