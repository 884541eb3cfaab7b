/**
 * Installs the guards when this module is loaded. It imports no module that could keep a reference
 * to an unguarded global.
 *
 * The guards stay installed, and each call of a guarded function reads one flag. That costs
 * nanoseconds, whereas replacing globals around every handler would cost microseconds. It also
 * means that a reference taken early (`const now = Date.now`) is guarded, if this module is
 * imported before the code that takes it.
 *
 * `Impurities` in core is the list of the guarded globals and modules. Guards that depend on the
 * arguments of a call are here: dates, locales, formatters.
 *
 * No guard sees the text of a stack, stack depth, memory use, another realm of `node:vm`, a promise
 * that is never awaited, or mutable state of modules. The other laws and the static check find
 * those.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { impurities } from "eventfold/tables"
import {
  always,
  type Args,
  type Guarded,
  guardedFunction,
  guardGlobal,
  guardMember,
  guardMethod,
  guardRead,
  isFunction,
  type Verdict
} from "./Guard.ts"
import { guardOnce, outside, refuse } from "./Realm.ts"

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

/** Value at a path of members, or `undefined` if this version of Node has none. */
const memberAt = (start: unknown, keys: ReadonlyArray<string>): unknown =>
  keys.reduce<unknown>((value, key) => (isObject(value) ? Reflect.get(value, key) : undefined), start)

/** An object and its prototypes, without those that all objects share. */
const chainOf = (value: unknown): ReadonlyArray<object> =>
  !isObject(value) || value === Object.prototype || value === Function.prototype
    ? []
    : [value, ...chainOf(Object.getPrototypeOf(value))]

/** Paths of the table, each with its root, the global that it begins with. */
const guardedPaths = impurities.globals.flatMap(({ kind, paths, thing }) =>
  paths.map((path) => {
    const [root = path, ...members] = path.split(".")
    return { kind, members, path, root, thing }
  })
)

/** Guards the member at the end of `keys`; of `*`, all members. */
const guardPath = (
  start: unknown,
  keys: ReadonlyArray<string>,
  { kind, path, thing }: (typeof guardedPaths)[number]
) => {
  const last = keys.at(-1) ?? path
  for (const object of chainOf(memberAt(start, keys.slice(0, -1)))) {
    const members = last === "*" ? Object.getOwnPropertyNames(object).filter((name) => /^[a-z]/.test(name)) : [last]
    for (const member of members) guardMember(object, member, `${thing} (${path.replace("*", member)})`, kind)
  }
}

/** Globals that fake timers replace: each replacement is guarded as well. */
const replacedGlobals = new Set([
  "Date",
  "performance",
  "PerformanceMark",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask"
])

const guardReplacement = (root: string, value: unknown): unknown => {
  const rows = guardedPaths.filter((row) => row.root === root)
  for (const row of rows) if (row.members.length > 0) guardPath(value, row.members, row)
  if (!isFunction(value)) return value
  if (root === "Date") return guardDateClass(value)
  const whole = rows.find(({ members }) => members.length === 0)
  return whole === undefined ? value : guardedFunction(value, always(`${whole.thing} (${root})`, whole.kind))
}

const guardTable = () => {
  for (const row of guardedPaths) {
    if (!replacedGlobals.has(row.root)) guardPath(globalThis, [row.root, ...row.members], row)
  }
  for (const root of replacedGlobals) guardGlobal(root, (value) => guardReplacement(root, value))
}

const isTextObject = (value: unknown) => Object.prototype.toString.call(value) === "[object String]"

const dateVerdict: Verdict = (args, isNew) => {
  // `Date(…)` without `new` returns the time, with any arguments.
  if (!isNew || args.length === 0) return [isNew ? "the clock (new Date())" : "the clock (Date())", "clock"]
  if (args.length > 1) return ["local time (new Date(year, month, …))", "localTime"]
  const [given] = args
  const text = isTextObject(given) ? String(given) : given
  return typeof text !== "string" || impurities.isMomentText(text)
    ? undefined
    : ["local time (new Date of text without a zone)", "localTime"]
}

const guardDateClass = (value: Guarded): Guarded => {
  guardMethod(value, "parse", ([text]) =>
    impurities.isMomentText(String(text)) ? undefined : ["local time (Date.parse without a zone)", "localTime"]
  )
  return guardedFunction(value, dateVerdict)
}

const guardLocalTime = () => {
  for (const method of [...impurities.localDateMethods, "toString"]) {
    guardMember(Date.prototype, method, `local time (Date.${method})`, "localTime")
  }
}

