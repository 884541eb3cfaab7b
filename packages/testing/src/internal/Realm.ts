/**
 * The realm itself and its guards. It imports nothing that could take a reference before the guards stand.
 *
 * The guards are installed once, when this module is first loaded, and ask one flag: that costs nanoseconds a call, where
 * replacing globals around every handler would cost microseconds. It also means that a reference taken early
 * (`const now = Date.now`) is the guarded one, as long as this module is imported before the code that takes it.
 *
 * No guard sees the text of a stack, stack depth, memory use, another realm of `node:vm`, or mutable state of modules:
 * those are for the other laws and for the static check.
 */
import type { HandlerGuard } from "eventfold"
import { AsyncLocalStorage } from "node:async_hooks"
import { createRequire, syncBuiltinESMExports } from "node:module"

/** Marks an `Impure`, so that one from another copy of this package is known too. */
export const ImpureTypeId = "~eventfold/testing/Impure"

/** A handler that should be pure touched the world. */
export class Impure extends Error {
  readonly [ImpureTypeId] = ImpureTypeId
  override readonly name = "Impure"
  readonly handler: string
  readonly touched: string

  constructor(handler: string, touched: string, instead: string) {
    super(`${handler} touched ${touched}. ${instead}`)
    this.handler = handler
    this.touched = touched
  }
}

/** Whether an error is an `Impure`. */
export const isImpure = (error: unknown): error is Impure =>
  typeof error === "object" && error !== null && ImpureTypeId in error

interface Realm {
  /** The handler that is running now, if any. */
  handler: string | undefined
  /** The event or command that it was given; empty where that is part of the handler's name. */
  given: string
  /** What it touched first, so that a handler cannot hide it by catching. */
  caught: Impure | undefined
}

// One for the whole process: a second copy of this module finds the guards in place, and has to set the flag they ask.
const registered = Symbol.for("@eventfold/testing/Hermetic")
const known = Reflect.get(globalThis, registered) as Realm | undefined
const realm: Realm = known ?? { handler: undefined, given: "", caught: undefined }

/**
 * Runs a synchronous pure function; `name` is the handler that an error should name.
 *
 * **When to use**
 *
 * In a test of your own around a handler. `Laws.hermetic` does it for `apply` and `decide` with random histories.
 *
 * **Details**
 *
 * Throws `Impure` where the function touches the clock, randomness, the environment, the machine's locale or time zone,
 * files, the network, timers or promises; also where it catches that error itself.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the code under test: what was taken out of a global before is not guarded.
 *
 * @example
 * ```ts
 * import { Hermetic } from "@eventfold/testing"
 *
 * Hermetic.run("Account.apply CashDeposited", () => 1 + 1) // 2
 * // Hermetic.run("Account.apply CashDeposited", () => Date.now()) throws:
 * // Account.apply CashDeposited touched the clock (Date.now). Put the time into the event: …
 * ```
 */
export const run = <A>(name: string, f: () => A): A => guarded(name, "", f)

/** Names are put together only where one is needed: this is run for every event. */
export const guarded: HandlerGuard.Guard = (name, tag, f) => {
  const { caught, given, handler } = realm
  realm.handler = name
  realm.given = tag
  realm.caught = undefined
  try {
    const result = f()
    const found = realm.caught
    if (isThenable(result)) {
      realm.handler = undefined
      // What it comes to is nobody's concern any more: a rejection would end the process.
      result.then(undefined, () => undefined)
      const instead = "A handler returns its result at once: do the waiting before the command."
      throw found ?? new Impure(nameOf(name, tag), "a Promise", instead)
    }
    if (found !== undefined) throw found
    return result
  } finally {
    realm.handler = handler
    realm.given = given
    realm.caught = caught
  }
}

const nameOf = (handler: string, given: string) => (given === "" ? handler : `${handler} ${given}`)

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

