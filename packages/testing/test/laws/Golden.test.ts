/**
 * Golden histories: recorded states are computed again, and a change of the fold is reported and
 * needs a reason.
 */
import { Laws } from "@eventfold/testing"
import * as GoldenDoor from "@eventfold/testing/Golden"
import * as Golden from "../../src/internal/golden/GoldenHistories.ts"
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
/** Takes one coin too many. */
const changed = after((state, event) => {
  const next = apply(state, event)
  return event._tag === "CoinsTaken" ? { ...next, coins: next.coins - 1n } : next
})

describe("golden histories", () => {
  it("contain all types of events, and have the same bytes each time they are recorded", () => {
    const tags = recorded.histories.flatMap((steps) => steps.map(({ event }) => Reflect.get(Object(event), "_tag")))
    expect([...new Set(tags)].sort()).toEqual(["CoinsAdded", "CoinsTaken", "PurseBought"])
    expect(recorded.histories).toHaveLength(5)
    expect(Golden.write(Golden.record(PurseLaws, undefined).golden)).toBe(text)
    expect(Golden.write(Golden.record(PurseLaws, undefined, { seed: 2 }).golden)).not.toBe(text)
    expect(reread(text)).toEqual(Result.succeed(recorded))
    expect(reread(text.replaceAll("\n", "\r\n"))).toEqual(Result.succeed(recorded))
    expect(Golden.differences(PurseLaws, recorded)).toEqual([])
  })

  it("report the first event at which another fold differs, with both states", () => {
    const differences = Golden.differences(changed, recorded)
    expect(differences.length).toBeGreaterThan(0)
    for (const { at, because, differences: fields, history, type } of differences) {
      const steps = recorded.histories[history - 1]!
      const first = steps.findIndex(({ event }) => Reflect.get(Object(event), "_tag") === "CoinsTaken")
      expect({ at, because, type }).toEqual({
        at: first + 1,
        because: "the state after it differs",
        type: "CoinsTaken"
      })
      expect(fields).toHaveLength(1)
      const [, before, now] = /^coins: "(-?\d+)" → "(-?\d+)"$/.exec(fields[0]!)!
      expect(BigInt(before!) - BigInt(now!)).toBe(1n)
    }
    expect(Golden.describe("Purse", differences[0]!)).toMatch(
      /^Purse, golden history \d, event \d+ of \d+, CoinsTaken: the state after it differs\n {4}\(recorded → now\)\n {4}coins: /
    )
  })

  it("report another initial state, a handler that throws, and an event that cannot be decoded", () => {
    const [first] = Golden.differences(
      { ...changed, fold: { ...changed.fold, initial: { ...changed.fold.initial, coins: 7n } } },
      recorded
    )
    expect(first).toMatchObject({ at: 0, because: "the initial state differs", differences: [`coins: "0" → "7"`] })
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
      because: expect.stringMatching(/^it cannot be decoded any more: /)
    })
  })

  it("are recorded again with a reason, which is stored; histories that cannot be folded are removed", () => {
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

  it("keep recorded histories, and add histories for new types of events", () => {
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

  it("are refused with the fix if the file was edited, cut off, has a later format, or is another file", () => {
    expect(problemOf(text.replace(/"amount":"\d+"/, `"amount":"12345"`))).toMatch(
      /^purse.ndjson was edited or cut off, but .*: restore it from version control, or remove it and record it again: eventfold golden record$/
    )
    const lines = text.trimEnd().split("\n")
    expect(problemOf(lines.slice(0, -2).join("\n"))).toMatch(/was edited or cut off/)
    expect(problemOf(text.slice(0, 300))).toMatch(/is not JSON in line \d+/)
    expect(problemOf(text.replace(`"format":1`, `"format":2`))).toMatch(
      /has format 2, but this release .* reads format 1: update/
    )
    expect(problemOf(`{"seal":"x"}\n`)).toMatch(/has no golden histories/)
    expect(problemOf("")).toMatch(/is not JSON in line 1/)
  })

  it("are recorded and verified as texts of files by tools", () => {
    const file = { name: "purse.ndjson", text }
    const same = Result.getOrThrow(GoldenDoor.record(PurseLaws, file))
    expect(same).toEqual({ text, isChanged: false, histories: 5, types: 3, added: 0, dropped: 0, differences: [] })
    const verified = Result.getOrThrow(GoldenDoor.verify(PurseLaws, file))
    expect(verified).toEqual({ histories: 5, isSameFold: true, differences: [], descriptions: [] })
    const other = Result.getOrThrow(GoldenDoor.verify(changed, file))
    expect(other.isSameFold).toBe(false)
    expect(other.differences).toEqual(Golden.differences(changed, recorded))
    expect(other.descriptions).toEqual(other.differences.map((one) => Golden.describe("Purse", one)))
    const again = Result.getOrThrow(GoldenDoor.record(changed, file, { reason: "coins wear off" }))
    expect(again.isChanged).toBe(true)
    expect(again.differences).toEqual(other.descriptions)
    expect(Result.getOrThrow(GoldenDoor.verify(changed, { ...file, text: again.text })).differences).toEqual([])
    const wallet = { ...PurseLaws, aggregate: { ...PurseLaws.aggregate, name: "Wallet" } }
    const problem = Result.fail("purse.ndjson has golden histories of Purse, instead of those of Wallet")
    expect(GoldenDoor.verify(wallet, file)).toEqual(problem)
    expect(GoldenDoor.record(wallet, file)).toEqual(problem)
  })

  it("are a law for the tests of a project", () => {
    const file = join(folder, "purse.ndjson")
    writeFileSync(file, text)
    Laws.golden(PurseLaws, { file })
    expect(() => Laws.golden(changed, { file })).toThrow(
      /^Purse breaks a law: golden histories fold to their recorded states\n\nPurse, golden history 1, event [^]*eventfold golden record Purse --accept "…"/
    )
    const wallet = { ...PurseLaws, aggregate: { ...PurseLaws.aggregate, name: "Wallet" } }
    expect(() => Laws.golden(wallet, { file })).toThrow(
      `${file} has golden histories of Purse, and not of Wallet: pass the file of Wallet`
    )
    expect(Option.isNone(PurseLaws.fold.initial.owner)).toBe(true)
  })
})
