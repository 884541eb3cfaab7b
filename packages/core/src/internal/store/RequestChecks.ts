/**
 * Checks that every store makes before it sends a request: values that could not be read back
 * unchanged are refused. An app gets the errors as `InvalidRequest`.
 */
import { DateTime, Duration, Option, Predicate, Result, type Schema } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import { isLifecycle, type NewEvent } from "../../Event.ts"
import { isEventId } from "../../EventId.ts"
import type { Append, ReadOptions, Service, SubscribeOptions } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Service as ReactionStore } from "../../store/ReactionStore.ts"
import type { Snapshot } from "../../Snapshots.ts"
import * as HeaderNames from "../../store/HeaderNames.ts"
import * as StoredJson from "../../store/StoredJson.ts"

/** Maximum length of a stream id and of an event type, in bytes of UTF-8. */
export const maxNameBytes = 1_000

const utf8 = new TextEncoder()

const problemOfText = (what: string, text: string): string | undefined => {
  // A driver would replace a lone surrogate by U+FFFD, so that two different ids would become
  // equal.
  if (!text.isWellFormed())
    return `${what} is not well-formed Unicode: ${JSON.stringify(text)} has half of a surrogate pair`
  if (text.includes("\0")) return `${what} contains NUL, which PostgreSQL cannot store: ${JSON.stringify(text)}`
  return undefined
}

/** Describes a value that does not have its type, since callers may be JavaScript. */
const shown = (value: unknown): string => {
  switch (typeof value) {
    case "undefined":
      return "missing"
    case "string":
    case "number":
    case "boolean":
      return JSON.stringify(value)
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object"
    default:
      return `a ${typeof value}`
  }
}

const isObject = (value: unknown): boolean => Predicate.isObject(value) && !Array.isArray(value)

/** Returns the problem of options that are `null`; omitted options are an empty object here. */
const problemOfOptions = (options: unknown): string | undefined =>
  isObject(options) ? undefined : `the options are ${shown(options)}, not an object`

const problemOfName = (what: string, text: string): string | undefined => {
  if (typeof text !== "string") return `${what} is ${shown(text)}, not a string`
  if (text === "") return `${what} is empty`
  const bytes = text.length * 3 > maxNameBytes ? utf8.encode(text).length : 0
  if (bytes > maxNameBytes)
    return `${what} takes ${bytes} bytes of UTF-8, at most ${maxNameBytes} are allowed: ${JSON.stringify(text.slice(0, 60))}…`
  return problemOfText(what, text)
}

/**
 * Returns the path and problem of a value that is not JSON. Walks the value, because
 * `JSON.stringify` silently drops or changes such values.
 */
const problemOfJson = (value: unknown, path: string): string | undefined => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON cannot hold`
    case "object": {
      if (value === null) return undefined
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
          const problem = problemOfJson(value[i], `${path}[${i}]`)
          if (problem !== undefined) return problem
        }
        return undefined
      }
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null) {
        return `${path} is an instance of ${(value as object).constructor?.name ?? "a class"}, not plain data: encode it with its schema first`
      }
      for (const [key, inner] of Object.entries(value)) {
        const problem = problemOfJson(inner, `${path}.${key}`)
        if (problem !== undefined) return problem
      }
      return undefined
    }
    default:
      return `${path} is of type ${typeof value}, which JSON cannot hold`
  }
}

/**
 * Returns the JSON text of a JSON value, or its problem.
 *
 * @example
 * ```ts
 * import { StoreRequest } from "eventfold/store"
 *
 * StoreRequest.jsonText([1, 2]) // [1,2]
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const jsonText = (value: Schema.Json): Result.Result<string, string> => {
  try {
    return Result.succeed(JSON.stringify(value))
  } catch (error) {
    const problem = StoredJson.problemOfThrown(value, error)
    if (problem === undefined) throw error
    return Result.fail(problem)
  }
}

/**
 * Returns the data of an event as the stored JSON text, or its problem.
 *
 * **Gotchas**
 *
 * `-0` becomes `0`.
 */
export const dataText = (data: Schema.Json): Result.Result<string, string> => {
  try {
    const problem = problemOfJson(data, "data")
    if (problem !== undefined) return Result.fail(problem)
  } catch (error) {
    const problem = StoredJson.problemOfThrown(data, error)
    if (problem === undefined) throw error
    return Result.fail(`data ${problem}`)
  }
  return Result.mapError(jsonText(data), (problem) => `data ${problem}`)
}

const isVersion = (version: number) => Number.isSafeInteger(version) && version >= 0

const isTime = (time: unknown) => DateTime.isDateTime(time) && Number.isFinite(time.epochMilliseconds)
const notATime = "is not a DateTime: make one with DateTime.make or DateTime.makeUnsafe"