const instead = {
  clock: "Put the time into the event: a decision takes it from facts.now.",
  random: "Put the value into the event: a decision takes ids from Decider.id(facts, …).",
  locale: "Name the locale and the time zone, or compare code units with < and >.",
  localTime: "Use the UTC methods, or DateTime.Utc: the answer depends on the machine's time zone.",
  outside: "Put what was read into the command, and from there into the event.",
  later: "A handler is one synchronous step; nothing may happen after it.",
  memory: "What the garbage collector does is not part of the history."
}
type Kind = keyof typeof instead
type Args = ReadonlyArray<unknown>

const refuse = (touched: string, kind: Kind): void => {
  if (realm.handler === undefined) return
  const impure = new Impure(nameOf(realm.handler, realm.given), touched, instead[kind])
  realm.caught ??= impure
  throw impure
}

/** What is touched and how that is mended; undefined where a call is pure. */
type Touch = readonly [touched: string, kind: Kind]
type Verdict = (args: Args, isNew: boolean) => Touch | undefined
type Guarded = (...args: ReadonlyArray<never>) => unknown

const isFunction = (value: unknown): value is Guarded => typeof value === "function"
const always =
  (touched: string, kind: Kind): Verdict =>
  () => [touched, kind]

/** Functions that ask already, each under the one that it stands for, and under itself. */
const standing = new WeakMap<Guarded, Guarded>()

/** A function plus the question whether a handler is running. */
const asking = (original: Guarded, verdict: Verdict): Guarded => {
  const known = standing.get(original)
  if (known !== undefined) return known
  const ask = (args: Args, isNew: boolean) => {
    if (realm.handler === undefined) return
    const touch = verdict(args, isNew)
    if (touch !== undefined) refuse(...touch)
  }
  const value = new Proxy(original, {
    apply: (target, self: unknown, args: Args) => (ask(args, false), Reflect.apply(target, self, args)),
    construct: (target, args: Args, newTarget) => (
      ask(args, true),
      Reflect.construct(target, args, newTarget) as object
    )
  })
  standing.set(original, value)
  standing.set(value, value)
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && prototype.constructor === original) {
    // `new (date.constructor)()` is the same as `new Date()`.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
  return value
}

const guard = (owner: object, key: string, verdict: Verdict) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  Object.defineProperty(owner, key, { ...descriptor, value: asking(original, verdict) })
}

const guardAll = (owner: unknown, label: string, kind: Kind, keys: ReadonlyArray<string> | RegExp) => {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return
  const names = keys instanceof RegExp ? Object.getOwnPropertyNames(owner).filter((name) => keys.test(name)) : keys
  for (const key of names) guard(owner, key, always(`${label}${key}`, kind))
}

/** A global whose successors are guarded as well: fake timers put others in its place, and the first one back. */
const guardGlobal = (key: string, guarding: (value: unknown) => unknown) => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, key)
  if (descriptor?.configurable !== true) return
  let value = guarding(Reflect.get(globalThis, key))
  Object.defineProperty(globalThis, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get: () => value,
    set: (next: unknown) => {
      value = guarding(next)
    }
  })
}

const guardGlobals = (label: string, kind: Kind, keys: ReadonlyArray<string>) => {
  for (const key of keys) {
    const verdict = always(`${label}${key}`, kind)
    guardGlobal(key, (value) => (isFunction(value) ? asking(value, verdict) : value))
  }
}

/** Turns a property into one that refuses to be read while a handler is running. */
const guardRead = (owner: unknown, key: string, touched: string, kind: Kind) => {
  if (typeof owner !== "object" || owner === null) return
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  if (descriptor?.configurable !== true) return
  let value: unknown = descriptor.value
  const get = descriptor.get ?? (() => value)
  const set = descriptor.writable === true ? (next: unknown) => void (value = next) : descriptor.set
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get(this: unknown): unknown {
      refuse(touched, kind)
      return Reflect.apply(get, this, [])
    },
    ...(set === undefined ? {} : { set })
  })
}

const prototypeOf = (value: unknown): unknown =>
  value === undefined || value === null ? undefined : Object.getPrototypeOf(value)

