/** Golden histories: what was recorded is come to again, a change of the fold is told at its first event, and nothing is recorded over it unsaid. */
import { Laws } from "@eventfold/testing"
import * as Golden from "@eventfold/testing/Golden"
import { Option, Result } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { apply, foldOf, PurseLaws } from "../Purse.ts"

const folder = mkdtempSync(join(tmpdir(), "golden-"))
afterAll(() => rmSync(folder, { recursive: true }))

const recorded = Golden.record(PurseLaws, undefined).golden
const text = Golden.write(recorded)
const reread = (text: string) => Golden.read(text, "purse.ndjson")
const problemOf = (text: string): string => {
  const read = reread(text)
  return Result.isFailure(read) ? read.failure.message : "it can be read"
}
const after = (change: typeof apply, fingerprint = "other"): typeof PurseLaws => ({
  ...PurseLaws,
  fold: { ...foldOf(change), fingerprint }
})
/** Forgets what a purse weighs, from some day on. */
const changed = after((state, event) => {
  const next = apply(state, event)
  return event._tag === "CoinsTaken" ? { ...next, coins: next.coins - 1n } : next
})

describe("golden histories", () => {
  it("come to all types of events, and are the same bytes whenever they are recorded", () => {
    const tags = recorded.histories.flatMap((steps) => steps.map(({ event }) => Reflect.get(Object(event), "_tag")))
    expect([...new Set(tags)].sort()).toEqual(["CoinsAdded", "CoinsTaken", "PurseBought"])
    expect(recorded.histories).toHaveLength(5)
    expect(Golden.write(Golden.record(PurseLaws, undefined).golden)).toBe(text)
    expect(Golden.write(Golden.record(PurseLaws, undefined, { seed: 2 }).golden)).not.toBe(text)
    expect(reread(text)).toEqual(Result.succeed(recorded))
    expect(reread(text.replaceAll("\n", "\r\n"))).toEqual(Result.succeed(recorded))
    expect(Golden.differences(PurseLaws, recorded)).toEqual([])
  })

  it("tell the first event at which another fold parts from what was recorded, and both states", () => {
    const differences = Golden.differences(changed, recorded)
    expect(differences.length).toBeGreaterThan(0)
    for (const { at, because, differences: fields, history, type } of differences) {
      const steps = recorded.histories[history - 1]!
      const first = steps.findIndex(({ event }) => Reflect.get(Object(event), "_tag") === "CoinsTaken")
      expect({ at, because, type }).toEqual({
        at: first + 1,
        because: "the state after it is another",
        type: "CoinsTaken"
      })
      expect(fields).toHaveLength(1)
      const [, before, now] = /^coins: "(-?\d+)" → "(-?\d+)"$/.exec(fields[0]!)!
      expect(BigInt(before!) - BigInt(now!)).toBe(1n)
    }
    expect(Golden.describe("Purse", differences[0]!)).toMatch(
      /^Purse, golden history \d, event \d+ of \d+, CoinsTaken: the state after it is another\n {4}\(recorded → now\)\n {4}coins: /
    )
  })

  it("tell another initial state, a handler that throws, and an event that no longer decodes", () => {
    const [first] = Golden.differences(
      { ...changed, fold: { ...changed.fold, initial: { ...changed.fold.initial, coins: 7n } } },
      recorded
    )
    expect(first).toMatchObject({ at: 0, because: "the initial state is another", differences: [`coins: "0" → "7"`] })
    const [thrown] = Golden.differences(
      after((state, event) => {
        if (event._tag === "PurseBought") throw new Error("no purses")
        return apply(state, event)
      }),
      recorded
    )
    expect(thrown).toMatchObject({ because: "its handler threw: no purses", type: "PurseBought" })
    const gone = { ...recorded, histories: [[{ event: { _tag: "PurseSold" }, changed: {}, hash: "" }]] }
    expect(Golden.differences(PurseLaws, gone)[0]).toMatchObject({
      at: 1,
      type: "PurseSold",
      because: expect.stringMatching(/^it no longer decodes: /)
    })
  })

  it("are recorded anew with a reason, which is kept; those that can't be folded any more are left out", () => {
    const unsaid = Golden.record(changed, recorded)
    expect(unsaid.differences.length).toBeGreaterThan(0)
    expect(unsaid.golden.accepted).toEqual([])
    const { added, dropped, golden } = Golden.record(changed, recorded, {}, "coins wear off")
    expect({ added, dropped, accepted: golden.accepted }).toEqual({
      added: 0,
      dropped: 0,
      accepted: [{ why: "coins wear off", from: "test", to: "other" }]
    })
    expect(golden.histories.map((steps) => steps.map(({ event }) => event))).toEqual(
      recorded.histories.map((steps) => steps.map(({ event }) => event))
    )
    expect(Golden.differences(changed, golden)).toEqual([])
    expect(reread(Golden.write(golden))).toEqual(Result.succeed(golden))
    const without = {
      ...recorded,
      histories: [...recorded.histories, [{ event: { _tag: "PurseSold" }, changed: {}, hash: "" }]]
    }
    expect(Golden.record(PurseLaws, without, {}, "purses are not sold").dropped).toBe(1)
  })

  it("keep what is there, and add histories for new types of events", () => {
    const some = {
      ...recorded,
      histories: [recorded.histories[0]!.filter(({ event }) => Reflect.get(Object(event), "_tag") === "PurseBought")]
    }
    const { golden, added, differences } = Golden.record(PurseLaws, some)
    expect(differences).toEqual([])
    expect(added).toBeGreaterThan(0)
    expect(golden.histories[0]).toEqual(some.histories[0])
    expect(Golden.record(PurseLaws, golden).added).toBe(0)
  })

  it("that were edited, cut off, are of a later format or something else are refused, with the mend", () => {
    expect(problemOf(text.replace(/"amount":"\d+"/, `"amount":"12345"`))).toMatch(
      /^purse.ndjson was edited or cut off: .* restore it from version control, or remove it and record it anew: eventfold golden record$/
    )
    const lines = text.trimEnd().split("\n")
    expect(problemOf(lines.slice(0, -2).join("\n"))).toMatch(/was edited or cut off/)
    expect(problemOf(text.slice(0, 300))).toMatch(/has a line \d+ that is no JSON/)
    expect(problemOf(text.replace(`"format":1`, `"format":2`))).toMatch(
      /is of format 2, and this release .* knows 1: update it/
    )
    expect(problemOf(`{"seal":"x"}\n`)).toMatch(/holds no golden histories/)
    expect(problemOf("")).toMatch(/has a line 1 that is no JSON/)
  })

  it("are a law of a project's tests", () => {
    const file = join(folder, "purse.ndjson")
    writeFileSync(file, text)
    Laws.golden(PurseLaws, { file })
    expect(() => Laws.golden(changed, { file })).toThrow(
      /^Purse breaks a law: golden histories come to the states that were recorded\n\nPurse, golden history 1, event [^]*eventfold golden record Purse --accept "…"/
    )
    const wallet = { ...PurseLaws, aggregate: { ...PurseLaws.aggregate, name: "Wallet" } }
    expect(() => Laws.golden(wallet, { file })).toThrow(
      `${file} holds golden histories of Purse, and was given for those of Wallet`
    )
    expect(Option.isNone(PurseLaws.fold.initial.owner)).toBe(true)
  })
})
