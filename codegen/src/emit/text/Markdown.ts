/** Pieces of Markdown: what comes from declarations is kept from meaning anything there that it does not mean in a doc comment. */

/** Text as code, whatever backticks are in it. */
export const code = (text: string): string => {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = "`".repeat(Math.max(0, ...runs) + 1)
  return runs.length === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

export const codes = (names: ReadonlyArray<string>): string => {
  const all = names.map(code)
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`
}

/** Text that means nothing in Markdown but itself. */
export const literal = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>#~]/g, "\\$&")

/** A cell holds one line, and no bar of its own, not even in code. */
const cell = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|")

const row = (cells: ReadonlyArray<string>): string =>
  `|${cells.map((one) => (one === "" ? " |" : ` ${one} |`)).join("")}`

/** A table. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map(() => "---")), ...rows.map((cells) => row(cells.map(cell)))].join("\n")

/** A doc comment as paragraphs of its own: headings in it would be the page's. */
export const prose = (doc: string | undefined): ReadonlyArray<string> =>
  doc === undefined ? [] : [doc.replaceAll(/^(\s*)(#{1,6}\s)/gm, "$1\\$2").replaceAll("<!--", "&lt;!--")]
