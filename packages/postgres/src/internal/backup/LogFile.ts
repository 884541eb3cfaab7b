/**
 * The format of an exported log: a line of JSON for its head, one for each event in position order,
 * and a last line with the number of events and the SHA-256 of all lines before it, so that a file
 * that was cut off or changed is detected.
 *
 * Data and metadata are strings within the JSON, not parts of it: so they are restored byte for
 * byte.
 */
import { Data, Predicate, Result } from "effect"
import { Event } from "eventfold"
import { StoreRequest } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import { constants } from "node:buffer"
import { createHash, type Hash } from "node:crypto"
import { positionsEnd } from "../schema/StoreSchema.ts"

/** The version of the format. */
export const format = 1

/** The first line of a file. */
export interface Head {
  readonly storeId: string
  /** The last position that was drawn before the export: all later positions are greater. */
  readonly lastDrawn: number
}

/** An event in the form of its table. */
export interface StoredEvent {
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  /** Milliseconds since 1970. */
  readonly recordedAt: number
  readonly occurredAt: number
  /** JSON text; null if there is none. */
  readonly metadata: string | null
  /** JSON text; null if it was truncated. */
  readonly data: string | null
}

/**
 * An event whose line would be longer than a string can be: its data, which the line holds as a
 * string, may be nearly as long.
 */
export class TooLong extends Data.TaggedError("TooLong")<{ readonly event: StoredEvent }> {}

/**
 * Approximate number of characters of a piece: the lines of a page together can be longer than a
 * string can be.
 */
const pieceCharacters = 4_000_000

