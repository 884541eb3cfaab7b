/**
 * Promise 6: no SQL text is ever built from data. The statements are the same for any data, request
 * or refusal.
 */
import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { expect } from "vitest"
import { watched } from "../SubscriptionTools.ts"
import { event, freshSchema } from "../Stores.ts"

const hostile = `MARK'"); drop table events; --$1 %s \\ $$`

it.live("SQL text: data, names, metadata, reasons and filters are never part of it", () =>
  Effect.gen(function* () {
    const { count, store } = yield* watched(freshSchema())
    const more = { type: hostile, metadata: { actor: hostile, correlationId: hostile, causationId: hostile } }
    const one = () => event({ [hostile]: hostile }, more)
    const stream = `${hostile}-${hostile}`
    const first = one()
    yield* store.append(stream, "noStream", [first])
    yield* store.append(stream, "any", [one(), one()])
    yield* Effect.all(
      Array.from({ length: 5 }, (_, i) => store.append(`${stream}${i}`, "any", [one()])),
      { concurrency: 5 }
    )
    yield* store.appendAll([
      { stream, expected: "any", events: [one()] },
      { stream: `${stream}0`, expected: "streamExists", events: [one(), one()] }
    ])
    // Lost appends are looked up by their ids and streams.
    yield* Effect.flip(store.append(stream, "noStream", [one()]))
    yield* store.append(stream, 0, [first])
    yield* Effect.flip(store.append(stream, "any", [{ ...first, type: "Other" }]))
    yield* store.archive(stream, { reason: hostile })
    yield* Effect.flip(store.append(stream, "any", [one()]))
    yield* store.unarchive(stream, { reason: hostile })
    yield* store.truncate(stream, { before: 2, reason: hostile })
    yield* store.streamInfo(stream)
    expect(yield* Stream.runCount(store.read(stream, { truncated: "skip" }))).toBe(6)
    const filter = { aggregates: [hostile], types: [hostile], truncated: "skip" } as const
    expect(yield* Stream.runCount(store.readAll(filter))).toBe(10)
    const followed = store.subscribe({ ...filter, name: hostile }).pipe(Stream.take(10), Stream.runCount)
    expect(yield* followed).toBe(10)
    expect(count("select")).toBeGreaterThan(10)
    expect(count("MARK")).toBe(0)
  })
)

it.live(
  "6. more data than a statement can hold is refused before it is sent, for any kind of data",
  () =>
    Effect.gen(function* () {
      const { count, store } = yield* watched(freshSchema())
      const text = "é".repeat(50_000_000)
      const large = () => Array.from({ length: 10 }, () => event(text))
      const sent = count("append_")
      for (const effect of [
        Effect.asVoid(store.append("A-1", "any", large())),
        Effect.asVoid(store.appendAll([{ stream: "A-1", expected: "any", events: large() }]))
      ]) {
        const { reason } = yield* Effect.flip(effect)
        expect(reason._tag).toBe("InvalidRequest")
        expect(reason.message).toContain("takes 1000 MB")
      }
      expect(count("append_")).toBe(sent)
    }),
  600_000
)
