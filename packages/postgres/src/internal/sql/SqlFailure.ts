/**
 * Turns failures of statements into errors of the store: one line for the user, and whether a retry
 * can succeed.
 */
import { EventStoreError } from "eventfold"
import { StoreRefusal } from "eventfold/store"
import { Predicate } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { gateMode, literal } from "./Quoting.ts"

/** The database, as error messages name it. It never holds a password. */
export interface Place {
  /** The host and the port, such as `localhost:5432`. */
  readonly address: string
  readonly database: string
  readonly user: string
  /** Timeout of connecting, in seconds. */
  readonly connectSeconds: number
}

const textOf = (value: unknown, key: string): string | undefined => {
  const text = Predicate.hasProperty(value, key) ? value[key] : undefined
  return typeof text === "string" ? text : undefined
}

/** Returns the SQLSTATE of the server's answer, or Node's code of a failed connection. */
export const codeOf = (error: SqlError): string => textOf(error.reason.cause, "code") ?? ""

/** Returns the name of the unique key that was violated, if one was. */
export const violatedKey = (error: SqlError): string | undefined =>
  error.reason._tag === "UniqueViolation" ? error.reason.constraint : undefined

/** Returns the message of the server, or of the system. */
export const serverMessage = (error: SqlError): string =>
  textOf(error.reason.cause, "message") ?? error.reason.message ?? error.reason._tag

const isConnecting = (error: SqlError): boolean => error.reason.operation === "connect"

/** `true` if the driver could not parse the url, and so did not try to connect. */
export const isAboutUrl = (error: SqlError): boolean =>
  isConnecting(error) && /in URL|connection URL/.test(error.reason.message ?? "")

/** `true` if the server may have committed before the connection ended. */
export const mayHaveCommitted = (error: SqlError): boolean =>
  !isConnecting(error) && (error.reason._tag === "ConnectionError" || codeOf(error).startsWith("57P0"))

/**
 * `true` if the server rolled back because of other transactions, so that the same statement may
 * succeed now.
 */
export const isCollision = (error: SqlError): boolean => ["40001", "40P01"].includes(codeOf(error))

/** The SQLSTATE of a statement that reached its lock timeout. */
export const lockTimeoutCode = "55P03"

/**
 * `true` if an append timed out at the gate (see `enterGate`): the error holds the statement of the
 * function that failed.
 */
export const isAtGate = (error: SqlError): boolean =>
  codeOf(error) === lockTimeoutCode && (textOf(error.reason.cause, "where") ?? "").includes(` ${gateMode}"`)

const isNotPostgres = (error: SqlError): boolean => {
  const { message = "" } = error.reason
  return /Failed to parse|Protocol desync|Unexpected|Invalid SSLRequest|Invalid .*response/.test(message)
}

interface Problem {
  readonly problem: string
  readonly retryable: boolean
}

/** Describes a failure whose code alone tells the cause. */
const problemOfCode = (error: SqlError, place: Place): Problem | undefined => {
  const { address, database, user } = place
  const code = codeOf(error)
  const message = serverMessage(error)
  switch (code) {
    case "ECONNREFUSED":
      return { problem: `no PostgreSQL server answers at ${address} (connection refused)`, retryable: true }
    case "ENOENT":
      return { problem: `no PostgreSQL server answers at ${address} (the socket does not exist)`, retryable: true }
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { problem: `the host of ${address} is unknown (${code})`, retryable: code === "EAI_AGAIN" }
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
      return { problem: `the server at ${address} refuses user ${JSON.stringify(user)}: ${message}`, retryable: false }
    case "3D000":
      return {
        problem: `database ${JSON.stringify(database)} does not exist on the server at ${address}`,
        retryable: false
      }
    case "42501":
      return {
        problem: `user ${JSON.stringify(user)} lacks a right in database ${JSON.stringify(database)}: ${message}`,
        retryable: false
      }
    case "42P01":
    case "42883":
    case "3F000":
      return {
        problem: `the store's tables are gone from database ${JSON.stringify(database)}: ${message}`,
        retryable: false
      }
    case "53300":
      return { problem: `the server at ${address} has no connection left: ${message}`, retryable: true }
    case "53100":
      return { problem: `the disk of the server at ${address} is full: ${message}`, retryable: true }
    case "25006":
      return { problem: `the server at ${address} takes no writes: ${message}`, retryable: false }
    case lockTimeoutCode: {
      const held = isAtGate(error) ? "the table of events" : "a lock that this one needs"
      return {
        problem: `another transaction held ${held} for longer than the lock_timeout of the server at ${address}`,
        retryable: true
      }
    }
    // The prepared statements of this connection are gone, or those of another connection exist: a
    // pooler shares the session.
    case "26000":
    case "42P05":
      return {
        problem: `a pooler at ${address} runs transactions in several sessions and loses prepared statements (${message}). Set max_prepared_statements above 0 in PgBouncer 1.21 or later, or open the store with prepare: false`,
        retryable: false
      }
    case "57014":
      return { problem: `the server at ${address} cancelled the statement: ${message}`, retryable: true }
  }
  return undefined
}

