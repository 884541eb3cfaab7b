/** What a handler must not touch, and what to do instead: the list of `Hermetic` in `@eventfold/testing`, as it is read from text. */
import { codes, type Code } from "../report/Diagnostic.ts"

export type Kind = "clock" | "random" | "outside" | "memory" | "locale" | "localTime" | "later" | "given" | "kept"

export interface Impurity {
  readonly kind: Kind
  readonly touched: string
}

export const codeOf: Readonly<Record<Kind, Code>> = {
  clock: codes.outside,
  random: codes.outside,
  outside: codes.outside,
  memory: codes.outside,
  locale: codes.locale,
  localTime: codes.locale,
  later: codes.later,
  given: codes.given,
  kept: codes.kept
}

/** The mends, in the words that the guard at run time uses. */
export const instead: Readonly<Record<Kind, string>> = {
  clock: "put the time into the event: a decision takes it from facts.now",
  random: "put the value into the event: a decision takes ids from Decider.id(facts, …)",
  locale: "name the locale and the time zone, or compare code units with < and >",
  localTime: "use the UTC methods, or DateTime.Utc: the answer depends on the machine's time zone",
  outside: "put what was read into the command, and from there into the event",
  later: "a handler is one synchronous step; nothing may happen after it",
  memory: "what the garbage collector does is not part of the history",
  given: "return a new value: { ...state, … }, [...items, item], items.toSorted()",
  kept: "keep it in the state or in the row, or make it anew in each call"
}

const clock = (touched: string): Impurity => ({ kind: "clock", touched: `the clock (${touched})` })
const random = (touched: string): Impurity => ({ kind: "random", touched: `randomness (${touched})` })
const outside = (touched: string): Impurity => ({ kind: "outside", touched })
const later = (touched: string): Impurity => ({ kind: "later", touched })
const locale = (touched: string): Impurity => ({ kind: "locale", touched: `the machine's locale (${touched})` })
const localTime = (touched: string): Impurity => ({ kind: "localTime", touched: `local time (${touched})` })
export const promise = (touched: string): Impurity => later(`a Promise (${touched})`)
export const textOfDate: Impurity = localTime("the text of a Date")
export const place: Impurity = outside("the place of the file (import.meta)")

/** Globals whose parts are what matters: to name them alone does nothing. */
const parts =
  /^(process|crypto|performance|navigator|location|document|window|localStorage|sessionStorage|Temporal\.Now|Promise)$/

const table: ReadonlyArray<readonly [pattern: RegExp, impurity: (path: string) => Impurity]> = [
  [/^(Date\.now|performance\..*|PerformanceMark|Temporal\.Now\..*)$/, clock],
  [/^(Math\.random|URL\.createObjectURL)$/, random],
  [/^crypto\.subtle/, promise],
  [/^crypto\..*$/, random],
  [/^process\.(hrtime|uptime)/, clock],
  [/^process\.nextTick$/, (path) => later(`what happens later: ${path}`)],
  [/^process\.env/, (path) => outside(`the environment (${path})`)],
  [/^process\..*$/, (path) => outside(`the process (${path})`)],
  [
    /^(navigator|location|document|window|localStorage|sessionStorage)\..*$/,
    (path) => outside(`the machine (${path})`)
  ],
  [/^(fetch|WebSocket|EventSource|XMLHttpRequest)$/, (path) => outside(`the network: ${path}`)],
  [
    /^(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame|AbortSignal\.timeout|Atomics\.wait(Async)?)$/,
    (path) => later(`what happens later: ${path}`)
  ],
  [/^(MessageChannel|BroadcastChannel|Worker)$/, (path) => later(`what happens elsewhere: ${path}`)],
  [/^(Promise\..*|Array\.fromAsync)$/, promise],
  [/^(WeakRef|FinalizationRegistry)$/, (path) => ({ kind: "memory", touched: `the garbage collector: ${path}` })],
  [
    /^(require|eval|Function)$/,
    (path) => outside(`${path === "require" ? "a module" : "code made at run time"} (${path})`)
  ]
]

