/**
 * Ids of events. A new id is a UUIDv7, which sorts by time and keeps the store's index compact. An
 * id that is derived from a command id is a UUIDv8, and the same at every attempt, so that a
 * repeated command appends nothing twice.
 */
import { Clock, Effect } from "effect"
import { sha256 } from "./internal/work/Sha256.ts"

/**
 * A UUID in lower case with hyphens.
 *
 * @since 0.1.0
 * @category models
 */
export type EventId = string

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Returns whether a text is a UUID in lower case with hyphens.
 *
 * @internal
 */
export const isEventId = (text: string): text is EventId => pattern.test(text)

/** Hexadecimal form of every byte. */
const hexOf: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const format = (bytes: Uint8Array, version: number): EventId => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  let hex = ""
  for (let i = 0; i < 16; i++) {
    hex += hexOf[bytes[i]!]
    if (i === 3 || i === 5 || i === 7 || i === 9) hex += "-"
  }
  return hex
}

/** Random bytes for many ids: one call to the system costs as much as the rest of an id. */
const random = new Uint8Array(16 * 256)
let used = random.length

/** Returns sixteen unused random bytes, which the caller may overwrite. */
const takeRandom = (): Uint8Array => {
  if (used === random.length) {
    globalThis.crypto.getRandomValues(random)
    used = 0
  }
  return random.subarray(used, (used += 16))
}

/**
 * Makes a new UUIDv7: 48 bits of the `Clock`'s milliseconds, then random bits.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventId } from "eventfold"
 *
 * const id = Effect.runSync(EventId.make)
 * id.length // 36
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<EventId> = Effect.map(Clock.currentTimeMillis, (now) => {
  const bytes = takeRandom()
  let rest = Math.max(0, Math.floor(now))
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return format(bytes, 7)
})

/**
 * Maximum number of events of a command: the index of an event takes two bytes of its id.
 *
 * @internal
 */
export const maxPerCommand = 65_536

const utf8 = new TextEncoder()

const withIndex =
  (prefix: string) =>
  (index: number): EventId =>
    prefix + hexOf[index >> 8] + hexOf[index & 0xff]

/**
 * Derives the ids of the events that a command with an id appends to one stream: `derive(stream,
 * commandId)(0)`, `(1)`, …, always the same (SHA-256 of both, with the index in the last two
 * bytes).
 *
 * **Gotchas**
 *
 * The stream is part of the hash, so one command id may be used for two aggregates: those are two
 * commands.
 *
 * @example
 * ```ts
 * import { EventId } from "eventfold"
 *
 * const ids = EventId.derive("Account-1", "transfer-17")
 * ids(0) === EventId.derive("Account-1", "transfer-17")(0) // true
 * ids(0) === ids(1) // false
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const derive = (stream: string, commandId: string): ((index: number) => EventId) =>
  withIndex(format(sha256(utf8.encode(`${stream.length}:${stream}${commandId}`)).slice(0, 16), 8).slice(0, -4))

/**
 * Makes the ids of the events of a command without an id from one new id: adjacent UUIDv7s, which
 * keep the store's index compact.
 *
 * **When to use**
 *
 * In code that appends several events at a time without a repository.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventId } from "eventfold"
 *
 * const ids = Effect.map(EventId.make, (first) => {
 *   const idOf = EventId.series(first)
 *   return [idOf(0), idOf(1)]
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const series = (fresh: EventId): ((index: number) => EventId) => withIndex(fresh.slice(0, -4))
