/**
 * Checks the options of a store or a connection before it is opened. Not every caller uses the
 * compiler, and a number that is read from the environment may be NaN.
 */
import { Duration, Effect, Redacted } from "effect"
import { EventStoreError } from "eventfold"
import { isSchemaName, schemaNameRule } from "../sql/SchemaName.ts"

const shown = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? "an object" : String(value)

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1
const isDuration = (value: unknown): boolean => {
  const duration = Duration.fromInput(value as Duration.Input)
  return duration._tag === "Some" && Duration.toMillis(duration.value) > 0
}
const isText = (value: unknown): boolean => typeof value === "string" && !value.includes("\0")
const isFlag = (value: unknown): boolean => typeof value === "boolean"

const countRule = "It must be a positive integer"
const durationRule = 'It must be a positive duration, such as "5 seconds", or a number of milliseconds'
const flagRule = "It must be true or false"

type Rule = readonly [key: string, isRight: (value: unknown) => boolean, fix: string]

const rules: ReadonlyArray<Rule> = [
  [
    "url",
    (value) => isText(Redacted.isRedacted(value) ? Redacted.value(value) : value),
    "It must be a string or a Redacted string"
  ],
  ["dataDir", isText, "It must name a directory; omit it for a store in memory"],
  ["loadDataDir", (value) => value instanceof Blob, "It must be a Blob from PGlite's dumpDataDir()"],
  ["durability", (value) => value === "process" || value === "power", 'It must be "process" or "power"'],
  ["schema", isSchemaName, schemaNameRule],
  ["create", isFlag, flagRule],
  ["lanes", isCount, countRule],
  ["maxConnections", isCount, countRule],
  ["maxWaiting", isCount, countRule],
  ["connectTimeout", isDuration, durationRule],
  ["pollInterval", isDuration, durationRule],
  ["stalledAfter", isDuration, durationRule],
  ["applicationName", isText, "It must be a string without NUL"],
  ["prepare", isFlag, flagRule],
  ["replica", isFlag, flagRule],
  ["forReplicas", isFlag, flagRule]
]

/** `true` if a message must not show the value: it may hold a password. */
const isSecret = (key: string): boolean => key === "url"

/** Refuses invalid options. An option that is left out or undefined has its default. */
export const checkOptions = (options: object): Effect.Effect<void, EventStoreError.EventStoreError> => {
  const given: { readonly [key: string]: unknown } = { ...options }
  const wrong = rules.find(([key, isRight]) => given[key] !== undefined && !isRight(given[key]))
  if (wrong === undefined) return Effect.void
  const [key, , fix] = wrong
  const what = isSecret(key) ? `${key} is not a string` : `${key} can't be ${shown(given[key])}`
  return EventStoreError.EventStoreError.storeRefused(`the store was not opened: its option ${what}`, fix)
}
