/**
 * A missing handler is a type error in the developer's own file, at the line where it belongs;
 * `gen --fix` adds it there.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { Project } from "../Project.ts"

const head = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
`
const schema = "schemas/cards/card.ts"
const declaration = `${head}
export const Card = Aggregate.make("Card", {
  id: Schema.String,
  state: Schema.Struct({ left: Schema.Int }),
  initial: { left: 0 },
  events: { CardIssued: { amount: Schema.Int }, CardRedeemed: { amount: Schema.Int } },
  errors: { TooLittle: { left: Schema.Int }, NotIssued: {} },
  commands: {
    Issue: { payload: { amount: Schema.Int }, emits: ["CardIssued"], fails: [] },
    Redeem: { payload: { amount: Schema.Int }, emits: ["CardRedeemed"], fails: ["TooLittle"] }
  }
})
export const Takings = Projection.make("Takings", {
  from: [Card],
  key: Schema.String,
  row: Schema.Struct({ total: Schema.Int })
})
export const Balances = Projection.make("Balances", {
  from: [Card],
  key: "streamId",
  row: Schema.Struct({ left: Schema.Int })
})
`
const src = "examples/cards/src"
const bodies = {
  [`${src}/card.apply.ts`]: `import { Card, type CardState } from "./generated/card.ts"

export const apply = Card.apply({
  CardIssued: (_state, { amount }): CardState => ({ left: amount }),
  CardRedeemed: ({ left }, { amount }): CardState => ({ left: left - amount })
})
`,
  [`${src}/card.decide.ts`]: `import { Card, CardIssued, CardRedeemed, NotIssued, TooLittle } from "./generated/card.ts"

export const refuse = NotIssued.make()
export const decide = Card.decide({
  Issue: (_state, command) => [CardIssued.make(command)],
  Redeem: ({ left }, command) =>
    command.amount > left ? TooLittle.make({ left }) : [CardRedeemed.make(command)]
})
`,
  [`${src}/takings.projection.ts`]: `import { Takings, type TakingsRow } from "./generated/takings.ts"

export const project = Takings.project({
  keys: { Card: () => "all" },
  on: {
    CardIssued: (row): TakingsRow | undefined => row,
    CardRedeemed: (row, { amount }): TakingsRow => ({ total: (row?.total ?? 0) + amount })
  }
})
`,
  [`${src}/balances.projection.ts`]: `import { Balances, type BalancesRow } from "./generated/balances.ts"

export const project = Balances.project({
  CardIssued: (_row, { amount }): BalancesRow => ({ left: amount }),
  CardRedeemed: (row, { amount }): BalancesRow => ({ left: (row?.left ?? 0) - amount })
})
`
}

/** Errors of the type checker: where, and the beginning of what. */
const errors = (out: string): ReadonlyArray<string> =>
  out
    .split("\n")
    .filter((line) => /^\S.*\(\d+,\d+\): error TS/.test(line))
    .map((line) => line.replace(/( is missing) .*/, "$1").replace(/(error TS2322): .*/, "$1"))

const handled = () => new Project({ [schema]: declaration, ...bodies })

it("what is not handled is a type error at the person's line, until `gen --fix`", async () => {
  const project = handled()
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  expect(await project.tsc()).toEqual({ code: 0, out: "" })

  // An event and a command more.
  project.edit(schema, "Redeemed: { amount: Schema.Int } }", "Redeemed: { amount: Schema.Int }, CardExpired: {} }")
  project.edit(
    schema,
    "    Redeem: {",
    `    Expire: { payload: {}, emits: ["CardExpired"], fails: [] },\n    Redeem: {`
  )
  expect((await project.gen()).code).toBe(0)
  expect(errors((await project.tsc()).out)).toEqual([
    `${src}/balances.projection.ts(3,41): error TS2741: Property 'CardExpired' is missing`,
    `${src}/card.apply.ts(3,33): error TS2741: Property 'CardExpired' is missing`,
    `${src}/card.decide.ts(4,35): error TS2741: Property 'Expire' is missing`,
    `${src}/takings.projection.ts(5,3): error TS2741: Property 'CardExpired' is missing`
  ])
  expect(
    (await project.check()).err.filter((line) => line.includes("EF0106")).map((line) => line.split(" ")[0])
  ).toEqual([
    `${src}/balances.projection.ts:3:41`,
    `${src}/card.apply.ts:3:33`,
    `${src}/card.decide.ts:4:35`,
    `${src}/takings.projection.ts:5:7`
  ])
  expect((await project.gen({ fix: true })).code).toBe(0)
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
})

it("so is an error, or an event, that a command does not declare", async () => {
  const project = handled()
  project.edit(
    `${src}/card.decide.ts`,
    "[CardIssued.make(command)]",
    "(command.amount > 0 ? [CardIssued.make(command)] : refuse)"
  )
  project.edit(`${src}/card.decide.ts`, ": [CardRedeemed.make(command)]", ": [CardIssued.make(command)]")
  expect((await project.gen()).code).toBe(0)
  expect(errors((await project.tsc()).out)).toEqual([
    `${src}/card.decide.ts(5,31): error TS2322`,
    `${src}/card.decide.ts(7,5): error TS2322`
  ])
  // What is declared, and no longer handled in one place, is an error there.
  project.write(`${src}/card.decide.ts`, bodies[`${src}/card.decide.ts`] ?? "")
  project.edit(schema, `fails: ["TooLittle"]`, `fails: ["NotIssued"]`)
  await project.gen()
  expect(errors((await project.tsc()).out)).toEqual([`${src}/card.decide.ts(7,5): error TS2322`])
})