/** The prototype of what a global constructor makes; undefined where this version of Node has none. */
const prototypeIn = (owner: unknown, name: string): unknown =>
  Reflect.get(Object(Reflect.get(Object(owner), name)), "prototype")

/**
 * Whether text means the same moment everywhere. Dates alone are UTC in the form of ISO 8601, and local time in every other; a time needs
 * its zone.
 */
const isMoment = (text: string) =>
  /^([+-]\d{6}|\d{4})(-\d\d(-\d\d)?)?$/.test(text) || /\d:\d\d.*(Z|GMT|UTC?|[+-]\d\d:?\d\d)( \([^)]*\))?$/i.test(text)

const isTextObject = (value: unknown) => Object.prototype.toString.call(value) === "[object String]"

const dateVerdict: Verdict = (args, isNew) => {
  // Called as a function it tells the time, whatever it is given.
  if (!isNew || args.length === 0) return [isNew ? "the clock (new Date())" : "the clock (Date())", "clock"]
  if (args.length > 1) return ["local time (new Date(year, month, …))", "localTime"]
  const [given] = args
  const text = isTextObject(given) ? String(given) : given
  return typeof text !== "string" || isMoment(text)
    ? undefined
    : ["local time (new Date of text without a zone)", "localTime"]
}

const guardDate = (value: unknown): unknown => {
  if (!isFunction(value)) return value
  guard(value, "now", always("the clock (Date.now)", "clock"))
  guard(value, "parse", ([text]) =>
    isMoment(String(text)) ? undefined : ["local time (Date.parse without a zone)", "localTime"]
  )
  return asking(value, dateVerdict)
}

const guardPerformance = (value: unknown): unknown => {
  for (const owner of [value, prototypeOf(value)]) {
    guardAll(owner, "the clock: performance.", "clock", ["now", "mark", "measure", "toJSON", "eventLoopUtilization"])
    for (const key of ["timeOrigin", "nodeTiming"]) guardRead(owner, key, `the clock: performance.${key}`, "clock")
  }
  return value
}

const guardTime = () => {
  guardAll(Date.prototype, "local time: Date.", "localTime", [
    ...["Date", "Day", "FullYear", "Hours", "Minutes", "Month", "TimezoneOffset", "Year"].map((part) => `get${part}`),
    ...["Date", "FullYear", "Hours", "Minutes", "Month", "Year"].map((part) => `set${part}`),
    "toString",
    "toDateString",
    "toTimeString"
  ])
  guardGlobal("Date", guardDate)
  guardGlobal("performance", guardPerformance)
  guardGlobals("the clock: ", "clock", ["PerformanceMark"])
  guardRead(prototypeIn(globalThis, "Event"), "timeStamp", "the clock: Event.timeStamp", "clock")
  guardAll(
    Reflect.get(Object(Reflect.get(globalThis, "Temporal")), "Now"),
    "the clock: Temporal.Now.",
    "clock",
    /^[a-z]/
  )
}

