/**
 * Checks that every store makes before it sends anything: what could not come back as it went in is refused here.
 *
 * For authors of stores. An app meets these checks as `InvalidRequest`.
 */
import { DateTime, Result, type Schema } from "effect"
import { isLifecycle } from "./Event.ts"
import { isEventId } from "./EventId.ts"
import type {
  Append,
  LifecycleOptions,
  OnTruncated,
  ReadAllOptions,
  ReadOptions,
  SubscribeOptions,
  TruncateOptions
} from "./EventStore.ts"
import { EventStoreError, InvalidRequest } from "./EventStoreError.ts"

/** Longest stream id and event type, in bytes of UTF-8. */
export const maxNameBytes = 1_000

const utf8 = new TextEncoder()

const problemOfText = (what: string, text: string): string | undefined => {
  // A driver would turn a lone surrogate into U+FFFD, and two different ids would become one.
  if (!text.isWellFormed())
    return `${what} is not well-formed Unicode: ${JSON.stringify(text)} has half of a surrogate pair`
  if (text.includes("\0")) return `${what} contains NUL, which PostgreSQL cannot store: ${JSON.stringify(text)}`
  return undefined
}

const problemOfName = (what: string, text: string): string | undefined => {
  if (text === "") return `${what} is empty`
  const bytes = text.length * 3 > maxNameBytes ? utf8.encode(text).length : 0
  if (bytes > maxNameBytes)
    return `${what} takes ${bytes} bytes of UTF-8, at most ${maxNameBytes} are allowed: ${JSON.stringify(text.slice(0, 60))}…`
  return problemOfText(what, text)
}

/** Where and why a value is not JSON. A walk, since `JSON.stringify` drops or changes such values without a word. */
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
 * An event's data as the JSON text that is stored, or why it has none.
 *
 * **Gotchas**
 *
 * `-0` becomes `0`.
 */
export const dataText = (data: Schema.Json): Result.Result<string, string> => {
  try {
    const problem = problemOfJson(data, "data")
    return problem === undefined ? Result.succeed(JSON.stringify(data)) : Result.fail(problem)
  } catch (error) {
    // Deeper than the stack, or a circle.
    if (error instanceof RangeError) return Result.fail("data is nested too deeply to be stored")
    throw error
  }
}

const isVersion = (version: number) => Number.isSafeInteger(version) && version >= 0

const isTime = (time: unknown) => DateTime.isDateTime(time) && Number.isFinite(time.epochMilliseconds)
const notATime = "is not a DateTime: make one with DateTime.make or DateTime.makeUnsafe"

