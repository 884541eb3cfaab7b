/**
 * The cost of a range of an index: the server reads only the part of the index that it returns, for
 * any number of rows and any statistics.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Projection } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as RowRanges from "../../src/internal/rows/RowRanges.ts"
import * as RowTable from "../../src/internal/rows/RowTable.ts"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { client } from "../StoreOnServer.ts"
import { connectPglite, freshSchema } from "../Stores.ts"

const column = (name: string, type: Projection.Column["type"], nullable = false): Projection.Column => ({
  name,
  field: name === "_key" ? null : name,
  type,
  nullable
})

const table: Projection.Table = {
  domain: "plans",
  name: "accounts",
  key: "text",
  columns: [
    column("_key", "text"),
    column("district", "bigint"),
    column("balance", "numeric", true),
    column("note", "jsonb")
  ],
  primaryKey: ["_key"],
  indexes: [{ name: "accounts_by_district_and_balance", columns: ["district", "balance"] }],
  constraints: []
}

/**
 * Two districts with half of the rows each; in each, the last tenth has no balance, and each
 * balance is that of nine rows.
 */
const size = 20_000
const fields = ["district", "balance"]
const limit = 10

type RangeRequest = Omit<ProjectionStore.IndexRange, "fields" | "limit">
const place = (district: number, balance: number | null, key: number): NonNullable<RangeRequest["after"]> => ({
  values: [district, balance === null ? null : String(balance)],
  key: `k${String(key).padStart(6, "0")}`
})
const half = { value: "500", isInclusive: true }

const ranges: Readonly<Record<string, RangeRequest>> = {
  "the first rows of all": { equals: [], order: "ascending" },
  "the last rows of all": { equals: [], order: "descending" },
  "a range of the first field": { equals: [], lower: { value: 1, isInclusive: false }, order: "ascending" },
  "a range of the second field": { equals: [1], lower: half, order: "ascending" },
  "a range of the second field, from its end": { equals: [1], upper: half, order: "descending" },
  "rows where a field is absent": { equals: [1, null], order: "descending" },
  "rows with a value for each field": { equals: [1, "500"], order: "ascending" },
  "a page from the middle": { equals: [1], after: place(1, 500, 9_999), order: "ascending" },
  "a page from the middle, backwards": { equals: [1], after: place(1, 500, 9_999), order: "descending" },
  "a page across the end of the values": { equals: [], after: place(1, 999, 19_999), order: "ascending" },
  "a page from among absent values, backwards": { equals: [], after: place(1, null, 18_008), order: "descending" },
  "a page from the middle of a range": {
    equals: [],
    after: place(1, 500, 3),
    lower: { value: 1, isInclusive: true },
    order: "ascending"
  }
}

interface Node {
  readonly "Node Type": string
  readonly "Actual Rows": number
  readonly "Rows Removed by Filter"?: number
  readonly Plans?: ReadonlyArray<Node>
}
const nodesOf = (node: Node): ReadonlyArray<Node> => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

const literal = (value: string | number) =>
  typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`

for (const [server, connect] of [
  ["PGlite", Effect.map(connectPglite, ({ client }) => client)],
  ["PostgreSQL", client]
] as const) {
  it.live(
    `${server}: a page of a range reads only its own rows, in the order of the index`,
    () =>
      Effect.gen(function* () {
        const sql = yield* connect
        const schema = freshSchema()
        const name = RowTable.nameOf(schema, table, "serving")
        const run = (text: string) => sql.unsafe(text).unprepared
        yield* run(`create schema ${quote(RowTable.schemaOf(schema, table, "serving"))}`)
        yield* run(RowTable.create(name, table))
        for (const statement of RowTable.createIndexes(name, table)) yield* run(statement)
        yield* run(`insert into ${name}
          select 'k' || lpad(n::text, 6, '0'), 1 + n % 2, case when n <= ${size} / 10 * 9 then n / 2 % 1000 end, '{}'
          from generate_series(1, ${size}) n`)
        for (const knowledge of ["nothing", "all that ANALYZE tells"]) {
          if (knowledge !== "nothing") yield* run(`analyze ${name}`)
          for (const mode of ["force_custom_plan", "force_generic_plan"]) {
            for (const [what, asked] of Object.entries(ranges)) {
              const { parameters, text } = RowRanges.page(name, table, { ...asked, fields, limit })
              const types = parameters.map((value) => (typeof value === "number" ? "bigint" : "text")).join(", ")
              yield* run(`set plan_cache_mode = ${mode}`)
              yield* run(`prepare ranged(${types}) as ${text}`)
              const [row] = yield* sql.unsafe(
                `explain (analyze, costs off, format json) execute ranged(${parameters.map(literal).join(", ")})`
              ).values
              yield* run("deallocate ranged")
              const [{ Plan }] = (typeof row![0] === "string" ? JSON.parse(row![0]) : row![0]) as [
                { readonly Plan: Node }
              ]
              const nodes = nodesOf(Plan)
              const how = `${what}, ${mode}, knowing ${knowledge}: ${JSON.stringify(Plan, null, 1)}`
              assert.strictEqual(Plan["Actual Rows"], what.startsWith("rows with a value") ? 9 : limit, how)
              for (const node of nodes) {
                assert.notStrictEqual(node["Node Type"], "Seq Scan", how)
                // No part of the range is read beyond the size of a page.
                assert.isAtMost(node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0), 5 * limit, how)
              }
            }
          }
        }
      }).pipe(Effect.scoped),
    60_000
  )
}
