/**
 * Mutants of an aggregate: the law meant for each has to find it with a short history, because laws
 * that never fail prove nothing.
 */
import { Laws } from "@eventfold/testing"
import { DateTime, Option, Schema, SchemaTransformation } from "effect"
import { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import { describe, it } from "vitest"
import { expectKilled } from "./Killing.ts"
import { apply, decide, foldOf, Purse, type PurseEvent, PurseLaws, type PurseState } from "../Purse.ts"

type Subject = typeof PurseLaws
type LawName =
  | "codecs"
  | "contention"
  | "decisions"
  | "determinism"
  | "hermetic"
  | "independence"
  | "invariants"
  | "repetition"
  | "segments"
  | "snapshots"

const applying = (mutant: (state: PurseState, event: PurseEvent) => PurseState): Subject => ({
  ...PurseLaws,
  fold: foldOf(mutant)
})
/** A mutant for one type of event. */
const at = <Tag extends PurseEvent["_tag"]>(
  tag: Tag,
  mutant: (state: PurseState, event: Extract<PurseEvent, { _tag: Tag }>, next: PurseState) => PurseState
): Subject =>
  applying((state, event) => {
    const next = apply(state, event)
    return isOf(event, tag) ? mutant(state, event, next) : next
  })
const isOf = <Tag extends PurseEvent["_tag"]>(
  event: PurseEvent,
  tag: Tag
): event is Extract<PurseEvent, { _tag: Tag }> => event._tag === tag
const deciding = (mutant: Subject["decide"]): Subject => ({ ...PurseLaws, decide: mutant })

/** Changes a value that TypeScript declares as readonly. */
const writable = (state: PurseState) => state as { -readonly [Key in keyof PurseState]: PurseState[Key] }

const earlyNow = Date.now
let calls = 0
const added = new WeakMap<PurseState, number>()
const firstly = new WeakMap<Decider.Facts, ReturnType<Subject["decide"]>>()
const gathered: Array<string> = []
const last: { event: PurseEvent | undefined } = { event: undefined }

/** A codec with another stored form, which `change` computes. */
function storing<A>(codec: Schema.Codec<A, Schema.Json>, change: Schema.JsonObject): Schema.Codec<A, Schema.Json> {
  return Schema.Json.pipe(
    Schema.decodeTo(
      codec,
      SchemaTransformation.transform({
        decode: (json: Schema.Json) => json,
        encode: (json: Schema.Json) => (isObject(json) ? { ...json, ...pick(change, Object.keys(json)) } : json)
      })
    )
  )
}
const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)
const pick = (object: Schema.JsonObject, keys: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)))

/** A codec of the state that omits one field, and reads back its initial value. */
function dropping(field: keyof PurseState): Subject["codec"]["state"] {
  const initial = Schema.encodeSync(PurseLaws.codec.state)(Purse.initial)
  return storing(PurseLaws.codec.state, isObject(initial) ? pick(initial, [field]) : {})
}
function sortingNotes(): Subject["codec"]["state"] {
  const sorted = (json: Schema.Json | undefined): Schema.Json => (Array.isArray(json) ? json.map(String).sort() : null)
  return Schema.Json.pipe(
    Schema.decodeTo(
      PurseLaws.codec.state,
      SchemaTransformation.transform({
        decode: (json: Schema.Json) => json,
        encode: (json: Schema.Json): Schema.Json => (isObject(json) ? { ...json, notes: sorted(json["notes"]) } : json)
      })
    )
  )
}
function throwing<A>(codec: Schema.Codec<A, Schema.Json>): Schema.Codec<A, Schema.Json> {
  const decode = (): Schema.Json => {
    throw new Error("no reader for it")
  }
  return Schema.Json.pipe(
    Schema.decodeTo(codec, SchemaTransformation.transform({ decode, encode: (json: Schema.Json) => json }))
  )
}
/** Codecs of events that lose their notes. */
function withoutNotes(): Subject["codec"]["events"] {
  return new Map(Array.from(PurseLaws.codec.events, ([type, codec]) => [type, storing(codec, { note: "" })]))
}