const problemOf = (error: SqlError, place: Place): Problem => {
  const known = problemOfCode(error, place)
  if (known !== undefined) return known
  const { address, connectSeconds, user } = place
  const code = codeOf(error)
  const message = serverMessage(error)
  // PGlite answers no more statements after that, and only a new process can start it again.
  if (message.includes("PGlite stopped")) {
    return { problem: `${address}: ${message}; fix the cause, then start the process again`, retryable: false }
  }
  if (error.reason._tag === "AuthenticationError") {
    return {
      problem: `user ${JSON.stringify(user)} can't log in to the server at ${address}: ${message}`,
      retryable: false
    }
  }
  if (isNotPostgres(error)) {
    return { problem: `the server at ${address} is not a PostgreSQL server`, retryable: false }
  }
  if (isConnecting(error) && /timed out/.test(message)) {
    return { problem: `no PostgreSQL server answered at ${address} within ${connectSeconds} s`, retryable: true }
  }
  if (isConnecting(error) && /closed|ECONNRESET/.test(`${message} ${code}`)) {
    return {
      problem: `the server at ${address} closed the connection before it answered as PostgreSQL does`,
      retryable: true
    }
  }
  if (isConnecting(error)) return { problem: `can't connect to the server at ${address}: ${message}`, retryable: true }
  if (mayHaveCommitted(error))
    return { problem: `the connection to the server at ${address} was lost: ${message}`, retryable: true }
  const retryable = isCollision(error) || code === lockTimeoutCode || code.startsWith("53") || code.startsWith("57P")
  return { problem: `the server at ${address} reports: ${message}${code === "" ? "" : ` (${code})`}`, retryable }
}

/** Returns the error of a failure that certainly wrote nothing. */
export const unavailable =
  (place: Place) =>
  (error: SqlError): EventStoreError.EventStoreError =>
    EventStoreError.EventStoreError.unavailable({ ...problemOf(error, place), cause: error })

/** `true` if the data caused the failure, not the server: a value, a constraint, or a size. */
export const isAboutData = (error: SqlError): boolean => ["22", "23", "54"].includes(codeOf(error).slice(0, 2))

/**
 * `true` if an event was appended without the rows of an inline projection; the message is then the
 * projection's name.
 */
export const isUninlined = (error: SqlError): boolean => codeOf(error) === "EF002"

/** `true` if the sequence drew a position that the log has passed or already holds. */
export const isSetBack = (error: SqlError): boolean => codeOf(error) === "EF003" || violatedKey(error) === "events_pkey"

/** Returns the error of an append that was sent. `schema` is already quoted. */
export const appendFailed =
  (place: Place, schema: string) =>
  (error: SqlError): EventStoreError.EventStoreError =>
    isUninlined(error)
      ? StoreRefusal.inline(serverMessage(error), { own: undefined, stored: undefined })
      : isSetBack(error)
        ? setBack(schema, error)
        : mayHaveCommitted(error)
          ? EventStoreError.EventStoreError.outcomeUnknown({ problem: problemOf(error, place).problem, cause: error })
          : unavailable(place)(error)

/** Returns the error of an append whose position readers may have passed already. */
const setBack = (schema: string, cause: SqlError): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.storeRefused(
    `sequence ${schema}.positions was set back behind the log's last position: readers would miss new events`,
    `Run, as the store's owner: SELECT setval(${literal(`${schema}.positions`)}, (SELECT max(position) FROM ${schema}.events))`,
    cause
  )

/** The error of every use of a store that is closed. */
export const storeClosed = EventStoreError.EventStoreError.unavailable({
  problem: "the store is closed",
  retryable: false
})

/** Returns the failure of the statement that caused an error, if one did. */
export const causeIn = ({ reason }: EventStoreError.EventStoreError): SqlError | undefined =>
  reason._tag === "Unavailable" && isSqlError(reason.cause) ? reason.cause : undefined

/** Returns the SQLSTATE of the statement that caused an error; empty if none did. */
export const codeIn = (error: EventStoreError.EventStoreError): string => {
  const cause = causeIn(error)
  return cause === undefined ? "" : codeOf(cause)
}
