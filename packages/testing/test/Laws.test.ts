import { Laws } from "@eventfold/testing"
import { describe, expect, it } from "vitest"
import { PurseLaws } from "./Purse.ts"

describe("every law holds of an aggregate without defects", () => {
  for (const law of [
    "determinism",
    "snapshots",
    "hermetic",
    "segments",
    "codecs",
    "decisions",
    "invariants",
    "repetition",
    "contention",
    "independence"
  ] as const) {
    it(law, () => Laws[law](PurseLaws))
  }
})

it("random histories reach every event, and refuse every command that can be refused", () => {
  const { accepted, events, refused } = Laws.coverage(PurseLaws, { seed: 7, runs: 50 })
  for (const count of [...Object.values(accepted), ...Object.values(events)]) expect(count).toBeGreaterThan(20)
  expect(refused["AddCoins"]?.["NoPurse"]).toBeGreaterThan(20)
  expect(refused["TakeCoins"]?.["TooFewCoins"]).toBeGreaterThan(20)
})