const guardProcess = () => {
  guard(process.hrtime, "bigint", always("the clock (process.hrtime.bigint)", "clock"))
  guardAll(process.memoryUsage, "the process: process.memoryUsage.", "outside", ["rss"])
  const calls =
    /^(hrtime|uptime|cwd|chdir|umask|loadEnvFile|nextTick|.*(Memory|Usage)|getActive.*|gete?[gu]id|getgroups)$/i
  guardAll(process, "the process: process.", "outside", calls)
  // Test runners put the original `nextTick` back now and then, so that looking it up is refused as well.
  const facts = [
    "argv",
    "argv0",
    "execArgv",
    "execPath",
    "pid",
    "ppid",
    "platform",
    "arch",
    "title",
    "version",
    "versions",
    "release"
  ]
  for (const key of ["nextTick", ...facts]) {
    guardRead(process, key, `the process: process.${key}`, "outside")
  }
  guardRead(globalThis, "navigator", "the machine (navigator)", "outside")
  const touching = (key: string | symbol) => refuse(`the environment (process.env.${String(key)})`, "outside")
  const traps: ProxyHandler<NodeJS.ProcessEnv> = {
    get: (env, key) => (touching(key), Reflect.get(env, key)),
    has: (env, key) => (touching(key), Reflect.has(env, key)),
    set: (env, key, value) => (touching(key), Reflect.set(env, key, value)),
    deleteProperty: (env, key) => (touching(key), Reflect.deleteProperty(env, key)),
    getOwnPropertyDescriptor: (env, key) => (touching(key), Reflect.getOwnPropertyDescriptor(env, key)),
    ownKeys: (env) => (refuse("the environment (process.env)", "outside"), Reflect.ownKeys(env))
  }
  // Tests put a copy in its place, and the first one back.
  let env = new Proxy(process.env, traps)
  Object.defineProperty(process, "env", {
    configurable: true,
    enumerable: true,
    get: () => env,
    set: (next: NodeJS.ProcessEnv) => {
      env = new Proxy(next, traps)
    }
  })
}

const guardRandomness = () => {
  guard(Math, "random", always("randomness (Math.random)", "random"))
  guardAll(prototypeOf(globalThis.crypto), "randomness: crypto.", "random", ["getRandomValues", "randomUUID"])
  guardRead(prototypeOf(globalThis.crypto), "subtle", "a Promise: crypto.subtle", "later")
  guardAll(URL, "randomness: URL.", "random", ["createObjectURL"])
}

/** Locales that are named and known: for one that it does not know, `Intl` takes the machine's. */
const isKnown = (locale: unknown): boolean => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale as string).length > 0
  } catch {
    return true // no locale at all, which the call itself refuses
  }
}
const hasZone = (options: unknown) =>
  typeof options === "object" && options !== null && Reflect.get(options, "timeZone") !== undefined

/** The locale stands at a place of the arguments, and for what is a moment a time zone behind it. */
const localeVerdict =
  (name: string, at: number, needsZone: boolean): Verdict =>
  (args) => {
    const locale = args[at]
    if (locale === undefined || !isKnown(locale)) return [`the machine's locale (${name})`, "locale"]
    return needsZone && !hasZone(args[at + 1]) ? [`the machine's time zone (${name})`, "locale"] : undefined
  }

const guardLocale = () => {
  for (const key of Object.getOwnPropertyNames(Intl).filter((key) => /^[A-Z]/.test(key) && key !== "Locale")) {
    guard(Intl, key, localeVerdict(`Intl.${key}`, 0, key === "DateTimeFormat"))
  }
  guard(String.prototype, "localeCompare", localeVerdict("localeCompare", 1, false))
  const temporal: unknown = Reflect.get(globalThis, "Temporal")
  const local = [
    "PlainDate",
    "PlainDateTime",
    "PlainMonthDay",
    "PlainTime",
    "PlainYearMonth",
    "ZonedDateTime",
    "Duration"
  ]
  for (const [owner, keys, needsZone] of [
    [String.prototype, /^toLocale(Lower|Upper)Case$/, false],
    [Date.prototype, /^toLocale.*String$/, true],
    [prototypeIn(temporal, "Instant"), /^toLocaleString$/, true],
    ...local.map((type) => [prototypeIn(temporal, type), /^toLocaleString$/, false] as const),
    ...[Number, BigInt, Array, Object.getPrototypeOf(Uint8Array) as typeof Uint8Array].map(
      ({ prototype }) => [prototype, /^toLocaleString$/, false] as const
    )
  ] as const) {
    if (typeof owner !== "object" || owner === null) continue
    for (const key of Object.getOwnPropertyNames(owner).filter((name) => keys.test(name))) {
      guard(owner, key, localeVerdict(key, 0, needsZone))
    }
  }
  guardFormatters()
}

