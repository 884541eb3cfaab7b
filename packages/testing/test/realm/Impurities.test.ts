/** The realm refuses every row of the table of impurities that it guards. */
import { Hermetic } from "@eventfold/testing"
import { describe, expect, it } from "@effect/vitest"
import { impurities } from "eventfold/tables"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

const member = (path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isObject(value) ? Reflect.get(value, key) : undefined), globalThis)

/** Reads a value in the realm, and calls it if it is a function. */
const touch = (read: () => unknown): string => {
  try {
    Hermetic.run("handler", () => {
      const value = read()
      if (typeof value === "function") Reflect.apply(value, undefined, [])
    })
  } catch (error) {
    return String(error)
  }
  return "nothing was refused"
}

describe("hermetic realm: table of globals", () => {
  // `timeStamp` is read from an event, and not from the prototype.
  const rows = impurities.globals
    .flatMap(({ paths, thing }) => paths.map((path) => ({ path, thing })))
    .filter(({ path }) => path !== "Event.prototype.timeStamp")
  const present = rows.filter(({ path }) => member(path) !== undefined)
  it("this version of Node has nearly all of the table", () => {
    expect(rows.length - present.length).toBeLessThan(7)
  })
  it.each(present)("$path is refused", ({ path, thing }) => {
    expect(touch(() => member(path))).toMatch(`Impure: handler touched ${thing} (${path}). `)
  })
})

describe("hermetic realm: table of modules", () => {
  const rows = impurities.modules.flatMap(({ exports, modules, thing }) =>
    modules.map((module) => ({ exports, module, thing }))
  )
  it.each(rows.filter(({ exports }) => exports !== undefined))(
    "the functions of node:$module that it lists are refused",
    ({ exports, module, thing }) => {
      const values: Record<string, unknown> = require(`node:${module}`)
      const names = Object.keys(values).filter((name) => exports?.test(name))
      const functions = names.filter(
        (name) => typeof Object.getOwnPropertyDescriptor(values, name)?.value === "function"
      )
      expect(functions.length).toBeGreaterThan(0)
      // The message can name another export of the same function: `connect` of `createConnection`.
      for (const name of functions) {
        expect(touch(() => values[name])).toMatch(`Impure: handler touched ${thing} (`)
      }
    }
  )
})
