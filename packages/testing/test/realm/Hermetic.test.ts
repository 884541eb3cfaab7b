import { Hermetic, Laws } from "@eventfold/testing"
import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import { DateTime, Effect, Random } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import { execFileSync } from "node:child_process"
import * as crypto from "node:crypto"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as http from "node:http"
import * as net from "node:net"
import * as os from "node:os"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { inspect } from "node:util"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import { setTimeout as namedSetTimeout } from "node:timers"
import { PurseLaws } from "../Purse.ts"

const earlyNow = Date.now
const earlyEnv = process.env
const EarlyDate = Date
const utcFormat = new Intl.DateTimeFormat("en", { timeZone: "UTC" })
const { format } = utcFormat
const surroundings = new AsyncLocalStorage<number>()
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
  "local-time constructors through a date's prototype": () =>
    Reflect.construct(Date.prototype.constructor, [1993, 2, 3]),
  "a date in a template": () => `${new Date(0)}`,
  "Date(0) as a function": () => Reflect.apply(Date, undefined, [0]),
  "local-time text that ends like a zone": () => new Date("03-03-1993"),
  "local-time text as an object": () => Reflect.construct(Date, [Object("1993-03-03T00:00:00")]),
  "a formatter without a moment": () => utcFormat.format(),
  "a formatter without a moment, in parts": () => utcFormat.formatToParts(),
  "a formatter without a moment, by a reference taken early": () => format(),
  "new Event().timeStamp": () => new Event("x").timeStamp,
  "new PerformanceMark()": () => Reflect.construct(PerformanceMark, ["m"]),
  "performance.eventLoopUtilization()": () => performance.eventLoopUtilization(),
  "performance.nodeTiming": () => performance.nodeTiming,
  "node:perf_hooks": () => monitorEventLoopDelay(),
  "code of an async function made at run time": () =>
    Reflect.apply(
      Reflect.construct(Object.getPrototypeOf(async () => 1).constructor, ["return Date.now()"]),
      undefined,
      []
    ),
  "performance.now()": () => performance.now(),
  "performance.mark()": () => performance.mark("m"),
  "performance.timeOrigin": () => performance.timeOrigin,
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
  "node:crypto, keys": () => crypto.createECDH("secp256k1"),
  "node:crypto, later": () => crypto.scrypt("a", "b", 16, () => undefined),
  "process.env": () => process.env["HOME"],
  "process.env taken early": () => earlyEnv["HOME"],
  "writing to process.env": () => (process.env["TOUCHED"] = "1"),
  "`in` process.env": () => "HOME" in process.env,
  "the keys of process.env": () => Object.keys(process.env),
  "deleting from process.env": () => delete process.env["TOUCHED"],
  "a description of process.env": () => Object.getOwnPropertyDescriptor(process.env, "HOME"),
  "process.argv": () => process.argv.length,
  "process.version": () => process.version,
  "process.getuid()": () => process.getuid?.(),
  "process.memoryUsage.rss()": () => process.memoryUsage.rss(),
  "node:v8": () => v8.getHeapStatistics(),
  "AsyncLocalStorage.getStore()": () => surroundings.getStore(),
  "process.cwd()": () => process.cwd(),
  navigator: () => navigator.language,
  "node:fs": () => readFileSync("package.json"),
  "node:fs/promises": () => readFile("package.json"),
  "node:os": () => os.hostname(),
  "node:net": () => net.connect(1),
  localeCompare: () => "a".localeCompare("b"),
  toLocaleString: () => (1.5).toLocaleString(),
  "an array's toLocaleString": () => [1.5].toLocaleString(),
  "a date's toLocaleDateString": () => new Date(0).toLocaleDateString(),
  "a bigint's toLocaleString": () => 1n.toLocaleString(),
  "a typed array's toLocaleString": () => new Uint8Array(1).toLocaleString(),
  toLocaleUpperCase: () => "i".toLocaleUpperCase(),
  "a date's toLocaleString without a time zone": () => new Date(0).toLocaleString("en"),
  "toLocaleString of a date in an array": () => [new Date(0)].toLocaleString("en"),
  "toLocaleString in an unknown locale": () => (1.5).toLocaleString("xx"),
  "Intl without a locale": () => new Intl.NumberFormat(),
  "Intl with an unknown locale": () => new Intl.Collator("xx"),
  "Intl.Collator as a function": () => Intl.Collator(),
  "Intl.PluralRules without a locale": () => new Intl.PluralRules(),
  "Intl.Segmenter without a locale": () => new Intl.Segmenter(),
  "Intl through a formatter's constructor": () => Reflect.construct(new Intl.NumberFormat("cs").constructor, []),
  "Intl.DateTimeFormat without a time zone": () => new Intl.DateTimeFormat("cs"),
  setTimeout: () => setTimeout(() => undefined, 0),
  setInterval: () => setInterval(() => undefined, 1_000),
  setImmediate: () => setImmediate(() => undefined),
  "AbortSignal.timeout": () => AbortSignal.timeout(1),
  "node:timers, named import": () => namedSetTimeout(() => undefined, 0),
  "Atomics.waitAsync": () => Reflect.get(Atomics, "waitAsync")(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
  "Atomics.wait": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
  "Array.fromAsync": () => Array.fromAsync([1]),
  "an async generator's next": () =>
    (async function* () {
      yield 1
    })().next(),
  queueMicrotask: () => queueMicrotask(() => undefined),
  "process.nextTick": () => process.nextTick(() => undefined),
  "an async handler": async () => 1,
  "a promise left behind": () => void Promise.resolve(1).then(() => undefined),
  fetch: () => fetch("http://127.0.0.1"),
  WebSocket: () => new WebSocket("ws://127.0.0.1"),
  "node:http": () => http.get("http://127.0.0.1"),
  WeakRef: () => new WeakRef({}),
  FinalizationRegistry: () => new FinalizationRegistry(() => undefined),
  "code made at run time": () => new Function("return Date.now()")(),
  "an impurity that the handler caught": () => {
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
  "new Date(text of RFC 9110)": () => new Date("Wed, 03 Mar 1993 00:00:00 GMT"),
  "new Date(a year and month)": () => new Date("1993-03"),
  "a date as JSON, compared, inspected and cloned": () => [
    JSON.stringify(new Date(0)),
    new Date(0) < new Date(1),
    inspect(new Date(0)),
    structuredClone(new Date(0)).getTime()
  ],
  "a date's toLocaleString with locale and time zone": () => new Date(0).toLocaleString("en", { timeZone: "UTC" }),
  "toLocaleString with a locale": () => [
    (1.5).toLocaleString("en"),
    1n.toLocaleString("en"),
    [1.5].toLocaleString("en")
  ],
  "a formatter with a moment": () => [utcFormat.format(0), utcFormat.formatToParts(0)],
  "an Intl.Collator with a locale and an option": () => new Intl.Collator("en-u-kn-true").compare("2", "10"),
  "DateTime in a named zone": () =>
    DateTime.formatIsoZoned(DateTime.makeZonedUnsafe(0, { timeZone: "Pacific/Chatham" })),
  "DateTime.format with locale": () => DateTime.formatUtc(DateTime.makeUnsafe(0), { locale: "en" }),
  "a hash": () => crypto.createHash("sha256").update("a").digest("hex"),
  "errors, regular expressions, BigInt, normalize, toSorted": () => [
    new Error("x", { cause: 1 }).message,
    /a(?<b>.)/u.exec("ab")?.groups,
    255n.toString(16),
    "é".normalize("NFD"),
    [2, 1].toSorted()
  ],
  // oxlint-disable-next-line no-console -- the test is about printing
  "printing to the console": () => console.debug("%s", "a line that a handler prints"),
  "Math, Map, Set, JSON": () => JSON.stringify([...new Set([Math.max(1, 2)]), ...new Map([[1, 2]])])
}

/** Impurities that no guard can see, listed so that the limits are known. */
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
  "a promise that is created and dropped": () => void Promise.resolve(1),
  "an async function whose promise is dropped": () => void (async () => await Promise.resolve(1))()
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

describe("hermetic realm: inside a handler", () => {
  for (const [name, touch] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const error = impureFrom(touch)
      expect(Hermetic.isImpure(error)).toBe(true)
      // The handler, what it touched, and the fix.
      expect(String(error)).toMatch(/^Impure: Account\.apply CashDeposited touched .+\. [A-Z].+\.$/)
    })
  }
  for (const [name, use] of Object.entries(pure)) it(`allows ${name}`, () => void Hermetic.run(handler, use))
  for (const [name, use] of Object.entries(holes)) it(`cannot see ${name}`, () => void Hermetic.run(handler, use))

  it("returns the result, and throws the errors of the handler", () => {
    expect(Hermetic.run(handler, () => 42)).toBe(42)
    expect(() => Hermetic.run(handler, () => JSON.parse("{"))).toThrow(SyntaxError)
  })

  it("the message names what was touched, and the fix of its kind", () => {
    const messageOf = (touch: () => unknown) => String(impureFrom(touch))
    expect(messageOf(() => new Date())).toMatch(/the clock \(new Date\(\)\)\. Put the time into the event/)
    expect(messageOf(() => new Date(1993, 2, 3))).toMatch(
      /local time \(new Date\(year, month, …\)\)\. Use the UTC methods/
    )
    expect(messageOf(() => new Date(0).toLocaleString("en"))).toMatch(
      /the machine's time zone \(toLocaleString\)\. Name the/
    )
  })

  it("names the inner handler, and then the outer one again", () => {
    const error = impureFrom(() => {
      expect(() => Hermetic.run("inner", () => Date.now())).toThrow(/^inner touched/)
      return Math.random()
    })
    expect(String(error)).toContain(`${handler} touched randomness`)
  })
})

