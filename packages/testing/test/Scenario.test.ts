import { Scenario } from "@eventfold/testing"
import { DateTime, Option } from "effect"
import { describe, expect, it } from "vitest"
import { type PurseEvent, PurseLaws } from "./Purse.ts"

const { given } = Scenario.of(PurseLaws)
const at = DateTime.makeUnsafe("2000-01-01T00:00:00Z")
const bought: PurseEvent = { _tag: "PurseBought", owner: "Jana" }
const added = (amount: bigint): PurseEvent => ({ _tag: "CoinsAdded", amount, note: "pay", at })
const take = (amount: bigint) => ({ _tag: "TakeCoins", amount, weight: 1 }) as const
const taken = (amount: bigint): PurseEvent => ({ _tag: "CoinsTaken", amount, weight: 1, at })

/** Returns the message of a mismatch. */
const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).name).toBe("Mismatch")
    return (error as Error).message
  }
  throw new Error("it passed")
}

describe("a scenario", () => {
  it("passes if the decision is the expected one", () => {
    given().when({ _tag: "BuyPurse", owner: "Jana" }).then(bought)
    given(bought, added(5n))
      .when(take(3n))
      .then(taken(3n))
      .thenState({
        owner: Option.some("Jana"),
        coins: 2n,
        notes: ["pay"],
        changed: Option.some(at)
      })
    given(bought, added(5n)).when(take(6n)).then({ _tag: "TooFewCoins", coins: 5n })
    given(bought).when({ _tag: "BuyPurse", owner: "Jana" }).then()
    given(bought).thenState({ owner: Option.some("Jana"), coins: 0n, notes: [], changed: Option.none() })
  })

  it("can be returned by an async test, because its result is not a promise", async () => {
    const example = () => given(bought, added(5n)).when(take(3n)).then(taken(3n))
    expect(await example()).toHaveProperty("thenState")
  })

  it("uses the given facts", () => {
    const now = DateTime.makeUnsafe("1993-03-01T00:00:00Z")
    given(bought)
      .when({ _tag: "AddCoins", amount: 1n, note: "x" }, { now })
      .then({ _tag: "CoinsAdded", amount: 1n, note: "x", at: now })
  })

  it("shows which fields of an event differ", () => {
    expect(messageOf(() => given(bought, added(5n)).when(take(3n)).then(taken(4n)))).toBe(
      [
        `Purse after PurseBought, CoinsAdded, TakeCoins {"amount":"3","weight":1}:`,
        "  differs (expected → actual):",
        `    CoinsTaken.amount: "4" → "3"`
      ].join("\n")
    )
  })

  it("shows other events, a refusal, and that there are no events", () => {
    expect(messageOf(() => given(bought).when(take(3n)).then(taken(3n)))).toBe(
      [
        `Purse after PurseBought, TakeCoins {"amount":"3","weight":1}:`,
        "  expected: leads to",
        `    CoinsTaken {"amount":"3","weight":1,"at":"2000-01-01T00:00:00.000Z"}`,
        "  actual: refused with",
        `    TooFewCoins {"coins":"0"}`
      ].join("\n")
    )
    expect(messageOf(() => given().when(take(3n)).then())).toContain(
      "expected: leads to\n    no events\n  actual: refused"
    )
    expect(messageOf(() => given(bought, added(5n)).when(take(3n)).then(taken(3n), taken(3n)))).toContain("actual")
  })

  it("shows how states differ", () => {
    const state = { owner: Option.none<string>(), coins: 1n, notes: [], changed: Option.none() }
    expect(messageOf(() => given().thenState(state))).toBe(
      `Purse without events, the state differs (expected → actual):\n  coins: "1" → "0"`
    )
    expect(messageOf(() => given(bought).when({ _tag: "BuyPurse", owner: "x" }).thenState(state))).toContain("coins")
  })

  it("refuses events and commands that do not fit the declaration", () => {
    expect(() => given({ _tag: "PurseLost" } as never)).toThrow("the given event PurseLost cannot be used")
    expect(() => given(added(-1n))).toThrow("the given event CoinsAdded cannot be used")
    expect(() => given().when(take(0n))).toThrow("the command TakeCoins cannot be used")
  })
})
