/**
 * What a role needs to work on a store that another role owns, as SQL: to read, to append, to truncate streams, and no more.
 *
 * The log is only ever written by the store's functions, so that a role with these grants can't write past the checks.
 */
import { Effect } from "effect"
import { EventStoreError } from "eventfold"
import { literal, quoteBody } from "./internal/sql/Quoting.ts"
import { quote } from "./internal/schema/StoreSchema.ts"

/** Options of {@link statements}. */
export interface Options {
  /** The role, which is there already; of any name, and not quoted. */
  readonly role: string
  /** The schema that holds the store's tables; `eventfold` unless given. */
  readonly schema?: string
  /** `"append"`: to append, archive streams, read and subscribe; `"read"`: only to read and subscribe. `"append"` unless given. */
  readonly access?: "append" | "read"
  /** Whether it may also truncate streams: take the content of events away for good. Not unless given. */
  readonly maintain?: boolean
  /** Whether it may also run reactions, pause them, resume them, and retry what they have parked. Not unless given. */
  readonly react?: boolean
  /** Whether it may also run projectors: keep rows of projections, in tables of its own. Not unless given. */
  readonly project?: boolean
}

const logTables = ["store", "events", "truncations", "snapshots", "published"]
const reactTables = ["reactions", "parked_deliveries"]
const rowTables = ["projections", "projection_releases", "projection_partitions", "parked"]
const readTables = [...logTables, ...reactTables, ...rowTables]
const projectTables = [...rowTables, "projectors"]
const readFunctions = ["horizon", "head", "slice", "lock_space"]
const appendFunctions = ["append_one", "append_many", "append_batch", "append_all", "publish", "save_snapshot"]
const maintainFunctions = ["truncate_stream", "drop_snapshots"]

const longestName = 63

const problemOfName = (what: string, name: string): string | undefined => {
  if (name === "") return `the ${what}'s name is empty`
  if (!name.isWellFormed() || name.includes("\0")) {
    return `the ${what}'s name ${JSON.stringify(name)} is not well-formed, or holds NUL`
  }
  const bytes = new TextEncoder().encode(name).length
  // PostgreSQL would cut it, and mean another one.
  return bytes > longestName
    ? `the ${what}'s name ${JSON.stringify(name)} takes ${bytes} bytes, PostgreSQL takes ${longestName} at most`
    : undefined
}

const problemOf = ({
  access = "append",
  maintain = false,
  project = false,
  react = false,
  role,
  schema = "eventfold"
}: Options): string | undefined => {
  const problem = problemOfName("role", role) ?? problemOfName("schema", schema)
  if (problem !== undefined) return problem
  // These two are no names to PostgreSQL, quoted or not.
  if (role === "public") return 'role "public" is everyone: name the role that the app logs in as'
  if (role === "none") return 'PostgreSQL has no role "none"'
  if (access === "read" && maintain)
    return "a role that may truncate streams appends to them: leave access read or maintain out"
  if (access === "read" && react)
    return "a role that runs reactions writes how far they have come: leave access read or react out"
  if (access === "read" && project) return "a role that runs projectors writes rows: leave access read or project out"
  return undefined
}

/**
 * The statements that give a role what it needs, for the owner of the store to run, or a superuser.
 *
 * **When to use**
 *
 * For a server where the app does not log in as the owner of the store's tables; `eventfold store grants` prints them.
 *
 * **Details**
 *
 * The owner opens the store once, or after each upgrade of Eventfold, which makes the tables. A role with these grants then
 * opens it, and can't insert, update, delete or truncate events, set the sequence, or create anything, but for a projector's tables of
 * rows. They add to what the role has: `REVOKE` takes away what it should no longer have.
 *
 * **Errors**
 *
 * `InvalidRequest` for a name that PostgreSQL can't have, and for `public`, which is everyone.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Grants } from "@eventfold/postgres"
 *
 * const statements = Effect.runSync(Grants.statements({ role: "reporting", access: "read" }))
 * statements[0] // GRANT USAGE ON SCHEMA "eventfold" TO "reporting"
 * ```
 */
export const statements = (options: Options): Effect.Effect<ReadonlyArray<string>, EventStoreError.EventStoreError> =>
  Effect.suspend(() => {
    const problem = problemOf(options)
    if (problem !== undefined) {
      return Effect.fail(EventStoreError.EventStoreError.invalidRequest("grants", problem))
    }
    const { access = "append", maintain = false, project = false, react = false } = options
    const role = quote(options.role)
    const schema = quote(options.schema ?? "eventfold")
    const listed = (names: ReadonlyArray<string>) => names.map((name) => `${schema}.${name}`).join(", ")
    const writing = (names: ReadonlyArray<string>) =>
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${listed(names)} TO ${role}`
    const functions = [
      ...readFunctions,
      ...(access === "append" ? appendFunctions : []),
      ...(maintain ? maintainFunctions : [])
    ]
    return Effect.succeed([
      `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
      `GRANT SELECT ON ${listed(readTables)} TO ${role}`,
      // Read when the store is opened: it must not have fallen behind the log.
      `GRANT SELECT ON SEQUENCE ${schema}.positions TO ${role}`,
      `GRANT EXECUTE ON FUNCTION ${listed(functions)} TO ${role}`,
      // No event is in these, and nothing else follows from them.
      ...(react ? [writing(reactTables)] : []),
      // The tables of rows are in schemas that whoever makes them first owns.
      ...(project
        ? [
            writing(projectTables),
            `DO ${quoteBody(` BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), ${literal(options.role)}); END `)}`
          ]
        : [])
    ])
  })
