/**
 * Everything outside its arguments that a pure handler must not touch, and what to do instead.
 *
 * One table with two readers: the hermetic realm of `@eventfold/testing` guards it at run time, and
 * `eventfold check` finds it in the text of handlers. A new impurity is one row here.
 *
 * This module imports nothing, because the realm has to guard the globals before any other module
 * is loaded and keeps a reference to one of them.
 */

/** Kinds of impurity: each has its own fix. */
type Kind = "clock" | "random" | "locale" | "localTime" | "outside" | "later" | "memory"

const fixes: Readonly<Record<Kind, string>> = {
  clock: "put the time into the event: a decision takes it from facts.now",
  random: "put the value into the event: a decision takes ids from Decider.id(facts, …)",
  locale: "name the locale and the time zone, or compare code units with < and >",
  localTime: "use the UTC methods or DateTime.Utc: local time depends on the time zone of the machine",
  outside: "pass the value to the decision as a fact or as a field of the command, and store it in the event",
  later: "return the result synchronously: a handler cannot wait, and must not start anything that runs after it",
  memory: "keep ordinary references: garbage collection is not part of the history"
}

interface Impurity {
  readonly kind: Kind
  /** Name of the thing in a message: "the clock" in "touches the clock (Date.now)". */
  readonly thing: string
}

/**
 * Globals of one kind, by their dotted paths. `.*` at the end of a path stands for every member.
 */
interface GlobalImpurity extends Impurity {
  readonly paths: ReadonlyArray<string>
  /**
   * Paths that only the static check refuses. The realm has no guard for them, because Node and
   * test runners use them while a handler runs, or because a guard cannot see them.
   */
  readonly textPaths?: ReadonlyArray<string>
}

