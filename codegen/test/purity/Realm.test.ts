/** The list that is read from the text, and the one that the hermetic realm guards at run time, are one list. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { parse, ts } from "../../src/syntax/Syntax.ts"
import { Project } from "../Project.ts"
import { bad } from "./Bad.ts"
import { body, purityOf } from "./Cart.ts"

const path = join(import.meta.dirname, "../../../packages/testing/test/realm/Hermetic.test.ts")
const source = readFileSync(path, "utf8")
const file = parse(path, source)

const declarations = file.statements
  .filter(ts.isVariableStatement)
  .flatMap((statement) =>
    statement.declarationList.declarations.flatMap(({ initializer, name }) =>
      ts.isIdentifier(name) && initializer !== undefined ? [{ name: name.text, statement, initializer }] : []
    )
  )

/** The snippets of a table of the realm's own test. */
const snippets = (table: string): ReadonlyArray<readonly [name: string, text: string]> => {
  const object = declarations.find(({ name }) => name === table)?.initializer
  if (object === undefined || !ts.isObjectLiteralExpression(object)) throw new Error(`there is no table ${table}`)
  return object.properties.filter(ts.isPropertyAssignment).map(({ initializer, name }) => {
    if (!ts.isIdentifier(name) && !ts.isStringLiteral(name)) throw new Error("a name is put together")
    return [name.text, initializer.getText(file)]
  })
}

/** What stands above them: imports, and references that are taken early. */
const above = [
  ...file.statements.filter(ts.isImportDeclaration).map((statement) => statement.getText(file)),
  ...declarations
    .filter(({ name }) => /^(early|Early|utcFormat|surroundings)/.test(name))
    .map(({ statement }) => statement.getText(file))
].join("\n")

const found = (text: string): ReadonlyArray<string> =>
  purityOf({ "cart.apply.ts": body(`Changed: ${text}`, above) }).diagnostics.map(({ message }) => message)

/** What the realm refuses and no text shows, with the reason. */
const onlyAtRun: Readonly<Record<string, string>> = {
  "local-time text as an object": "what `Object` makes of a text is not followed",
  "the same by a reference taken early": "a method that is taken off its object is not followed",
  "new Event().timeStamp": "of what a global makes, only what is listed is known",
  "code of an async function made at run time": "the constructor of a function is not named anywhere",
  "toLocaleString of a date in an array": "what it is called on is an array",
  "toLocaleString in a locale nobody knows": "which locales there are is known where it runs",
  "Intl with a locale nobody knows": "which locales there are is known where it runs"
}

describe("what the realm refuses is found in the text:", () => {
  it.each(snippets("refused").filter(([name]) => !(name in onlyAtRun)))("%s", (_, text) => {
    expect(found(text)).not.toEqual([])
  })
  it("but for what no text shows", () => {
    const missed = snippets("refused").filter(([, text]) => found(text).length === 0)
    expect(missed.map(([name]) => name).toSorted()).toEqual(Object.keys(onlyAtRun).toSorted())
  })
})

describe("what the realm allows is not found:", () => {
  it.each(snippets("pure"))("%s", (_, text) => {
    expect(found(text)).toEqual([])
  })
})

/** What the text shows and no guard refuses, with the reason. */
const onlyInText: Readonly<Record<string, string>> = {
  "world: Temporal.Now": "this version of Node has none",
  "world: Effect's Clock": "an effect does nothing before it is run",
  "world: Effect's Random": "an effect does nothing before it is run",
  "world: Effect.runSync": "this effect comes to the same each time",
  "world: the environment at the top": "it is read while the file is loaded, before any handler runs",
  "world: import.meta": "it is syntax",
  "world: require": "a module has none",
  "world: new Function": "what it makes here does no harm",
  "machine: a collator at the top": "it is made while the file is loaded",
  "after: an async generator": "it gives back an iterator, and does nothing before it is asked",
  "after: an async helper": "nobody looks at the promise",
  "after: await at the top": "it waits while the file is loaded",
  "after: new Promise": "nobody looks at the promise"
}

describe("what is found in the text is refused by the realm", () => {
  it("of each kind", async () => {
    const cases = Object.entries(bad).filter(
      ([name, { before = "" }]) => /^(world|machine|after): /.test(name) && !/"(nanoid|uuid)"/.test(before)
    )
    const files = cases.map(([, { before, files = {}, handler }], i) => {
      const whole = /^(Changed: |«?async Changed)/.test(handler) ? handler : `Changed: (state, event) => ${handler}`
      return { ...files, [`case${i}.mts`]: body(whole, before).replaceAll("«", "").replace("type CartState", "") }
    })
    const project = new Project({
      ...Object.assign({}, ...files),
      "generated/cart.ts": "export const Cart = { apply: (handlers) => handlers }\n",
      "run.mts": `
import { Hermetic } from "@eventfold/testing"
import { DateTime } from "effect"
const item = () => ({ sku: "b", count: 1, tags: ["x"] })
const value = () => ({ total: 1n, items: [item(), item()], first: item(), sku: "a", count: 1, at: new Date(0), bytes: new Uint8Array(1),
  occurred: DateTime.makeUnsafe(0), unknown: new Date(0) })
const results = []
for (let i = 0; i < ${cases.length}; i++) {
  try {
    const { apply } = await import("./case" + i + ".mts")
    const [state, event] = [value(), value()]
    Hermetic.run("Cart.apply Changed", () => apply.Changed(state, event))
    results.push("")
  } catch (error) {
    results.push(Hermetic.isImpure(error) ? "Impure" : String(error))
  }
}
console.log("RESULTS " + JSON.stringify(results))
process.exit(0)
`
    })
    const { out } = await project.node(["run.mts"])
    const results: ReadonlyArray<string> = JSON.parse(/^RESULTS (.*)$/m.exec(out)?.[1] ?? "[]")
    const others = cases.map(([name], i) => [name, results[i]] as const).filter(([, result]) => result !== "Impure")
    expect(others.map(([name]) => name).toSorted()).toEqual(Object.keys(onlyInText).toSorted())
  })
})