/** Given no moment, a formatter takes the clock's. */
const guardFormatters = () => {
  const formatters = Intl.DateTimeFormat.prototype
  const verdict: Verdict = ([moment]) =>
    moment === undefined ? ["the clock (Intl.DateTimeFormat, which was given no moment)", "clock"] : undefined
  guard(formatters, "formatToParts", verdict)
  const descriptor = Object.getOwnPropertyDescriptor(formatters, "format")
  const get = descriptor?.get
  if (descriptor === undefined || get === undefined) return
  Object.defineProperty(formatters, "format", {
    ...descriptor,
    get(this: unknown): unknown {
      const format: unknown = Reflect.apply(get, this, [])
      return isFunction(format) ? asking(format, verdict) : format
    }
  })
}

const guardLater = () => {
  guardGlobals("what happens later: ", "later", ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"])
  guardAll(globalThis, "what happens elsewhere: ", "later", ["MessageChannel", "BroadcastChannel", "Worker"])
  guardAll(AbortSignal, "what happens later: AbortSignal.", "later", ["timeout"])
  guardAll(Atomics, "what happens later: Atomics.", "later", ["wait", "waitAsync"])
  guardAll(Promise.prototype, "a Promise: ", "later", ["then"])
  guardAll(Array, "a Promise: Array.", "later", ["fromAsync"])
  guardAll(globalThis, "the network: ", "outside", ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"])
  guardAll(globalThis, "the garbage collector: ", "memory", ["WeakRef", "FinalizationRegistry"])
}

/** Who looks for a defect prints; what printing itself touches is not the handler's doing. */
const freeConsole = () => {
  for (const [key, print] of Object.entries(console)) {
    if (!isFunction(print) || key === "Console") continue
    const free = new Proxy(print, {
      apply: (target, self: unknown, args: Args): unknown => {
        const { handler } = realm
        realm.handler = undefined
        try {
          return Reflect.apply(target, self, args)
        } finally {
          realm.handler = handler
        }
      }
    })
    Reflect.set(console, key, free)
  }
}

/** Node's own modules; named imports of them follow. */
const guardModules = () => {
  const require = createRequire(import.meta.url)
  const builtins: ReadonlyArray<readonly [name: string, keys: RegExp, kind: Kind]> = [
    [
      "crypto",
      /^(random|getRandomValues|generate|prime|checkPrime|create(ECDH|DiffieHellman|Sign)|getDiffie|sign$|publicEncrypt)/,
      "random"
    ],
    ["crypto", /^(pbkdf2|scrypt|hkdf|argon2)$/, "later"],
    ["fs", /./, "outside"],
    ["fs/promises", /./, "outside"],
    ["os", /./, "outside"],
    ["child_process", /./, "outside"],
    ["worker_threads", /^(Worker|MessageChannel|BroadcastChannel|receiveMessageOnPort)$/, "outside"],
    ["dns", /./, "outside"],
    ["v8", /^(get|is|query|startup|take|write)/, "outside"],
    ["perf_hooks", /^(create|eventLoop|monitor|timerify)/, "clock"],
    ["dgram", /^createSocket$/, "outside"],
    ["net", /^(connect|create|Socket$|Server$)/, "outside"],
    ["tls", /^(connect|create)/, "outside"],
    ["http", /^(request|get|createServer)$/, "outside"],
    ["https", /^(request|get|createServer)$/, "outside"],
    ["http2", /^(connect|create)/, "outside"],
    ["timers", /^set/, "later"],
    ["timers/promises", /^set/, "later"]
  ]
  for (const [name, keys, kind] of builtins) guardAll(require(`node:${name}`), `node:${name} `, kind, keys)
  guardAll(AsyncLocalStorage.prototype, "what surrounds it: AsyncLocalStorage.", "outside", ["getStore"])
  syncBuiltinESMExports()
}

if (known === undefined) {
  Object.defineProperty(globalThis, registered, { value: realm })
  const installs = [guardTime, guardProcess, guardRandomness, guardLocale, guardLater, guardModules, freeConsole]
  for (const install of installs) install()
}