describe("hermetic realm: outside a handler", () => {
  it("the globals behave as before", () => {
    impureFrom(() => Date.now())
    expect(Date.now()).toBeGreaterThan(0)
    expect(new Date()).toBeInstanceOf(Date)
    expect(new Date(0).constructor).toBe(Date)
    expect(randomUUID()).toHaveLength(36)
    expect(process.argv.length).toBeGreaterThan(0)
    expect("HOME" in process.env).toBe(process.env["HOME"] !== undefined)
  })

  it("a promise can be awaited", async () => {
    expect(await Promise.resolve(1).then((one) => one + 1)).toBe(2)
  })
})

it("hermetic realm: a copy of the environment that a test installs is guarded too", () => {
  const before = process.env
  process.env = { ...before, TOUCHED: "1" }
  try {
    expect(process.env["TOUCHED"]).toBe("1")
    expect(String(impureFrom(() => process.env["TOUCHED"]))).toContain("the environment (process.env.TOUCHED)")
  } finally {
    process.env = before
  }
})

describe("hermetic realm: fake timers", () => {
  afterEach(() => void vi.useRealTimers())
  const touches: Record<string, () => unknown> = {
    "Date.now()": () => Date.now(),
    "new Date()": () => new Date(),
    "a date's constructor": () => Reflect.construct(new Date(0).constructor, []),
    "performance.now()": () => performance.now(),
    setTimeout: () => setTimeout(() => undefined, 0),
    queueMicrotask: () => queueMicrotask(() => undefined),
    "Intl without a time zone": () => new Intl.DateTimeFormat("en")
  }
  const world = [Date, setTimeout, queueMicrotask, performance.now, Intl.DateTimeFormat]
  for (const [name, touch] of Object.entries(touches)) {
    it(`are refused too: ${name}`, () => {
      vi.useFakeTimers({ now: 1_000 })
      expect(Date.now()).toBe(1_000)
      expect(Hermetic.isImpure(impureFrom(touch))).toBe(true)
      expect(Hermetic.run(handler, () => new Date(5).toISOString())).toBe("1970-01-01T00:00:00.005Z")
      vi.useRealTimers()
      expect([Date, setTimeout, queueMicrotask, performance.now, Intl.DateTimeFormat]).toEqual(world)
      expect(Hermetic.isImpure(impureFrom(touch))).toBe(true)
    })
  }
  it("are refused if only the system time is set", () => {
    vi.setSystemTime(1_000)
    expect(Hermetic.isImpure(impureFrom(() => new Date()))).toBe(true)
    expect(Hermetic.isImpure(impureFrom(() => Date.now()))).toBe(true)
    expect(Date.now()).toBeLessThan(100_000)
  })
  it("tick as usual around a law", () => {
    vi.useFakeTimers({ now: 1_000 })
    const rang = vi.fn<() => void>()
    setTimeout(rang, 10_000)
    Laws.all(PurseLaws, { runs: 10, seed: 1 })
    vi.advanceTimersByTime(10_000)
    expect([rang.mock.calls.length, Date.now()]).toEqual([1, 11_000])
  })
})

describe("hermetic realm: Temporal", () => {
  it("is guarded if Node has it", () => {
    const program = `
      const { Hermetic } = await import("@eventfold/testing")
      const messageOf = (touch) => {
        try {
          return String(Hermetic.run("Account.apply CashDeposited", touch))
        } catch (error) {
          return error.message
        }
      }
      const day = Temporal.PlainDate.from("1993-03-03")
      process.stdout.write(JSON.stringify([
        messageOf(() => Temporal.Now.instant()),
        messageOf(() => day.toLocaleString()),
        messageOf(() => Temporal.Instant.from("1993-03-03T00:00:00Z").toLocaleString("en")),
        messageOf(() => day.add({ days: 1 }).toLocaleString("en"))
      ]))`
    const out = execFileSync(process.execPath, ["--harmony-temporal", "--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
      encoding: "utf8"
    })
    const [now, locale, zone, pure] = JSON.parse(out)
    expect(now).toMatch(/^Account\.apply CashDeposited touched the clock \(Temporal\.Now\.instant\)\. /)
    expect(locale).toContain("touched the machine's locale (toLocaleString)")
    expect(zone).toContain("touched the machine's time zone (toLocaleString)")
    expect(pure).toBe("3/4/1993")
  })
})
