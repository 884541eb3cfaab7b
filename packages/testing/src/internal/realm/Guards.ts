/**
 * The guards, put up when this module is loaded. It imports nothing that could take a reference before they stand.
 *
 * They stay for good, and ask one flag: that costs nanoseconds a call, where replacing globals around every handler would cost
 * microseconds. It also means that a reference taken early (`const now = Date.now`) is the guarded one, as long as this module is
 * imported before the code that takes it.
 *
 * No guard sees the text of a stack, stack depth, memory use, another realm of `node:vm`, a promise that nobody looks at, or mutable state
 * of modules: those are for the other laws and for the static check.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { createRequire, syncBuiltinESMExports } from "node:module"
import {
  always,
  type Args,
  asking,
  guard,
  guardAll,
  guardGlobal,
  guardGlobals,
  guardRead,
  isFunction,
  type Verdict
} from "./Guard.ts"
import { guardOnce, type Kind, outside, refuse } from "./Realm.ts"

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
      apply: (target, self: unknown, args: Args): unknown => outside(() => Reflect.apply(target, self, args))
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

guardOnce(() => {
  const installs = [guardTime, guardProcess, guardRandomness, guardLocale, guardLater, guardModules, freeConsole]
  for (const install of installs) install()
})
