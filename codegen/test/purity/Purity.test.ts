/**
 * `eventfold check` on whole projects: what it says of handlers that are not pure, what it
 * remembers, what comments suppress.
 */
import { describe, expect, it } from "vitest"
import { check as checkIn } from "../../src/index.ts"
import { render } from "../../../packages/cli/src/generation/Rendering.ts"
import { Project } from "../Project.ts"

const schema = `import { Schema } from "effect"
import { Aggregate as Declare, Projection } from "eventfold"
import { least } from "../limits.ts"

export class Price extends Schema.Class<Price>("Price")({ cents: Schema.Int }) {
  add(other: Price): Price {
    return new Price({ cents: this.cents + other.cents })
  }
}
export const Card = Declare.make("Card", {
  id: Schema.String,
  state: Schema.Struct({ left: Schema.Int, price: Price, tags: Schema.Array(Schema.String) }),
  initial: { left: 0, price: new Price({ cents: 0 }), tags: [] },
  events: { Issued: { amount: Schema.Int, price: Price }, Used: { shop: Schema.String, amount: Schema.Int } },
  errors: { TooLittle: {} },
  commands: { Use: { payload: { amount: Schema.Int }, emits: ["Used"], fails: ["TooLittle"] } },
  invariants: { "never below": ({ left }) => left >= least() }
})
export const Takings = Projection.make("Takings", {
  from: [Projection.events(Card, "Used")],
  key: Schema.String,
  row: Schema.Struct({ total: Schema.Int, shops: Schema.Array(Schema.String) })
})
`
const src = "examples/cards/src"
const pure = {
  "schemas/cards/card.ts": schema,
  "schemas/limits.ts": "export const least = () => 0\n",
  [`${src}/card.apply.ts`]: `import { Card, type CardState } from "./generated/card.ts"
import { one } from "./one.ts"

export const apply = Card.apply({
  Issued: (state, { amount, price }): CardState => ({ ...state, left: amount, price: state.price.add(price) }),
  Used: (state, { amount }): CardState => ({ ...state, left: one(state.left) - amount })
})
`,
  [`${src}/one.ts`]: `import { two } from "./two.ts"\nexport const one = (n: number) => two(n)\n`,
  [`${src}/two.ts`]: `import { three } from "./three.ts"\nexport const two = (n: number) => three(n)\n`,
  [`${src}/three.ts`]: `export const three = (n: number) => n\n`,
  [`${src}/card.decide.ts`]: `import { Card, TooLittle, Used } from "./generated/card.ts"

export const decide = Card.decide({
  Use: ({ left }, { amount }) => (amount > left ? TooLittle.make() : [Used.make({ shop: "x", amount })])
})
`,
  [`${src}/takings.projection.ts`]: `import { Takings, type TakingsRow } from "./generated/takings.ts"

export const project = Takings.project({
  keys: { Card: ({ shop }) => shop },
  on: {
    Used: (row, { amount, shop }): TakingsRow => ({
      total: (row?.total ?? 0) + amount,
      shops: [...(row?.shops ?? []), shop]
    })
  }
})
`
}

/** A project with these changes, generated. */
const changed = async (...edits: ReadonlyArray<readonly [file: string, from: string, to: string]>) => {
  const project = new Project(pure)
  for (const edit of edits) project.edit(...edit)
  await project.gen()
  return project
}

const findings = async (project: Project) => {
  const { diagnostics } = await checkIn(project.root)
  return diagnostics.map(({ at, code, file, message }) => `${file}:${at?.line}:${at?.column} ${code} ${message}`)
}

const late = [`${src}/three.ts`, "=> n", "=> n + Date.now()"] as const

