/**
 * Pieces of Markdown. Texts of declarations are escaped, so that they mean the same as in a doc
 * comment.
 */

/** Writes text as code, even with backticks in it. */
export const code = (text: string): string => {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = "`".repeat(Math.max(0, ...runs) + 1)
  return runs.length === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`
}

export const codes = (names: ReadonlyArray<string>): string => {
  const all = names.map(code)
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`
}

/** Escapes text, so that Markdown shows it unchanged. */
export const literal = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>#~]/g, "\\$&")

/** Writes a cell, which holds one line. A bar ends it, even in code. */
const cell = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|")

const row = (cells: ReadonlyArray<string>): string =>
  `|${cells.map((one) => (one === "" ? " |" : ` ${one} |`)).join("")}`

/** Writes a table. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(head), row(head.map(() => "---")), ...rows.map((cells) => row(cells.map(cell)))].join("\n")

/**
 * Writes a doc comment as paragraphs. Headings in it are escaped, because they would be headings of
 * the page.
 */
export const prose = (doc: string | undefined): ReadonlyArray<string> =>
  doc === undefined ? [] : [doc.replaceAll(/^(\s*)(#{1,6}\s)/gm, "$1\\$2").replaceAll("<!--", "&lt;!--")]
