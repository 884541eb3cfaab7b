/** Options that several commands take. */
import { Flag } from "effect/cli"

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print the result as JSON to stdout"),
  Flag.withDefault(false)
)

export const schema = Flag.String("schema").pipe(
  Flag.withDescription("The schema that holds the store. Defaults to eventfold"),
  Flag.withDefault("eventfold")
)

/** The store that a command works on. */
export const database = {
  // Redacted, so that no message repeats it: it may hold a password.
  url: Flag.Redacted("url").pipe(
    Flag.withDescription("The server: postgres://user:password@host:5432/database. Defaults to DATABASE_URL"),
    Flag.optional
  ),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withDescription("The directory of a PGlite database, instead of a server"),
    Flag.optional
  ),
  schema
}

export const detach = Flag.Boolean("detach").pipe(
  Flag.withDescription("Make the request, and do not wait for its result"),
  Flag.withDefault(false)
)
