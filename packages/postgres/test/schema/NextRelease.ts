/**
 * A possible next release of Eventfold, for tests of the migration to it: one more nullable column,
 * and functions of the same signatures that fill it.
 */
import { current, type Release } from "../../src/internal/schema/StoreSchema.ts"

/** The functions of today that write, each with one more statement at its beginning. */
const writersOf = (schema: string): ReadonlyArray<string> => {
  const head = `create function ${schema}.`
  const writers = current.migrations
    .flatMap((step) => step(schema))
    .filter((text) => text.startsWith(`${head}append_`) || text.startsWith(`${head}truncate_`))
  if (writers.length < 3)
    throw new Error("the store's functions have other names: this test must be brought up to date")
  return writers.map((text) => {
    const changed = text
      .replace("create function", "create or replace function")
      .replace("\nbegin\n", "\nbegin\n  perform set_config('eventfold.release', 'next', true);\n")
    if (!changed.includes("eventfold.release")) throw new Error(`this test must be brought up to date for: ${text}`)
    return changed
  })
}

/**
 * The step after today's tables. Rows that the new functions write have `next` in column `release`.
 */
const step = (schema: string): ReadonlyArray<string> => [
  `alter table ${schema}.events add column release text collate "C"`,
  // A second statement: a single one would fill the old rows too.
  `alter table ${schema}.events alter column release set default current_setting('eventfold.release', true)`,
  ...writersOf(schema)
]

/** A release that today's release works with. */
export const next: Release = { migrations: [...current.migrations, step], compatibleFrom: current.migrations.length }

/** A release that today's release does not work with. */
export const incompatible: Release = { ...next, compatibleFrom: next.migrations.length }

/** A release whose step fails after its first statement. */
export const failing: Release = {
  ...next,
  migrations: [...current.migrations, (schema) => [step(schema)[0]!, `select 1 / 0 from ${schema}.store`]]
}
