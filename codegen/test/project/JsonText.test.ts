/** The reader of JSON that loads nothing returns what the library's reader returns. */
import { StoredJson } from "eventfold/store"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as JsonText from "../../src/syntax/JsonText.ts"

const shape = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? value
    : Array.isArray(value)
      ? value.map(shape)
      : {
          keys: Object.keys(value).sort(),
          values: Object.entries(value)
            .sort()
            .map(([, inner]) => shape(inner))
        }

const pieces = ["\\\\", '\\"', "\\n", "\\u0041", "a", "0", "\uE000"]
const key = fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((all) => all.join(""))
const { text } = fc.letrec((tie) => ({
  text: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("1", "null", "true", '"a: \\"b\\": c"', '"\\\\"', '"\uE0000"'),
    fc.array(tie("text") as fc.Arbitrary<string>, { maxLength: 3 }).map((all) => `[${all.join(" , ")}]`),
    fc
      .array(fc.tuple(key, tie("text") as fc.Arbitrary<string>), { maxLength: 3 })
      .map((all) => `{${all.map(([name, value]) => `"${name}" :${value}`).join(",")}}`)
  )
})) as { readonly text: fc.Arbitrary<string> }

describe("JsonText.parse", () => {
  it("returns the key of the text, after any other keys", () => {
    const sources = pieces.flatMap((first) => ["", ...pieces].map((second) => first + second))
    let count = 0
    for (const source of sources) {
      for (let length = 1; length < source.length; length++) {
        const first = `json${count++}`
        JsonText.parse(`{"${first}":0,${JSON.stringify(source.slice(0, length))}:1,"z":2}`)
        const hostile = `{"${first}":0,"${source}":1,"z":2}`
        expect([hostile, Object.keys(Object(JsonText.parse(hostile)))]).toEqual([
          hostile,
          Object.keys(Object(StoredJson.parse(hostile)))
        ])
      }
    }
  })

  it("agrees with StoredJson on texts of hostile keys", () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(shape(JsonText.parse(one))).toEqual(shape(StoredJson.parse(one)))
      }),
      { numRuns: 2_000 }
    )
  })

  it("fails on text that is no JSON", () => {
    for (const one of ["", "{", '{"\\":1}', "undefined"]) expect(() => JsonText.parse(one)).toThrow(SyntaxError)
  })
})
