/** The table in the terminal, with the ratios in its first column. */
import type { Goal, Row } from "./Results.ts"

const number = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en-US") : Number(value.toPrecision(3)).toString()

const withUnit = (value: number, unit: string): string => `${number(value)}${unit === "×" ? unit : ` ${unit}`}`

export const ratioText = (ratio: number | null): string => (ratio === null ? "–" : `${number(ratio)}×`)

export const goalText = (goal: Goal | null, unit: string): string => {
  if (goal === null) return "–"
  const bound = goal.of === "ratio" ? `${goal.value}×` : withUnit(goal.value, unit)
  return `${goal.is === "atLeast" ? "≥" : "≤"} ${bound}`
}

const mark = ({ met }: Row): string => (met === null ? " " : met ? "✓" : "✗")

const header = ["ratio", "goal", "", "row", "Eventfold", "baseline", "what"]

const cells = (row: Row): ReadonlyArray<string> => [
  ratioText(row.ratio),
  goalText(row.goal, row.unit),
  mark(row),
  row.id,
  row.eventfold === null ? "–" : withUnit(row.eventfold, row.unit),
  row.baseline === null ? "–" : `${withUnit(row.baseline, row.unit)}  ${row.baselineName}`,
  row.eventfold === null || row.note?.startsWith("only") === true ? `${row.what} (${row.note})` : row.what
]

/** Formats rows as lines with aligned columns; numbers are right-aligned. */
export const table = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const lines = [header, ...rows.map(cells)]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const right = new Set([0, 1, 4])
  return lines.map((line) =>
    line
      .map((cell, column) => (right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}

/** Counts the goals that were met, missed and not measured. */
export const verdict = (rows: ReadonlyArray<Row>): string => {
  const goals = rows.filter(({ goal }) => goal !== null)
  const count = (met: boolean | null) => goals.filter((row) => row.met === met).length
  return `${goals.length} ${goals.length === 1 ? "goal" : "goals"}: ${count(true)} met, ${count(false)} missed, ${count(null)} not measured`
}
