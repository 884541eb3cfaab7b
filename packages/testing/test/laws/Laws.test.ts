import { Laws, ProjectionLaws } from "@eventfold/testing"
import { Redacted, Schema, SchemaTransformation } from "effect"
import { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { describe, expect, it } from "vitest"
import { expectKilled } from "./Killing.ts"
import { PurseLaws, type PurseState } from "../Purse.ts"
import { TalliesLaws } from "../Tallies.ts"

/**
 * Number of histories of a soak run, over all laws of a subject; some laws check only a fraction.
 */
const soak = process.env["EVENTFOLD_SOAK"] === undefined ? undefined : 100_000

describe("an aggregate without defects satisfies the law", () => {
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

describe("a projection without defects satisfies the law", () => {
  for (const law of [
    "determinism",
    "hermetic",
    "keys",
    "pages",
    "restarts",
    "independence",
    "codecs",
    "keeping"
  ] as const) {
    it(law, () => ProjectionLaws[law](TalliesLaws, { runs: 50 }))
  }
  it("coverage", () => {
    const { changed, events } = ProjectionLaws.coverage(TalliesLaws, { seed: 7, runs: 50 })
    for (const count of [...Object.values(events), changed]) expect(count).toBeGreaterThan(20)
  })
})

it.runIf(soak !== undefined)(
  "an aggregate and a projection without defects satisfy every law on 100,000 histories",
  { timeout: 3_600_000 },
  () => {
    Laws.all(PurseLaws, { runs: soak! / 8 })
    Laws.all(TalliesLaws, { runs: Math.ceil(soak! / 6.5) })
  }
)

it("coverage: random histories reach every event and every refusal of a command", () => {
  const { accepted, events, refused } = Laws.coverage(PurseLaws, { seed: 7, runs: 50 })
  for (const count of [...Object.values(accepted), ...Object.values(events)]) expect(count).toBeGreaterThan(20)
  expect(refused["AddCoins"]?.["NoPurse"]).toBeGreaterThan(20)
  expect(refused["TakeCoins"]?.["TooFewCoins"]).toBeGreaterThan(20)
})

describe("coverage: an unreached item fails the law", () => {
  const tooLittle = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      if (error instanceof Laws.Unreached) return error.message
      throw error
    }
    return ""
  }
  const lazy: typeof PurseLaws = { ...PurseLaws, decide: () => [] }

  it("an event and an error, with their commands and the fix", () => {
    const message = tooLittle(() => Laws.coverage(lazy, { runs: 5, seed: 1 }))
    expect(message).toContain("Purse: 50 random histories did not reach\n")
    expect(message).toContain("\n  event CoinsAdded, which AddCoins can emit\n")
    expect(message).toContain("\n  error NoPurse, which AddCoins and TakeCoins can fail with\n")
    expect(message).toMatch(/\n {2}AddCoins: accepted \d+\n/)
    expect(message).toContain("drawnFrom")
    expect(message).toContain('unreached: { PurseBought: "the reason" }')
  })
  it("a version conflict and a snapshot", () => {
    const message = tooLittle(() => Laws.coverage(lazy, { runs: 5, seed: 1 }))
    expect(message).toContain("\n  a version conflict: ")
    expect(message).toContain("\n  a state that continues from a snapshot: ")
  })
  it("unless the declaration or the test gives a reason", () => {
    const rich: typeof PurseLaws = {
      ...PurseLaws,
      decide: (state, command, facts) => {
        const decided = PurseLaws.decide(state, command, facts)
        return "_tag" in decided && decided._tag === "TooFewCoins" ? [] : decided
      }
    }
    const few = { runs: 20, seed: 1 }
    expect(tooLittle(() => Laws.coverage(rich, few))).toContain("error TooFewCoins")
    expect(tooLittle(() => Laws.all(rich, few))).toContain("error TooFewCoins")
    const unreached = { TooFewCoins: "there is always enough" }
    Laws.coverage(rich, { ...few, unreached })
    Laws.coverage({ ...rich, aggregate: { ...rich.aggregate, unreached } }, few)
    expect(() => Laws.coverage(rich, { ...few, unreached: { TooFewCoin: "misspelt" } })).toThrow(
      "`unreached` names TooFewCoin, but Purse has no event and no error of that name"
    )
    expect(() => Laws.coverage(rich, { ...few, unreached: { TooFewCoins: " " } })).toThrow(
      "`unreached` has no reason for TooFewCoins of Purse: give the reason as a text"
    )
  })
  it("an event whose handler leaves no row", () => {
    const { bodies } = TalliesLaws.definition
    const seen = new Set<string>()
    // Like a handler that remembers the events that it has seen.
    const project: typeof bodies.project = (row, event, origin, key) => {
      if (seen.has(event._tag)) return row
      if (event._tag === "CoinsTaken") seen.add(event._tag)
      return event._tag === "CoinsTaken" ? undefined : bodies.project(row, event, origin, key)
    }
    const subject = { ...TalliesLaws, definition: { ...TalliesLaws.definition, bodies: { ...bodies, project } } }
    const only = {
      ...subject.definition,
      sources: subject.definition.sources.map((one) => ({ ...one, types: ["CoinsTaken"] }))
    }
    const message = tooLittle(() => ProjectionLaws.coverage({ ...subject, definition: only }, { runs: 5, seed: 1 }))
    expect(message).toContain("\n  event CoinsTaken, folded into a row\n")
  })
  it("an event that belongs to no row", () => {
    const deaf = { ...TalliesLaws.definition.bodies, keys: () => [] }
    const subject = { ...TalliesLaws, definition: { ...TalliesLaws.definition, bodies: deaf } }
    const message = tooLittle(() => ProjectionLaws.coverage(subject, { runs: 5, seed: 1 }))
    expect(message).toContain("\n  event CoinsAdded, folded into a row\n  event CoinsTaken, folded into a row\n")
  })
})

it("Laws.all throws the violation of each law, for an aggregate and for a projection", () => {
  const fold = { ...PurseLaws.fold, run: () => PurseLaws.fold.initial }
  expect(() => Laws.all({ ...PurseLaws, fold }, { runs: 20, seed: 1 })).toThrow("folding in segments of any size")
  const bodies = { ...TalliesLaws.definition.bodies, keys: () => [String(Math.random())] }
  const subject = { ...TalliesLaws, definition: { ...TalliesLaws.definition, bodies } }
  expect(() => Laws.all(subject, { runs: 20, seed: 1 })).toThrow("Tallies.keys CoinsAdded touched randomness")
  Laws.all(PurseLaws, { runs: 20 })
  Laws.all(TalliesLaws, { runs: 20 })
})

it("a failure reports states that differ only in the order of keys", () => {
  const State = Schema.Record(Schema.String, Schema.Int)
  const aggregate = {
    ...PurseLaws.aggregate,
    state: State,
    events: { Named: Schema.TaggedStruct("Named", { name: Schema.String }) }
  }
  type Named = { readonly _tag: "Named"; readonly name: string }
  type Names = typeof State.Type
  const entriesOf = (json: Schema.Json) => Object.entries<Schema.Json>(Object(json))
  const apply = (state: Names, { name }: Named): Names => ({ ...state, [name]: 1 })
  const sorted = Schema.Json.pipe(
    Schema.decodeTo(
      Schema.toCodecJson(State),
      SchemaTransformation.transform({
        decode: (json: Schema.Json): Schema.Json => json,
        encode: (json: Schema.Json): Schema.Json =>
          Object.fromEntries(entriesOf(json).sort(([a], [b]) => (a < b ? -1 : 1)))
      })
    )
  )
  const subject: Laws.Subject<Names, Named, Laws.Tagged> = {
    name: "NamesLaws",
    aggregate: { ...aggregate, event: aggregate.events.Named },
    fold: { initial: {}, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "" },
    decide: () => [],
    codec: { events: StoredForm.events(aggregate.events.Named), state: sorted }
  }
  const history = ["b", "a"].map((name) => ({ _tag: "Named", name }))
  expect(() => Laws.snapshots(subject, { history })).toThrow('\n    order of keys: ["b","a"] → ["a","b"]\n')
})

describe("a failure shows the difference", () => {
  const failureOf = (law: () => void): Laws.Violation => {
    try {
      law()
    } catch (error) {
      if (error instanceof Laws.Violation) return error
      throw error
    }
    throw new Error("it holds")
  }
  // A codec that omits the coins.
  const state = PurseLaws.codec.state.pipe(
    Schema.decodeTo(
      Schema.toType(PurseLaws.codec.state),
      SchemaTransformation.transform({
        decode: (state) => state,
        encode: (state: PurseState): PurseState => ({ ...state, coins: 0n })
      })
    )
  )

  it("in memory, if a codec omits a field", () => {
    const codec = { ...PurseLaws.codec, state }
    const { divergence } = failureOf(() => Laws.codecs({ ...PurseLaws, codec }, { seed: 1 }))
    expect(divergence.because).toMatch(
      /^the state that was read back from \{.*\} differs from the one that was stored \(before → after\)$/
    )
    expect(divergence.differences).toEqual([expect.stringMatching(/^coins: "-?\d+" → "0"$/)])
  })
  it("between two decisions", () => {
    let calls = 0
    const decide: typeof PurseLaws.decide = (state, command, facts) =>
      command._tag === "BuyPurse"
        ? [{ _tag: "PurseBought", owner: `${++calls}` }]
        : PurseLaws.decide(state, command, facts)
    const { divergence } = failureOf(() => Laws.decisions({ ...PurseLaws, decide }, { seed: 1 }))
    expect(divergence.because).toBe(
      "decided a second time on the same state and facts, the result differs (first → second)"
    )
    expect(divergence.differences).toEqual([expect.stringMatching(/^events\.0\.owner: "\d+" → "\d+"$/)])
  })
  it("or that decide changed its arguments", () => {
    const decide: typeof PurseLaws.decide = (state, command, facts) => (
      Object.assign(state, { coins: 0n }),
      PurseLaws.decide(state, command, facts)
    )
    const { divergence } = failureOf(() => Laws.decisions({ ...PurseLaws, decide }, { seed: 1 }))
    expect(divergence.because).toMatch(/^decide changed its arguments: /)
  })
})

it("hermetic: a getter of a result runs in the realm of its handler", () => {
  const decide: typeof PurseLaws.decide = (state, command, facts) => {
    const decided = PurseLaws.decide(state, command, facts)
    if (command._tag !== "AddCoins" || !Array.isArray(decided)) return decided
    const { amount } = command
    return [
      {
        _tag: "CoinsAdded",
        amount,
        at: facts.now,
        get note() {
          return process.env["HOME"] ?? ""
        }
      }
    ]
  }
  expect(() => Laws.hermetic({ ...PurseLaws, decide }, { seed: 1 })).toThrow(
    /, AddCoins: Purse\.decide AddCoins touched the environment \(process\.env\.HOME\)/
  )
})

it("a law refuses an invalid number of runs and an invalid seed", () => {
  for (const runs of [0, -1, 0.5, NaN, Infinity]) {
    const message = `runs must be a positive whole number, but is ${runs}`
    expect(() => Laws.determinism(PurseLaws, { runs })).toThrow(`Laws.determinism: ${message}`)
    expect(() => ProjectionLaws.pages(TalliesLaws, { runs })).toThrow(`ProjectionLaws.pages: ${message}`)
    expect(() => Laws.coverage(PurseLaws, { runs })).toThrow(`Laws.coverage: ${message}`)
    expect(() => ProjectionLaws.coverage(TalliesLaws, { runs })).toThrow(`ProjectionLaws.coverage: ${message}`)
  }
  expect(() => Laws.all(PurseLaws, { seed: NaN })).toThrow("Laws.hermetic: seed must be a whole number, but is NaN")
})

it("unreached accepts only events and errors of the declaration", () => {
  const spec = { id: Schema.String, state: Schema.Struct({}), initial: {}, commands: {} }
  const declared = Aggregate.make("Door", {
    ...spec,
    events: { Opened: {} },
    errors: { Locked: {} },
    unreached: { Opened: "there is no key" }
  })
  expect(declared.unreached).toEqual({ Opened: "there is no key" })
  Aggregate.make("Door", {
    ...spec,
    events: { Opened: {} },
    errors: { Locked: {} },
    // @ts-expect-error -- no event and no error has this name
    unreached: { Shut: "no such event" }
  })
})

it("events and states with zoned times and time zones satisfy every law without annotations", () => {
  const Clock = Aggregate.make("Clock", {
    id: Schema.NonEmptyString,
    state: Schema.Struct({ at: Schema.NullOr(Schema.DateTimeZoned), zones: Schema.Array(Schema.TimeZone) }),
    initial: { at: null, zones: [] },
    events: { ClockSet: { at: Schema.DateTimeZoned, zone: Schema.TimeZone } },
    errors: {},
    commands: { Set: { payload: { at: Schema.DateTimeZoned, zone: Schema.TimeZone }, emits: ["ClockSet"], fails: [] } }
  })
  type State = typeof Clock.state.Type
  type Set = typeof Clock.event.Type
  const apply = ({ zones }: State, { at, zone }: Set): State => ({ at, zones: [...zones.slice(-2), zone] })
  Laws.all({
    name: "ClockLaws",
    aggregate: Clock,
    fold: { initial: Clock.initial, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "clock" },
    decide: (_: State, { at, zone }: typeof Clock.command.Type): ReadonlyArray<Set> => [{ _tag: "ClockSet", at, zone }],
    codec: { events: StoredForm.events(Clock.event), state: StoredForm.codec(Clock.state) }
  })
})

it("a failing history contains redacted facts and commands, even if their schema forbids to encode them", () => {
  const Secret = Schema.Redacted(Schema.Natural, { disallowJsonEncode: true })
  const Vault = Aggregate.make("Vault", {
    id: Schema.String,
    state: Schema.Struct({ tries: Schema.Int }),
    initial: { tries: 0 },
    events: { Tried: {} },
    errors: {},
    facts: { pin: Secret },
    commands: {
      Try: {
        payload: { guess: Schema.optionalKey(Schema.Struct({ pin: Secret })) },
        emits: ["Tried"],
        fails: [],
        facts: ["pin"]
      }
    }
  })
  const apply = ({ tries }: { readonly tries: number }) => ({ tries: tries + 1 })
  const VaultLaws: Laws.Subject<{ readonly tries: number }, Laws.Tagged, typeof Vault.command.Type> = {
    name: "VaultLaws",
    aggregate: Vault,
    fold: { initial: { tries: 0 }, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "" },
    decide: (_, { guess }, facts) => {
      const pin = Reflect.get(facts, "pin")
      if (!Redacted.isRedacted(pin)) throw new Error("there is no pin")
      if (Number(Redacted.value(pin)) > 3 && guess !== undefined && Redacted.value(guess.pin) > 2)
        throw new Error("the pin is too large")
      return [{ _tag: "Tried" }]
    },
    codec: { events: StoredForm.events<Laws.Tagged>(Vault.event), state: StoredForm.codec(Vault.state) }
  }
  const given = [{ at: "1970-01-01T00:00:00.000Z", command: { _tag: "Try", guess: { pin: 3 } }, facts: { pin: 4 } }]
  expectKilled("a pin that is too large", "determinism", { Laws, VaultLaws }, () =>
    Laws.determinism(VaultLaws, { seed: 1993 })
  )
  expect(() => Laws.determinism(VaultLaws, { commands: given })).toThrow("the pin is too large")
})

it("a subject of a projection whose sources `from` did not create is refused with the fix", () => {
  const subject = { ...TalliesLaws, from: [{ aggregate: PurseLaws.aggregate }] }
  expect(() => Laws.all(subject)).toThrow(
    "TalliesLaws cannot draw events of Purse: create the entry of `from` with ProjectionLaws.from(PurseLaws)"
  )
})
