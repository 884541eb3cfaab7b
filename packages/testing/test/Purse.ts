/** A small aggregate for the tests of the laws, written by hand as `gen` writes it. */
import type { Laws } from "@eventfold/testing"
import { Option, Schema } from "effect"
import { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"

const Amount = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 1n, maximum: 1000n }))

export const Purse = Aggregate.make("Purse", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({
    owner: Schema.Option(Schema.String),
    coins: Schema.BigInt,
    notes: Schema.Array(Schema.String),
    changed: Schema.Option(Schema.DateTimeUtc)
  }),
  initial: { owner: Option.none(), coins: 0n, notes: [], changed: Option.none() },
  events: {
    PurseBought: { owner: Schema.NonEmptyString },
    CoinsAdded: { amount: Amount, note: Schema.String, at: Schema.DateTimeUtc },
    CoinsTaken: { amount: Amount, weight: Schema.Int, at: Schema.DateTimeUtc }
  },
  errors: { NoPurse: {}, TooFewCoins: { coins: Schema.BigInt } },
  commands: {
    BuyPurse: { payload: { owner: Schema.NonEmptyString }, emits: ["PurseBought"], fails: [] },
    AddCoins: { payload: { amount: Amount, note: Schema.String }, emits: ["CoinsAdded"], fails: ["NoPurse"] },
    TakeCoins: {
      payload: { amount: Amount, weight: Schema.Int },
      emits: ["CoinsTaken"],
      fails: ["NoPurse", "TooFewCoins"]
    }
  },
  invariants: { "no coins are owed": ({ coins }) => coins >= 0n }
})

export type PurseState = typeof Purse.state.Type
export type PurseEvent = typeof Purse.event.Type
export type PurseCommand = typeof Purse.command.Type
export type PurseFailure = {
  [Tag in keyof typeof Purse.errors]: (typeof Purse.errors)[Tag]["Type"]
}[keyof typeof Purse.errors]

export const apply = (state: PurseState, event: PurseEvent): PurseState => {
  switch (event._tag) {
    case "PurseBought":
      return { ...state, owner: Option.some(event.owner) }
    case "CoinsAdded": {
      const notes = [...state.notes, event.note].sort()
      return { ...state, coins: state.coins + event.amount, notes, changed: Option.some(event.at) }
    }
    case "CoinsTaken":
      return { ...state, coins: state.coins - event.amount, changed: Option.some(event.at) }
  }
}

export const decide: (typeof PurseLaws)["decide"] = (state, command, { now }) => {
  switch (command._tag) {
    case "BuyPurse":
      return Option.isSome(state.owner) ? [] : [{ _tag: "PurseBought", owner: command.owner }]
    case "AddCoins":
      if (Option.isNone(state.owner)) return { _tag: "NoPurse" }
      return [{ _tag: "CoinsAdded", amount: command.amount, note: command.note, at: now }]
    case "TakeCoins":
      if (Option.isNone(state.owner)) return { _tag: "NoPurse" }
      if (state.coins < command.amount) return { _tag: "TooFewCoins", coins: state.coins }
      return [{ _tag: "CoinsTaken", amount: command.amount, weight: command.weight, at: now }]
  }
}

export const foldOf = (apply: (state: PurseState, event: PurseEvent) => PurseState): (typeof PurseLaws)["fold"] => ({
  initial: Purse.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint: "test"
})

export const PurseLaws: Laws.Subject<PurseState, PurseEvent, PurseCommand> = {
  name: "PurseLaws",
  aggregate: Purse,
  fold: foldOf(apply),
  decide: (state, command, facts) => decide(state, command, facts),
  codec: { events: StoredForm.events<PurseEvent>(Purse.event), state: StoredForm.codec(Purse.state) }
}
