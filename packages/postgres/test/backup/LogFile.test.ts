/**
 * An exported log whose lines, alone or together, are longer than a string of the engine can be.
 */
import { Result } from "effect"
import { afterEach, assert, describe, it, vi } from "vitest"
import { LogFileReader, LogFileWriter, type StoredEvent, TooLong } from "../../src/internal/backup/LogFile.ts"

const storeId = "0192f0c1-7e2a-4b3c-8d4e-5f6071829304"

const eventOf = (position: number, data: string): StoredEvent => ({
  position,
  stream: "A-1",
  version: position,
  id: `0192f0c1-7e2a-4b3c-8d4e-${String(position).padStart(12, "0")}`,
  type: "Written",
  schemaVersion: 1,
  recordedAt: 0,
  occurredAt: 0,
  metadata: null,
  data
})

describe("LogFileWriter", () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it("it returns the lines of a page in pieces of limited size", () => {
    const writer = new LogFileWriter()
    const head = writer.head({ storeId, lastDrawn: 5 })
    const large = JSON.stringify("x".repeat(1_500_000))
    const events = [large, large, large, "1", "2"].map((data, i) => eventOf(i + 1, data))
    const pieces = Result.getOrThrow(writer.events(events))
    assert.deepStrictEqual(
      pieces.map((piece) => piece.split("\n").length - 1),
      [2, 3]
    )
    // The checksum of the last line is that of these lines.
    const reader = new LogFileReader()
    const read = [head, ...pieces, writer.foot()].flatMap((piece) => Result.getOrThrow(reader.push(piece)))
    assert.deepStrictEqual(
      read.map(({ event }) => event),
      events
    )
    assert.isTrue(Result.isSuccess(reader.end()))
  })

  it("it leaves out empty metadata", () => {
    const written = new LogFileWriter().events([eventOf(1, "1"), { ...eventOf(2, "2"), metadata: "{}" }])
    const keys = Result.getOrThrow(written)
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => "metadata" in JSON.parse(line))
    assert.deepStrictEqual(keys, [false, true])
  })

  it("it names an event whose line is longer than a string can be, and throws any other error", () => {
    const [short, long] = [eventOf(1, "1"), eventOf(2, "2")]
    const { stringify } = JSON
    let error: Error = new RangeError("Invalid string length")
    vi.spyOn(JSON, "stringify").mockImplementation((value: unknown) => {
      if (typeof value === "object" && value !== null && "version" in value && value.version === 2) throw error
      return stringify(value)
    })
    const writer = new LogFileWriter()
    assert.deepStrictEqual(writer.events([short, long]), Result.fail(new TooLong({ event: long })))
    error = new TypeError("something else")
    assert.throws(() => writer.events([long]), TypeError)
  })
})

describe("LogFileReader", () => {
  it("it refuses a line that is longer than a string can be, with or without its end", () => {
    const writer = new LogFileWriter()
    const head = writer.head({ storeId, lastDrawn: 1 })
    const [line] = Result.getOrThrow(writer.events([eventOf(1, JSON.stringify("x".repeat(1_000)))]))
    const refused = /^line 2 is longer than 900 characters, which no line that Eventfold exports is/
    for (const text of [line!, line!.trimEnd()]) {
      const reader = new LogFileReader(900)
      Result.getOrThrow(reader.push(head))
      // In pieces, as a file is read.
      Result.getOrThrow(reader.push(text.slice(0, 500)))
      const pushed = reader.push(text.slice(500))
      assert.match(Result.isFailure(pushed) ? pushed.failure : "taken", refused)
    }
    const reader = new LogFileReader(line!.length)
    Result.getOrThrow(reader.push(head))
    assert.strictEqual(Result.getOrThrow(reader.push(line!)).length, 1)
  })
})
