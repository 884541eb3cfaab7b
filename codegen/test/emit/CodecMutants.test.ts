/**
 * Straight code and leaves with a mistake in them are found out by comparing codecs: what
 * `Codecs.test.ts` claims can fail.
 */
import { Leaf } from "eventfold/generated"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { agreement } from "./codecs/Agreement.ts"
import { compiled } from "./codecs/Compiled.ts"
import { coveredNames } from "./codecs/Shapes.ts"

/** The same each time: that a mistake can be found is not to hang on luck. */
const search = { seed: 7, numRuns: 2_000, endOnFailure: true }

/**
 * A mistake in the code: a pattern, the text that replaces each match, and leaves that reveal the
 * mistake soon.
 */
const code: Readonly<Record<string, readonly [from: RegExp, to: string, names?: ReadonlyArray<string>]>> = {
  "takes arrays for structs": [/Array\.isArray\(input\)\) return invalid/g, "false) return invalid"],
  "takes structs for arrays": [/!Array\.isArray\(input\)/g, "false"],
  "takes null for a struct": [/ \|\| input === null \|\| Array/g, " || Array", ["string", "int"]],
  "takes a key that is there without a value": [/else if \(".*" in input\) return invalid/g, "else {}"],
  "sets a key that is not there": [/if \(("[^"]+") in input\) \{/g, "if (true) {"],
  "asks for keys of its own only": [/("[^"]+") in input/g, "Object.hasOwn(input, $1)"],
  "reads inherited keys of records": [
    /Object\.keys\(input\)/g,
    "(() => { const k = []; for (const n in input) k.push(n); return k })()",
    ["any", "null"]
  ],
  "reads hidden keys of records": [/Object\.keys\(input\)/g, "Object.getOwnPropertyNames(input).concat('x')"],
  "keeps keys that are not declared": [/return \{ (?=\w)/g, "return { ...input, "],
  "gives keys in another order": [/const output = \{ (_tag: "[^"]+"), (.*) \}$/gm, "const output = { $2, $1 }"],
  "takes text that is empty": [/(\w+) === ""/g, "false"],
  "takes integers beyond what numbers can count": [/Number\.isSafeInteger/g, "Number.isInteger", ["int"]],
  "takes integers below zero": [/!\(\w+ >= 0\)/g, "false", ["natural"]],
  "leaves checks out": [/(not\w+|refused\d*)\(\w+\)/g, "false"],
  "checks the input, not the output": [/(not\w+|refused\d*)\(output\)/g, "$1(input)", ["string", "bigint"]],
  "ignores what is too long for a tuple": [/length !== (\d+)/g, "length < $1", ["any", "null"]],
  "ignores what is too short for its elements": [/if \(length < \d+\) return invalid/g, "", ["any", "null"]],
  "leaves out the first of a list": [/let index = 0/g, "let index = 1"],
  "leaves out what may be left out": [/if \(length > \d+\) \{/g, "if (false) {"],
  "takes the first member of a union alone": [/if \(member !== invalid\) return member/g, "return member"],
  "gives nothing for a null": [/if \(input === null\) return input/g, "if (input === null) return undefined"],
  "goes by another tag": [/switch \(input\._tag\)/g, "switch (String(input._tag))"],
  "ignores options": [/for \(const _option in options\) return invalid/g, ""],
  "stores bigints without a conversion": [/String\((\w+)\)/g, "$1"],
  "takes no option": [/return Option\.none\(\)/g, "return invalid"],
  "gives the option that it was given": [/return Option\.some\(value\)/g, "return input"]
}

const { bigint, date, dateTimeUtc, number, storedDate } = Leaf

/** A mistake in a leaf, and the leaves of schemas in which it can be seen. */
const leaves: Readonly<Record<string, readonly [leaf: Partial<typeof Leaf>, names: ReadonlyArray<string>]>> = {
  "takes no text for a bigint": [{ bigint: (text) => (text === "" ? 0n : bigint(text)) }, ["bigint"]],
  "takes a sign for a bigint": [{ bigint: (text) => (text === "-" ? 0n : bigint(text)) }, ["bigint"]],
  "takes what BigInt takes": [
    { bigint: (text) => (typeof text === "string" ? Leaf.bigintOf(text) : Leaf.invalid) },
    ["bigint", "amount"]
  ],
  "reads bigints as numbers": [
    { bigint: (text) => (typeof bigint(text) === "bigint" ? BigInt(Number(text)) : Leaf.invalid) },
    ["bigint"]
  ],
  "takes numbers for bigints": [{ bigint: (text) => bigint(String(text)) }, ["bigint"]],
  "reads no date but in one form": [
    { date: (text) => (String(text).length === 24 ? date(text) : Leaf.invalid) },
    ["date"]
  ],
  "takes numbers for dates": [{ date: (text) => date(typeof text === "number" ? "1993-03-03" : text) }, ["date"]],
  "cuts years to four digits": [{ storedDate: (value) => storedDate(value).slice(-24) }, ["date"]],
  "rounds times to the second": [
    {
      dateTimeUtc: (text) => {
        const value = dateTimeUtc(typeof text === "string" ? text.replace(/\.\d{3}Z$/, ".000Z") : text)
        return value
      }
    },
    ["dateTime"]
  ],
  "takes what is no time at all": [
    { dateTimeUtc: (text) => (text === "NaN" ? dateTimeUtc("1970-01-01T00:00:00.000Z") : dateTimeUtc(text)) },
    ["dateTime", "dateTimeFromText"]
  ],
  "loses the sign of zero": [{ number: (stored) => (stored === 0 ? 0 : number(stored)) }, ["number"]],
  "takes any text for a number": [
    { number: (stored) => (typeof stored === "string" ? Number(stored) : number(stored)) },
    ["number"]
  ],
  "stores numbers that JSON has no form for": [{ storedNumber: (value) => value }, ["number"]],
  "stores a decimal as it was written": [{ storedBigDecimal: (value) => String(value.value) }, ["bigDecimal"]],
  "takes for JSON what JSON has no form for": [
    { isJson: (value): value is never => Leaf.isJson(value) || value === undefined },
    ["json", "unknown"]
  ],
  "sets the prototype of a record": [{ put: (record, key, value) => void (record[key] = value) }, ["string", "any"]]
}

/** All of them in the soak run. */
const some = <A>(mutants: Readonly<Record<string, A>>): ReadonlyArray<readonly [string, A]> =>
  Object.entries(mutants).filter((_, i) => process.env["EVENTFOLD_SOAK"] !== undefined || i % 3 === 0)

describe("straight code with a mistake in it is found out", () => {
  for (const [what, [from, to, names = coveredNames]] of some(code)) {
    it(
      what,
      () => {
        let edited = 0
        const make: typeof compiled = (schema) =>
          compiled(schema, (text) => {
            const changed = text.replace(from, to)
            if (changed !== text) edited++
            return changed
          })
        const found = fc.check(agreement({ leaves: names, covered: true, make }), search)
        expect({ edited: edited > 0, failed: found.failed }).toEqual({ edited: true, failed: true })
      },
      600_000
    )
  }
})

describe("a leaf with a mistake in it is found out", () => {
  for (const [what, [leaf, names]] of some(leaves)) {
    it(
      what,
      () => {
        const make: typeof compiled = (schema) => compiled(schema, undefined, { ...Leaf, ...leaf })
        const found = fc.check(agreement({ leaves: names, covered: true, make }), search)
        expect(found.failed).toBe(true)
      },
      600_000
    )
  }
})