const guardProcess = () => {
  // Test runners restore the original `nextTick` at times, so that a handler must not even read it.
  guardRead(process, "nextTick", "the task queue (process.nextTick)", "later")
  const touching = (key: string | symbol) => refuse(`the environment (process.env.${String(key)})`, "outside")
  const traps: ProxyHandler<NodeJS.ProcessEnv> = {
    get: (env, key) => (touching(key), Reflect.get(env, key)),
    has: (env, key) => (touching(key), Reflect.has(env, key)),
    set: (env, key, value) => (touching(key), Reflect.set(env, key, value)),
    deleteProperty: (env, key) => (touching(key), Reflect.deleteProperty(env, key)),
    getOwnPropertyDescriptor: (env, key) => (touching(key), Reflect.getOwnPropertyDescriptor(env, key)),
    ownKeys: (env) => (refuse("the environment (process.env)", "outside"), Reflect.ownKeys(env))
  }
  // Tests replace the environment by a copy, and restore the first one later.
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

/**
 * Checks that `Intl` has a locale: for one that it does not have, it takes the locale of the
 * machine.
 */
const isKnownLocale = (locale: unknown): boolean => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale as string).length > 0
  } catch {
    return true // not a locale, which the call itself refuses
  }
}
const hasZone = (options: unknown) =>
  typeof options === "object" && options !== null && Reflect.get(options, "timeZone") !== undefined

/**
 * Verdict on a call whose locale is the argument at `index`; a moment needs a time zone after it.
 */
const localeVerdict =
  (name: string, index: number, needsZone: boolean): Verdict =>
  (args) => {
    const locale = args[index]
    if (locale === undefined || !isKnownLocale(locale)) return [`the machine's locale (${name})`, "locale"]
    return needsZone && !hasZone(args[index + 1]) ? [`the machine's time zone (${name})`, "locale"] : undefined
  }

/**
 * Classes whose methods take a locale; values of the first ones are moments, which need a time zone
 * as well.
 */
const momentClasses = ["Date", "Temporal.Instant"]
const localeClasses = [
  ...momentClasses,
  "String",
  "Number",
  "BigInt",
  "Array",
  ...["PlainDate", "PlainDateTime", "PlainMonthDay", "PlainTime", "PlainYearMonth", "ZonedDateTime", "Duration"].map(
    (name) => `Temporal.${name}`
  )
]

const guardLocale = () => {
  for (const key of Object.getOwnPropertyNames(Intl).filter((key) => /^[A-Z]/.test(key) && key !== "Locale")) {
    guardMethod(Intl, key, localeVerdict(`Intl.${key}`, 0, key === "DateTimeFormat"))
  }
  const typedArrays: unknown = Object.getPrototypeOf(Uint8Array.prototype)
  const prototypes = localeClasses.map(
    (name) => [memberAt(globalThis, [...name.split("."), "prototype"]), momentClasses.includes(name)] as const
  )
  for (const [prototype, needsZone] of [...prototypes, [typedArrays, false] as const]) {
    if (!isObject(prototype)) continue
    for (const method of Object.getOwnPropertyNames(prototype)) {
      const index = impurities.localeArgumentOf(method)
      if (index !== undefined) guardMethod(prototype, method, localeVerdict(method, index, needsZone))
    }
  }
  guardFormatters()
}

/** Guards formatters of dates: without a moment, they format the current time. */
const guardFormatters = () => {
  const formatters = Intl.DateTimeFormat.prototype
  const verdict: Verdict = ([moment]) =>
    moment === undefined ? ["the clock (Intl.DateTimeFormat without a moment)", "clock"] : undefined
  guardMethod(formatters, "formatToParts", verdict)
  const descriptor = Object.getOwnPropertyDescriptor(formatters, "format")
  const get = descriptor?.get
  if (descriptor === undefined || get === undefined) return
  Object.defineProperty(formatters, "format", {
    ...descriptor,
    get(this: unknown): unknown {
      const format: unknown = Reflect.apply(get, this, [])
      return isFunction(format) ? guardedFunction(format, verdict) : format
    }
  })
}

/**
 * Lets handlers print: what the console touches is not the handler's doing, and printing helps to
 * find a defect.
 */
const freeConsole = () => {
  for (const [key, print] of Object.entries(console)) {
    if (!isFunction(print) || key === "Console") continue
    const free = new Proxy(print, {
      apply: (target, self: unknown, args: Args): unknown => outside(() => Reflect.apply(target, self, args))
    })
    Reflect.set(console, key, free)
  }
}

/** Guards the exports of Node's own modules; their named imports follow. */
const guardModules = () => {
  const require = createRequire(import.meta.url)
  for (const { exports, kind, modules, thing } of impurities.modules) {
    if (exports === undefined) continue
    for (const name of modules) {
      const module: object = require(`node:${name}`)
      for (const key of Object.getOwnPropertyNames(module).filter((key) => exports.test(key))) {
        guardMethod(module, key, always(`${thing} (node:${name} ${key})`, kind))
      }
    }
  }
  const store = "the surrounding context (AsyncLocalStorage.getStore)"
  guardMethod(AsyncLocalStorage.prototype, "getStore", always(store, "outside"))
  syncBuiltinESMExports()
}

guardOnce(() => {
  for (const install of [guardLocalTime, guardTable, guardProcess, guardLocale, guardModules, freeConsole]) install()
})
