import { Result, type Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as StoredJson from "../../src/store/StoredJson.ts"
import * as RequestChecks from "../../src/internal/store/RequestChecks.ts"

/**
 * Parser that shares nothing with the engine's: it collects the source text of keys, and decodes it
 * character by character.
 */
const reference = (text: string): unknown => {
  let at = 0
  const blank = () => {
    while (" \t\r\n".includes(text[at] ?? "x")) at++
  }
  const literal = (word: string, value: unknown): unknown => {
    at += word.length
    return value
  }
  const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }
  const string = (): string => {
    let result = ""
    for (at++; text[at] !== '"'; at++) {
      if (text[at] !== "\\") result += text[at]
      else if (text[++at] === "u") {
        result += String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 5), 16))
        at += 4
      } else result += escapes[text[at]!] ?? text[at]
    }
    at++
    return result
  }
  const value = (): unknown => {
    blank()
    const first = text[at]
    if (first === '"') return string()
    if (first === "t") return literal("true", true)
    if (first === "f") return literal("false", false)
    if (first === "n") return literal("null", null)
    if (first !== "{" && first !== "[") {
      const [number] = /[-+.0-9eE]+/.exec(text.slice(at))!
      at += number.length
      return Number.parseFloat(number)
    }
    const list: Array<unknown> = []
    const entries = new Map<string, unknown>()
    for (at++; blank(), text[at] !== "}" && text[at] !== "]";) {
      if (first === "[") list.push(value())
      else {
        const key = string()
        blank()
        at++
        const inner = value()
        entries.set(key, inner)
      }
      blank()
      if (text[at] === ",") at++
    }
    at++
    return first === "[" ? list : Object.fromEntries(entries)
  }
  return value()
}

/**
 * Converts a parsed value to entries and lists, so that `toEqual` compares the order of keys and
 * -0.
 */
const shape = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  return Array.isArray(value)
    ? value.map(shape)
    : { own: Reflect.ownKeys(value).map((key) => [key, shape(Reflect.get(value, key))]) }
}

/** Pieces of a key's source text: escapes, and the characters that escapes consist of. */
const pieces = [
  "\\\\",
  '\\"',
  "\\n",
  "\\/",
  "\\u0000",
  "\\u005c",
  "\\u0061",
  "\\ud800",
  "a",
  "n",
  "u",
  "é",
  "中",
  "0",
  " ",
  ":"
]
const keySource = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((all) => all.join(""))
const number = fc.constantFrom("0", "-0", "-1.5e-7", "1E3", "9007199254740993", "1e400")
const string = keySource.map((source) => `"${source}"`)
const gap = fc.constantFrom("", " ", "\n\t")
const { text: anyText } = fc.letrec((tie) => ({
  text: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(number, string, fc.constantFrom("true", "false", "null")),
    tie("list"),
    tie("object")
  ),
  list: fc
    .tuple(gap, fc.array(tie("text") as fc.Arbitrary<string>, { maxLength: 3 }))
    .map(([space, all]) => `[${space}${all.join(`${space},`)}${space}]`),
  object: fc
    .tuple(gap, fc.array(fc.tuple(keySource, tie("text") as fc.Arbitrary<string>), { maxLength: 4 }))
    .map(([space, all]) => `{${space}${all.map(([key, value]) => `"${key}"${space}:${space}${value}`).join(",")}}`)
})) as { readonly text: fc.Arbitrary<string> }

describe("StoredJson.parse", () => {
  it("returns the key of the text, independent of the keys that were parsed before at the same place", () => {
    const sources = pieces.flatMap((first) => ["", ...pieces].map((second) => first + second))
    let place = 0
    for (const source of sources) {
      // The engine confuses a key with one that equals the beginning of its source text.
      for (let length = 1; length < source.length; length++) {
        const first = `k${place++}`
        StoredJson.parse(`{"${first}":0,${JSON.stringify(source.slice(0, length))}:1,"z":2}`)
        const text = `{"${first}":0,"${source}":1,"z":2}`
        expect({ text, keys: Object.keys(Object(StoredJson.parse(text))) }).toEqual({
          text,
          keys: Object.keys(Object(reference(text)))
        })
      }
    }
  })

  it("equals a reference parser on texts with hostile keys, including the order of keys and the sign of zero", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shape(StoredJson.parse(text))).toEqual(shape(reference(text)))
      }),
      { numRuns: 3_000 }
    )
  })

  it("reads __proto__ as a key, keeps the last of two equal keys, and puts index keys first, beside escaped keys", () => {
    const text = '{"\\\\":[],"__proto__":{"\\n":1},"b":1,"7":2,"b":{},"\\"":[ ]}'
    expect(shape(StoredJson.parse(text))).toEqual(shape(reference(text)))
    expect(Object.keys(Object(StoredJson.parse(text)))).toEqual(["7", "\\", "__proto__", "b", '"'])
  })

  it("reads escaped keys at any depth", () => {
    const depth = 100_000
    const text = `${'{"\\\\":['.repeat(depth)}1${"]}".repeat(depth)}`
    let found: unknown = StoredJson.parse(text)
    for (let level = 0; level < depth; level++) found = Reflect.get(Object(found), "\\")[0]
    expect(found).toBe(1)
  })

  it("fails with the engine's SyntaxError on invalid JSON", () => {
    for (const text of ["", "{", '{"\\":1}', '{"\\x":1}', '["\\n"', '{"\\\\":1,}', "\\", "undefined"]) {
      expect(() => StoredJson.parse(text)).toThrow(SyntaxError)
    }
  })
})

describe("a value that cannot be written as JSON is refused with its own reason:", () => {
  const refusal = (data: Schema.Json) => Result.getOrThrow(Result.flip(RequestChecks.dataText(data)))
  const thrownBy = (run: () => unknown): unknown => {
    try {
      return run()
    } catch (error) {
      return error
    }
  }

  it("a cyclic value", () => {
    const circle: { [key: string]: Schema.Json } = {}
    circle["list"] = [1, circle]
    expect(refusal(circle)).toMatch(/^data holds itself/)
    const shared = [1]
    expect(RequestChecks.dataText([shared, shared])).toEqual(Result.succeed("[[1],[1]]"))
  })

  it("a value that is nested too deeply", () => {
    let deep: Schema.Json = 1
    for (let level = 0; level < 300_000; level++) deep = [deep]
    expect(refusal(deep)).toBe("data is nested too deeply to be stored")
  })

  it("a value whose text is longer than a string can be", () => {
    // Throws the engine's error for such a text, without its memory.
    const error = thrownBy(() => "x".repeat(2 ** 30 - 1))
    expect(error).toBeInstanceOf(RangeError)
    expect(StoredJson.problemOfThrown({ a: 1 }, error)).toMatch(/^is too large to be stored: .* 512 million characters/)
    const other = new Error("something else")
    expect(StoredJson.problemOfThrown({ a: 1 }, other)).toBeUndefined()
  })

  // Takes 600 MB.
  it.runIf(process.env["EVENTFOLD_SOAK"] !== undefined)("a flat object of more than 512 million characters", () => {
    expect(refusal({ parts: Array.from({ length: 33 }, () => "x".repeat(2 ** 24)) })).toMatch(/^data is too large/)
  })
})
