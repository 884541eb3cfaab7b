/** One account's balance over time: an SVG picture, and a chart of characters for the terminal. */
import { scaleLinear, scaleUtc } from "d3-scale"
import { curveStepAfter, line } from "d3-shape"
import { plot } from "simple-ascii-chart"

export interface Point {
  readonly time: Date
  /** In crowns. */
  readonly balance: number
}

const [width, height] = [960, 420]
const margin = { top: 56, right: 32, bottom: 44, left: 88 }

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** A day off the end, so that a single point has an axis too. */
const spanOf = (points: ReadonlyArray<Point>): [Date, Date] => {
  const times = points.map(({ time }) => time.getTime())
  return [new Date(Math.min(...times)), new Date(Math.max(...times) + 86_400_000)]
}

/** A standalone picture; a balance holds until the next movement, so it is drawn in steps. */
export const svg = (
  title: string,
  points: ReadonlyArray<Point>,
  mark?: { readonly time: Date; readonly label: string }
): string => {
  const balances = points.map(({ balance }) => balance)
  const x = scaleUtc(spanOf(points), [margin.left, width - margin.right])
  const y = scaleLinear([Math.min(0, ...balances), Math.max(...balances)], [height - margin.bottom, margin.top]).nice()
  const path =
    line<Point>(
      ({ time }) => x(time),
      ({ balance }) => y(balance)
    ).curve(curveStepAfter)(points) ?? ""
  const month = x.tickFormat(8)
  const crowns = y.tickFormat(6)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin.left}" y="30" font-size="17" font-weight="600" fill="#1f2933">${escape(title)}</text>`,
    ...y
      .ticks(6)
      .map(
        (tick) =>
          `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="${tick === 0 ? "#52606d" : "#e4e7eb"}"/>` +
          `<text x="${margin.left - 8}" y="${y(tick) + 4}" text-anchor="end" fill="#52606d">${escape(crowns(tick))} Kč</text>`
      ),
    ...x
      .ticks(8)
      .map(
        (tick) =>
          `<line x1="${x(tick)}" x2="${x(tick)}" y1="${height - margin.bottom}" y2="${height - margin.bottom + 6}" stroke="#52606d"/>` +
          `<text x="${x(tick)}" y="${height - margin.bottom + 22}" text-anchor="middle" fill="#52606d">${escape(month(tick))}</text>`
      ),
    `<path d="${path}" fill="none" stroke="#0b69a3" stroke-width="2"/>`
  ]
  if (mark !== undefined && mark.time >= x.domain()[0]! && mark.time <= x.domain()[1]!) {
    const at = x(mark.time)
    parts.push(
      `<line x1="${at}" x2="${at}" y1="${margin.top - 8}" y2="${height - margin.bottom}" stroke="#c05621" stroke-dasharray="4 4"/>`,
      `<text x="${at + 6}" y="${margin.top}" fill="#c05621">${escape(mark.label)}</text>`
    )
  }
  return [...parts, "</svg>", ""].join("\n")
}

const day = 86_400_000

/** The same in characters: the balance at the end of each of some 70 equal spans of time. */
export const chart = (points: ReadonlyArray<Point>): string => {
  const [first, last] = spanOf(points)
  const columns = 70
  const step = (last.getTime() - first.getTime()) / columns
  let at = 0
  const sampled = Array.from({ length: columns + 1 }, (_, i): [number, number] => {
    const time = first.getTime() + i * step
    while (at + 1 < points.length && points[at + 1]!.time.getTime() <= time) at++
    return [Math.round((time - first.getTime()) / day), points[at]!.balance]
  })
  const balances = points.map(({ balance }) => balance)
  const y = scaleLinear([Math.min(0, ...balances), Math.max(...balances)], [0, 1]).nice(5)
  const drawn = plot(sampled, {
    width: columns,
    height: 12,
    hideXAxisTicks: true,
    yRange: [y.domain()[0]!, y.domain()[1]!],
    customYAxisTicks: y.ticks(5),
    formatter: (value, { axis }) => (axis === "y" ? Math.round(Number(value)).toLocaleString("en-US") : String(value))
  })
  return drawn
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n")
}