/** Bodies as the editors of developers leave them: each lacks a handler for the second event. */
const odd: Readonly<Record<string, string>> = {
  Crlf: `import { Crlf, type CrlfState } from "./generated/crlf.ts"\r\n\r\n// kept\r\nexport const apply = Crlf.apply({\r\n  CrlfOne: (state): CrlfState => state // so\r\n})\r\n`,
  Tabs: `import { Tabs, type TabsState } from './generated/tabs.ts';\n\nexport const apply = Tabs.apply({\n\t\tTabsOne: (state): TabsState => state,\n\t});\n`,
  Bom: `\uFEFFimport { Bom, type BomState } from "./generated/bom.ts"\nexport const apply = Bom.apply({\n  BomOne: (state): BomState => state\n})`,
  Comments: `/* head */ import { Comments, type CommentsState } from "./generated/comments.ts" // {}\n\nexport const apply = /* a */ Comments /* b */.apply(/* c */ {\n  // CommentsTwo: not yet }\n  CommentsOne: (state): CommentsState => state, /* } */\n  // the end }\n} /* d */) // e\n`,
  Dense: `import{Dense,type DenseState}from"./generated/dense.ts";export const apply=Dense.apply({DenseOne:(s):DenseState=>s})`,
  Empty: `import { Empty } from "./generated/empty.ts"\nexport const apply = Empty.apply({})\n\n\n   `,
  Trailing: `import { Trailing, type TrailingState } from "./generated/trailing.ts"\n\nexport const apply = Trailing.apply({\n\n    TrailingOne (state): TrailingState { return state }   \n\n  \n})\n/* größer 日本 🏦 \u2028 end */`
}

const aggregates = Object.keys(odd)
  .map(
    (name) =>
      `export const ${name} = Aggregate.make("${name}", {\n  id: Schema.String, state: Schema.Struct({ n: Schema.Int }), initial: { n: 0 },\n  events: { ${name}One: {}, ${name}Two: {} }, errors: {}, commands: {}\n})\n`
  )
  .join("")

const file = (name: string): string => `examples/odd/src/${name.toLowerCase()}.apply.ts`

/** `true` if the second contains all bytes of the first, in order. */
const isKept = (bytes: Buffer, within: Buffer): boolean => {
  let at = 0
  for (const byte of within) if (byte === bytes[at]) at++
  return at === bytes.length
}

it("`gen --fix` keeps every byte of the files that it fills in, however they are written", async () => {
  const project = new Project({
    "schemas/odd/odd.ts": head + aggregates,
    ...Object.fromEntries(Object.entries(odd).map(([name, text]) => [file(name), text]))
  })
  const bytes = (name: string) => readFileSync(join(project.root, file(name)))
  const before = Object.fromEntries(Object.keys(odd).map((name) => [name, bytes(name)]))
  const ran = await project.eventfold(["gen", "--fix"])
  expect(ran.code).toBe(0)
  for (const [name, text] of Object.entries(odd)) {
    const after = bytes(name)
    const fixed = after.toString("utf8")
    // Line ends, the mark at the beginning, and what the file ends with are the person's.
    const seen = {
      name,
      kept: isKept(before[name]!, after),
      filled: fixed.includes(`${name}Two: (_state, _event): ${name}State`),
      lines: fixed.replaceAll("\r\n", "").includes("\n"),
      returns: fixed.includes("\r"),
      mark: fixed.startsWith("\uFEFF"),
      end: /\s*$/.exec(fixed)?.[0]
    }
    expect(seen).toEqual({
      name,
      kept: true,
      filled: true,
      lines: name !== "Crlf",
      returns: name === "Crlf",
      mark: name === "Bom",
      end: /\s*$/.exec(text)?.[0]
    })
  }
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
  const again = await project.eventfold(["gen", "--fix"])
  expect(again.out).not.toContain("filled in")
})

it("`gen --fix` leaves a file unchanged whose bytes are not UTF-8, and reports it", async () => {
  const name = "Crlf"
  const project = new Project({ "schemas/odd/odd.ts": head + aggregates, [file(name)]: "" })
  const latin = Buffer.from(odd[name]!.replace("kept", "für"), "latin1")
  writeFileSync(join(project.root, file(name)), latin)
  const { code, out } = await project.gen({ fix: true })
  expect(code).toBe(0)
  expect(out).toContain(
    `${file(name)} EF0106 is not encoded as UTF-8, so it can't be written without loss; save it as UTF-8, then run \`eventfold gen --fix\``
  )
  expect(readFileSync(join(project.root, file(name)))).toEqual(latin)
})

it("a declaration that has moved on is a type error in its codec, until gen is run", async () => {
  const project = new Project({ [schema]: declaration, ...bodies })
  await project.gen()
  // Neither makes another type of it: what may be absent may be unknown too.
  const note = "note: Schema.optionalKey(Schema.String)"
  project.edit(
    schema,
    "state: Schema.Struct({ left: Schema.Int })",
    `state: Schema.Struct({ left: Schema.Int, ${note} })`
  )
  project.edit(schema, "CardIssued: { amount: Schema.Int }", `CardIssued: { amount: Schema.Int, ${note} }`)
  const { code, out } = await project.tsc()
  expect(code).not.toBe(0)
  expect(out.match(/card\.codec\.ts\(\d+,\d+\): error TS/g)).toHaveLength(2)
  expect(out).toContain("the schema has changed since the code was generated: run `eventfold gen`")
  await project.gen()
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
})