const problemOfAppend = ({ events, expected, stream }: Append, isOwn: boolean): string | undefined => {
  const problem = problemOfName("the stream id", stream)
  if (problem !== undefined) return problem
  if (typeof expected === "number" ? !isVersion(expected) : !["any", "noStream", "streamExists"].includes(expected)) {
    return `expected version ${JSON.stringify(expected)} is none: use "any", "noStream", "streamExists" or a whole number from 0`
  }
  for (const event of events) {
    const problem =
      problemOfName("the event type", event.type) ??
      (isLifecycle(event.type) && !isOwn
        ? `event type ${JSON.stringify(event.type)} begins with $: such events are the store's own, made by archive, unarchive and truncate`
        : undefined) ??
      (isEventId(event.id) ? undefined : `event id ${JSON.stringify(event.id)} is not a UUID in lower case`) ??
      (Number.isSafeInteger(event.schemaVersion) && event.schemaVersion > 0 && event.schemaVersion < 32_768
        ? undefined
        : `schemaVersion ${event.schemaVersion} is not a whole number from 1 to 32767`)
    if (problem !== undefined) return problem
    if (event.occurredAt !== undefined && !isTime(event.occurredAt)) return `occurredAt of ${event.type} ${notATime}`
    for (const [key, text] of Object.entries(event.metadata)) {
      if (text === undefined) continue
      if (typeof text !== "string") return `metadata.${key} is not a string`
      const problem = problemOfText(`metadata.${key}`, text)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

const refuse = (operation: string, problem: string) =>
  new EventStoreError({ reason: new InvalidRequest({ operation, problem }) })

/**
 * What is wrong with these appends, if anything; all that can be known without looking into the log. `isOwn`: whether these
 * are the store's own events about a stream.
 */
export const checkAppends = (
  operation: string,
  appends: ReadonlyArray<Append>,
  isOwn = false
): EventStoreError | undefined => {
  const ids = new Set<string>()
  const streams = new Set<string>()
  for (const append of appends) {
    const problem = problemOfAppend(append, isOwn)
    if (problem !== undefined) return refuse(operation, problem)
    if (streams.has(append.stream)) {
      return refuse(operation, `stream ${JSON.stringify(append.stream)} is named twice: put its events into one append`)
    }
    streams.add(append.stream)
    for (const { id } of append.events) {
      if (ids.has(id)) return refuse(operation, `event id ${id} is used twice in one call`)
      ids.add(id)
    }
  }
  return undefined
}

const problemOfTruncated = (truncated: OnTruncated | undefined): string | undefined =>
  truncated === undefined || truncated === "fail" || truncated === "skip"
    ? undefined
    : `truncated ${JSON.stringify(truncated)} must be "fail" or "skip"`

/** What is wrong with this reading, if anything. */
export const checkRead = (stream: string, options: ReadOptions): EventStoreError | undefined => {
  const { asKnownAt, asOf, from = 1, limit = 1, to = 1 } = options
  const problem =
    problemOfName("the stream id", stream) ??
    problemOfTruncated(options.truncated) ??
    (asOf === undefined || isTime(asOf) ? undefined : `asOf ${notATime}`) ??
    (asKnownAt === undefined || isTime(asKnownAt) ? undefined : `asKnownAt ${notATime}`) ??
    (isVersion(from) && isVersion(to) && isVersion(limit)
      ? undefined
      : `from ${from}, to ${to} and limit ${limit} must be whole numbers from 0`)
  return problem === undefined ? undefined : refuse("read", problem)
}

const problemOfLogReading = ({
  after = 0,
  aggregates = [],
  limit = 1,
  pageSize = 1,
  truncated,
  types = []
}: ReadAllOptions): string | undefined => {
  const names = [
    ...aggregates.map((name) => problemOfName("the aggregate's name", name)),
    ...types.map((type) => problemOfName("the event type", type))
  ]
  return (
    names.find((problem) => problem !== undefined) ??
    problemOfTruncated(truncated) ??
    (isVersion(after) && isVersion(limit)
      ? undefined
      : `after ${after} and limit ${limit} must be whole numbers from 0`) ??
    (isVersion(pageSize) && pageSize > 0 && pageSize <= 100_000
      ? undefined
      : `pageSize ${pageSize} must be from 1 to 100,000`)
  )
}

/** What is wrong with this reading of the log, if anything. */
export const checkReadAll = (options: ReadAllOptions): EventStoreError | undefined => {
  const problem = problemOfLogReading(options)
  return problem === undefined ? undefined : refuse("readAll", problem)
}

/** What is wrong with this subscription, if anything. */
export const checkSubscribe = ({ after = 0, ...options }: SubscribeOptions): EventStoreError | undefined => {
  const problem = problemOfLogReading({ ...options, after: typeof after === "number" ? after : after.position })
  return problem === undefined ? undefined : refuse("subscribe", problem)
}

/** What is wrong with this stream's id, if anything. */
export const checkStream = (operation: string, stream: string): EventStoreError | undefined => {
  const problem = problemOfName("the stream id", stream)
  return problem === undefined ? undefined : refuse(operation, problem)
}

/** What is wrong with this archiving, unarchiving or truncating, if anything. */
export const checkLifecycle = (
  operation: "archive" | "unarchive" | "truncate",
  stream: string,
  { before = 1, reason = "" }: LifecycleOptions & Partial<TruncateOptions>
): EventStoreError | undefined => {
  const problem =
    problemOfName("the stream id", stream) ??
    (typeof reason === "string" ? problemOfText("the reason", reason) : "the reason is not a string") ??
    (isVersion(before) && before > 0 ? undefined : `before ${before} must be a version, a whole number from 1`)
  return problem === undefined ? undefined : refuse(operation, problem)
}

/** A stream can't be truncated before a version that is beyond its next one. */
export const beyondEnd = (stream: string, before: number, version: number): EventStoreError =>
  refuse(
    "truncate",
    `stream ${JSON.stringify(stream)} is at version ${version}: before can be at most ${version + 1}, not ${before}`
  )
