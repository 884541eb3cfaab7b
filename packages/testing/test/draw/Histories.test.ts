/** Random commands borrow earlier values: of commands, and of the current state. */
import { Histories } from "@eventfold/testing"
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { borrowing } from "../../src/internal/draw/Borrowing.ts"
import { ValuePool } from "../../src/internal/subject/ValuePool.ts"
import { PurseLaws } from "../Purse.ts"

const histories = fc.sample(Histories.steps(PurseLaws), { seed: 1993, numRuns: 300 })

it("Histories.steps: some commands take exactly the balance", () => {
  const emptied = histories.filter((steps) => {
    const { events } = Histories.play(PurseLaws, steps)
    return events.some((event, i) => {
      const { coins } = PurseLaws.fold.run(PurseLaws.fold.initial, events.slice(0, i))
      return event._tag === "CoinsTaken" && event.amount === coins
    })
  })
  expect(emptied.length).toBeGreaterThan(10)
})

it("Histories.steps: the same seed draws the same commands", () => {
  expect(fc.sample(Histories.steps(PurseLaws), { seed: 1993, numRuns: 300 })).toEqual(histories)
})

it("Borrowing: a field takes the latest value that fits its schema, and none with an excess property", () => {
  const Place = Schema.Struct({ street: Schema.String })
  const { apply, choices } = borrowing(Schema.TaggedStruct("Move", { to: Place, amount: Schema.Int }))
  const pool = new ValuePool()
  pool.add({ street: "old", amount: 1 })
  pool.add({ home: { street: "last", town: "Brno" }, left: 7, note: "x" })
  const drawn = { _tag: "Move", to: { street: "drawn" }, amount: 0 }
  expect(apply(drawn, [0, 0], pool)).toEqual(drawn)
  expect(apply(drawn, [1, 1], pool)).toEqual({ ...drawn, amount: 7 })
  expect(apply(drawn, [0, 2], pool)).toEqual({ ...drawn, amount: 1 })
  pool.add({ street: "new" })
  expect(apply(drawn, [1, 0], pool)).toEqual({ ...drawn, to: { street: "new" } })
  expect(fc.sample(choices, { seed: 1, numRuns: 50 }).some(([to]) => to !== 0)).toBe(true)
})

it("Borrowing: a field that accepts any value takes none that its stored form changes", () => {
  const { apply } = borrowing(Schema.TaggedStruct("Note", { about: Schema.Struct({}) }))
  const drawn = { _tag: "Note", about: {} }
  const taken = (value: unknown) => {
    const pool = new ValuePool()
    pool.add(value)
    return apply(drawn, [1], pool).about
  }
  expect(taken({ street: "Brno" })).toEqual({ street: "Brno" })
  expect(taken({ outcome: Result.succeed(1) })).toBe(drawn.about)
  expect(taken({ amount: 1n })).toBe(drawn.about)
  expect(taken(new Date(0))).toBe(drawn.about)
})

it("Histories.steps: every command fits its schema exactly", () => {
  const check = Schema.decodeUnknownResult(Schema.toType(PurseLaws.aggregate.command))
  for (const { command } of histories.flat()) {
    expect(Result.isSuccess(check(command, { onExcessProperty: "error" }))).toBe(true)
  }
})
