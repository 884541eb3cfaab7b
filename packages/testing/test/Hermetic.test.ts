import { Hermetic } from "@eventfold/testing"
import { DateTime, Effect, Random } from "effect"
import * as crypto from "node:crypto"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as net from "node:net"
import * as os from "node:os"
import * as vm from "node:vm"
import { setTimeout as namedSetTimeout } from "node:timers"
import { describe, expect, it } from "vitest"

const earlyNow = Date.now
const earlyEnv = process.env
const EarlyDate = Date
const earlyRandom = Math.random

const refused: Record<string, () => unknown> = {
  "Date.now()": () => Date.now(),
  "a reference to Date.now taken early": () => earlyNow(),
  "a reference to Math.random taken early": () => earlyRandom(),
  "new Date()": () => new Date(),
  "new Date() through a reference taken early": () => new EarlyDate(),
  "Date() as a function": () => Date(),
  "a date's constructor": () => Reflect.construct(new Date(0).constructor, []),
  "a date's prototype's constructor": () => Reflect.construct(Object.getPrototypeOf(new Date(0)).constructor, []),
  "Reflect.construct(Date, [])": () => Reflect.construct(Date, []),
  "Reflect.apply(Date.now)": () => Reflect.apply(Date.now, undefined, []),
  "a subclass of Date": () => new (class extends Date {})(),
  "local-time parts": () => new Date(1993, 2, 3),
  "local-time text": () => new Date("1993-03-03T00:00:00"),
  "Date.parse of local-time text": () => Date.parse("3 March 1993"),
  getHours: () => new Date(0).getHours(),
  setHours: () => new Date(0).setHours(1),
  "String(date)": () => String(new Date(0)),
  "performance.now()": () => performance.now(),
  "process.hrtime.bigint()": () => process.hrtime.bigint(),
  "process.hrtime()": () => process.hrtime(),
  "DateTime.nowUnsafe()": () => DateTime.nowUnsafe(),
  "DateTime.now, run": () => Effect.runSync(DateTime.now),
  "Math.random()": () => Math.random(),
  "Random.next, run": () => Effect.runSync(Random.next),
  "crypto.randomUUID()": () => globalThis.crypto.randomUUID(),
  "crypto.getRandomValues": () => globalThis.crypto.getRandomValues(new Uint8Array(1)),
  "crypto.subtle": () => globalThis.crypto.subtle,
  "node:crypto, named import": () => randomUUID(),
  "node:crypto, namespace import": () => crypto.randomBytes(1),
  "process.env": () => process.env["HOME"],
  "process.env taken early": () => earlyEnv["HOME"],
  "writing to process.env": () => (process.env["TOUCHED"] = "1"),
  "`in` process.env": () => "HOME" in process.env,
  "the keys of process.env": () => Object.keys(process.env),
  "process.argv": () => process.argv.length,
  "process.cwd()": () => process.cwd(),
  navigator: () => navigator.language,
  "node:fs": () => readFileSync("package.json"),
  "node:fs/promises": () => readFile("package.json"),
  "node:os": () => os.hostname(),
  "node:net": () => net.connect(1),
  localeCompare: () => "a".localeCompare("b"),
  toLocaleString: () => (1.5).toLocaleString(),
  "an array's toLocaleString": () => [1.5].toLocaleString(),
  toLocaleUpperCase: () => "i".toLocaleUpperCase(),
  "Intl without a locale": () => new Intl.NumberFormat(),
  "Intl.Collator as a function": () => Intl.Collator(),
  "Intl.DateTimeFormat without a time zone": () => new Intl.DateTimeFormat("cs"),
  setTimeout: () => setTimeout(() => undefined, 0),
  "node:timers, named import": () => namedSetTimeout(() => undefined, 0),
  queueMicrotask: () => queueMicrotask(() => undefined),
  "process.nextTick": () => process.nextTick(() => undefined),
  "an async handler": async () => 1,
  "a promise left behind": () => void Promise.resolve(1).then(() => undefined),
  fetch: () => fetch("http://127.0.0.1"),
  WebSocket: () => new WebSocket("ws://127.0.0.1"),
  WeakRef: () => new WeakRef({}),
  "code made at run time": () => new Function("return Date.now()")(),
  "what the handler caught itself": () => {
    try {
      return Date.now()
    } catch {
      return 0
    }
  }
}