const problemOfHeaders = (headers: unknown): string | undefined => {
  if (!isObject(headers)) return `metadata.headers is ${shown(headers)}, not an object`
  let bytes = 0
  for (const [name, text] of Object.entries(headers as object)) {
    const unnamed = HeaderNames.problemOf(name)
    if (unnamed !== undefined) return `metadata has ${unnamed}`
    if (typeof text !== "string") return `the header ${name} is ${shown(text)}, not a string`
    const problem = problemOfText(`the header ${name}`, text)
    if (problem !== undefined) return problem
    bytes += name.length + utf8.encode(text).length
  }
  return bytes > HeaderNames.maxHeaderBytes
    ? `the headers take ${bytes} bytes of UTF-8, at most ${HeaderNames.maxHeaderBytes} are allowed`
    : undefined
}

const problemOfMetadata = (metadata: unknown): string | undefined => {
  if (!isObject(metadata)) return `metadata is ${shown(metadata)}, not an object: give {} where there is none`
  for (const [key, text] of Object.entries(metadata as object)) {
    if (text === undefined) continue
    if (key === "headers") {
      const problem = problemOfHeaders(text)
      if (problem !== undefined) return problem
      continue
    }
    if (typeof text !== "string") return `metadata.${key} is not a string`
    const problem = problemOfText(`metadata.${key}`, text)
    if (problem !== undefined) return problem
  }
  return undefined
}

const problemOfEvent = (event: NewEvent, isOwn: boolean): string | undefined => {
  if (!isObject(event)) return `an event is ${shown(event)}, not an object`
  const { id, metadata, occurredAt, schemaVersion, type } = event
  return (
    problemOfName("the event type", type) ??
    (isLifecycle(type) && !isOwn
      ? `event type ${JSON.stringify(type)} begins with $: such events are the store's own, made by archive, unarchive and truncate`
      : undefined) ??
    (typeof id === "string" && isEventId(id)
      ? undefined
      : `event id ${typeof id === "string" ? JSON.stringify(id) : `is ${shown(id)} and`} is not a UUID in lower case`) ??
    (Number.isSafeInteger(schemaVersion) && schemaVersion > 0 && schemaVersion < 32_768
      ? undefined
      : `schemaVersion ${String(schemaVersion)} is not a whole number from 1 to 32767`) ??
    (occurredAt === undefined || isTime(occurredAt) ? undefined : `occurredAt of ${type} ${notATime}`) ??
    problemOfMetadata(metadata)
  )
}

const problemOfAppend = (append: Append, isOwn: boolean): string | undefined => {
  if (!isObject(append)) return `an append is ${shown(append)}, not an object of stream, expected and events`
  const { events, expected, stream } = append
  const problem = problemOfName("the stream id", stream)
  if (problem !== undefined) return problem
  if (typeof expected === "number" ? !isVersion(expected) : !["any", "noStream", "streamExists"].includes(expected)) {
    return `the expected version is ${typeof expected === "number" ? String(expected) : shown(expected)}: use "any", "noStream", "streamExists" or a whole number from 0`
  }
  if (!Array.isArray(events)) return `the events for ${JSON.stringify(stream)} are ${shown(events)}, not an array`
  for (const event of events as ReadonlyArray<NewEvent>) {
    const problem = problemOfEvent(event, isOwn)
    if (problem !== undefined) return problem
  }
  return undefined
}

/**
 * Checks appends without reading the log, and returns their error, if any. `isOwn` is `true` for
 * the store's own lifecycle events.
 *
 * @example
 * ```ts
 * import { StoreRequest } from "eventfold/store"
 *
 * StoreRequest.checkAppends("append", [{ stream: "", expected: "any", events: [] }])?.message
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const checkAppends = (
  operation: string,
  appends: ReadonlyArray<Append>,
  isOwn = false
): EventStoreError | undefined => {
  if (!Array.isArray(appends))
    return EventStoreError.invalidRequest(operation, `the appends are ${shown(appends)}, not an array`)
  const ids = new Set<string>()
  const streams = new Set<string>()
  for (const append of appends as ReadonlyArray<Append>) {
    const problem = problemOfAppend(append, isOwn)
    if (problem !== undefined) return EventStoreError.invalidRequest(operation, problem)
    if (streams.has(append.stream)) {
      return EventStoreError.invalidRequest(
        operation,
        `stream ${JSON.stringify(append.stream)} is named twice: put its events into one append`
      )
    }
    streams.add(append.stream)
    for (const { id } of append.events) {
      if (ids.has(id)) return EventStoreError.invalidRequest(operation, `event id ${id} is used twice in one call`)
      ids.add(id)
    }
  }
  return undefined
}

const problemOfTruncated = (truncated: "fail" | "skip" | undefined): string | undefined =>
  truncated === undefined || truncated === "fail" || truncated === "skip"
    ? undefined
    : `truncated ${shown(truncated)} must be "fail" or "skip"`

/** Returns the problem of a direction: a misspelt one would silently mean the other. */
const problemOfDirection = (direction: ReadOptions["direction"]): string | undefined =>
  direction === undefined || direction === "forwards" || direction === "backwards"
    ? undefined
    : `direction ${shown(direction)} must be "forwards" or "backwards"`

