/**
 * Bodies that know their contract by another name: `check` reads their handlers, and `gen --fix`
 * fills them in.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import * as ContractCall from "../../src/bodies/ContractCall.ts"
import { read } from "../../src/syntax/Module.ts"
import { Project } from "../Project.ts"
import { purityOf } from "../purity/Cart.ts"

const handlers = "({ Added: (state) => ({ ...state, at: Date.now() }) })"
const generated = "./generated/cart.ts"

interface Style {
  readonly body: string
  /** Files beside the body. */
  readonly more?: Readonly<Record<string, string>>
}

const styles: Readonly<Record<string, Style>> = {
  "an import under another name": {
    body: `import { Cart as Basket } from "${generated}"\nexport const apply = Basket.apply${handlers}`
  },
  "a namespace": { body: `import * as C from "${generated}"\nexport const apply = C.Cart.apply${handlers}` },
  "a member of a namespace by its text": {
    body: `import * as C from "${generated}"\nexport const apply = C["Cart"]["apply"]${handlers}`
  },
  "an import with the ending of the compiled file": {
    body: `import { Cart as Basket } from "./generated/cart.js"\nexport const apply = Basket.apply${handlers}`
  },
  "a constant": {
    body: `import * as C from "${generated}"\nconst Basket = C.Cart\nexport const apply = Basket.apply${handlers}`
  },
  "a constant of a namespace taken apart": {
    body: `import * as C from "${generated}"\nconst { Cart: Basket } = C\nexport const apply = Basket.apply${handlers}`
  },
  "the function taken out of the contract": {
    body: `import { Cart } from "${generated}"\nconst { apply: folded } = Cart\nexport const apply = folded${handlers}`
  },
  "the function under an export of its own name": {
    body: `import { Cart } from "${generated}"\nconst { apply } = Cart\nconst fold = apply${handlers}\nexport { fold as apply }`
  },
  "a function that is kept in a constant": {
    body: `import { Cart } from "${generated}"\nconst folded = Cart.apply\nexport const apply = folded${handlers}`
  },
  "a cast": {
    body: `import { Cart } from "${generated}"\nexport const apply = (Cart as typeof Cart)!.apply${handlers}`
  },
  "a file that passes it on": {
    body: `import { Basket } from "./contracts.ts"\nexport const apply = Basket.apply${handlers}`,
    more: { "contracts.ts": `export { Cart as Basket } from "${generated}"\n` }
  },
  "a file that passes on everything": {
    body: `import * as all from "./contracts.ts"\nexport const apply = all.Cart.apply${handlers}`,
    more: { "contracts.ts": `export * from "${generated}"\n` }
  },
  "a file that passes on a namespace, through another file": {
    body: `import { carts as c } from "./contracts.js"\nexport const apply = c.Cart.apply${handlers}`,
    more: {
      "contracts.ts": `export * from "./more.ts"\n`,
      "more.ts": `export * as carts from "${generated}"\n`
    }
  },
  "a default export": {
    body: `import Basket from "./contracts.ts"\nexport const apply = Basket.apply${handlers}`,
    more: { "contracts.ts": `import { Cart } from "${generated}"\nexport default Cart\n` }
  },
  "a constant of another file": {
    body: `import { Basket } from "./contracts.ts"\nexport const apply = Basket.apply${handlers}`,
    more: { "contracts.ts": `import { Cart } from "${generated}"\nexport const Basket = Cart\n` }
  },
  "an alias of tsconfig.json, which is taken at its word": {
    body: `import { Cart as Basket } from "@/generated/cart.ts"\nexport const apply = Basket.apply${handlers}`
  },
  "a namespace by an alias of tsconfig.json": {
    body: `import * as C from "@/generated/cart.ts"\nexport const apply = C.Cart.apply${handlers}`
  }
}

describe("handlers that are handed to the contract by way of", () => {
  it.each(Object.entries(styles))("%s are read for purity", (_, { body, more }) => {
    const { diagnostics } = purityOf({ "cart.apply.ts": `${body}\n`, ...more })
    expect(diagnostics.map(({ code, file, message }) => `${file} ${code} ${message}`)).toEqual([
      "cart.apply.ts EF0201 Cart.apply Added touches the clock (Date.now)"
    ])
  })
})

const contractOfCart = { call: "Cart.apply", contract: generated }

describe("the call of another contract is not taken for the one that is looked for:", () => {
  it.each([
    ["one of the same name from elsewhere", `import { Cart } from "./other/generated/cart.ts"\nCart.apply({})`],
    ["another export under the name", `import { Order as Cart } from "${generated}"\nCart.apply({})`],
    ["another function of the contract", `import { Cart } from "${generated}"\nCart.decide({})`],
    ["a constant of the same name", `const Cart = { apply: (one: object) => one }\nCart.apply({})`],
    ["files that pass it on in a circle", `import { Cart } from "./circle.ts"\nCart.apply({})`]
  ])("%s", (_, source) => {
    const project = new Project({})
    const files = {
      "other/generated/cart.ts": "export const Cart = { apply: (one: object) => one }\n",
      "circle.ts": `export * from "./round.ts"\n`,
      "round.ts": `export * from "./circle.ts"\n`
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(project.root, file)), { recursive: true })
      writeFileSync(join(project.root, file), text)
    }
    const moduleAt = (path: string) => read(path, project.read(path.slice(project.root.length + 1)))
    const path = join(project.root, "cart.apply.ts")
    expect(ContractCall.find(path, read(path, source), contractOfCart, moduleAt)).toBeUndefined()
  })
})

