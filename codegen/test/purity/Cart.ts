/**
 * A domain for snippets of handlers alone: its model, and files that are read like those of a
 * project.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type * as Model from "../../src/model/Model.ts"
import * as Entries from "../../src/purity/Entries.ts"
import { Program } from "../../src/purity/Program.ts"
import { check, type Purity } from "../../src/purity/PurityCheck.ts"

const text = (text: string): Model.Type => ({ kind: "text", text })
const struct = (fields: Readonly<Record<string, Model.Type>>): Model.Type => ({
  kind: "struct",
  fields: Object.entries(fields).map(([name, type]) => ({ name, type, optional: false, mutable: false })),
  index: []
})
const generic = (name: string, ...args: ReadonlyArray<Model.Type>): Model.Type => ({ kind: "generic", name, args })
const array = (item: Model.Type): Model.Type => ({ kind: "array", item, mutable: false })

const item = struct({ sku: text("string"), count: text("number"), tags: array(text("string")) })
const fields = {
  status: text('"Open" | "Closed"'),
  total: text("bigint"),
  items: array(item),
  first: item,
  byId: generic("ReadonlyMap", text("string"), item),
  seen: generic("ReadonlySet", text("string")),
  at: text("Date"),
  occurred: { kind: "effect", module: "DateTime", name: "Utc", args: [] } as const,
  note: { kind: "effect", module: "Option", name: "Option", args: [item] } as const,
  price: { kind: "class", name: "Price", file: "price.ts" } as const
}
const state = struct(fields)
const none: Model.Compiled = { code: "", target: "", shape: "" }

const declared = (name: string): Model.Domain => ({
  name: "shop",
  values: [],
  definitions: {},
  projections: [],
  aggregates: [
    {
      name,
      exported: name,
      file: "schema.ts",
      id: text("string"),
      state,
      events: [
        {
          name: "Changed",
          stored: {},
          fields: Object.entries({ ...fields, sku: text("string"), count: text("number") }).map(([name, type]) => ({
            name,
            type,
            optional: false,
            mutable: false
          }))
        }
      ],
      commands: [],
      errors: [],
      facts: [],
      compiled: none
    }
  ]
})

export type Files = Readonly<Record<string, string>>

/** Returns the findings of the check in a body `cart.apply.ts`, with other files beside it. */
export const purityOf = (files: Files): Purity => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "eventfold-purity-")))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    const program = new Program({ root, generated: [join(root, "generated")] })
    const domain = declared("Cart")
    const module = program.module(join(root, "cart.apply.ts"))
    if (module === undefined) throw new Error("there is no body")
    const contract = { call: "Cart.apply", contract: "./generated/cart.ts" }
    const entries = Entries.ofBody(module, contract, (path) => program.module(path), [{ domain, model: [domain] }])
    return check(program, entries)
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** A body with one handler. */
export const body = (handler: string, before = ""): string =>
  `import { Cart, type CartState } from "./generated/cart.ts"\n${before}\nexport const apply = Cart.apply({\n  ${handler}\n})\n`
