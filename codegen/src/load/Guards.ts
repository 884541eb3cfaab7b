/**
 * Replaces globals and functions of Node.js by guarded ones, which report each use before it
 * happens.
 */
import * as CallSite from "./CallSite.ts"

export interface GuardHandlers {
  /**
   * Notes a side effect, and throws. With `always`, also if no code of the project is among the
   * callers.
   */
  readonly act: (what: string, always?: boolean) => void
  /** Notes a read of the environment, the clock or random numbers. */
  readonly read: (what: string, depth: CallSite.CallDepth) => void
  /** Notes a use of a Node.js module by a file, and throws. */
  readonly refuseModule: (name: string, file: string) => void
}

type Args = ReadonlyArray<unknown>

/** Returns the full name of a Node.js module: `node:fs`. */
export const nodeName = (specifier: string): string => `node:${specifier.replace(/^node:/, "")}`

const isFunction = (value: unknown): value is Function => typeof value === "function"

/**
 * Returns a function that calls `before` before each call of the original, or construction by it.
 */
const guarded = (original: Function, before: (args: Args) => void): Function => {
  const value = new Proxy(original, {
    apply: (target, self: unknown, args) => {
      before(args)
      return Reflect.apply(target, self, args)
    },
    construct: (target, args, newTarget) => {
      before(args)
      return Reflect.construct(target, args, newTarget)
    }
  })
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && Reflect.get(prototype, "constructor") === original) {
    // Keeps `date.constructor === Date`.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
  return value
}

/** Guards a function or a class. */
const guardFunction = (owner: object, key: string, before: (args: Args) => void): void => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  Object.defineProperty(owner, key, { ...descriptor, value: guarded(original, before) })
}

/** Guards reads of a property. */
const guardProperty = (owner: object, key: string, before: () => void): void => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  if (descriptor?.configurable !== true) return
  let { value }: { value?: unknown } = descriptor
  const { get, set } = descriptor
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get(this: unknown): unknown {
      before()
      return get === undefined ? value : Reflect.apply(get, this, [])
    },
    set(this: unknown, next: unknown) {
      if (get === undefined) value = next
      else if (set !== undefined) Reflect.apply(set, this, [next])
    }
  })
}

/** Properties of `process` that differ between machines and runs. */
const environmentProperties = (
  "env argv argv0 execArgv execPath cwd pid ppid platform arch version versions release config features title stdin " +
  "memoryUsage cpuUsage resourceUsage getuid umask"
).split(" ")

const guardClock = ({ read }: GuardHandlers): void => {
  guardFunction(globalThis, "Date", (args) => {
    if (args.length === 0) read("reads the clock (new Date)", "packages")
  })
  guardFunction(Date, "now", () => read("reads the clock (Date.now)", "packages"))
  guardFunction(Object.getPrototypeOf(performance), "now", () => read("reads the clock (performance.now)", "packages"))
  for (const key of ["hrtime", "uptime"]) {
    guardProperty(process, key, () => read(`reads the clock (process.${key})`, "direct"))
  }
}

const guardRandomness = ({ read }: GuardHandlers): void => {
  guardFunction(Math, "random", () => read("reads random numbers (Math.random)", "packages"))
  for (const key of ["getRandomValues", "randomUUID"]) {
    const crypto: object = Object.getPrototypeOf(globalThis.crypto)
    guardFunction(crypto, key, () => read(`reads random numbers (crypto.${key})`, "packages"))
  }
}

const guardProcess = ({ act, read, refuseModule }: GuardHandlers): void => {
  for (const key of environmentProperties) {
    guardProperty(process, key, () => read(`reads the environment (process.${key})`, "direct"))
  }
  guardProperty(globalThis, "navigator", () => read("reads the environment (navigator)", "direct"))
  for (const key of ["exit", "reallyExit", "abort"]) {
    guardFunction(process, key, () => act(`ends the process (process.${key})`))
  }
  for (const key of ["kill", "chdir", "dlopen", "binding", "_linkedBinding"]) {
    guardFunction(process, key, () => act(`calls process.${key}`))
  }
  guardFunction(process, "getBuiltinModule", ([name]) => {
    const site = CallSite.find("direct")
    if (site !== undefined) refuseModule(nodeName(String(name)), site.file)
  })
}

const guardGlobalNetwork = ({ act }: GuardHandlers): void => {
  guardFunction(globalThis, "fetch", () => act("opens a connection (fetch)"))
  // Loading the real class takes 50 ms, and no code may use it here.
  Reflect.set(
    globalThis,
    "WebSocket",
    guarded(
      function WebSocket() {},
      () => act("opens a connection (WebSocket)", true)
    )
  )
}

/** Guards all globals of this thread. */
export const install = (handlers: GuardHandlers): void => {
  guardClock(handlers)
  guardRandomness(handlers)
  guardProcess(handlers)
  guardGlobalNetwork(handlers)
}

const networkModules: ReadonlySet<string> = new Set(
  ["net", "tls", "http", "https", "http2", "dgram", "dns", "dns/promises"].map(nodeName)
)

let areModulesGuarded = false

/**
 * Guards the network functions of Node.js modules, when a package imports one of them. Packages may
 * import them, but not open connections. Loading the modules takes time, so this is only done on
 * demand.
 */
export const guardNetworkModule = (name: string, { act }: Pick<GuardHandlers, "act">): void => {
  if (areModulesGuarded || !networkModules.has(name)) return
  areModulesGuarded = true
  const net = process.getBuiltinModule("node:net")
  const dgram = process.getBuiltinModule("node:dgram")
  guardFunction(net.Socket.prototype, "connect", () => act("opens a connection", true))
  guardFunction(net.Server.prototype, "listen", () => act("listens for connections", true))
  for (const key of ["bind", "connect", "send"]) {
    guardFunction(dgram.Socket.prototype, key, () => act("opens a connection", true))
  }
}
