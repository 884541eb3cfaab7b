/**
 * What is wrong with the options that a store, or a connection, is opened with, before anything is opened. Not every caller
 * has a compiler, and a number that was read from the environment may be none.
 */
import { Duration, Effect, Redacted } from "effect"
import { EventStoreError } from "eventfold"

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? "an object" : String(value)

/** Schemas whose names mean something else to PostgreSQL. */
const isReserved = (name: string): boolean =>
  // In a search path this one is the role's own schema.
  name.startsWith("pg_") || name === "$user"

/** Whether a store can have a schema of this name. */
export const isSchemaName = (name: unknown): name is string =>
  typeof name === "string" &&
  name !== "" &&
  new TextEncoder().encode(name).length <= 63 &&
  name.isWellFormed() &&
  !name.includes("\0") &&
  !isReserved(name)

/** What each schema's name has to be, for the refusal of one. */
export const aSchemaName = "A schema's name has 1 to 63 bytes, no NUL, doesn't begin with pg_, and isn't $user"

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1
const isDuration = (value: unknown): boolean => {
  const duration = Duration.fromInput(value as Duration.Input)
  return duration._tag === "Some" && Duration.toMillis(duration.value) > 0
}
const isText = (value: unknown): boolean => typeof value === "string" && !value.includes("\0")
const isFlag = (value: unknown): boolean => typeof value === "boolean"

const aCount = "Give a whole number from 1"
const aDuration = 'Give a duration that is longer than none, such as "5 seconds", or a number of milliseconds'
const aFlag = "Give true or false"

type Rule = readonly [key: string, isRight: (value: unknown) => boolean, fix: string]

const rules: ReadonlyArray<Rule> = [
  [
    "url",
    (value) => isText(Redacted.isRedacted(value) ? Redacted.value(value) : value),
    "Give it as a text, or Redacted"
  ],
  ["dataDir", isText, "Name a directory, or leave dataDir out for a store in memory"],
  ["loadDataDir", (value) => value instanceof Blob, "Give a Blob, as PGlite's dumpDataDir() makes one"],
  ["durability", (value) => value === "process" || value === "power", 'Say "process" or "power"'],
  ["schema", isSchemaName, aSchemaName],
  ["lanes", isCount, aCount],
  ["maxConnections", isCount, aCount],
  ["maxWaiting", isCount, aCount],
  ["connectTimeout", isDuration, aDuration],
  ["pollInterval", isDuration, aDuration],
  ["stalledAfter", isDuration, aDuration],
  ["applicationName", isText, "Give a text without NUL"],
  ["prepare", isFlag, aFlag],
  ["replica", isFlag, aFlag],
  ["forReplicas", isFlag, aFlag]
]

/** Not shown: it may hold a password. */
const isSecret = (key: string): boolean => key === "url"

/** Refuses options that mean nothing; one that is left out, or undefined, has its default. */
export const checkOptions = (options: object): Effect.Effect<void, EventStoreError.EventStoreError> => {
  const given: { readonly [key: string]: unknown } = { ...options }
  const wrong = rules.find(([key, isRight]) => given[key] !== undefined && !isRight(given[key]))
  if (wrong === undefined) return Effect.void
  const [key, , fix] = wrong
  const what = isSecret(key) ? `${key} is not a text` : `${key} can't be ${shown(given[key])}`
  return EventStoreError.EventStoreError.storeRefused(`the store was not opened, since its option ${what}`, fix)
}
