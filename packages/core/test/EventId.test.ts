import { it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { EventId } from "eventfold"
import * as crypto from "node:crypto"
import { describe, expect } from "vitest"

const versionOf = (id: string) => id[14]
const isVariant = (id: string) => /^[89ab]$/.test(id[19]!)

describe("EventId.make", () => {
  it.effect("returns a UUIDv7 of the clock's milliseconds", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(0x0192f0c17e2a)
      const id = yield* EventId.make
      expect(id).toMatch(/^0192f0c1-7e2a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(EventId.isEventId(id)).toBe(true)
    })
  )

  it.effect("returns a different id each time, and ids sort by time", () =>
    Effect.gen(function* () {
      const ids: Array<string> = []
      for (const time of [0, 1, 255, 256, 65_536, 2 ** 32, 2 ** 41, 2 ** 47]) {
        yield* TestClock.setTime(time)
        ids.push(yield* EventId.make)
      }
      expect([...ids].sort()).toEqual(ids)
      const many = yield* Effect.all(Array.from({ length: 1_000 }, () => EventId.make))
      expect(new Set(many).size).toBe(1_000)
    })
  )
})

describe("EventId.derive", () => {
  const ids = EventId.derive("Account-1", "transfer-17")

  it("returns a UUIDv8, the same one every time and in every version of the library", () => {
    expect(EventId.isEventId(ids(0))).toBe(true)
    expect(versionOf(ids(0))).toBe("8")
    expect(isVariant(ids(0))).toBe(true)
    expect(EventId.derive("Account-1", "transfer-17")(3)).toBe(ids(3))
    // Derived ids are stored: with another value, commands of the past would be executed twice.
    const hash = crypto.createHash("sha256").update("9:Account-1transfer-17").digest()
    hash[6] = (hash[6]! & 0x0f) | 0x80
    hash[8] = (hash[8]! & 0x3f) | 0x80
    hash.writeUInt16BE(258, 14)
    expect(ids(258).replaceAll("-", "")).toBe(hash.subarray(0, 16).toString("hex"))
  })

  it("uses the platform's SHA-256 for texts of any length and alphabet", () => {
    for (let length = 0; length <= 200; length++) {
      const text = "ž𝄞x".repeat(length).slice(0, length).toWellFormed()
      const hash = crypto.createHash("sha256").update(`1:s${text}`).digest("hex")
      const id = EventId.derive("s", text)(0).replaceAll("-", "")
      expect(id.slice(0, 12)).toBe(hash.slice(0, 12))
      expect(id.slice(17, 28)).toBe(hash.slice(17, 28))
    }
  })

  it("returns different ids for different indexes, streams and commands", () => {
    const all = [
      ...Array.from({ length: 300 }, (_, i) => ids(i)),
      ids(EventId.maxPerCommand - 1),
      EventId.derive("Account-2", "transfer-17")(0),
      EventId.derive("Account-1", "transfer-18")(0),
      // The same characters, divided differently.
      EventId.derive("Account-1t", "ransfer-17")(0)
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

it.effect("EventId.series: returns adjacent UUIDv7s", () =>
  Effect.gen(function* () {
    const fresh = yield* EventId.make
    const ids = Array.from({ length: 300 }, (_, i) => EventId.series(fresh)(i))
    for (const id of ids) {
      expect(EventId.isEventId(id)).toBe(true)
      expect(versionOf(id)).toBe("7")
      expect(id.slice(0, 32)).toBe(fresh.slice(0, 32))
    }
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(300)
  })
)

it("EventId.isEventId: accepts only UUIDs in lower case", () => {
  for (const text of [
    "",
    "42",
    "0192F0C1-7E2A-7B3C-8D4E-5F6071829304",
    "{0192f0c1-7e2a-7b3c-8d4e-5f6071829304}",
    "0192f0c17e2a7b3c8d4e5f6071829304",
    "0192f0c1-7e2a-7b3c-8d4e-5f6071829304\n"
  ]) {
    expect(EventId.isEventId(text)).toBe(false)
  }
})
