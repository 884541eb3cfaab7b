/** The result file of a run: `results/latest.json`. */
import { Schema } from "effect"
import { type Better, ratio as ratioOf } from "./Statistics.ts"

/** Bound of a row's ratio, or of Eventfold's own value. */
export const Goal = Schema.Struct({
  of: Schema.Literals(["ratio", "eventfold"]),
  is: Schema.Literals(["atLeast", "atMost"]),
  value: Schema.Finite
})
export type Goal = typeof Goal.Type

const Measure = Schema.NullOr(Schema.Finite)

/** One row. Values that were not measured are `null`, and `note` has the reason. */
export const Row = Schema.Struct({
  id: Schema.NonEmptyString,
  what: Schema.NonEmptyString,
  unit: Schema.NonEmptyString,
  eventfold: Measure,
  baseline: Measure,
  baselineName: Schema.NullOr(Schema.NonEmptyString),
  /**
   * Eventfold's value as a multiple of the baseline: above 1 is better, also for measures where
   * less is better.
   */
  ratio: Measure,
  goal: Schema.NullOr(Goal),
  met: Schema.NullOr(Schema.Boolean),
  /** Spread of the rounds, (max − min) / median, for Eventfold and for the baseline. */
  spread: Schema.NullOr(Schema.Struct({ eventfold: Measure, baseline: Measure })),
  note: Schema.NullOr(Schema.String)
})
export type Row = typeof Row.Type

const Facts = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

export const Results = Schema.Struct({
  machine: Facts,
  versions: Facts,
  settings: Facts,
  rows: Schema.Array(Row)
})
export type Results = typeof Results.Type

/** `true` if a goal is met; `null` if there is no goal, or no value to compare with it. */
export const isMet = (goal: Goal | null, values: Pick<Row, "eventfold" | "ratio">): boolean | null => {
  const value = goal === null ? null : values[goal.of]
  if (goal === null || value === null) return null
  return goal.is === "atLeast" ? value >= goal.value : value <= goal.value
}

/** A row to measure, without its values. */
export interface Wanted extends Pick<Row, "id" | "what" | "unit" | "baselineName" | "goal"> {
  readonly better: Better
}

/** The measured values of a row. */
export interface Measured {
  readonly eventfold: number
  readonly baseline?: number
  /** A more precise name than that of the wanted row, such as "raw INSERT (pg)". */
  readonly baselineName?: string
  readonly spread?: { readonly eventfold: number; readonly baseline: number | null }
  readonly note?: string
}

export const measured = ({ better, ...wanted }: Wanted, values: Measured): Row => {
  const ratio = values.baseline === undefined ? null : ratioOf(values.eventfold, values.baseline, better)
  return {
    ...wanted,
    eventfold: values.eventfold,
    baseline: values.baseline ?? null,
    baselineName: values.baselineName ?? wanted.baselineName,
    ratio,
    met: isMet(wanted.goal, { eventfold: values.eventfold, ratio }),
    spread: values.spread ?? null,
    note: values.note ?? null
  }
}

export const notMeasured = ({ better: _, ...wanted }: Wanted, reason: string): Row => ({
  ...wanted,
  eventfold: null,
  baseline: null,
  ratio: null,
  met: null,
  spread: null,
  note: `not measured: ${reason}`
})
