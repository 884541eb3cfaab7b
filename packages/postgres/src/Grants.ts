/**
 * The grants of a role that works on a store which another role owns, as SQL: to read, to append,
 * to truncate streams, and no more.
 *
 * Only the store's functions write the log, so that a role with these grants can't bypass the
 * checks.
 */
import { Effect } from "effect"
import { EventStoreError } from "eventfold"
import { literal, quoteBody } from "./internal/sql/Quoting.ts"
import { maxIdentifierBytes } from "./internal/sql/SchemaName.ts"
import { quote } from "./internal/schema/StoreSchema.ts"

type Options = Parameters<typeof statements>[0]

const logTables = ["store", "events", "truncations", "snapshots", "published"]
const reactTables = ["reactions", "parked_deliveries"]
const rowTables = ["projections", "projection_releases", "projection_partitions", "parked"]
const readTables = [...logTables, ...reactTables, ...rowTables]
const projectTables = [...rowTables, "projectors"]
const readFunctions = ["horizon", "head", "slice", "lock_space"]
const appendFunctions = ["append_one", "append_many", "append_batch", "append_all", "publish", "save_snapshot"]
const maintainFunctions = ["truncate_stream", "drop_snapshots"]

const problemOfName = (subject: string, name: string): string | undefined => {
  if (name === "") return `the ${subject}'s name is empty`
  if (!name.isWellFormed() || name.includes("\0")) {
    return `the ${subject}'s name ${JSON.stringify(name)} is not well-formed Unicode, or contains NUL`
  }
  const bytes = new TextEncoder().encode(name).length
  // PostgreSQL would cut the name, and then use another object.
  return bytes > maxIdentifierBytes
    ? `the ${subject}'s name ${JSON.stringify(name)} has ${bytes} bytes, and PostgreSQL allows ${maxIdentifierBytes}`
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
  // PostgreSQL does not accept these two as names of roles, quoted or not.
  if (role === "public") return 'role "public" means all roles: name the role that the app logs in as'
  if (role === "none") return 'PostgreSQL has no role "none"'
  if (access === "read" && maintain)
    return 'maintain needs access "append", because truncating a stream appends an event to it: omit access "read", or maintain'
  if (access === "read" && react)
    return 'react needs access "append", because reactions write their checkpoints: omit access "read", or react'
  if (access === "read" && project)
    return 'project needs access "append", because projectors write rows: omit access "read", or project'
  return undefined
}

/**
 * Returns the statements that grant a role its rights, for the owner of the store or a superuser to
 * run.
 *
 * **When to use**
 *
 * For a server where the app does not log in as the owner of the store's tables; `eventfold store
 * grants` prints them.
 *
 * **Details**
 *
 * The owner opens the store once, and after each upgrade of Eventfold, which creates the tables. A
 * role with these grants can then open it. It can't insert, update, delete or truncate events, set
 * the sequence, or create objects, except the tables of rows of a projector. The grants are added
 * to those that the role has: use `REVOKE` for grants that it must no longer have.
 *
 * **Errors**
 *
 * `InvalidRequest` for a name that PostgreSQL can't have, and for `public`, which means all roles.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Grants } from "@eventfold/postgres"
 *
 * const statements = Effect.runSync(Grants.statements({ role: "reporting", access: "read" }))
 * statements[0] // GRANT USAGE ON SCHEMA "eventfold" TO "reporting"
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const statements = (options: {
  /** The name of an existing role, not quoted. */
  readonly role: string
  /** The schema that holds the store's tables. Defaults to `eventfold`. */
  readonly schema?: string
  /**
   * `"append"`: append, archive streams, read and subscribe; `"read"`: only read and subscribe.
   * Defaults to `"append"`.
   */
  readonly access?: "append" | "read"
  /**
   * `true` to also truncate streams, which deletes the content of events permanently. Defaults to
   * `false`.
   */
  readonly maintain?: boolean
  /**
   * `true` to also run reactions, pause and resume them, and retry parked deliveries. Defaults to
   * `false`.
   */
  readonly react?: boolean
  /**
   * `true` to also run projectors, which write rows in tables of their own. Defaults to `false`.
   */
  readonly project?: boolean
}): Effect.Effect<ReadonlyArray<string>, EventStoreError.EventStoreError> =>
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
      // Opening the store checks that the sequence is not behind the log.
      `GRANT SELECT ON SEQUENCE ${schema}.positions TO ${role}`,
      `GRANT EXECUTE ON FUNCTION ${listed(functions)} TO ${role}`,
      // These tables hold no events, and no check depends on them.
      ...(react ? [writing(reactTables)] : []),
      // The first role that creates a schema for tables of rows owns it.
      ...(project
        ? [
            writing(projectTables),
            `DO ${quoteBody(` BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), ${literal(options.role)}); END `)}`
          ]
        : [])
    ])
  })