describe("eventfold check", () => {
  it("finds what is three imports away, though all was well at the last look, and shows the way", async () => {
    const project = await changed()
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
    // The second look goes by what was noted at the first.
    expect(await project.check()).toMatchObject({ code: 0 })
    project.edit(...late)
    await project.gen()
    const report = await checkIn(project.root)
    expect(report).toMatchObject({ outcome: "stale", summary: "1 problem" })
    const { err } = render(report, { format: "text" })
    expect(err).toBe(`${src}/three.ts:1:41 EF0201 Card.apply Used touches the clock (Date.now)
  1 | export const three = (n: number) => n + Date.now()
    |                                         ^
  by Card.apply Used at ${src}/card.apply.ts:6:9
  calls one at ${src}/card.apply.ts:6:62
  calls two at ${src}/one.ts:2:35
  calls three at ${src}/two.ts:2:35
  fix: put the time into the event: a decision takes it from facts.now

1 problem
`)
    const json = JSON.parse(render(report, { format: "json" }).out)
    expect(json.diagnostics[0].path).toEqual([
      { what: "by", name: "Card.apply Used", file: `${src}/card.apply.ts`, line: 6, column: 9 },
      { what: "calls", name: "one", file: `${src}/card.apply.ts`, line: 6, column: 62 },
      { what: "calls", name: "two", file: `${src}/one.ts`, line: 2, column: 35 },
      { what: "calls", name: "three", file: `${src}/two.ts`, line: 2, column: 35 }
    ])
    expect(json.suppressed).toEqual([])
    expect(render(report, { format: "github" }).out).toContain(
      `::error file=${src}/three.ts,line=1,col=41,title=EF0201::Card.apply Used touches the clock (Date.now)%0Aby Card.apply Used at ${src}/card.apply.ts:6:9%0Acalls one at `
    )
    project.edit(`${src}/three.ts`, "n + Date.now()", "n")
    await project.gen()
    expect(await project.check()).toMatchObject({ code: 0 })
  })

  it("goes by no note that gen left, which has not looked at handlers", async () => {
    const project = new Project({ ...pure, [late[0]]: pure[`${src}/three.ts`]!.replace(late[1], late[2]) })
    await project.gen()
    await project.gen()
    expect(project.has("node_modules/.cache/eventfold/check.json")).toBe(true)
    expect(await findings(project)).toHaveLength(1)
  })

  it("notes files, too, that are found though an import leaves their ending out", async () => {
    const project = await changed([`${src}/one.ts`, "./two.ts", "./two"])
    expect(await project.check()).toMatchObject({ code: 0 })
    project.edit(`${src}/two.ts`, "=> three(n)", "=> three(n) + Date.now()")
    expect((await findings(project)).filter((line) => line.includes("EF02"))).toHaveLength(1)
  })

  it("looks into decisions, handlers and keys of projections, and invariants", async () => {
    const project = await changed(
      ["schemas/limits.ts", "() => 0", '() => Number(process.env["LEAST"] ?? 0)'],
      [`${src}/card.decide.ts`, 'shop: "x"', "shop: String(Math.random())"],
      [`${src}/takings.projection.ts`, "=> shop }", "=> shop.toLocaleUpperCase() }"],
      [`${src}/takings.projection.ts`, "(row, { amount, shop }): TakingsRow => ({", "(row, event): TakingsRow => ({"],
      [`${src}/takings.projection.ts`, "+ amount", "+ event.amount"],
      [
        `${src}/takings.projection.ts`,
        "shops: [...(row?.shops ?? []), shop]",
        "shops: ((row?.shops ?? []) as Array<string>).reverse()"
      ]
    )
    expect(await findings(project)).toEqual([
      `${src}/card.decide.ts:4:96 EF0201 Card.decide Use touches randomness (Math.random)`,
      `${src}/takings.projection.ts:4:36 EF0202 Takings.keys Card touches the machine's locale (toLocaleUpperCase)`,
      `${src}/takings.projection.ts:8:52 EF0204 Takings.project Used changes row.shops (reverse()), which it was given`,
      'schemas/limits.ts:1:35 EF0201 Card invariant "never below" touches the environment (process.env.LEAST)'
    ])
  })

  it("follows the methods of a declared class", async () => {
    const project = await changed([
      "schemas/cards/card.ts",
      "return new Price",
      "Object.assign(this, { cents: Date.now() })\n    return new Price"
    ])
    expect(await findings(project)).toEqual([
      "schemas/cards/card.ts:7:5 EF0204 Card.apply Issued changes state.price (Object.assign), which it was given",
      "schemas/cards/card.ts:7:34 EF0201 Card.apply Issued touches the clock (Date.now)"
    ])
  })

  it("names one handler and says how many more there are", async () => {
    const project = await changed(late, [`${src}/card.apply.ts`, "left: amount,", "left: one(amount),"])
    expect(await findings(project)).toEqual([
      `${src}/three.ts:1:41 EF0201 Card.apply Issued touches the clock (Date.now) (as does one more handler)`
    ])
  })
})

describe("a comment", () => {
  const suppressed = (comment: string) =>
    changed([
      `${src}/three.ts`,
      "export const three = (n: number) => n",
      `${comment}export const three = (n: number) => n + Date.now()`
    ])
  const said = "// eventfold-pure: the clock of the till is part of the receipt\n"

  it("with a reason suppresses what is in the next line, which is counted and can be listed", async () => {
    const project = await suppressed(said)
    // The second look goes by what was noted at the first.
    for (const _ of [1, 2]) {
      const report = await checkIn(project.root)
      expect(report).toMatchObject({ outcome: "ok", diagnostics: [] })
      expect(report.summary).toMatch(/^\d+ files, up to date, 1 finding suppressed$/)
      expect(render(report, { format: "text" }).out).toBe(`${report.summary}\n`)
      expect(render(report, { format: "text", verbose: true }).out).toBe(
        `${src}/three.ts:2:41 EF0201 Card.apply Used touches the clock (Date.now); suppressed: the clock of the till is part of the receipt\n${report.summary}\n`
      )
      expect(JSON.parse(render(report, { format: "json" }).out).suppressed).toMatchObject([
        { code: "EF0201", line: 2, reason: "the clock of the till is part of the receipt" }
      ])
    }
    const { out } = await project.eventfold(["check", "--verbose"])
    expect(out).toContain("suppressed: the clock of the till is part of the receipt")
  })

  it("does so for its own line", async () => {
    const project = await changed([late[0], "=> n", "=> n + Date.now() // eventfold-pure: meant"])
    expect(await checkIn(project.root)).toMatchObject({ outcome: "ok", suppressed: [{ reason: "meant" }] })
  })

  it("without a reason is itself a problem", async () => {
    const project = await suppressed("// eventfold-pure\n")
    expect(await findings(project)).toEqual([
      `${src}/three.ts:1:1 EF0206 eventfold-pure gives no reason, and suppresses nothing`,
      `${src}/three.ts:2:41 EF0201 Card.apply Used touches the clock (Date.now)`
    ])
  })

  it("that suppresses nothing is one, too; a text that looks like one is none", async () => {
    const project = await changed([
      late[0],
      "=> n",
      '=> n + "// eventfold-pure: no".length // eventfold-pure: was meant'
    ])
    expect(await findings(project)).toEqual([
      `${src}/three.ts:1:72 EF0207 eventfold-pure suppresses nothing: no handler reaches impure code there`
    ])
  })

  it("is of no use two lines above, or for problems of another kind", async () => {
    const project = await suppressed(`${said}\n`)
    expect((await findings(project)).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      `${src}/three.ts:1:1 EF0207`,
      `${src}/three.ts:3:41 EF0201`
    ])
  })
})
