/**
 * Reads a CSV file column by column, and reports the place of every malformed row with the expected
 * value.
 */
import { Data, Option, Schema } from "effect"
import { parse } from "csv-parse/sync"

/** One column: the schema of its cells, and a description for error messages. */
export interface Column<A> {
  readonly expected: string
  readonly read: (cell: string) => Option.Option<A>
}

/** A column of a schema that decodes from text; `expected` completes "expected …". */
export const column = <A>(schema: Schema.Codec<A, string>, expected: string): Column<A> => ({
  expected,
  read: Schema.decodeUnknownOption(schema)
})

type Columns = { readonly [name: string]: Column<unknown> }

/** A row that can't be used: file, line, column, what was expected, what stands there. */
export class BadRow extends Data.TaggedError("BadRow")<{
  readonly file: string
  readonly line: number
  readonly column: string | undefined
  readonly expected: string
  readonly found: string
}> {
  override get message(): string {
    const column = this.column === undefined ? "" : ` column ${this.column}:`
    return `${this.file}:${this.line}:${column} expected ${this.expected}, found ${this.found}`
  }
}

/** The file as a whole is not such a table. */
export class NotATable extends Data.TaggedError("NotATable")<{ readonly file: string; readonly problem: string }> {
  override get message(): string {
    return `${this.file}: ${this.problem}`
  }
}

export type Row<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Column<infer A> ? A : never
} & { readonly file: string; readonly line: number }

export interface Table<C extends Columns> {
  readonly rows: ReadonlyArray<Row<C>>
  readonly bad: ReadonlyArray<BadRow>
}

/**
 * A line's cells; undefined where its quotes do not match. Only lines with quotes need the full
 * rules.
 */
const cellsOf = (line: string): ReadonlyArray<string> | undefined => {
  if (!line.includes('"')) return line.split(",")
  try {
    const [cells] = parse(line, { relax_column_count: true })
    return cells
  } catch {
    return undefined // said by the caller, with the line
  }
}

/**
 * Reads a table with a header line. Columns may be in any order; unknown columns are ignored.
 *
 * **Gotchas**
 *
 * A record is one line: a quote left open spoils its own line, not the rest of the file.
 */
export const read = <C extends Columns>(file: string, text: string, columns: C): Table<C> | NotATable => {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)
  const header = cellsOf(lines[0] ?? "") ?? []
  const missing = Object.keys(columns).filter((name) => !header.includes(name))
  if (missing.length > 0) {
    const problem = `its first line must name the columns ${Object.keys(columns).join(", ")}; missing: ${missing.join(", ")}`
    return new NotATable({ file, problem })
  }
  const wanted = Object.entries(columns).map(([name, column]) => ({ name, column, at: header.indexOf(name) }))
  const rows: Array<Row<C>> = []
  const bad: Array<BadRow> = []
  for (let i = 1; i < lines.length; i++) {
    const text = lines[i]!
    if (text === "") continue
    const line = i + 1
    const refuse = (column: string | undefined, expected: string, found: string) =>
      bad.push(
        new BadRow({ file, line, column, expected, found: found.length > 80 ? `${found.slice(0, 80)}…` : found })
      )
    if (text.includes("\uFFFD")) {
      refuse(undefined, "text in UTF-8", JSON.stringify(text))
      continue
    }
    const cells = cellsOf(text)
    if (cells === undefined) {
      refuse(undefined, "cells with matching quotes", JSON.stringify(text))
      continue
    }
    if (cells.length !== header.length) {
      refuse(undefined, `${header.length} cells, as in the header`, String(cells.length))
      continue
    }
    const row: Record<string, unknown> = { file, line }
    let fits = true
    for (const { at, column, name } of wanted) {
      const value = column.read(cells[at]!)
      if (Option.isSome(value)) row[name] = value.value
      else {
        refuse(name, column.expected, cells[at] === "" ? "nothing" : JSON.stringify(cells[at]))
        fits = false
        break
      }
    }
    if (fits) rows.push(row as Row<C>)
  }
  return { rows, bad }
}
