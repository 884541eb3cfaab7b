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
    if (realm.caught !== undefined) throw realm.caught
    if (isThenable(result)) {
      const instead = "A handler returns its result at once: do the waiting before the command."
      throw new Impure(nameOf(name, tag), "a Promise", instead)
    }
    return result
  } finally {
    realm.handler = handler
    realm.given = given
    realm.caught = caught
  }
}

const nameOf = (handler: string, given: string) => (given === "" ? handler : `${handler} ${given}`)

const isThenable = (value: unknown): boolean =>
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

const isFunction = (value: unknown): value is Function => typeof value === "function"
const always = () => true

/** Replaces one function by itself plus the question whether a handler is running. */
const guard = (owner: object, key: string, touched: string, kind: Kind, when: (args: Args) => boolean = always) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  const value: unknown = new Proxy(original, {
    apply: (target, self: unknown, args) => {
      if (realm.handler !== undefined && when(args)) refuse(touched, kind)
      return Reflect.apply(target, self, args)
    },
    construct: (target, args, newTarget) => {
      if (realm.handler !== undefined && when(args)) refuse(touched, kind)
      return Reflect.construct(target, args, newTarget)
    }
  })
  Object.defineProperty(owner, key, { ...descriptor, value })
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && prototype.constructor === original) {
    // `new (date.constructor)()` is the same as `new Date()`.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
}
const guardAll = (owner: unknown, label: string, kind: Kind, keys: ReadonlyArray<string> | RegExp) => {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return
  const names = keys instanceof RegExp ? Object.getOwnPropertyNames(owner).filter((name) => keys.test(name)) : keys
  for (const key of names) guard(owner, key, `${label}${key}`, kind)
}