it.each([
  ["a parameter of the contract's name", "const other = (Cart: Other) => Cart.apply({ Wrong: 1 })"],
  ["a variable of a block", "{ const Cart = other\n  Cart.apply({ Wrong: 1 }) }"],
  ["a variable of a loop", "for (const Cart of carts) Cart.apply({ Wrong: 1 })"],
  ["a variable of a case", "switch (1) { case 1: const Cart = other; Cart.apply({ Wrong: 1 }) }"],
  ["a call that the file does not export", "export const tried = () => Cart.apply({ Wrong: 1 })"]
])("a file's handlers are those that it exports, and not those of %s", (_, before) => {
  for (const exported of [
    "export const apply = wrapped(Cart.apply({}))",
    "const fold = Cart.apply({})\nexport { fold as apply }"
  ]) {
    const source = `import { Cart } from "${generated}"\n${before}\n${exported}\n`
    const module = read("/a/cart.apply.ts", source)
    const call = ContractCall.find("/a/cart.apply.ts", module, contractOfCart, () => undefined)
    expect(call?.getText(module.file)).toBe("Cart.apply({})")
  }
})

const schema = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
export const Card = Aggregate.make("Card", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ left: Schema.Finite }),
  initial: { left: 0 },
  events: { Issued: { amount: Schema.Int } },
  errors: {},
  commands: { Issue: { payload: { amount: Schema.Int }, emits: ["Issued"], fails: [] } }
})
export const Takings = Projection.make("Takings", {
  from: [Card],
  key: Schema.String,
  row: Schema.Struct({ total: Schema.Finite })
})
`
const src = "examples/cards/src"
const bodies = {
  [`${src}/card.apply.ts`]: `import { Card as Gift, type CardState as State } from "./generated/card.ts"

export const apply = Gift.apply({
  Issued: (state, { amount }): State => ({ ...state, left: amount })
})
`,
  [`${src}/card.decide.ts`]: `import * as C from "./generated/card.ts"

export const decide = C.Card.decide({
  Issue: (_state, command) => [C.Issued.make(command)]
})
`,
  [`${src}/contracts.ts`]: `export { Takings as default, type TakingsRow } from "./generated/takings.ts"\n`,
  [`${src}/takings.projection.ts`]: `import Sums, { type TakingsRow } from "./contracts.ts"

const { project: folded } = Sums
export const project = folded({
  keys: { Card: () => "all" },
  on: { Issued: (row, { amount }): TakingsRow => ({ total: (row?.total ?? 0) + amount }) }
})
`
}

it("`check` finds what such bodies lack, and `gen --fix` fills it in under their names", async () => {
  const project = new Project({ "schemas/cards/card.ts": schema, ...bodies })
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  expect(await project.check()).toMatchObject({ code: 0, err: [] })
  project.edit(
    "schemas/cards/card.ts",
    "{ Issued: { amount: Schema.Int } }",
    "{ Issued: { amount: Schema.Int }, Lost: {} }"
  )
  project.edit("schemas/cards/card.ts", "commands: {", `commands: { Lose: { payload: {}, emits: ["Lost"], fails: [] },`)
  await project.gen()
  const missing = (await project.check()).err.filter((line) => line.includes("EF0106"))
  expect(missing.map((line) => line.split(" add ")[0])).toEqual([
    `${src}/card.apply.ts:3:33 EF0106 has no handler for Lost;`,
    `${src}/card.decide.ts:3:37 EF0106 has no handler for Lose;`,
    `${src}/takings.projection.ts:6:7 EF0106 has no handler for Lost;`
  ])
  expect((await project.gen({ fix: true })).code).toBe(0)
  expect(project.read(`${src}/card.apply.ts`))
    .toBe(`import { Card as Gift, type CardState as State } from "./generated/card.ts"
import { Fold } from "eventfold/generated"

export const apply = Gift.apply({
  Issued: (state, { amount }): State => ({ ...state, left: amount }),
  Lost: (_state, _event): State => Fold.notWritten("Card.apply Lost")
})
`)
  expect(project.read(`${src}/card.decide.ts`)).toContain(
    `  Lose: (_state, _command, _facts): ReadonlyArray<C.Lost> => Fold.notWritten("Card.decide Lose")\n`
  )
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
  expect((await project.check()).err).toEqual([])
})

it("`gen --fix` imports nothing that a body has in a namespace, and keeps its line ends", async () => {
  const project = new Project({ "schemas/cards/card.ts": schema, ...bodies })
  const file = `${src}/card.apply.ts`
  const body = `import * as C from "./generated/card.ts"\r\nimport * as E from "eventfold/generated"\r\n\r\nexport const use = E\r\nexport const apply = C.Card.apply({\r\n})\r\n`
  project.write(file, body)
  expect(await project.gen({ fix: true })).toMatchObject({ code: 0 })
  const stub = `  Issued: (_state, _event): C.CardState => E.Fold.notWritten("Card.apply Issued")\r\n`
  expect(project.read(file)).toBe(body.replace("})\r\n", `${stub}})\r\n`))
})

it("a body that passes its handlers in another way gets a message with the way that is read", async () => {
  const project = new Project({ "schemas/cards/card.ts": schema, ...bodies })
  project.write(
    `${src}/card.apply.ts`,
    `import type { CardApply } from "./generated/card.ts"\n\nexport const apply: CardApply = (state) => state\n`
  )
  await project.gen()
  expect((await project.check()).err[0]).toBe(
    `${src}/card.apply.ts:3:1 EF0106 does not call Card.apply, so its handlers can't be read; write \`export const apply = Card.apply({ … })\` with a handler for each event; the contract may have another name in this file`
  )
})
