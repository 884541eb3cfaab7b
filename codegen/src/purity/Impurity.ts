/**
 * Finds what a handler must not touch in the text of its code. The list itself is core's: the
 * hermetic realm of `@eventfold/testing` guards the same at run time.
 */
import { impurities } from "eventfold/tables"
import { codes, type Code } from "../report/Diagnostic.ts"

/**
 * Kinds of findings: the impurities of the table, and changes of values that only the text shows.
 */
export type Kind = keyof typeof impurities.fixes | "given" | "kept"

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

/** The fix of each kind: the realm's where the realm knows the kind. */
export const fixes: Readonly<Record<Kind, string>> = {
  ...impurities.fixes,
  given: "return a new value: { ...state, … }, [...items, item], items.toSorted()",
  kept: "keep it in the state or in the row, or create it in each call"
}

const clock = (touched: string): Impurity => ({ kind: "clock", touched: `the clock (${touched})` })
const random = (touched: string): Impurity => ({ kind: "random", touched: `randomness (${touched})` })
const outside = (touched: string): Impurity => ({ kind: "outside", touched })
const locale = (touched: string): Impurity => ({ kind: "locale", touched: `the machine's locale (${touched})` })
const localTime = (touched: string): Impurity => ({ kind: "localTime", touched: `local time (${touched})` })
export const promise = (touched: string): Impurity => ({ kind: "later", touched: `a Promise (${touched})` })
export const textOfDate: Impurity = localTime("the text of a Date")
export const place: Impurity = outside("the place of the file (import.meta)")

/**
 * Globals that are impure only by their members: a handler that names one alone does nothing yet.
 */
const parts =
  /^(process|crypto|performance|navigator|location|document|window|localStorage|sessionStorage|Temporal\.Now|Promise)$/

/**
 * Each path of the table of globals with its row; paths that end in `.*` come last, the longest
 * first.
 */
const rowsByPath = impurities.globals
  .flatMap((row) => [...row.paths, ...(row.textPaths ?? [])].map((path) => ({ path, row })))
  .toSorted((a, b) => Number(a.path.endsWith(".*")) - Number(b.path.endsWith(".*")) || b.path.length - a.path.length)

/** Finds the impurity of a global by its dotted path: `Math.random`. */
export const ofGlobal = (path: string): Impurity | undefined => {
  if (parts.test(path)) return undefined
  const found = rowsByPath.find(({ path: row }) =>
    row.endsWith(".*") ? path.startsWith(row.slice(0, -1)) : path === row
  )
  return found === undefined ? undefined : { kind: found.row.kind, touched: `${found.row.thing} (${path})` }
}

/**
 * Finds the impurity of a global that is passed to code that is not analysed, and that can do
 * anything with it.
 */
export const ofWhole = (path: string): Impurity | undefined =>
  parts.test(path) ? (ofGlobal(`${path}.*`) ?? outside(path)) : path === "Date" ? clock("Date") : undefined

/** Returns the shortest form of a path of globals. */
export const tidy = (path: string): string =>
  path
    .replace(/^((globalThis|window|self|global)\.)+(?=.)/, "")
    .replace(/^(\w+(?:\.\w+)?)\.prototype\.constructor$/, "$1")

/** An argument, described by its expression in the call. */
export interface Argument {
  /** Value of a string literal. */
  readonly text: string | undefined
  /** `true` for `undefined` and an empty array. */
  readonly isNone: boolean
  readonly isObject: boolean
  /** Returns `true` for an object literal without this field. */
  readonly lacks: (field: string) => boolean
}

const isNone = (one: Argument | undefined): boolean => one === undefined || one.isNone

/**
 * Finds the impurity of a call of a global. Arguments of unknown number, such as those of a spread,
 * count as one unknown argument.
 */
export const ofCall = (path: string, args: ReadonlyArray<Argument>, isNew: boolean): Impurity | undefined => {
  const [first, second] = args
  if (path === "Date" || path === "(constructor)") {
    const shown = path === "Date" ? `${isNew ? "new " : ""}Date` : "a constructor that may be Date"
    if (path === "Date" && !isNew) return clock(shown)
    if (args.length === 0) return clock(shown)
    if (args.length > 1) return localTime(`${shown} of parts`)
    return first?.text !== undefined && !impurities.isMomentText(first.text)
      ? localTime(`${shown} of text without a zone`)
      : undefined
  }
  if (path === "Date.parse")
    return first?.text !== undefined && !impurities.isMomentText(first.text)
      ? localTime(`${path} without a zone`)
      : undefined
  if (path.startsWith("Intl.")) {
    const lacksZone = path === "Intl.DateTimeFormat" && (isNone(second) || second?.lacks("timeZone") === true)
    return isNone(first) || lacksZone ? locale(path) : undefined
  }
  if (path === "Promise") return promise(`${isNew ? "new " : ""}${path}`)
  return ofGlobal(path)
}

