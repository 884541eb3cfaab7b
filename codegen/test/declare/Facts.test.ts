/**
 * Facts that decisions need: how they are declared, what is generated for them, and what is
 * refused.
 */
import { Effect, Layer } from "effect"
import { MemoryEventStore } from "eventfold"
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"

const declared = `import { Schema } from "effect"
import { Aggregate } from "eventfold"

export const Rate = Schema.BigInt.pipe(Schema.brand("Rate"))

/** A till that takes euros and crowns. */
export const Till = Aggregate.make("Till", {
  id: Schema.NonEmptyString.pipe(Schema.brand("TillId")),
  state: Schema.Struct({ crowns: Schema.BigInt }),
  initial: { crowns: 0n },
  events: { Paid: { crowns: Schema.BigInt, rate: Rate } },
  errors: { TooMuch: { most: Schema.BigInt } },
  facts: {
    /** Crowns for a euro, as of today. */
    rate: Rate,
    /** Most that a till may take. */
    limit: Schema.BigInt
  },
  commands: {
    Pay: { payload: { euros: Schema.BigInt }, emits: ["Paid"], fails: ["TooMuch"], facts: ["rate", "limit"] },
    PayAny: { payload: { euros: Schema.BigInt }, emits: ["Paid"], fails: [], facts: ["rate"] },
    PayCrowns: { payload: { crowns: Schema.BigInt }, emits: ["Paid"], fails: [] }
  }
})
`
const file = "schemas/shop/till.ts"
const bodies = {
  "examples/shop/src/till.apply.ts": `import { Till, type TillState } from "./generated/till.ts"
export const apply = Till.apply({ Paid: (state, event): TillState => ({ crowns: state.crowns + event.crowns }) })
`,
  "examples/shop/src/till.decide.ts": `import { Paid, Till, TooMuch } from "./generated/till.ts"
import type { Rate } from "./generated/values.ts"
export const decide = Till.decide({
  Pay: ({ crowns }, { euros }, { limit, rate }) =>
    crowns + euros * rate > limit ? TooMuch.make({ most: limit }) : [Paid.make({ crowns: euros * rate, rate })],
  PayAny: (_state, { euros }, { rate }) => [Paid.make({ crowns: euros * rate, rate })],
  PayCrowns: (_state, { crowns }) => [Paid.make({ crowns, rate: 1n as Rate })]
})
`
}

describe("declared facts", () => {
  it("are in the contract of the commands that declare them, and asked for by the service", async () => {
    const project = new Project({ [file]: declared, ...bodies })
    expect((await project.gen()).err).toEqual([])
    project.write(
      "examples/shop/src/use.ts",
      `import { Effect } from "effect"
import type { Decider } from "eventfold"
import { Pay, PayAny, PayCrowns } from "./generated/till.ts"
import { Tills } from "./generated/till.service.ts"
import type { TillId } from "./generated/values.ts"

const id = "1" as TillId
// A command without facts can't fail for want of one.
export const crowns = Tills.use((tills) => tills.execute(id, PayCrowns.make({ crowns: 1n }))).pipe(
  Effect.catchTag("EventStoreError", () => Effect.void)
)
const isNever: Effect.Effect<unknown, never, Tills> = crowns
export const euros = Tills.use((tills) => tills.execute(id, PayAny.make({ euros: 1n }))).pipe(
  Effect.catchTag("EventStoreError", () => Effect.void)
)
const isFact: Effect.Effect<unknown, Decider.FactUnavailable, Tills> = euros
export const unused = [isNever, isFact, Pay]
`
    )
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    expect(await project.unformatted()).toBe("")
    expect(project.read("examples/shop/src/generated/till.service.ts")).toContain(
      '  readonly limit: Decider.Ask<TillId, Pay, TillFacts["limit"]>\n'
    )
    const catalog = project.read("examples/shop/src/generated/catalog.md")
    expect(catalog).toContain("Emits `Paid`; refused with `TooMuch`; decided with the facts `rate` and `limit`.")
    expect(catalog).toContain("| `rate` | `Rate` | | Crowns for a euro, as of today. |")
    // A message about the till is not a message about its id.
    expect(catalog).toContain("| `TillId` | `string`, branded | (a value with a length of at least 1) |")

    const { TillFactSource, Tills } = await import(`${project.root}/examples/shop/src/generated/till.service.ts`)
    const source = Layer.succeed(TillFactSource, {
      rate: () => Effect.succeed(25n),
      limit: ({ command }: { readonly command: { readonly euros: bigint } }) => Effect.succeed(command.euros * 10n)
    })
    const layer = Tills.layer.pipe(Layer.provide(Layer.merge(source, MemoryEventStore.layer)))
    const outcome = await Effect.runPromise(
      Effect.gen(function* () {
        const tills = yield* Tills
        const any = yield* tills.execute("1", { _tag: "PayAny", euros: 2n })
        const refused = yield* Effect.flip(tills.execute("1", { _tag: "Pay", euros: 4n }))
        return { any: any.events, refused }
      }).pipe(Effect.provide(layer)) as Effect.Effect<unknown>
    )
    expect(outcome).toEqual({
      any: [{ _tag: "Paid", crowns: 50n, rate: 25n }],
      refused: { _tag: "TooMuch", most: 40n }
    })
    // The laws draw them too.
    const { TillLaws } = await import(`${project.root}/examples/shop/src/generated/till.laws.ts`)
    const { Laws } = await import("@eventfold/testing")
    Laws.decisions(TillLaws, { runs: 30 })
    Laws.determinism(TillLaws, { runs: 30 })
  })

  const refused: ReadonlyArray<readonly [what: string, from: string, to: string, says: RegExp]> = [
    [
      "that a command names and the aggregate does not declare",
      'facts: ["rate"]',
      'facts: ["rat"]',
      /EF0014 .*PayAny lists "rat" in `facts`, but Till declares no fact of that name; write "rate"/
    ],
    [
      "called as one that there is",
      "limit: Schema.BigInt",
      "now: Schema.BigInt",
      /EF0010 .*the fact now is provided by Eventfold/
    ]
  ]
  for (const [what, from, to, says] of refused) {
    it(`${what} are refused, at their place`, async () => {
      const project = new Project({
        [file]: declared.replaceAll('"limit"]', `"${to.startsWith("now") ? "now" : "limit"}"]`)
      })
      project.edit(file, from, to)
      const { code, err } = await project.gen()
      expect(code).toBe(3)
      expect(err[0]).toMatch(says)
      expect(err[0]).toMatch(/till\.ts:\d+:\d+/)
    })
  }
})
