/** What a failed statement means to a user of the store: one clear line, and whether trying again may help. */
import { EventStoreError } from "eventfold"
import { ProjectionRequest } from "eventfold/store"
import { Predicate } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { gateMode, literal } from "./Quoting.ts"

/** Where the database is, in the words used in messages. Never holds a password. */
export interface Place {
  /** As in `localhost:5432`. */
  readonly address: string
  readonly database: string
  readonly user: string
  /** Seconds after which connecting is given up. */
  readonly connectSeconds: number
}

const textOf = (value: unknown, key: string): string | undefined => {
  const text = Predicate.hasProperty(value, key) ? value[key] : undefined
  return typeof text === "string" ? text : undefined
}

/** The SQLSTATE of the server's answer, or Node's code of a failed connection. */
export const codeOf = (error: SqlError): string => textOf(error.reason.cause, "code") ?? ""

/** Which unique key was violated, if one was. */
export const violatedKey = (error: SqlError): string | undefined =>
  error.reason._tag === "UniqueViolation" ? error.reason.constraint : undefined

/** What the server, or the system, said itself. */
export const serverSays = (error: SqlError): string =>
  textOf(error.reason.cause, "message") ?? error.reason.message ?? error.reason._tag

const isConnecting = (error: SqlError): boolean => error.reason.operation === "connect"

/** Whether the driver could not make sense of the url, and so never tried to connect. */
export const isAboutUrl = (error: SqlError): boolean =>
  isConnecting(error) && /in URL|connection URL/.test(error.reason.message ?? "")

/** Whether the server may have committed before the connection ended. */
export const mayHaveCommitted = (error: SqlError): boolean =>
  !isConnecting(error) && (error.reason._tag === "ConnectionError" || codeOf(error).startsWith("57P0"))

/** Whether the server undid everything because of other transactions, so that the same statement may succeed now. */
export const isCollision = (error: SqlError): boolean => ["40001", "40P01"].includes(codeOf(error))

/** The server's code for a lock that was waited for too long. */
export const lockTimeout = "55P03"

/** Whether it was the gate that an append waited for (see `enterGate`). The server says in which of a function's statements it failed. */
export const isAtGate = (error: SqlError): boolean =>
  codeOf(error) === lockTimeout && (textOf(error.reason.cause, "where") ?? "").includes(` ${gateMode}"`)

const isNotPostgres = (error: SqlError): boolean => {
  const { message = "" } = error.reason
  return /Failed to parse|Protocol desync|Unexpected|Invalid SSLRequest|Invalid .*response/.test(message)
}