/** Modules of Node that only compute. */
const computing =
  /^(assert|assert\/strict|buffer|constants|events|path|path\/posix|path\/win32|punycode|querystring|string_decoder|url|util|util\/types|zlib)$/
const impureModules = new Set(impurities.modules.flatMap(({ modules }) => modules))

/** Returns the global that an export of Node is: `node:process` exports `process`. */
export const asGlobal = (specifier: string, path: string): string | undefined => {
  if (/^(node:)?process$/.test(specifier)) return path === "" || path === "default" ? "process" : `process.${path}`
  if (/^(node:)?perf_hooks$/.test(specifier) && /^performance(\.|$)/.test(path)) return path
  return /^(node:)?crypto$/.test(specifier) && /^webcrypto(\.|$)/.test(path)
    ? path.replace("webcrypto", "crypto")
    : undefined
}

const ofNode = (module: string, member: string, shown: string): Impurity | undefined => {
  if (computing.test(module)) return undefined
  const rows = impurities.modules.filter(({ modules }) => modules.includes(module))
  if (rows.length === 0) return outside(`Node (${shown})`)
  const row =
    rows.find(({ exports }) => exports?.test(member)) ?? rows.find(({ hasPureExports }) => hasPureExports !== true)
  return row === undefined ? undefined : { kind: row.kind, touched: `${row.thing} (${shown})` }
}

/** Finds the impurity of an import from Node, from Effect, or from a package that makes ids. */
export const ofImport = (specifier: string, path: string): Impurity | undefined => {
  if (specifier.startsWith("node:") || impureModules.has(specifier)) {
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

/** Returns the module of Effect, and the name in it. */
export const ofEffect = (specifier: string, path: string): readonly [part: string, name: string] => {
  const [first = "", ...rest] = path.split(".")
  if (specifier === "effect") return [first, rest.join(".")]
  return [/^effect\/(\w+)$/.exec(specifier)?.[1] ?? "", path]
}

/** Finds a call of Effect without a locale, which uses that of the machine. */
export const ofEffectCall = (specifier: string, path: string, args: ReadonlyArray<Argument>): Impurity | undefined => {
  const [part, name] = ofEffect(specifier, path)
  if (part === "DateTime" && /^format(Local|Utc)?$/.test(name)) {
    if (name === "formatLocal") return localTime(`DateTime.${name}`)
    // In a pipe, the options are the only argument.
    const options = args.length === 1 && args[0]?.isObject === false ? undefined : args.at(-1)
    return options === undefined || options.lacks("locale") ? locale(`DateTime.${name}`) : undefined
  }
  return part === "String" && /^(localeCompare|toLocale\w+Case)$/.test(name) && args.length < 2
    ? locale(`String.${name}`)
    : undefined
}

/**
 * Finds the impurity of a method by its name and its arguments. `made` has the known global classes
 * of its owner.
 */
export const ofMethod = (
  name: string,
  args: ReadonlyArray<Argument>,
  made: ReadonlyArray<string>
): Impurity | undefined => {
  const isDate = made.includes("Date")
  if (impurities.localDateMethods.includes(name)) return localTime(`Date.${name}`)
  if (name === "toString" && isDate) return textOfDate
  const localeAt = impurities.localeArgumentOf(name)
  if (localeAt !== undefined) {
    const options = args[localeAt + 1]
    const isMoment = /^toLocale(Date|Time)String$/.test(name) || (isDate && name === "toLocaleString")
    const lacksZone = isMoment && (isNone(options) || options?.lacks("timeZone") === true)
    return isNone(args[localeAt]) || lacksZone ? locale(name) : undefined
  }
  if (/^format(ToParts)?$/.test(name) && made.includes("Intl.DateTimeFormat") && isNone(args[0])) {
    return clock("Intl.DateTimeFormat, which was given no moment")
  }
  return undefined
}
