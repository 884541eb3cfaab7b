/** Tables, numbers and spans of time for a terminal. */

/**
 * Formats rows under a head, each column as wide as its widest text. Columns named in `right` are
 * aligned to the right.
 */
export const aligned = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlySet<string> = new Set()
): string => {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((text, i) => (right.has(head[i]!) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join("  ")
        .trimEnd()
    )
    .map((line) => `${line}\n`)
    .join("")
}

/** Formats a span of time in its two largest units. */
export const span = (seconds: number): string => {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`
  const whole = Math.round(seconds)
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"]
  ] as const
  const first = units.findIndex(([size]) => whole >= size)
  const parts: Array<string> = []
  let left = whole
  for (const [size, unit] of units.slice(first, first + 2)) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.join(" ")
}

/** Formats the time since a moment: `5 min ago`. */
export const ago = (fromMs: number, nowMs: number): string => `${span(Math.max(0, nowMs - fromMs) / 1_000)} ago`

/** Puts a text on one line, cut to a number of characters. */
export const short = (text: string, maxLength: number): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`
}

/** Formats a number with its thousands separated. */
export const grouped = (count: number): string => Math.round(count).toLocaleString("en-US")

/** Formats a count and its noun: `1 event`, `2,000 events`. */
export const counted = (count: number, noun = "event"): string => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`