/** Turns a property into one that refuses to be read while a handler is running. */
const guardRead = (owner: object, key: string, touched: string, kind: Kind) => {
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

const prototypeOf = (value: unknown): unknown => (value === undefined ? undefined : Object.getPrototypeOf(value))

const guardTime = () => {
  // `new Date(ms)` and ISO text with a zone are pure; no argument is the clock, other forms are local time.
  const hasZone = (text: unknown) => typeof text !== "string" || /^\d{4}-\d\d-\d\d$|Z$|[+-]\d\d:?\d\d$/.test(text)
  guard(Date, "now", "the clock (Date.now)", "clock")
  guard(Date, "parse", "local time (Date.parse without a zone)", "localTime", ([text]) => !hasZone(text))
  guardAll(Date.prototype, "local time: Date.", "localTime", [
    ...["Date", "Day", "FullYear", "Hours", "Minutes", "Month", "TimezoneOffset", "Year"].map((part) => `get${part}`),
    ...["Date", "FullYear", "Hours", "Minutes", "Month", "Year"].map((part) => `set${part}`),
    "toString",
    "toDateString",
    "toTimeString"
  ])
  guard(globalThis, "Date", "the clock or local time (Date)", "clock", (args) => args.length !== 1 || !hasZone(args[0]))
  guardAll(prototypeOf(performance), "the clock: performance.", "clock", ["now", "mark", "measure", "toJSON"])
  guardRead(Object.getPrototypeOf(performance), "timeOrigin", "the clock: performance.timeOrigin", "clock")
  const temporal: unknown = Reflect.get(globalThis, "Temporal")
  if (typeof temporal === "object" && temporal !== null) {
    guardAll(Reflect.get(temporal, "Now"), "the clock: Temporal.Now.", "clock", /./)
  }
}

const guardProcess = () => {
  guard(process.hrtime, "bigint", "the clock (process.hrtime.bigint)", "clock")
  const calls = ["hrtime", "uptime", "cwd", "chdir", "memoryUsage", "cpuUsage", "resourceUsage", "nextTick"]
  guardAll(process, "the process: process.", "outside", calls)
  // Test runners put the original `nextTick` back now and then, so that looking it up is refused as well.
  for (const key of ["nextTick", "argv", "pid", "ppid", "platform", "arch", "title"]) {
    guardRead(process, key, `the process: process.${key}`, "outside")
  }
  guardRead(globalThis, "navigator", "the machine (navigator)", "outside")
  const touching = (key: string | symbol) => refuse(`the environment (process.env.${String(key)})`, "outside")
  process.env = new Proxy(process.env, {
    get: (env, key) => (touching(key), Reflect.get(env, key)),
    has: (env, key) => (touching(key), Reflect.has(env, key)),
    set: (env, key, value) => (touching(key), Reflect.set(env, key, value)),
    deleteProperty: (env, key) => (touching(key), Reflect.deleteProperty(env, key)),
    getOwnPropertyDescriptor: (env, key) => (touching(key), Reflect.getOwnPropertyDescriptor(env, key)),
    ownKeys: (env) => (refuse("the environment (process.env)", "outside"), Reflect.ownKeys(env))
  })
}

const guardRandomness = () => {
  guard(Math, "random", "randomness (Math.random)", "random")
  guardAll(prototypeOf(globalThis.crypto), "randomness: crypto.", "random", ["getRandomValues", "randomUUID"])
  guardRead(Object.getPrototypeOf(globalThis.crypto), "subtle", "a Promise: crypto.subtle", "later")
}

const guardLocale = () => {
  const noLocale = ([locale]: Args) => locale === undefined || (Array.isArray(locale) && locale.length === 0)
  const noZone = ([, options]: Args) =>
    typeof options !== "object" || options === null || Reflect.get(options, "timeZone") === undefined
  for (const key of Object.getOwnPropertyNames(Intl)) {
    const isPure = (args: Args) => !noLocale(args) && !(key === "DateTimeFormat" && noZone(args))
    guard(Intl, key, `the machine's locale (Intl.${key})`, "locale", (args) => !isPure(args))
  }
  guard(String.prototype, "localeCompare", "the machine's locale (localeCompare)", "locale", (args) =>
    noLocale(args.slice(1))
  )
  for (const key of ["toLocaleLowerCase", "toLocaleUpperCase"]) {
    guard(String.prototype, key, `the machine's locale (${key})`, "locale", noLocale)
  }
  for (const type of [Date, Number, BigInt, Array, Object, Object.getPrototypeOf(Uint8Array)]) {
    guardAll(type.prototype, "the machine's locale: ", "locale", /^toLocale.*String$/)
  }
}

const guardLater = () => {
  guardAll(globalThis, "what happens later: ", "later", ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"])
  guardAll(globalThis, "what happens elsewhere: ", "later", ["MessageChannel", "BroadcastChannel", "Worker"])
  guardAll(AbortSignal, "what happens later: AbortSignal.", "later", ["timeout"])
  guardAll(Promise.prototype, "a Promise: ", "later", ["then"])
  guardAll(globalThis, "the network: ", "outside", ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"])
  guardAll(globalThis, "the garbage collector: ", "memory", ["WeakRef", "FinalizationRegistry"])
}

/** Node's own modules; named imports of them follow. */
const guardModules = () => {
  const require = createRequire(import.meta.url)
  const builtins: ReadonlyArray<readonly [name: string, keys: RegExp, kind: Kind]> = [
    ["crypto", /^(random|getRandomValues|generate|prime|checkPrime)/, "random"],
    ["fs", /./, "outside"],
    ["fs/promises", /./, "outside"],
    ["os", /./, "outside"],
    ["child_process", /./, "outside"],
    ["worker_threads", /^(Worker|MessageChannel|BroadcastChannel|receiveMessageOnPort)$/, "outside"],
    ["dns", /./, "outside"],
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
  syncBuiltinESMExports()
}

if (known === undefined) {
  Object.defineProperty(globalThis, registered, { value: realm })
  for (const install of [guardTime, guardProcess, guardRandomness, guardLocale, guardLater, guardModules]) install()
}