/** Encodes an event as a line. */
const lineOf = (stored: StoredEvent): Result.Result<string, TooLong> => {
  const { data, metadata, ...event } = stored
  const content = data === null ? { erased: true } : { data }
  try {
    return Result.succeed(`${JSON.stringify({ ...event, ...(metadata === null ? {} : { metadata }), ...content })}\n`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return Result.fail(new TooLong({ event: stored }))
  }
}

/** Encodes the lines of a file, in their order. */
export class LogFileWriter {
  readonly #hash: Hash = createHash("sha256")
  #events = 0

  #hashed(text: string): string {
    this.#hash.update(text)
    return text
  }

  /** Returns the first line. */
  head({ lastDrawn, storeId }: Head): string {
    return this.#hashed(`${JSON.stringify({ eventfold: "log", format, storeId, lastDrawn })}\n`)
  }

  /** Returns the lines of events, in pieces of whole lines. */
  events(events: ReadonlyArray<StoredEvent>): Result.Result<ReadonlyArray<string>, TooLong> {
    const pieces: Array<string> = []
    let lines = ""
    for (const event of events) {
      const line = lineOf(event)
      if (Result.isFailure(line)) return Result.fail(line.failure)
      if (lines.length > 0 && lines.length + line.success.length > pieceCharacters) {
        pieces.push(this.#hashed(lines))
        lines = ""
      }
      lines += line.success
      this.#events++
    }
    if (lines.length > 0) pieces.push(this.#hashed(lines))
    return Result.succeed(pieces)
  }

  /** Returns the last line. */
  foot(): string {
    return `${JSON.stringify({ eventfold: "end", events: this.#events, sha256: this.#hash.digest("hex") })}\n`
  }
}

/** An event, and the number of its line. */
export interface Line {
  readonly number: number
  readonly event: StoredEvent
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
/** A store with greater positions could not be read without missing events. */
const isPosition = (value: unknown): boolean => isCount(value) && value < positionsEnd
/** `true` for a time that a JavaScript Date can hold. */
const isTime = (value: unknown): boolean => Number.isSafeInteger(value) && Math.abs(Number(value)) <= 8.64e15
const isText = (value: unknown): value is string => typeof value === "string"

/** A key, the check of its value, and the rule for a message. */
type Field = readonly [key: string, isValid: (value: unknown) => boolean, rule: string]

const isStorable = (value: unknown) => isText(value) && value.isWellFormed() && !value.includes("\0")
const storable = "a well-formed string without NUL"

/** The fields of a line. */
interface Shape {
  readonly fields: ReadonlyArray<Field>
  /** Fields that a line may leave out. */
  readonly optional: ReadonlyArray<Field>
  readonly known: ReadonlySet<string>
}

const shape = (fields: ReadonlyArray<Field>, optional: ReadonlyArray<Field> = []): Shape => ({
  fields,
  optional,
  known: new Set([...fields, ...optional].map(([key]) => key))
})

const time = "a whole number of milliseconds since 1970, within 8,640,000,000,000,000"

const eventFields: ReadonlyArray<Field> = [
  ["position", (value) => isPosition(value) && value !== 0, `a whole number from 1 and below ${positionsEnd}`],
  ["stream", isText, "a string"],
  ["version", (value) => isCount(value) && value > 0, "a whole number from 1"],
  ["id", isText, "a string"],
  ["type", isText, "a string"],
  ["schemaVersion", isCount, "a whole number"],
  ["recordedAt", isTime, time],
  ["occurredAt", isTime, time]
]
const optionalFields: ReadonlyArray<Field> = [["metadata", isStorable, storable]]
const whole = shape([...eventFields, ["data", isStorable, storable]], optionalFields)
const erased = shape([...eventFields, ["erased", (value) => value === true, "true"]], optionalFields)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const head = shape([
  ["storeId", (value) => isText(value) && uuid.test(value), "a UUID in lower case"],
  ["lastDrawn", isPosition, `a whole number below ${positionsEnd}`]
])
const foot = shape([
  ["events", isCount, "a whole number"],
  ["sha256", isText, "a string"]
])

/** Types of the store's own events. A store could not handle other types that begin with a $. */
const ownTypes: ReadonlyArray<string> = [
  Event.lifecycle.archived,
  Event.lifecycle.unarchived,
  Event.lifecycle.truncated
]

const parse = (text: string): Result.Result<unknown, string> => {
  try {
    return Result.succeed(StoredJson.parse(text))
  } catch (error) {
    return Result.fail(error instanceof Error ? error.message : String(error))
  }
}

type Fields = Readonly<Record<string, unknown>>

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "missing"
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const problemOf = (found: Fields, { fields, known, optional }: Shape): string | undefined => {
  for (const [key, isValid, rule] of [...fields, ...optional.filter(([key]) => key in found)]) {
    if (!isValid(found[key])) return `${key} is ${brief(found[key])}, not ${rule}`
  }
  const unknown = Object.keys(found).find((key) => !known.has(key))
  return unknown === undefined ? undefined : `${JSON.stringify(unknown)} is no field of format ${format}`
}

const notAnExport = "this is not a log that Eventfold exported"
/**
 * Maximum length of the first line: a file with a longer one is no export, and need not be read to
 * its end.
 */
const maxHeadCharacters = 4_096

/**
 * Reads a file piece by piece. A problem is a message that begins with the number of the line.
 */
export class LogFileReader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  readonly #hash: Hash = createHash("sha256")
  readonly #maxLength: number
  /** Pieces of the line that is not complete. */
  #rest: Array<string> = []
  #restLength = 0
  #number = 0
  #events = 0
  #position = 0
  #isEnded = false
  head: Head | undefined

  /** `maxLength` is the maximum length of a line. Defaults to the longest string of the engine. */
  constructor(maxLength: number = constants.MAX_STRING_LENGTH) {
    this.#maxLength = maxLength
  }

  #at(problem: string): Result.Result<never, string> {
    return Result.fail(`line ${this.#number}: ${problem}`)
  }

  #tooLong(): Result.Result<never, string> {
    const maxLength = this.#maxLength.toLocaleString("en")
    return Result.fail(
      `line ${this.#number + 1} is longer than ${maxLength} characters, which no line that Eventfold exports is: the file was changed or damaged`
    )
  }

  /** Reads a piece, and returns the events of the lines that end in it. */
  push(piece: Uint8Array | string): Result.Result<ReadonlyArray<Line>, string> {
    if (this.#number === 0 && this.#restLength === 0 && typeof piece !== "string" && piece[0] === 0x1f) {
      if (piece[1] === 0x8b) return Result.fail("the file is compressed with gzip: unpack it first, with gunzip")
    }
    let text: string
    try {
      text = typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true })
    } catch {
      return Result.fail(`after line ${this.#number}: the file is not UTF-8`)
    }
    const lines: Array<Line> = []
    let start = 0
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (this.#restLength + end - start > this.#maxLength) return this.#tooLong()
      const line = this.#rest.join("") + text.slice(start, end)
      this.#rest = []
      this.#restLength = 0
      start = end + 1
      const read = this.#line(line)
      if (Result.isFailure(read)) return Result.fail(read.failure)
      if (read.success !== undefined) lines.push({ number: this.#number, event: read.success })
    }
    if (start < text.length) {
      this.#rest.push(text.slice(start))
      this.#restLength += text.length - start
      if (this.#number === 0 && this.#restLength > maxHeadCharacters) return Result.fail(notAnExport)
      if (this.#restLength > this.#maxLength) return this.#tooLong()
    }
    return Result.succeed(lines)
  }

  /** Ends the file, and returns its head. */
  end(): Result.Result<Head, string> {
    const rest = this.#rest.join("")
    if (this.head === undefined) {
      return Result.fail(this.#number === 0 && rest === "" ? "the file is empty" : notAnExport)
    }
    // The newline of the last line may be lost, without any other loss.
    if (!this.#isEnded && rest.startsWith('{"eventfold":"end"') && rest.endsWith("}")) {
      const read = this.#line(rest)
      return Result.isFailure(read) ? Result.fail(read.failure) : Result.succeed(this.head)
    }
    if (!this.#isEnded) {
      return Result.fail(
        `the file was cut off after line ${this.#number}: its last line, with the checksum, is missing`
      )
    }
    return rest === ""
      ? Result.succeed(this.head)
      : Result.fail(`line ${this.#number + 1}: there is text behind the last line`)
  }

  #line(line: string): Result.Result<StoredEvent | undefined, string> {
    this.#number++
    if (this.#isEnded) return this.#at("there is text behind the last line")
    const parsed = parse(line)
    if (Result.isFailure(parsed)) {
      return this.#number === 1 ? Result.fail(notAnExport) : this.#at(`is not JSON: ${parsed.failure}`)
    }
    const fields = parsed.success
    if (!Predicate.isObject(fields) || Array.isArray(fields)) {
      return this.#number === 1 ? Result.fail(notAnExport) : this.#at("is not an object")
    }
    const { eventfold, ...rest } = fields as Fields
    if (this.#number === 1) return this.#first(line, eventfold, rest)
    if (eventfold === "end") return this.#last(rest)
    this.#hash.update(line).update("\n")
    return eventfold === undefined ? this.#event(rest) : this.#at(`"eventfold" is ${brief(eventfold)}, not "end"`)
  }

  #first(line: string, eventfold: unknown, { format: found, ...fields }: Fields): Result.Result<undefined, string> {
    if (eventfold !== "log") return Result.fail(notAnExport)
    if (found !== format) {
      return this.#at(`the file has format ${brief(found)}, this Eventfold reads format ${format}: upgrade it`)
    }
    const problem = problemOf(fields, head)
    if (problem !== undefined) return this.#at(problem)
    this.head = { storeId: String(fields["storeId"]), lastDrawn: Number(fields["lastDrawn"]) }
    this.#hash.update(line).update("\n")
    return Result.succeed(undefined)
  }

  #event(fields: Fields): Result.Result<StoredEvent, string> {
    const problem = problemOf(fields, "erased" in fields ? erased : whole)
    if (problem !== undefined) return this.#at(problem)
    // Checked above.
    const event = fields as Omit<StoredEvent, "data" | "metadata"> & {
      readonly data?: string
      readonly metadata?: string
    }
    const { id, position, schemaVersion, stream, type } = event
    if (event.data !== undefined) {
      const data = parse(event.data)
      if (Result.isFailure(data)) return this.#at(`data is not JSON: ${data.failure}`)
    }
    const parsed = parse(event.metadata ?? "{}")
    if (Result.isFailure(parsed)) return this.#at(`metadata is not JSON: ${parsed.failure}`)
    if (Event.isLifecycle(type) && !ownTypes.includes(type)) {
      return this.#at(
        `type ${brief(type)} begins with $, and is not one of the store's own types: ${ownTypes.join(", ")}`
      )
    }
    const asked = { id, type, schemaVersion, data: null, metadata: parsed.success as Event.Metadata }
    // The rules of an append: a name that can't be appended can't have been exported.
    const invalid = StoreRequest.checkAppends("import", [{ stream, expected: "any", events: [asked] }], true)
    if (invalid !== undefined) {
      const { reason } = invalid
      return this.#at(reason._tag === "InvalidRequest" ? reason.problem : reason.message)
    }
    if (position <= this.#position) {
      return this.#at(`position ${position} comes after position ${this.#position}: the lines are not in order`)
    }
    this.#position = position
    this.#events++
    return Result.succeed({ ...event, metadata: event.metadata ?? null, data: event.data ?? null })
  }

  #last(fields: Fields): Result.Result<undefined, string> {
    const problem = problemOf(fields, foot)
    if (problem !== undefined) return this.#at(problem)
    if (fields["events"] !== this.#events) {
      return this.#at(`the file has ${this.#events} events, its last line counts ${Number(fields["events"])}`)
    }
    const sha256 = this.#hash.digest("hex")
    if (fields["sha256"] !== sha256) {
      return this.#at("the checksum does not match the lines before it: the file was changed or damaged")
    }
    this.#isEnded = true
    return Result.succeed(undefined)
  }
}