const pure: Record<string, () => unknown> = {
  "new Date(ms)": () => new Date(0).toISOString(),
  "new Date(ISO text with a zone)": () => new Date("1993-03-03T00:00:00Z"),
  "new Date(another date)": () => new Date(new Date(0)),
  "Date.UTC": () => Date.UTC(1993, 2, 3),
  "UTC parts": () => new Date(0).getUTCHours(),
  "DateTime.makeUnsafe and its parts": () => DateTime.toParts(DateTime.makeUnsafe("1993-03-03")),
  "DateTime arithmetic": () => DateTime.formatIso(DateTime.add(DateTime.makeUnsafe(0), { months: 1 })),
  "Intl with locale and time zone": () => new Intl.DateTimeFormat("cs", { timeZone: "UTC" }).format(0),
  "localeCompare with a locale": () => "a".localeCompare("b", "cs"),
  "toLocaleUpperCase with a locale": () => "i".toLocaleUpperCase("tr"),
  "sorting by code units": () => ["b", "a"].sort(),
  "Math, Map, Set, JSON": () => JSON.stringify([...new Set([Math.max(1, 2)]), ...new Map([[1, 2]])])
}

/** What the guards cannot see. Named, so that nobody believes otherwise. */
const holes: Record<string, () => unknown> = {
  "the text of a stack": () => new Error().stack,
  "another realm": () => vm.runInNewContext("Date.now()"),
  "stack depth": () => {
    let depth = 0
    const deeper = (): void => (depth++, deeper())
    try {
      deeper()
    } catch {
      return depth
    }
    return 0
  },
  "mutable state of a module": () => refused["added"],
  "a promise made but never looked at": () => void Promise.resolve(1)
}

const handler = "Account.apply CashDeposited"
const impureFrom = (touch: () => unknown): unknown => {
  try {
    Hermetic.run(handler, touch)
  } catch (error) {
    return error
  }
  return undefined
}

describe("inside a handler", () => {
  for (const [name, touch] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const error = impureFrom(touch)
      expect(Hermetic.isImpure(error)).toBe(true)
      // Who, what, and what to do instead.
      expect(String(error)).toMatch(/^Impure: Account\.apply CashDeposited touched .+\. [A-Z].+\.$/)
    })
  }
  for (const [name, use] of Object.entries(pure)) it(`allows ${name}`, () => void Hermetic.run(handler, use))
  for (const [name, use] of Object.entries(holes)) it(`cannot see ${name}`, () => void Hermetic.run(handler, use))

  it("gives back the result, and throws the handler's own errors", () => {
    expect(Hermetic.run(handler, () => 42)).toBe(42)
    expect(() => Hermetic.run(handler, () => JSON.parse("{"))).toThrow(SyntaxError)
  })

  it("names the inner handler, then the outer again", () => {
    const error = impureFrom(() => {
      expect(() => Hermetic.run("inner", () => Date.now())).toThrow(/^inner touched/)
      return Math.random()
    })
    expect(String(error)).toContain(`${handler} touched randomness`)
  })
})

describe("outside a handler", () => {
  it("the world is as it was", () => {
    impureFrom(() => Date.now())
    expect(Date.now()).toBeGreaterThan(0)
    expect(new Date()).toBeInstanceOf(Date)
    expect(new Date(0).constructor).toBe(Date)
    expect(randomUUID()).toHaveLength(36)
    expect(process.argv.length).toBeGreaterThan(0)
    expect("HOME" in process.env).toBe(process.env["HOME"] !== undefined)
  })

  it("a promise is still awaited", async () => {
    expect(await Promise.resolve(1).then((one) => one + 1)).toBe(2)
  })
})
