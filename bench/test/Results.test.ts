import { Schema } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { isMet, measured, notMeasured, Results, type Wanted } from "../src/Results.ts"
import { svg } from "../src/Plot.ts"
import { table, verdict } from "../src/Report.ts"
import { ids, wanted } from "../src/Wanted.ts"

const faster: Wanted = {
  id: "append",
  what: "append",
  unit: "events/s",
  better: "more",
  baselineName: "another",
  goal: { of: "ratio", is: "atLeast", value: 2 }
}
const smaller: Wanted = {
  id: "memory",
  what: "memory",
  unit: "MB",
  better: "less",
  baselineName: null,
  goal: { of: "eventfold", is: "atMost", value: 50 }
}

const committed = new URL("../results/latest.json", import.meta.url)

describe("Results", () => {
  it("a goal for the ratio is met at exactly its bound", () => {
    expect(measured(faster, { eventfold: 200, baseline: 100 })).toMatchObject({ ratio: 2, met: true })
    expect(measured(faster, { eventfold: 199, baseline: 100 })).toMatchObject({ ratio: 1.99, met: false })
  })

  it("a goal for Eventfold's own value is compared with that value, not with a ratio", () => {
    expect(measured(smaller, { eventfold: 12 })).toMatchObject({ ratio: null, baseline: null, met: true })
    expect(measured(smaller, { eventfold: 51 })).toMatchObject({ met: false })
  })

  it("a ratio of latencies is inverted: half the time is 2×", () => {
    expect(measured({ ...faster, better: "less" }, { eventfold: 5, baseline: 10 })).toMatchObject({
      ratio: 2,
      met: true
    })
  })

  it("a goal that was not measured is neither met nor missed", () => {
    expect(notMeasured(faster, "it needs --long")).toMatchObject({
      eventfold: null,
      ratio: null,
      met: null,
      note: "not measured: it needs --long"
    })
    expect(isMet(null, { eventfold: 1, ratio: 1 })).toBeNull()
  })

  it("a measured row can name the driver of its baseline", () => {
    expect(measured(faster, { eventfold: 2, baseline: 1, baselineName: "another (pg)" }).baselineName).toBe(
      "another (pg)"
    )
  })

  it("round-trip through JSON, and refuse numbers that JSON does not have", () => {
    const results: Results = {
      machine: { cpu: "a", cores: 2 },
      versions: { node: "24" },
      settings: { fsync: "on" },
      rows: [measured(faster, { eventfold: 3, baseline: 1 }), notMeasured(smaller, "no")]
    }
    const text = JSON.stringify(Schema.encodeSync(Results)(results))
    expect(Schema.decodeUnknownSync(Results)(JSON.parse(text))).toEqual(results)
    expect(() => Schema.encodeSync(Results)({ ...results, rows: [{ ...results.rows[0]!, ratio: NaN }] })).toThrow(
      "Expected a finite number"
    )
  })

  it("the verdict counts goals that were met, missed and not measured", () => {
    const rows = [
      measured(faster, { eventfold: 3, baseline: 1 }),
      measured(smaller, { eventfold: 60 }),
      notMeasured(smaller, "no"),
      measured({ ...faster, goal: null }, { eventfold: 3, baseline: 1 })
    ]
    expect(verdict(rows)).toBe("3 goals: 1 met, 1 missed, 1 not measured")
  })

  it("the table has aligned columns, with the ratios first", () => {
    const [head, line, missed] = table([
      measured(faster, { eventfold: 20_000, baseline: 1_000 }),
      measured(smaller, { eventfold: 60 })
    ])
    expect(head).toMatch(/^ratio +goal/)
    expect(line).toMatch(/^ *20× +≥ 2× +✓ +append +20,000 events\/s +1,000 events\/s {2}another +append$/)
    expect(missed).toMatch(/^ *– +≤ 50 MB +✗/)
  })

  it("the plot has a bar for every row with a ratio, and for no other row", () => {
    const picture = svg("a < b", "c", [
      measured(faster, { eventfold: 3, baseline: 1 }),
      measured({ ...faster, goal: null }, { eventfold: 1, baseline: 4 }),
      notMeasured(smaller, "no")
    ])
    expect(picture).toContain("a &lt; b")
    expect(picture).not.toContain("NaN")
    // The background, and two bars.
    expect(picture.match(/<rect /g)).toHaveLength(3)
  })
})

describe("Rows", () => {
  it("each row has a unique combination of id, description and baseline", () => {
    const names = wanted.map(({ baselineName, id, what }) => `${id} ${what} ${baselineName}`)
    expect(new Set(names).size).toBe(names.length)
  })

  it("every goal of the project has a row", () => {
    const goals = wanted.filter(({ goal }) => goal !== null).map(({ id }) => id)
    expect([...new Set(goals)]).toEqual([
      "append-1",
      "append-64",
      "append-256",
      "append-batch-100",
      "load-10k",
      "execute-10",
      "execute-64",
      "execute-100k",
      "rebuild",
      "rebuild-memory",
      "verify",
      "project-steady",
      "project-latency",
      "fold",
      "laws",
      "decode-plain",
      "encode-plain",
      "decode-rich",
      "encode-rich",
      "latency-lone",
      "stream-1m",
      "growth-append",
      "growth-load",
      "gen-cold",
      "check-noop",
      "check-cold",
      "gen-watch",
      "tsc-generated"
    ])
    expect(ids).toEqual(expect.arrayContaining(goals))
  })

  it("the committed results have every row", () => {
    if (!existsSync(committed)) return
    const { rows } = Schema.decodeUnknownSync(Results)(JSON.parse(readFileSync(committed, "utf8")))
    expect([...new Set(rows.map(({ id }) => id))]).toEqual(ids)
  })
})