const problemOf = (error: SqlError, place: Place): { readonly problem: string; readonly retryable: boolean } => {
  const { address, connectSeconds, database, user } = place
  const code = codeOf(error)
  const said = serverSays(error)
  switch (code) {
    case "ECONNREFUSED":
      return { problem: `no PostgreSQL server answers at ${address} (connection refused)`, retryable: true }
    case "ENOENT":
      return { problem: `no PostgreSQL server answers at ${address} (there is no such socket)`, retryable: true }
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { problem: `the host of ${address} is not known (${code})`, retryable: code === "EAI_AGAIN" }
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return { problem: `no PostgreSQL server can be reached at ${address} (${code})`, retryable: true }
    case "28P01":
      return {
        problem: `the server at ${address} rejects the password of user ${JSON.stringify(user)}`,
        retryable: false
      }
    case "28000":
      return { problem: `the server at ${address} refuses user ${JSON.stringify(user)}: ${said}`, retryable: false }
    case "3D000":
      return {
        problem: `database ${JSON.stringify(database)} does not exist on the server at ${address}`,
        retryable: false
      }
    case "42501":
      return {
        problem: `user ${JSON.stringify(user)} lacks a right in database ${JSON.stringify(database)}: ${said}`,
        retryable: false
      }
    case "42P01":
    case "42883":
    case "3F000":
      return {
        problem: `the store's tables are gone from database ${JSON.stringify(database)}: ${said}`,
        retryable: false
      }
    case "53300":
      return { problem: `the server at ${address} has no connection left: ${said}`, retryable: true }
    case "53100":
      return { problem: `the disk of the server at ${address} is full: ${said}`, retryable: true }
    case "25006":
      return { problem: `the server at ${address} takes no writes: ${said}`, retryable: false }
    case lockTimeout: {
      const what = isAtGate(error) ? "has the table of events to itself" : "holds what this one needs"
      return {
        problem: `another transaction ${what} for longer than the lock_timeout of the server at ${address} lets wait`,
        retryable: true
      }
    }
    // Statements that this connection prepared are gone, or another one's are there: its session is not its own.
    case "26000":
    case "42P05":
      return {
        problem: `a pooler at ${address} hands transactions to several sessions and keeps no prepared statements (${said}). Set max_prepared_statements above 0 in PgBouncer 1.21 or later, or open the store with prepare: false`,
        retryable: false
      }
    case "57014":
      return { problem: `the server at ${address} cancelled the statement: ${said}`, retryable: true }
  }
  // It answers nothing after that, and only a new process can start it again.
  if (said.includes("PGlite stopped")) {
    return { problem: `${address}: ${said}; start the process again once that is mended`, retryable: false }
  }
  if (error.reason._tag === "AuthenticationError") {
    return {
      problem: `user ${JSON.stringify(user)} can't log in to the server at ${address}: ${said}`,
      retryable: false
    }
  }
  if (isNotPostgres(error)) {
    return { problem: `what answers at ${address} is not a PostgreSQL server`, retryable: false }
  }
  if (isConnecting(error) && /timed out/.test(said)) {
    return { problem: `no PostgreSQL server answered at ${address} within ${connectSeconds} s`, retryable: true }
  }
  if (isConnecting(error) && /closed|ECONNRESET/.test(`${said} ${code}`)) {
    return {
      problem: `what answers at ${address} closed the connection before it spoke as PostgreSQL does`,
      retryable: true
    }
  }
  if (isConnecting(error)) return { problem: `can't connect to the server at ${address}: ${said}`, retryable: true }
  if (mayHaveCommitted(error))
    return { problem: `the connection to the server at ${address} was lost: ${said}`, retryable: true }
  const retryable = isCollision(error) || code === lockTimeout || code.startsWith("53") || code.startsWith("57P")
  return { problem: `the server at ${address} reports: ${said}${code === "" ? "" : ` (${code})`}`, retryable }
}

/** A failure that certainly wrote nothing. */
export const unavailable =
  (place: Place) =>
  (error: SqlError): EventStoreError.EventStoreError =>
    EventStoreError.EventStoreError.unavailable({ ...problemOf(error, place), cause: error })

/** Whether it is about what was to be stored, not about the server: a value, a constraint, or more than fits. */
export const isAboutData = (error: SqlError): boolean => ["22", "23", "54"].includes(codeOf(error).slice(0, 2))

/** Whether an event was appended without the rows that are written with it; the message is then the projection's name. */
export const isUninlined = (error: SqlError): boolean => codeOf(error) === "EF002"

/** Whether the sequence of positions drew one that the log has passed or holds already. */
export const isSetBack = (error: SqlError): boolean => codeOf(error) === "EF003" || violatedKey(error) === "events_pkey"

/** A failure of an append that was sent. `schema` is quoted already. */
export const appendFailed =
  (place: Place, schema: string) =>
  (error: SqlError): EventStoreError.EventStoreError =>
    isUninlined(error)
      ? ProjectionRequest.notListed(serverSays(error))
      : isSetBack(error)
        ? setBack(schema, error)
        : mayHaveCommitted(error)
          ? EventStoreError.EventStoreError.outcomeUnknown({ problem: problemOf(error, place).problem, cause: error })
          : unavailable(place)(error)

/** An append was refused because its position would come before some that readers have passed. */
const setBack = (schema: string, cause: SqlError): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.storeRefused(
    `sequence ${schema}.positions was set back behind the log's last position: readers would miss what is appended now`,
    `Run, as the store's owner: SELECT setval(${literal(`${schema}.positions`)}, (SELECT max(position) FROM ${schema}.events))`,
    cause
  )

/** What the server said, where it was asked. */
export const causeIn = ({ reason }: EventStoreError.EventStoreError): SqlError | undefined =>
  reason._tag === "Unavailable" && isSqlError(reason.cause) ? reason.cause : undefined

/** The server's code for what failed. */
export const codeIn = (error: EventStoreError.EventStoreError): string => {
  const cause = causeIn(error)
  return cause === undefined ? "" : codeOf(cause)
}
