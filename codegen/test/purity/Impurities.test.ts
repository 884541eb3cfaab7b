/**
 * The static check finds every row of the table of impurities, and the calls that their arguments
 * make impure.
 */
import { impurities } from "eventfold/tables"
import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { codeOf } from "../../src/purity/Impurity.ts"
import { body, purityOf } from "./Cart.ts"

const require = createRequire(import.meta.url)

const found = (statement: string, before = ""): ReadonlyArray<string> => {
  const handler = `Changed: (state, event) => { ${statement}; return state }`
  return purityOf({ "cart.apply.ts": body(handler, before) }).diagnostics.map(
    ({ code, message }) => `${code} ${message}`
  )
}

describe("static check: table of globals", () => {
  const rows = impurities.globals.flatMap(({ kind, paths, textPaths = [], thing }) =>
    [...paths, ...textPaths].map((path) => ({ kind, thing, path: path.replace(/\*$/, "other") }))
  )
  // `navigator` alone does nothing yet, and `window.other` is the global `other`.
  it.each(rows.filter(({ path }) => path !== "navigator" && path !== "window.other"))(
    "$path is found",
    ({ kind, path, thing }) => {
      expect(found(`${path}()`)).toEqual([`${codeOf[kind]} Cart.apply Changed touches ${thing} (${path})`])
    }
  )
})

describe("static check: table of modules", () => {
  const rows = impurities.modules.flatMap(({ exports, kind, modules, thing }) =>
    modules.map((module) => ({ exports, kind, module, thing }))
  )
  it.each(rows.filter(({ exports }) => exports !== undefined))(
    "every export of node:$module that the realm guards is found",
    ({ exports, kind, module, thing }) => {
      const names = Object.keys(require(`node:${module}`)).filter((name) => exports?.test(name))
      expect(names.length).toBeGreaterThan(0)
      const calls = names.map((name) => `Module.${name}()`).join("; ")
      const shown = names.map((name) => `${codeOf[kind]} Cart.apply Changed touches ${thing} (node:${module} ${name})`)
      const actual = found(calls, `import * as Module from "node:${module}"`)
      expect(actual.toSorted()).toEqual(shown.toSorted())
    }
  )
})

describe("static check: calls that their arguments make impure", () => {
  const top = 'const utcFormat = new Intl.DateTimeFormat("en", { timeZone: "UTC" })'
  it.each([
    "Reflect.construct(Object.getPrototypeOf(new Date(0)).constructor, [])",
    "Reflect.construct(Date.prototype.constructor, [1993, 2, 3])",
    "Reflect.apply(Date, undefined, [0])",
    'new Date("03-03-1993")',
    "new Date(0).setHours(1)",
    "utcFormat.format()",
    "utcFormat.formatToParts()",
    "[1.5].toLocaleString()",
    "new Date(0).toLocaleDateString()",
    "1n.toLocaleString()",
    "new Uint8Array(1).toLocaleString()",
    'new Date(0).toLocaleString("en")',
    "new Intl.Segmenter()",
    'Reflect.construct(new Intl.NumberFormat("cs").constructor, [])',
    'Reflect.get(Atomics, "waitAsync")(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)',
    "new AsyncLocalStorage().getStore()"
  ])("found: %s", (call) => {
    expect(found(call, `import { AsyncLocalStorage } from "node:async_hooks"\n${top}`)).not.toEqual([])
  })

  it.each([
    "new Date(0).toISOString()",
    'new Date("1993-03-03T00:00:00Z")',
    'new Date("Wed, 03 Mar 1993 00:00:00 GMT")',
    'new Date("1993-03")',
    "new Date(new Date(0))",
    "Date.UTC(1993, 2, 3)",
    "new Date(0).getUTCHours()",
    'new Intl.DateTimeFormat("cs", { timeZone: "UTC" }).format(0)',
    '"a".localeCompare("b", "cs")',
    '"i".toLocaleUpperCase("tr")',
    'new Date(0).toLocaleString("en", { timeZone: "UTC" })',
    '[(1.5).toLocaleString("en"), 1n.toLocaleString("en"), [1.5].toLocaleString("en")]',
    "[utcFormat.format(0), utcFormat.formatToParts(0)]",
    'new Intl.Collator("en-u-kn-true").compare("2", "10")',
    "structuredClone(new Date(0)).getTime()",
    'crypto.createHash("sha256").update("a").digest("hex")',
    'console.debug("%s", "a line that a handler prints")'
  ])("allowed: %s", (call) => {
    expect(found(call, `import * as crypto from "node:crypto"\n${top}`)).toEqual([])
  })

  /** Calls that the realm refuses and that no text shows, with the reason. */
  const unseen: Readonly<Record<string, string>> = {
    'Reflect.construct(Date, [Object("1993-03-03T00:00:00")])': "the result of `Object` is not followed",
    "format()": "a method that was taken from its object is not followed",
    'new Event("x").timeStamp': "the members of what a global constructs are not known",
    'Reflect.construct(Object.getPrototypeOf(async () => 1).constructor, ["return Date.now()"])':
      "the constructor of an async function has no name",
    '[new Date(0)].toLocaleString("en")': "the method belongs to the array",
    '(1.5).toLocaleString("xx")': "the known locales depend on the machine",
    'new Intl.Collator("xx")': "the known locales depend on the machine"
  }
  it.each(Object.entries(unseen))("not found: %s, since %s", (call) => {
    expect(found(call, `${top}\nconst { format } = utcFormat`)).toEqual([])
  })
})