const problemOfNames = (option: string, what: string, names: unknown): string | undefined => {
  if (names === undefined) return undefined
  if (!Array.isArray(names)) return `${option} is ${shown(names)}, not an array`
  for (const name of names as ReadonlyArray<string>) {
    const problem = problemOfName(what, name)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Checks a read of a stream. */
export const checkRead = (stream: string, options: ReadOptions): EventStoreError | undefined => {
  const problem = problemOfName("the stream id", stream) ?? problemOfOptions(options) ?? problemOfReading(options)
  return problem === undefined ? undefined : EventStoreError.invalidRequest("read", problem)
}

const problemOfReading = (options: ReadOptions): string | undefined => {
  const { asKnownAt, asOf, direction, from = 1, limit = 1, to = 1, truncated } = options
  return (
    problemOfTruncated(truncated) ??
    problemOfDirection(direction) ??
    (asOf === undefined || isTime(asOf) ? undefined : `asOf ${notATime}`) ??
    (asKnownAt === undefined || isTime(asKnownAt) ? undefined : `asKnownAt ${notATime}`) ??
    (isVersion(from) && isVersion(to) && isVersion(limit)
      ? undefined
      : `from ${String(from)}, to ${String(to)} and limit ${String(limit)} must be whole numbers from 0`)
  )
}

const problemOfLogReading = ({
  after = 0,
  aggregates,
  limit = 1,
  pageSize = 1,
  truncated,
  types
}: NonNullable<Parameters<Service["readAll"]>[0]>): string | undefined =>
  problemOfNames("aggregates", "the aggregate's name", aggregates) ??
  problemOfNames("types", "the event type", types) ??
  problemOfTruncated(truncated) ??
  (isVersion(after) && isVersion(limit)
    ? undefined
    : `after ${String(after)} and limit ${String(limit)} must be whole numbers from 0`) ??
  problemOfPageSize(pageSize)

/**
 * Returns the problem of a page size.
 *
 * @example
 * ```ts
 * import { StoreRequest } from "eventfold/store"
 *
 * StoreRequest.problemOfPageSize(0) // pageSize 0 must be from 1 to 100,000
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const problemOfPageSize = (pageSize: number): string | undefined =>
  isVersion(pageSize) && pageSize > 0 && pageSize <= 100_000
    ? undefined
    : `pageSize ${String(pageSize)} must be from 1 to 100,000`

/** Checks a read of the log. */
export const checkReadAll = (options: NonNullable<Parameters<Service["readAll"]>[0]>): EventStoreError | undefined => {
  const problem = problemOfOptions(options) ?? problemOfLogReading(options)
  return problem === undefined ? undefined : EventStoreError.invalidRequest("readAll", problem)
}

/** Returns the position after which a subscription begins. */
const positionOf = (after: SubscribeOptions["after"]): number | string => {
  if (after === undefined) return 0
  if (typeof after === "number") return after
  if (!isObject(after)) return `after is ${shown(after)}, neither a checkpoint nor a position`
  const { eventId, position, storeId } = after
  return typeof storeId === "string" &&
    typeof position === "number" &&
    (eventId === null || typeof eventId === "string")
    ? position
    : "after is an object that is no checkpoint, which has storeId, position and eventId"
}

/** Checks a subscription. */
export const checkSubscribe = (options: SubscribeOptions): EventStoreError | undefined => {
  const problem = problemOfOptions(options) ?? problemOfFollowing(options)
  return problem === undefined ? undefined : EventStoreError.invalidRequest("subscribe", problem)
}

const problemOfFollowing = ({ after, name, ...options }: SubscribeOptions): string | undefined => {
  const position = positionOf(after)
  if (typeof position === "string") return position
  if (name !== undefined && typeof name !== "string") return `name is ${shown(name)}, not a string`
  return problemOfLogReading({ ...options, after: position })
}

/** Checks the id of a stream. */
export const checkStream = (operation: string, stream: string): EventStoreError | undefined => {
  const problem = problemOfName("the stream id", stream)
  return problem === undefined ? undefined : EventStoreError.invalidRequest(operation, problem)
}

/** Checks an event id. */
export const checkEventId = (operation: string, id: string): EventStoreError | undefined =>
  typeof id === "string" && isEventId(id)
    ? undefined
    : EventStoreError.invalidRequest(
        operation,
        `${JSON.stringify(id) ?? String(id)} is no event id: a UUID in lower case with hyphens`
      )

/** Checks a snapshot. */
export const checkSnapshot = (snapshot: Snapshot): EventStoreError | undefined => {
  const { eventId, fingerprint, state, stream, version } = snapshot
  const operation = "snapshots.save"
  const problem =
    problemOfName("the stream id", stream) ??
    problemOfText("the fingerprint", fingerprint) ??
    problemOfText("the state", state) ??
    (isVersion(version) && version > 0 ? undefined : `version ${version} must be a whole number from 1`)
  return problem === undefined ? checkEventId(operation, eventId) : EventStoreError.invalidRequest(operation, problem)
}

/** Options of `archive`, `unarchive` and `truncate`. */
type LifecycleOptions = Partial<Parameters<Service["truncate"]>[1]>

const problemOfChange = (operation: string, { before, reason = "" }: LifecycleOptions) => {
  const problem = typeof reason === "string" ? problemOfText("the reason", reason) : "the reason is not a string"
  if (problem !== undefined || operation !== "truncate") return problem
  if (before === undefined) return "before is missing: the first version to keep"
  return isVersion(before) && before > 0
    ? undefined
    : `before ${String(before)} must be a version, a whole number from 1`
}

/** Checks a request to archive, unarchive or truncate a stream. */
export const checkLifecycle = (
  operation: "archive" | "unarchive" | "truncate",
  stream: string,
  options: LifecycleOptions
): EventStoreError | undefined => {
  const problem =
    problemOfName("the stream id", stream) ?? problemOfOptions(options) ?? problemOfChange(operation, options)
  return problem === undefined ? undefined : EventStoreError.invalidRequest(operation, problem)
}

/** Checks a request for a page of rows. */
export const checkRowPage = (
  operation: string,
  { after, limit = 100 }: { readonly after?: string; readonly limit?: number }
): EventStoreError | undefined => {
  if (after !== undefined && typeof after !== "string")
    return EventStoreError.invalidRequest(operation, `after is ${shown(after)}, not what a page gave as next`)
  return isVersion(limit) && limit > 0 && limit <= 10_000
    ? undefined
    : EventStoreError.invalidRequest(operation, `limit ${String(limit)} must be from 1 to 10,000`)
}

/** Checks a request to wait for rows. */
export const checkWait = (
  operation: string,
  place: number | { readonly position: number },
  timeout: Duration.Input
): EventStoreError | undefined => {
  const position: unknown = typeof place === "number" ? place : Object(place).position
  if (typeof position !== "number" || !isVersion(position)) {
    const given = typeof place === "number" ? String(place) : shown(place)
    return EventStoreError.invalidRequest(
      operation,
      `${given} is neither a position, a whole number from 0, nor what an append or execute gave`
    )
  }
  return Option.isSome(Duration.fromInput(timeout))
    ? undefined
    : EventStoreError.invalidRequest(operation, `timeout is ${shown(timeout)}; it is a duration such as "5 seconds"`)
}

/**
 * Returns the problem of a name that begins with a hyphen: commands that are shown to operators
 * contain names of reactions.
 */
const problemOfHyphen = (name: string): string | undefined =>
  name.startsWith("-")
    ? `the reaction's name ${JSON.stringify(name)} begins with a hyphen, so that commands such as eventfold reactions parked take it for an option: begin it with a letter`
    : undefined

/** Checks the name of a reaction and its start. */
export const checkReaction = (
  storeId: string,
  name: string,
  start: Parameters<ReactionStore["open"]>[1]
): EventStoreError | undefined => {
  const operation = "reactions.open"
  const problem = problemOfName("the reaction's name", name) ?? problemOfHyphen(name)
  if (problem !== undefined) return EventStoreError.invalidRequest(operation, problem)
  if (start === "beginning" || start === "now" || (typeof start === "number" && isVersion(start))) return undefined
  if (!isObject(start) || !isVersion(Object(start).position))
    return EventStoreError.invalidRequest(
      operation,
      `start is ${shown(start)}: it must be "beginning", "now", a position or a checkpoint`
    )
  const checkpoint = start as Checkpoint
  return checkpoint.storeId === storeId ? undefined : EventStoreError.logDiverged({ checkpoint, storeId, found: null })
}

/** Checks a request for parked events. */
export const checkParked = ({
  after = 0,
  limit = 1_000
}: NonNullable<Parameters<ReactionStore["parked"]>[1]>): EventStoreError | undefined =>
  isVersion(after)
    ? checkRowPage("reactions.parked", { limit })
    : EventStoreError.invalidRequest(
        "reactions.parked",
        `after ${String(after)} must be a position, a whole number from 0`
      )
