/**
 * A formatter that runs over generated files is not fought: what it leaves is neither an edit, nor
 * written again.
 */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { shop } from "../Shop.ts"

const generated = "examples/shop/src/generated"

/** Formatters with their defaults, and with settings that developers choose. */
const formatters: ReadonlyArray<
  readonly [name: string, files: Readonly<Record<string, string>>, tool: "prettier" | "oxfmt"]
> = [
  ["prettier", {}, "prettier"],
  [
    "prettier with settings of its own",
    {
      ".prettierrc.json": `{ "printWidth": 100, "semi": false, "singleQuote": true, "trailingComma": "none", "tabWidth": 4, "useTabs": true, "arrowParens": "avoid", "quoteProps": "consistent", "bracketSpacing": false, "proseWrap": "always", "experimentalTernaries": true, "objectWrap": "collapse", "endOfLine": "crlf", "experimentalOperatorPosition": "start" }`
    },
    "prettier"
  ],
  ["oxfmt", {}, "oxfmt"]
]

describe("a formatter", () => {
  it.each(formatters.filter((_, i) => i !== 1 || process.env["EVENTFOLD_SOAK"] !== undefined))(
    "%s changes files, and then nothing is to be done",
    async (_, files, tool) => {
      const project = new Project({ ...shop, ...files })
      expect((await project.gen()).code).toBe(0)
      const before = project.texts("examples")
      expect(await project.format(tool, "examples")).toMatchObject({ code: 0 })
      const formatted = project.texts("examples")
      expect(Object.keys(formatted).filter((file) => formatted[file] !== before[file]).length).toBeGreaterThan(20)
      project.remove("node_modules/.cache/eventfold/check.json")
      expect((await project.gen()).out).toEqual([expect.stringMatching(/^\d+ files, nothing to change$/)])
      expect(project.texts("examples")).toEqual(formatted)
      expect(await project.check()).toMatchObject({ code: 0 })
      // What changes is written as ever, and what is gone is removed.
      project.edit("schemas/shop/order.ts", "OrderDropped: {}", "OrderDropped: { why: Schema.String }")
      project.remove("schemas/depot/stock.ts")
      const { code, out } = await project.gen()
      expect(code).toBe(0)
      expect(out).toContain(`wrote ${generated}/order.ts`)
      expect(out).toContain("removed examples/depot/src/generated/stock.ts")
      expect(out).not.toContain(`wrote ${generated}/parcel.ts`)
      expect(project.read(`${generated}/parcel.ts`)).toBe(formatted[`${generated}/parcel.ts`])
    }
  )
})

describe("an edit is noticed", () => {
  const contract = `${generated}/order.ts`
  const edits: ReadonlyArray<readonly [name: string, code: string, file: string, from: string, to: string]> = [
    ["another value", "EF0104", `${generated}/order-totals.ts`, "nullable: true", "nullable: !true"],
    ["a comment", "EF0104", contract, "// ---- events", "// ---- event"],
    ["a declaration that is kept to itself", "EF0104", contract, "export const OrderDropped", "const OrderDropped"],
    ["another text in Markdown", "EF0104", `${generated}/catalog.md`, "An order", "No order"],
    ["a seal that is gone", "EF0104", contract, "// Sealed", "// Unsealed"],
    // Of such as formatters make, the seal tells nothing; but the file is not what it is to be.
    ["a space in a string", "EF0101", contract, '"Order.apply"', '"Order. apply"'],
    ["two literals in one", "EF0101", `${generated}/order-totals.ts`, '"placed" | "dropped"', '"placed|dropped"'],
    [
      "other operands",
      "EF0101",
      `${generated}/order.codec.aot.ts`,
      'typeof input !== "object" || input === null',
      '(typeof input !== "object" || input) === null'
    ],
    ["a space in a text of JSON", "EF0101", `${generated}/events.schema.json`, '"Events of shop"', '"Events ofshop"']
  ]
  it("of any kind, and of any size", async () => {
    const project = new Project(shop)
    await project.gen()
    // One of each file at a time.
    const rounds = Map.groupBy(edits, (edit) => edits.filter((one) => one[2] === edit[2]).indexOf(edit))
    for (const round of rounds.values()) {
      const before = project.texts(generated)
      for (const [, , file, from, to] of round) project.edit(file, from, to)
      const { err } = await project.check()
      const told = round.map(([, code, file]) => expect.stringContaining(`${file} ${code} `))
      expect(err.slice(0, -1)).toEqual(expect.arrayContaining(told))
      expect(err).toHaveLength(round.length + 1)
      for (const [, , file] of round) project.write(file, before[file] ?? "")
    }
    expect((await project.check()).code).toBe(0)
  })
})
