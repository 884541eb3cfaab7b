import { Hermetic, type Laws } from "@eventfold/testing"
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Random, Schema } from "effect"
import {
  EventStore,
  InlineProjections,
  LiveProjection,
  MemoryEventStore,
  Projector,
  Repository,
  StoredProjection
} from "eventfold"
import { execFileSync } from "node:child_process"
import * as crypto from "node:crypto"
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as http from "node:http"
import * as net from "node:net"
import * as os from "node:os"
import * as vm from "node:vm"
import { setTimeout as namedSetTimeout } from "node:timers"
import { apply, foldOf, Purse, type PurseCommand, type PurseEvent, PurseLaws, type PurseState } from "./Purse.ts"
import { TalliesLaws } from "./Tallies.ts"

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
  "local-time constructors through a date's prototype": () =>
    Reflect.construct(Date.prototype.constructor, [1993, 2, 3]),
  "a clock's reading as text": () => `${new Date(0)}`,
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
  "process.env": () => process.env["HOME"],
  "process.env taken early": () => earlyEnv["HOME"],
  "writing to process.env": () => (process.env["TOUCHED"] = "1"),
  "`in` process.env": () => "HOME" in process.env,
  "the keys of process.env": () => Object.keys(process.env),
  "deleting from process.env": () => delete process.env["TOUCHED"],
  "a description of process.env": () => Object.getOwnPropertyDescriptor(process.env, "HOME"),
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
  "a date's toLocaleDateString": () => new Date(0).toLocaleDateString(),
  "a bigint's toLocaleString": () => 1n.toLocaleString(),
  "a typed array's toLocaleString": () => new Uint8Array(1).toLocaleString(),
  toLocaleUpperCase: () => "i".toLocaleUpperCase(),
  "Intl without a locale": () => new Intl.NumberFormat(),
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

describe("what this version of Node has not", () => {
  it("Temporal.Now is guarded where there is one", () => {
    const program = `
      globalThis.Temporal ??= { Now: { instant: () => 1 } }
      const { Hermetic } = await import("@eventfold/testing")
      try {
        Hermetic.run("Account.apply CashDeposited", () => Temporal.Now.instant())
      } catch (error) {
        process.stdout.write(error.message)
      }`
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
      encoding: "utf8"
    })
    expect(out).toMatch(/^Account\.apply CashDeposited touched the clock: Temporal\.Now\.instant\. /)
  })
})

describe("services and projections on Hermetic.layer", () => {
  const store = Layer.merge(MemoryEventStore.layer, Hermetic.layer)
  const { aggregate, codec, decide, fold } = PurseLaws
  const service = (change: Partial<typeof PurseLaws>) =>
    Repository.make<string, PurseState, PurseCommand, PurseEvent, Record<PurseCommand["_tag"], Laws.Tagged>>({
      name: aggregate.name,
      id: Schema.String,
      fold,
      decide,
      codec,
      command: Purse.command,
      invariants: {},
      ...change
    })
  const buy: PurseCommand = { _tag: "BuyPurse", owner: "Jana" }
  const add: PurseCommand = { _tag: "AddCoins", amount: 1n, note: "" }

  it.live("a handler that is pure runs as ever", () =>
    Effect.gen(function* () {
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      expect((yield* purses.load("1")).state.coins).toBe(1n)
    }).pipe(Effect.provide(store))
  )

  it.live("a handler that reads the clock fails the command, and nothing is stored", () =>
    Effect.gen(function* () {
      const late = foldOf((state, event) =>
        event._tag === "CoinsAdded" && Date.now() > 0 ? state : apply(state, event)
      )
      const purses = yield* service({ fold: late })
      yield* purses.execute("1", buy)
      const exit = yield* Effect.exit(purses.execute("1", add))
      expect(String(exit)).toContain("Purse.apply CoinsAdded touched the clock (Date.now)")
      expect((yield* purses.load("1")).version).toBe(1)
      const deciding = yield* service({ decide: (...given) => (Math.random() > 2 ? [] : decide(...given)) })
      expect(String(yield* Effect.exit(deciding.execute("2", buy)))).toContain(
        "Purse.decide BuyPurse touched randomness"
      )
    }).pipe(Effect.provide(store))
  )

  it.live("a projection's handler and key function fail it: in memory, and written with the events", () =>
    Effect.gen(function* () {
      const log = yield* EventStore.EventStore
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      const { projector } = TalliesLaws.definition
      const handler = { ...projector, project: () => (process.env["HOME"], undefined) }
      const keys = { ...projector, keys: () => [String(new Date())] }
      const live = yield* LiveProjection.make({ ...TalliesLaws.definition, projector: handler })
      expect((yield* Effect.flip(live.all)).message).toContain("Tallies.project CoinsAdded touched the environment")
      const byTime = yield* LiveProjection.make({ ...TalliesLaws.definition, projector: keys })
      expect((yield* Effect.flip(byTime.all)).message).toContain("Tallies.keys CoinsAdded touched the clock")
      const inline = InlineProjections.layer([
        StoredProjection.runnable({ ...TalliesLaws.definition, projector: handler })
      ]).pipe(Layer.provide(Layer.succeed(EventStore.EventStore, log)))
      const refused = yield* Effect.flip(Effect.scoped(Layer.build(inline)))
      expect(refused.message).toContain("Tallies.project CoinsAdded touched the environment")
    }).pipe(Effect.provide(store))
  )

  it.live("a projector stops before the event, and says why", () =>
    Effect.gen(function* () {
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      const log = yield* EventStore.EventStore
      const { definition } = TalliesLaws
      const late = { ...definition, projector: { ...definition.projector, project: () => (Date.now(), undefined) } }
      yield* Layer.build(
        Projector.layer([StoredProjection.runnable(late)], { retries: 0, lease: "200 millis" }).pipe(
          Layer.provide(Layer.succeed(EventStore.EventStore, log))
        )
      )
      const rows = yield* StoredProjection.make(late)
      const behind = yield* Effect.flip(rows.waitFor(2, { timeout: "1 second" }))
      expect(behind.message).toContain("it has stopped: Tallies failed at CoinsAdded")
      expect(behind.message).toContain("Tallies.project CoinsAdded touched the clock (Date.now)")
    }).pipe(Effect.provide(store))
  )

  it.live("without the layer, handlers are called as they are", () =>
    Effect.gen(function* () {
      const purses = yield* service({ decide: (...given) => (Math.random() > 2 ? [] : decide(...given)) })
      expect((yield* purses.execute("1", buy)).version).toBe(1)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})
