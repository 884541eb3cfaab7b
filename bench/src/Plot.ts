/**
 * The ratios as a picture: a bar for each row on a logarithmic scale, and a diamond at its goal.
 */
import { scaleBand, scaleLog } from "d3-scale"
import { symbol, symbolDiamond } from "d3-shape"
import { goalText, ratioText } from "./Report.ts"
import type { Row } from "./Results.ts"

const width = 1_080
const rowHeight = 30
const margin = { top: 76, right: 140, bottom: 44, left: 430 }
const colors = { ink: "#1f2933", faint: "#52606d", grid: "#e4e7eb", met: "#0b69a3", missed: "#c05621", free: "#9aa5b1" }

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Draws all rows that have a ratio, as a standalone SVG. */
export const svg = (title: string, subtitle: string, rows: ReadonlyArray<Row>): string => {
  const shown = rows.flatMap((row) => (row.ratio === null ? [] : [{ ...row, ratio: row.ratio }]))
  const height = margin.top + margin.bottom + rowHeight * shown.length
  const values = shown.flatMap(({ goal, ratio }) => (goal?.of === "ratio" ? [ratio, goal.value] : [ratio]))
  const x = scaleLog([Math.min(0.5, ...values), Math.max(2, ...values) * 1.1], [margin.left, width - margin.right])
  const y = scaleBand(
    shown.map((_, i) => i),
    [margin.top, height - margin.bottom]
  ).padding(0.3)
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200].filter(
    (tick) => tick >= x.domain()[0]! && tick <= x.domain()[1]!
  )
  const diamond = symbol(symbolDiamond, 70)() ?? ""
  const bars = shown.flatMap((row, i) => {
    const top = y(i)!
    const middle = top + y.bandwidth() / 2
    const [from, to] = [x(Math.min(1, row.ratio)), x(Math.max(1, row.ratio))]
    const color = row.met === null ? colors.free : row.met ? colors.met : colors.missed
    const goal = row.goal?.of === "ratio" ? row.goal : null
    return [
      `<text x="${margin.left - 12}" y="${middle + 4}" text-anchor="end" fill="${colors.ink}">${escape(row.id)} <tspan fill="${colors.faint}">${escape(`${row.what.startsWith("p") ? `${row.what.slice(0, 3)} ` : ""}vs ${row.baselineName ?? ""}`)}</tspan></text>`,
      `<rect x="${from}" y="${top}" width="${Math.max(1, to - from)}" height="${y.bandwidth()}" fill="${color}"/>`,
      ...(goal === null
        ? []
        : [
            `<path d="${diamond}" transform="translate(${x(goal.value)},${middle})" fill="#ffffff" stroke="${colors.ink}"/>`
          ]),
      `<text x="${width - margin.right + 12}" y="${middle + 4}" fill="${colors.ink}">${escape(ratioText(row.ratio))}${
        goal === null ? "" : `<tspan fill="${colors.faint}"> (${escape(goalText(goal, row.unit))})</tspan>`
      }</text>`
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="24" y="30" font-size="17" font-weight="600" fill="${colors.ink}">${escape(title)}</text>`,
    `<text x="24" y="50" fill="${colors.faint}">${escape(subtitle)}</text>`,
    ...ticks.map(
      (tick) =>
        `<line x1="${x(tick)}" x2="${x(tick)}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="${tick === 1 ? colors.faint : colors.grid}"/>` +
        `<text x="${x(tick)}" y="${height - margin.bottom + 20}" text-anchor="middle" fill="${colors.faint}">${tick}×</text>`
    ),
    ...bars,
    "</svg>",
    ""
  ].join("\n")
}