/** A global, by its dotted path: `Math.random`. */
export const ofGlobal = (path: string): Impurity | undefined => table.find(([pattern]) => pattern.test(path))?.[1](path)

/** A global that is handed to code that is not looked into, which may do anything with it. */
export const ofWhole = (path: string): Impurity | undefined =>
  parts.test(path) ? (ofGlobal(`${path}.*`) ?? outside(path)) : path === "Date" ? clock("Date") : undefined

/** A path of globals in its shortest form. */
export const tidy = (path: string): string =>
  path
    .replace(/^((globalThis|window|self|global)\.)+(?=.)/, "")
    .replace(/^(\w+(?:\.\w+)?)\.prototype\.constructor$/, "$1")

/** What is known of an argument, as far as it is written down. */
export interface Argument {
  /** Its value, where it is a text. */
  readonly text: string | undefined
  /** Whether it is `undefined` or an empty array. */
  readonly isNone: boolean
  readonly isObject: boolean
  /** Whether it is an object that is written down, and lacks this field. */
  readonly lacks: (field: string) => boolean
}

/**
 * Whether a text of a date means the same moment everywhere. Dates alone are UTC in the form of ISO 8601, and local time in every other; a
 * time needs its zone.
 */
const isMoment = (text: string): boolean =>
  /^([+-]\d{6}|\d{4})(-\d\d(-\d\d)?)?$/.test(text) || /\d:\d\d.*(Z|GMT|UTC?|[+-]\d\d:?\d\d)( \([^)]*\))?$/i.test(text)

const isNone = (one: Argument | undefined): boolean => one === undefined || one.isNone

/** A call of a global; where there are arguments at an unknown number, `args` has what is sure. */
export const ofCall = (path: string, args: ReadonlyArray<Argument>, isNew: boolean): Impurity | undefined => {
  const [first, second] = args
  if (path === "Date" || path === "(constructor)") {
    const shown = path === "Date" ? `${isNew ? "new " : ""}Date` : "a constructor that may be Date"
    if (path === "Date" && !isNew) return clock(shown)
    if (args.length === 0) return clock(shown)
    if (args.length > 1) return localTime(`${shown} of parts`)
    return first?.text !== undefined && !isMoment(first.text) ? localTime(`${shown} of text without a zone`) : undefined
  }
  if (path === "Date.parse")
    return first?.text !== undefined && !isMoment(first.text) ? localTime(`${path} without a zone`) : undefined
  if (path.startsWith("Intl.")) {
    const lacksZone = path === "Intl.DateTimeFormat" && (isNone(second) || second?.lacks("timeZone") === true)
    return isNone(first) || lacksZone ? locale(path) : undefined
  }
  if (path === "Promise") return promise(`${isNew ? "new " : ""}${path}`)
  return ofGlobal(path)
}

/** Modules of Node's that compute and nothing else. */
const computing =
  /^(assert|assert\/strict|buffer|constants|events|path|path\/posix|path\/win32|punycode|querystring|string_decoder|url|util|util\/types|zlib)$/
const builtins =
  /^(async_hooks|child_process|cluster|crypto|dgram|dns|dns\/promises|fs|fs\/promises|http|http2|https|inspector|module|net|os|perf_hooks|process|readline|repl|stream|timers|timers\/promises|tls|tty|v8|vm|worker_threads)$/

/** What a module of Node's is as a global: `node:process` exports the process. */
export const asGlobal = (specifier: string, path: string): string | undefined => {
  if (/^(node:)?process$/.test(specifier)) return path === "" || path === "default" ? "process" : `process.${path}`
  if (/^(node:)?perf_hooks$/.test(specifier) && /^performance(\.|$)/.test(path)) return path
  return /^(node:)?crypto$/.test(specifier) && /^webcrypto(\.|$)/.test(path)
    ? path.replace("webcrypto", "crypto")
    : undefined
}

const ofNode = (module: string, member: string, shown: string): Impurity | undefined => {
  if (module === "crypto") {
    if (/^(pbkdf2|scrypt|hkdf|argon2)$/.test(member)) return later(`what happens later: ${shown}`)
    const draws =
      /^(random|getRandomValues|generate|prime|checkPrime|subtle|create(ECDH|DiffieHellman|Sign)|getDiffie|sign$|publicEncrypt)/
    return draws.test(member) ? random(shown) : undefined
  }
  if (module === "perf_hooks") return clock(shown)
  if (module.startsWith("timers")) return later(`what happens later: ${shown}`)
  return computing.test(module) ? undefined : outside(shown)
}

