/**
 * Commands and schedules of fast-check for an aggregate: a correct service passes, and a defective
 * one is found.
 */
import { type Laws, Histories, ModelRun, Race } from "@eventfold/testing"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { type Decider, MemoryEventStore, Repository } from "eventfold"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Purse, type PurseCommand, type PurseEvent, PurseLaws, type PurseState } from "./Purse.ts"

type Service = Repository.Repository<string, PurseState, PurseEvent, PurseCommand, Record<string, Laws.Tagged>>

const { codec, decide, fold } = PurseLaws
const serviceOf = (change: Partial<typeof PurseLaws> = {}) =>
  Repository.make<string, PurseState, PurseCommand, PurseEvent, Record<PurseCommand["_tag"], Laws.Tagged>>({
    name: "Purse",
    id: Schema.String,
    fold,
    decide,
    codec,
    command: Purse.command,
    invariants: {},
    ...change
  })

const fresh = async (change?: Partial<typeof PurseLaws>) => {
  const runtime = ManagedRuntime.make(MemoryEventStore.layer)
  const service: Service = await runtime.runPromise(Effect.scoped(serviceOf(change)))
  return (command: PurseCommand, { commandId, now }: Decider.Facts) =>
    service.execute("1", command, { commandId, occurredAt: now })
}
const modelled = (change?: Partial<typeof PurseLaws>) => ModelRun.property(PurseLaws, () => fresh(change))

describe("ModelRun.property", () => {
  it("a correct service passes", () => fc.assert(modelled(), { numRuns: 30 }))

  it("a service with another decision is found, with the shortest commands", async () => {
    const generous: (typeof PurseLaws)["decide"] = (state, command, facts) =>
      command._tag === "TakeCoins" && state.coins >= 1n
        ? [{ _tag: "CoinsTaken", amount: command.amount, weight: command.weight, at: facts.now }]
        : decide(state, command, facts)
    const found = await fc.check(modelled({ decide: generous }), { seed: 1993, numRuns: 200 })
    expect(String(found.counterexample)).toMatch(
      /^BuyPurse \{"owner":".*"\},AddCoins \{"amount":"1","note":""\},TakeCoins \{"amount":"2","weight":0\}/
    )
    expect(String(found.errorInstance)).toMatch(
      /^Departure: command 3, TakeCoins .*:\n {2}decide and the fold: {2}refused with TooFewCoins \{"coins":"1"\}\n {2}the service returned: \[.*CoinsTaken.*\], version 3, /
    )
  })

  it("a service with another fold is found", async () => {
    const forgetful = { ...fold, apply: (state: PurseState) => state, run: (state: PurseState) => state }
    const found = await fc.check(modelled({ fold: forgetful }), { seed: 1, numRuns: 50 })
    expect(String(found.errorInstance)).toMatch(/^Departure: command 1, BuyPurse/)
  })
})

const racing = (change?: Partial<typeof PurseLaws>) =>
  fc.asyncProperty(fc.scheduler(), Histories.steps(PurseLaws, { length: 5 }), async (scheduler, steps) => {
    const runtime = ManagedRuntime.make(Race.store(scheduler).pipe(Layer.provide(MemoryEventStore.layer)))
    const services: ReadonlyArray<Service> = await runtime.runPromise(
      Effect.scoped(Effect.all([serviceOf(change), serviceOf(change)]))
    )
    const problems = await Race.problems(PurseLaws, scheduler, services, "1", steps)
    if (problems.length > 0) throw new Error(problems.join("\n"))
  })

describe("Race.problems", () => {
  it("two correct services pass", () => fc.assert(racing(), { numRuns: 50 }))

  it("a decision that is not repeated after a conflict is found", async () => {
    const first = new WeakMap<object, ReturnType<(typeof PurseLaws)["decide"]>>()
    const stubborn: (typeof PurseLaws)["decide"] = (state, command, facts) => {
      const decided = first.get(facts) ?? decide(state, command, facts)
      first.set(facts, decided)
      return decided
    }
    const found = await fc.check(racing({ decide: stubborn }), { seed: 1993, numRuns: 500 })
    expect(found.failed).toBe(true)
    expect(String(found.errorInstance)).toContain("but the decision on the state before it is")
    expect(found.counterexample?.[1].length).toBeLessThanOrEqual(4)
  })
})