const globals: ReadonlyArray<GlobalImpurity> = [
  {
    kind: "clock",
    thing: "the clock",
    paths: [
      "Date.now",
      "performance.now",
      "performance.mark",
      "performance.measure",
      "performance.toJSON",
      "performance.eventLoopUtilization",
      "performance.timeOrigin",
      "performance.nodeTiming",
      "PerformanceMark",
      "Event.prototype.timeStamp",
      "Temporal.Now.*",
      "process.hrtime",
      "process.hrtime.bigint",
      "process.uptime"
    ],
    textPaths: ["performance.*"]
  },
  {
    kind: "random",
    thing: "randomness",
    paths: ["Math.random", "URL.createObjectURL", "crypto.getRandomValues", "crypto.randomUUID"],
    textPaths: ["crypto.*"]
  },
  {
    kind: "later",
    thing: "a Promise",
    paths: ["Promise.prototype.then", "Array.fromAsync", "crypto.subtle"],
    textPaths: ["Promise.*", "crypto.subtle.*"]
  },
  {
    kind: "later",
    thing: "a timer",
    paths: ["setTimeout", "setInterval", "setImmediate", "requestAnimationFrame", "AbortSignal.timeout"]
  },
  { kind: "later", thing: "the task queue", paths: ["queueMicrotask", "process.nextTick"] },
  {
    kind: "later",
    thing: "another thread",
    paths: ["Atomics.wait", "Atomics.waitAsync", "MessageChannel", "BroadcastChannel", "Worker"]
  },
  // The realm guards each variable by a proxy of the whole environment.
  { kind: "outside", thing: "the environment", paths: [], textPaths: ["process.env", "process.env.*"] },
  {
    kind: "outside",
    thing: "the process",
    paths: [
      "argv",
      "execArgv",
      "execPath",
      "pid",
      "ppid",
      "platform",
      "arch",
      "title",
      "version",
      "versions",
      "release",
      "cwd",
      "chdir",
      "umask",
      "loadEnvFile",
      "getActiveResourcesInfo",
      "getuid",
      "geteuid",
      "getgid",
      "getegid",
      "getgroups",
      "cpuUsage",
      "threadCpuUsage",
      "resourceUsage",
      "memoryUsage",
      "memoryUsage.rss",
      "constrainedMemory",
      "availableMemory"
    ].map((name) => `process.${name}`),
    textPaths: ["process.*"]
  },
  {
    kind: "outside",
    thing: "the machine",
    paths: ["navigator"],
    textPaths: ["navigator", "location", "document", "window", "localStorage", "sessionStorage"].map(
      (name) => `${name}.*`
    )
  },
  { kind: "outside", thing: "the network", paths: ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"] },
  { kind: "memory", thing: "the garbage collector", paths: ["WeakRef", "FinalizationRegistry"] },
  { kind: "outside", thing: "a module", paths: [], textPaths: ["require"] },
  { kind: "outside", thing: "code made at run time", paths: [], textPaths: ["eval", "Function"] }
]

/** Exports of Node's own modules, of one kind. */
interface ModuleImpurity extends Impurity {
  /** Names without `node:`. */
  readonly modules: ReadonlyArray<string>
  /**
   * Exports that the realm guards. Unless `hasPureExports`, the static check refuses all exports.
   */
  readonly exports?: RegExp
  /** `true` if the static check allows the exports that no row matches. */
  readonly hasPureExports?: true
}

const everyExport = /./

const modules: ReadonlyArray<ModuleImpurity> = [
  {
    kind: "random",
    thing: "randomness",
    modules: ["crypto"],
    exports:
      /^(random|getRandomValues|generate|prime|checkPrime|subtle|create(ECDH|DiffieHellman|Sign)|getDiffie|sign$|publicEncrypt)/,
    hasPureExports: true
  },
  {
    kind: "later",
    thing: "another thread",
    modules: ["crypto"],
    exports: /^(pbkdf2|scrypt|hkdf|argon2)$/,
    hasPureExports: true
  },
  {
    kind: "clock",
    thing: "the clock",
    modules: ["perf_hooks"],
    exports: /^(create|eventLoop|monitor|timerify)/
  },
  { kind: "later", thing: "a timer", modules: ["timers", "timers/promises"], exports: /^set/ },
  { kind: "outside", thing: "the file system", modules: ["fs", "fs/promises"], exports: everyExport },
  { kind: "outside", thing: "the machine", modules: ["os"], exports: everyExport },
  { kind: "outside", thing: "another process", modules: ["child_process"], exports: everyExport },
  {
    kind: "outside",
    thing: "another thread",
    modules: ["worker_threads"],
    exports: /^(Worker|MessageChannel|BroadcastChannel|receiveMessageOnPort)$/
  },
  { kind: "outside", thing: "the process", modules: ["v8"], exports: /^(get|is|query|startup|take|write)/ },
  { kind: "outside", thing: "the network", modules: ["dns", "dns/promises"], exports: everyExport },
  { kind: "outside", thing: "the network", modules: ["dgram"], exports: /^createSocket$/ },
  { kind: "outside", thing: "the network", modules: ["net"], exports: /^(connect|create|Socket$|Server$)/ },
  { kind: "outside", thing: "the network", modules: ["tls", "http2"], exports: /^(connect|create)/ },
  { kind: "outside", thing: "the network", modules: ["http", "https"], exports: /^(request|get|createServer)$/ },
  {
    kind: "outside",
    thing: "the process",
    modules: ["cluster", "inspector", "module", "process", "readline", "repl", "stream", "tty", "vm"]
  },
  // The realm guards `getStore`: of an exported class, this table names no members.
  { kind: "outside", thing: "the surrounding context", modules: ["async_hooks"] }
]

const localDateMethods: ReadonlyArray<string> = [
  ...["Date", "Day", "FullYear", "Hours", "Minutes", "Month", "TimezoneOffset", "Year"].map((part) => `get${part}`),
  ...["Date", "FullYear", "Hours", "Minutes", "Month", "Year"].map((part) => `set${part}`),
  "toDateString",
  "toTimeString"
]

/**
 * Impurities: what a pure handler must not touch, and the fix of each kind.
 *
 * **When to use**
 *
 * In tools that find impure handlers. The hermetic realm of `@eventfold/testing` and `eventfold
 * check` read it.
 *
 * @example
 * ```ts
 * import { impurities } from "eventfold/tables"
 *
 * const clock = impurities.globals.find(({ paths }) => paths.includes("Date.now"))
 * clock?.thing // the clock
 * impurities.isMomentText("2026-01-31T08:30") // false: local time
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export const impurities = {
  /** The fix of each kind, as the end of a sentence. */
  fixes,
  /** Impure globals. */
  globals,
  /** Impure exports of Node's own modules. */
  modules,
  /**
   * Methods of `Date` that read or write local time, except `toString`, which other objects have
   * too.
   */
  localDateMethods,
  /** Index of the argument of a method that names the locale, or `undefined` for other methods. */
  localeArgumentOf: (method: string): number | undefined =>
    method === "localeCompare" ? 1 : /^toLocale\w*(String|Case)$/.test(method) ? 0 : undefined,
  /**
   * Checks that the text of a date means the same moment on every machine. ISO 8601 dates without a
   * time are UTC; every other form without a time is local time, and a time needs its zone.
   */
  isMomentText: (text: string): boolean =>
    /^([+-]\d{6}|\d{4})(-\d\d(-\d\d)?)?$/.test(text) || /\d:\d\d.*(Z|GMT|UTC?|[+-]\d\d:?\d\d)( \([^)]*\))?$/i.test(text)
} as const
