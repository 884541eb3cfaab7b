/**
 * Schema files that import each other: reported if it does harm, from any file that an app begins
 * with.
 */
import { expect, it } from "vitest"
import { Project } from "../Project.ts"

const counter = (name: string, field = "by: Schema.Int") => `import { Schema } from "effect"
import { Aggregate } from "eventfold"
export const ${name} = Aggregate.make("${name}", {
  id: Schema.String,
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  events: { ${name}Counted: { ${field} } },
  errors: {},
  commands: {}
})
`
const said = async (files: Readonly<Record<string, string>>) => {
  const { code, err } = await new Project(files).gen()
  return code === 0 ? [] : err.slice(0, -1)
}
const fix = "move the code that these files share to a separate file that imports none of them"

it("a circle that can't be loaded is shown whole, at the import that comes too early", async () => {
  const files = {
    "schemas/a/a.ts": `import { b } from "./b.ts"\nexport const a = b + 1\n${counter("A")}`,
    "schemas/a/b.ts": `import { c } from "../../shared/c.ts"\nexport const b = c + 1\n`,
    "shared/c.ts": `import { Schema } from "effect"\nimport { a } from "../schemas/a/a.ts"\nexport const c = a + 1\n`
  }
  expect(await said(files)).toEqual([
    `shared/c.ts:2:19 EF0009 imports schemas/a/a.ts in a cycle, shared/c.ts → schemas/a/a.ts → schemas/a/b.ts → shared/c.ts, which can't be loaded: Cannot access 'a' before initialization, at shared/c.ts:3:18; ${fix}`
  ])
})

it("so is one that can be loaded from one end only: an app may come from the other", async () => {
  const files = {
    // `gen` comes to a.ts first, which has b.ts loaded before it goes on.
    "schemas/a/a.ts": `import { B } from "./b.ts"\nexport const late = () => 1\n${counter("A", "by: B")}`,
    "schemas/a/b.ts": `import { Schema } from "effect"\nimport { late } from "./a.ts"\nexport const B = Schema.Int\nexport const use = () => late()\n`
  }
  expect(await said(files)).toEqual([
    `schemas/a/a.ts:1:19 EF0009 imports schemas/a/b.ts in a cycle, schemas/a/a.ts → schemas/a/b.ts → schemas/a/a.ts, which can't be loaded if schemas/a/b.ts is loaded first: Cannot access 'B' before initialization, at schemas/a/a.ts:9:29; ${fix}`
  ])
})

it("a circle that can be loaded from anywhere is none of our business, nor one of types", async () => {
  const tree = (name: string, other: string) =>
    `import { Schema } from "effect"\nimport { ${other}, type ${other}Shape } from "./${other.toLowerCase()}.ts"\nexport interface ${name}Shape { readonly next: ReadonlyArray<${other}Shape> }\nexport const ${name} = Schema.Struct({ next: Schema.Array(Schema.suspend((): Schema.Codec<${other}Shape> => ${other})) })\n`
  const files = {
    "schemas/a/a.ts": `import type { B } from "./b.ts"\nexport type T = typeof B\n${counter("A")}`,
    "schemas/a/b.ts": `import { A } from "./a.ts"\nexport const B = A.name\n`,
    "schemas/a/x.ts": tree("X", "Y"),
    "schemas/a/y.ts": tree("Y", "X")
  }
  expect(await said(files)).toEqual([])
})

it("each circle is reported once, beside the other problems", async () => {
  const files = {
    "schemas/a/a.ts": `import { b } from "./b.ts"\nexport const a = b + 1\n${counter("A")}`,
    "schemas/a/b.ts": `import { a } from "./a.ts"\nexport const b = a + 1\n`,
    "schemas/a/c.ts": counter("C", "by: Schema.Symbol"),
    "schemas/b/a.ts": `import { b } from "./b.ts"\nexport const a = b + 1\n`,
    "schemas/b/b.ts": `import { a } from "./a.ts"\nexport const b = a + 1\n`,
    "schemas/b/c.ts": `import { c as own } from "./c.ts"\nexport const d = own\nexport const c = 1\n`
  }
  expect((await said(files)).map((line) => line.slice(0, 60))).toEqual([
    "schemas/a/b.ts:1:19 EF0009 imports schemas/a/a.ts in a cycle",
    "schemas/a/c.ts:7:25 EF0016 C.events.CCounted.by can't be sto",
    "schemas/b/b.ts:1:19 EF0009 imports schemas/b/a.ts in a cycle",
    "schemas/b/c.ts:1:26 EF0009 imports schemas/b/c.ts in a cycle"
  ])
})