const mutants: Record<string, readonly [LawName, Subject]> = {
  // hermetic
  "apply reads the clock": ["hermetic", at("CoinsAdded", (_, __, next) => (Date.now(), next))],
  "apply reads the clock through a reference taken early": [
    "hermetic",
    at("CoinsTaken", (_, __, next) => (earlyNow(), next))
  ],
  "apply reads the clock through a date's constructor": [
    "hermetic",
    at("CoinsAdded", (_, __, next) => (Reflect.construct(new Date(0).constructor, []), next))
  ],
  "apply reads the clock and hides that it was refused": [
    "hermetic",
    at("CoinsTaken", (_, __, next) => {
      try {
        return { ...next, coins: BigInt(Date.now()) }
      } catch {
        return next
      }
    })
  ],
  "apply sorts by the machine's locale": [
    "hermetic",
    at("CoinsAdded", (_, __, next) => ({ ...next, notes: [...next.notes].sort((a, b) => a.localeCompare(b)) }))
  ],
  "apply formats in the machine's time zone": [
    "hermetic",
    at("CoinsAdded", (_, { at }, next) => ({ ...next, notes: [String(DateTime.toDateUtc(at))] }))
  ],
  "apply reads the environment": ["hermetic", at("PurseBought", (_, __, next) => (process.env["HOME"], next))],
  "decide reads the clock": [
    "hermetic",
    deciding((state, command, facts) => decide(state, command, { ...facts, now: DateTime.nowUnsafe() }))
  ],
  "decide draws a random number": [
    "hermetic",
    deciding((state, command, facts) => (Math.random() < 2 ? decide(state, command, facts) : []))
  ],
  // determinism
  "apply changes its argument, the state": [
    "determinism",
    at("CoinsAdded", (state, event) => {
      writable(state).coins += event.amount
      return state
    })
  ],
  "apply sorts an array of the state in place": [
    "determinism",
    at("CoinsAdded", (state, { note }) => {
      const notes = state.notes as Array<string>
      notes.push(note)
      notes.sort()
      return { ...state }
    })
  ],
  "apply changes its argument, the event": [
    "determinism",
    at("CoinsAdded", (_, event, next) => {
      Object.assign(event, { note: "" })
      return next
    })
  ],
  "apply counts in a variable of its module": [
    "determinism",
    at("CoinsTaken", (_, __, next) => ({ ...next, coins: next.coins + BigInt(calls++ % 3) }))
  ],
  "apply remembers the previous event, even from another history": [
    "determinism",
    applying((state, event) => {
      const before = last.event
      last.event = event
      return before?._tag === event._tag ? { ...apply(state, event), notes: [before._tag] } : apply(state, event)
    })
  ],
  "apply gathers in an array of its module": [
    "determinism",
    at("CoinsAdded", (_, { note }, next) => ({ ...next, notes: (gathered.push(note), gathered) }))
  ],
  "apply misspells a field": [
    "determinism",
    at("CoinsAdded", (state, { amount, at }) => {
      const next = { ...state, coyns: state.coins + amount, changed: Option.some(at) }
      return next
    })
  ],
  "apply ignores an event": [
    "determinism",
    applying((state, event) =>
      event._tag === "CoinsTaken" ? Fold.unhandled("Purse.apply", event as never) : apply(state, event)
    )
  ],
  "apply leaves the state's schema": [
    "determinism",
    at("CoinsTaken", (_, __, next) => ({ ...next, notes: [1 as never] }))
  ],
  "a stub is not implemented yet": ["determinism", at("CoinsTaken", () => Fold.notWritten("Purse.apply CoinsTaken"))],
  // snapshots
  "apply remembers by object identity": [
    "snapshots",
    at("CoinsAdded", (state, _, next) => {
      const count = (added.get(state) ?? 0) + 1
      const kept = count > 2 ? { ...next, coins: 0n } : next
      added.set(kept, count)
      return kept
    })
  ],
  "a snapshot drops a field": [
    "snapshots",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: dropping("changed") } }
  ],
  "a snapshot drops what later events build on": [
    "snapshots",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: dropping("notes") } }
  ],
  "a snapshot cannot be read back": [
    "snapshots",
    {
      ...PurseLaws,
      codec: { ...PurseLaws.codec, state: storing(PurseLaws.codec.state, { coins: "many", notes: 1, owner: 1 }) }
    }
  ],
  "reading a snapshot throws": [
    "snapshots",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: throwing(PurseLaws.codec.state) } }
  ],
  "apply gathers a Set in the order of its events, which is stored sorted": [
    "snapshots",
    {
      ...at("CoinsAdded", (state, { note }, next) => ({ ...next, notes: [...new Set([...state.notes, note])] })),
      codec: { ...PurseLaws.codec, state: sortingNotes() }
    }
  ],
  // segments
  "run forgets the last event": [
    "segments",
    { ...PurseLaws, fold: { ...PurseLaws.fold, run: (state, events) => events.slice(0, -1).reduce(apply, state) } }
  ],
  "run begins at the initial state": [
    "segments",
    { ...PurseLaws, fold: { ...PurseLaws.fold, run: (_, events) => events.reduce(apply, Purse.initial) } }
  ],
  "run throws without events": [
    "segments",
    {
      ...PurseLaws,
      fold: { ...PurseLaws.fold, run: (state, [first, ...rest]) => rest.reduce(apply, apply(state, first!)) }
    }
  ],
  "run removes events from its argument": [
    "segments",
    {
      ...PurseLaws,
      fold: {
        ...PurseLaws.fold,
        run: (state, events) => {
          const left = events as Array<PurseEvent>
          for (let event = left.shift(); event !== undefined; event = left.shift()) state = apply(state, event)
          return state
        }
      }
    }
  ],
  "run leaves the state's schema": [
    "segments",
    {
      ...PurseLaws,
      fold: {
        ...PurseLaws.fold,
        run: (state, events) => ({ ...events.reduce(apply, state), notes: [1 as never] })
      }
    }
  ],
  "run folds two equal consecutive events as one": [
    "segments",
    {
      ...PurseLaws,
      fold: {
        ...PurseLaws.fold,
        run: (state, events) =>
          events.filter(({ _tag }, i) => _tag !== "CoinsAdded" || _tag !== events[i - 1]?._tag).reduce(apply, state)
      }
    }
  ],
  // codecs
  "an event's codec drops a field": ["codecs", { ...PurseLaws, codec: { ...PurseLaws.codec, events: withoutNotes() } }],
  "a state's codec drops a field": [
    "codecs",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: dropping("coins") } }
  ],
  "reading a state throws": [
    "codecs",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: throwing(PurseLaws.codec.state) } }
  ],
  // decisions
  "decide emits an event that its command does not declare": [
    "decisions",
    deciding((state, command, facts) => {
      const decided = decide(state, command, facts)
      return command._tag === "AddCoins" && command.amount > 5n && Array.isArray(decided)
        ? [...decided, { _tag: "CoinsTaken", amount: 1n, weight: 0, at: facts.now }]
        : decided
    })
  ],
  "decide fails with an error that its command does not declare": [
    "decisions",
    deciding((state, command, facts) =>
      command._tag === "AddCoins" && state.coins > 5n ? { _tag: "TooFewCoins" } : decide(state, command, facts)
    )
  ],
  "decide fails without the fields of the error": [
    "decisions",
    deciding((state, command, facts) => {
      const decided = decide(state, command, facts)
      return "_tag" in decided ? { _tag: decided._tag } : decided
    })
  ],
  "decide emits an excess field": [
    "decisions",
    deciding((state, command, facts) => {
      const decided = decide(state, command, facts)
      return Decider.isEvents(decided) ? decided.map((event) => ({ ...event, noise: 1 })) : decided
    })
  ],
  "decide emits an event that does not fit its schema": [
    "decisions",
    deciding((state, command, facts) =>
      command._tag === "TakeCoins" && Option.isSome(state.owner)
        ? [{ _tag: "CoinsTaken", amount: command.amount * 1_000n, weight: 0, at: facts.now }]
        : decide(state, command, facts)
    )
  ],
  "decide changes its argument, the state": [
    "decisions",
    deciding((state, command, facts) => {
      if (command._tag === "TakeCoins") writable(state).coins = 0n
      return decide(state, command, facts)
    })
  ],
  "decide returns another result the second time": [
    "decisions",
    deciding((state, command, facts) =>
      command._tag === "AddCoins" && calls++ % 2 === 0 ? { _tag: "NoPurse" } : decide(state, command, facts)
    )
  ],
  "decide throws": [
    "decisions",
    deciding((state, command, facts) => {
      if (state.coins > 3n) throw new Error("too rich")
      return decide(state, command, facts)
    })
  ],
  // repetition
  "the events of a repeated command lack a field": [
    "repetition",
    { ...PurseLaws, codec: { ...PurseLaws.codec, events: withoutNotes() } }
  ],
  "apply gives another state when it is loaded again": [
    "repetition",
    at("CoinsTaken", (_, __, next) => ({ ...next, notes: [...next.notes, String(calls++)] }))
  ],
  // contention
  "decide remembers what it decided first": [
    "contention",
    deciding((state, command, facts) => {
      const decided = firstly.get(facts) ?? decide(state, command, facts)
      firstly.set(facts, decided)
      return decided
    })
  ],
  "a snapshot lacks the last event": [
    "contention",
    { ...PurseLaws, codec: { ...PurseLaws.codec, state: dropping("coins") } }
  ],
  // independence
  "apply depends on the previous event of any instance": [
    "independence",
    at("CoinsTaken", (_, event, next) => {
      const before = last.event
      last.event = event
      return before === event ? { ...next, notes: [] } : next
    })
  ],
  // invariants
  "decide violates an invariant": [
    "invariants",
    deciding((state, command, facts) =>
      command._tag === "TakeCoins" && Option.isSome(state.owner)
        ? [{ _tag: "CoinsTaken", amount: command.amount, weight: 0, at: facts.now }]
        : decide(state, command, facts)
    )
  ],
  "the initial state violates an invariant": [
    "invariants",
    { ...PurseLaws, fold: { ...PurseLaws.fold, initial: { ...Purse.initial, coins: -1n } } }
  ]
}

describe("mutants of an aggregate are found by the law meant for them", () => {
  for (const [name, [law, subject]] of Object.entries(mutants)) {
    it(`${law}: ${name}`, () => {
      expectKilled(name, law, { Laws, PurseLaws: subject }, () => Laws[law](subject, { seed: 1993 }))
    })
  }
})