/** A member of something that is imported: from Node, from Effect, from a package whose purpose it is. */
export const ofImport = (specifier: string, path: string): Impurity | undefined => {
  if (specifier.startsWith("node:") || builtins.test(specifier)) {
    const member = path.replace(/^default\.?/, "")
    return member === "" ? undefined : ofNode(specifier.replace(/^node:/, ""), member, `${specifier} ${member}`)
  }
  const [part, name] = ofEffect(specifier, path)
  if (name !== "") {
    const shown = `${part}.${name}`
    if (part === "Clock") return clock(shown)
    if (part === "Random") return random(shown)
    if (part === "DateTime") {
      if (/^(now|isFuture|isPast)/.test(name)) return clock(shown)
      if (name.endsWith("Local") && name !== "formatLocal") return localTime(shown)
    }
    if (part === "Effect" && /^run[A-Z]/.test(name)) return outside(`the world by running an effect (${shown})`)
  }
  if (/^(nanoid|ulid|ulidx|@paralleldrive\/cuid2)$/.test(specifier) && path !== "*")
    return random(`${specifier} ${path}`)
  return specifier === "uuid" && /^v[1467]$/.test(path) ? random(`${specifier} ${path}`) : undefined
}

/** The module of Effect's, and the name in it. */
export const ofEffect = (specifier: string, path: string): readonly [part: string, name: string] => {
  const [first = "", ...rest] = path.split(".")
  if (specifier === "effect") return [first, rest.join(".")]
  return [/^effect\/(\w+)$/.exec(specifier)?.[1] ?? "", path]
}

/** A call of Effect's that takes the machine's locale unless it is given one. */
export const ofEffectCall = (specifier: string, path: string, args: ReadonlyArray<Argument>): Impurity | undefined => {
  const [part, name] = ofEffect(specifier, path)
  if (part === "DateTime" && /^format(Local|Utc)?$/.test(name)) {
    if (name === "formatLocal") return localTime(`DateTime.${name}`)
    // Called in a pipe, it is given options alone.
    const options = args.length === 1 && args[0]?.isObject === false ? undefined : args.at(-1)
    return options === undefined || options.lacks("locale") ? locale(`DateTime.${name}`) : undefined
  }
  return part === "String" && /^(localeCompare|toLocale\w+Case)$/.test(name) && args.length < 2
    ? locale(`String.${name}`)
    : undefined
}

/** Of a Date, whatever holds it. */
const localMethods =
  /^(get(Date|Day|FullYear|Hours|Minutes|Month|TimezoneOffset|Year)|set(Date|FullYear|Hours|Minutes|Month|Year)|to(Date|Time)String)$/

/** A method by its name and what it is given; `made`: what it belongs to, as far as that is known. */
export const ofMethod = (
  name: string,
  args: ReadonlyArray<Argument>,
  made: ReadonlyArray<string>
): Impurity | undefined => {
  const isDate = made.includes("Date")
  if (localMethods.test(name)) return localTime(`Date.${name}`)
  if (name === "toString" && isDate) return textOfDate
  if (/^toLocale(Lower|Upper)Case$/.test(name)) return isNone(args[0]) ? locale(name) : undefined
  if (/^toLocale\w*String$/.test(name)) {
    const lacksZone = isNone(args[1]) || args[1]?.lacks("timeZone") === true
    const isMoment = isDate || /^toLocale(Date|Time)String$/.test(name)
    return isNone(args[0]) || (isMoment && lacksZone) ? locale(name) : undefined
  }
  if (/^format(ToParts)?$/.test(name) && made.includes("Intl.DateTimeFormat") && isNone(args[0])) {
    return clock("Intl.DateTimeFormat, which was given no moment")
  }
  return name === "localeCompare" && isNone(args[1]) ? locale(name) : undefined
}
