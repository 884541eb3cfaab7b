import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { column, NotATable, read } from "../src/CsvTable.ts"

const columns = {
  id: column(Schema.String.check(Schema.isPattern(/^\d+$/)), "a number"),
  note: column(Schema.String, "text")
}
const table = (text: string) => {
  const result = read("things.csv", text, columns)
  if (result instanceof NotATable) throw result
  return result
}

describe("a malformed row is reported with file, line, column and the expected value", () => {
  const cases: Record<string, readonly [string, string]> = {
    "a value of another kind": ["id,note\n1,a\nx,b\n", 'things.csv:3: column id: expected a number, found "x"'],
    "an empty cell": ["id,note\n,b\n", "things.csv:2: column id: expected a number, found nothing"],
    "a cell too few": ["id,note\n1\n", "things.csv:2: expected 2 cells, as in the header, found 1"],
    "a cell too many": ["id,note\n1,a,b\n", "things.csv:2: expected 2 cells, as in the header, found 3"],
    "a quote left open": ['id,note\n1,"a\n2,b\n', 'things.csv:2: expected cells with matching quotes, found "1,\\"a"'],
    "after Windows line ends": ["id,note\r\n1,a\r\n?,b\r\n", 'things.csv:3: column id: expected a number, found "?"']
  }
  for (const [name, [text, message]] of Object.entries(cases)) {
    it(name, () => expect(table(text).bad.map((bad) => bad.message)).toEqual([message]))
  }
})

it("keeps the rows around a malformed one", () => {
  expect(table('id,note\n1,"a\n2,b\n3,c\n').rows.map(({ id, line }) => [id, line])).toEqual([
    ["2", 3],
    ["3", 4]
  ])
})

it("reads quoted cells, other orders of columns, more columns, a byte order mark, and no last line end", () => {
  const { rows } = table('\uFEFFnote,more,id\n"a, ""b""",x,7')
  expect(rows).toEqual([{ file: "things.csv", line: 2, id: "7", note: 'a, "b"' }])
})

it("refuses a file whose header lacks a column, naming it", () => {
  const result = read("things.csv", "id\n1\n", columns)
  expect(result).toBeInstanceOf(NotATable)
  expect((result as NotATable).message).toBe("things.csv: its first line must name the columns id, note; missing: note")
})

it("refuses an empty file", () => {
  expect((read("things.csv", "", columns) as NotATable).message).toContain("missing: id, note")
})
