/** A small projection of purses for the tests of the laws, written by hand as `gen` writes it. */
import { ProjectionLaws } from "@eventfold/testing"
import { Option, Schema } from "effect"
import type { Projection } from "eventfold"
import { ProjectionFold } from "eventfold/generated"
import { Purse, type PurseEvent, PurseLaws } from "./Purse.ts"

type TallyEvent = Extract<PurseEvent, { readonly _tag: "CoinsAdded" | "CoinsTaken" }>
export type TallyRow = typeof Row.Type
export type Bodies = Projection.Bodies<TallyRow, TallyEvent, string, string>
export type Subject = ProjectionLaws.ProjectionSubject<TallyRow, TallyEvent, string, string>

/** Row: the coins of a note or of a purse. */
export const Row = Schema.Struct({
  coins: Schema.BigInt,
  times: Schema.Natural,
  purses: Schema.Array(Schema.String),
  last: Schema.Option(Schema.DateTimeUtc)
})

export const bodies: Bodies = {
  keys: (event, { id }) => (event._tag === "CoinsAdded" ? [`note ${event.note}`, `purse ${id}`] : [`purse ${id}`]),
  project: (row, event, { id }) => ({
    coins: (row?.coins ?? 0n) + (event._tag === "CoinsAdded" ? event.amount : -event.amount),
    times: (row?.times ?? 0) + 1,
    purses: [...new Set([...(row?.purses ?? []), id])].sort(),
    last: Option.some(event.at)
  })
}

const definition: Subject["definition"] = {
  name: "Tallies",
  sources: [
    ProjectionFold.source({
      aggregate: "Purse",
      id: Purse.id,
      codec: PurseLaws.codec,
      types: ["CoinsAdded", "CoinsTaken"]
    })
  ],
  key: Schema.String,
  row: Row,
  bodies,
  table: {
    domain: "purses",
    name: "tallies",
    key: "text",
    columns: [],
    primaryKey: ["_key"],
    indexes: [],
    constraints: []
  },
  fingerprint: "test"
}

export const TalliesLaws: Subject = { name: "TalliesLaws", definition, from: [ProjectionLaws.from(PurseLaws)] }

/** Returns the subject with a changed definition. */
export const changed = (change: Partial<Subject["definition"]>): Subject => ({
  ...TalliesLaws,
  definition: { ...definition, ...change }
})
