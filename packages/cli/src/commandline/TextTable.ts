/** Tables for a terminal. */

/** Rows under a head, each column as wide as its widest text; numbers, which are in `right`, end where their column does. */
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

/** A span of time in its two largest units. */
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

/** On one line, and no longer than that many characters. */
export const short = (text: string, longest: number): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`
}
