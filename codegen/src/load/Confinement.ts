/**
 * Keeps schema files to declaring. What they reach for besides is noted with its place, and what would change anything is refused.
 *
 * There are two walls. Node's permission model, which the thread is started with, lets nothing be written and no process be
 * started, by whatever way it is tried. The guards in here stand before it: they know who asks and from where, and they cover
 * what it doesn't: modules of Node's, connections, the clock, chance and the environment.
 *
 * Reading is noted and goes on, so that all of it is told at once; the rest throws.
 */
import { isBuiltin, registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { getCallSites } from "node:util"
import type { Position } from "../report/Diagnostic.ts"
import { isOfProject } from "../project/Ownership.ts"
import * as NodeModuleStub from "./NodeModuleStub.ts"

/** Something that a schema file, or a file of the project that it imports, reached for while it was loaded. */
export interface Reach {
  /** A module of Node's, something that is read, or something that is done. */
  readonly kind: "module" | "read" | "act"
  /** In words that follow on "imports", or on nothing: `node:fs`, `reads the clock (Date.now)`. */
  readonly what: string
  /** Absolute. */
  readonly file: string
  readonly at?: Position
  /** As it is written in the import, whose place the parser knows. */
  readonly specifier?: string
}

/** An import of a file that isn't there, or of a package that isn't installed. */
export interface Unresolved {
  readonly file: string
  readonly specifier: string
}

/** Thrown where something is refused. It has been noted already. */
export class Refused extends Error {
  override readonly name = "Refused"
}

/** Which file imports which, as they were last loaded. */
export type Imports = ReadonlyMap<string, ReadonlyMap<string, string>>

export interface Confinement {
  /** To be called when Effect has been loaded: sees every import from now on, and calls back at each. It makes each take longer. */
  readonly watchImports: (step: () => void) => void
  /** Has files loaded; `entry` is told of where nothing better is known. */
  readonly during: <A>(entry: string, load: () => Promise<A>) => Promise<A>
  /** What was reached for since the last call. */
  readonly take: () => ReadonlyArray<Reach>
  /** The import that an error is about, if it is one that leads nowhere. */
  readonly unresolved: (error: unknown) => Unresolved | undefined
  /** File → the files of the project that it imports → the specifier that says so. */
  readonly imports: Imports
  /** File → the modules of packages that it imports, by their URLs → the specifier that says so; Effect's and Eventfold's left out. */
  readonly packages: Imports
  /** From now on, such files import each other as if nothing had been loaded yet; gives what their URLs then end with. */
  readonly anew: (files: ReadonlySet<string>) => string
}

/** What is added to the URL of a module to load it once more. */
export const mark = /\?eventfold=[a-z]*\d+/g

/** A place of a stack: `file:` URLs for modules, paths for CommonJS. */
const pathOf = (script: string): string | undefined => {
  if (script.startsWith("file:")) return fileURLToPath(script.replace(mark, ""))
  return script.startsWith("/") || /^[A-Za-z]:\\/.test(script) ? script : undefined
}

interface Site {
  readonly file: string
  readonly at: Position
}

const siteOf = ({
  columnNumber,
  lineNumber,
  scriptName
}: ReturnType<typeof getCallSites>[number]): Site | undefined => {
  const file = pathOf(scriptName)
  return file === undefined || !isOfProject(file) ? undefined : { file, at: { line: lineNumber, column: columnNumber } }
}

/** How the project's own code asks: itself, through packages that it calls, or through Node too, which may have its own reasons. */
type How = "directly" | "at all" | "somehow"

/** Where it does. */
const asking = (how: How): Site | undefined => {
  const sites = getCallSites(150).filter(({ scriptName }) => scriptName !== import.meta.url)
  const [first] = sites
  if (first === undefined || (how !== "somehow" && first.scriptName.startsWith("node:"))) return undefined
  if (how === "directly" && !first.scriptName.includes("/node_modules/effect/")) return siteOf(first)
  for (const site of sites) {
    const found = siteOf(site)
    if (found !== undefined) return found
  }
  return undefined
}

/** Confines this thread, for good. */
export const confine = (): Confinement => {
  const reached = new Map<string, Reach>()
  const unresolved = new WeakMap<object, Unresolved>()
  const imports = new Map<string, { readonly url: string; readonly to: Map<string, string> }>()
  const packages = new Map<string, Map<string, string>>()
  let entry: string | undefined
  let anew: { readonly files: ReadonlySet<string>; readonly mark: string } | undefined
  let marks = 0

  const note = (reach: Reach) =>
    void reached.set(`${reach.file}:${reach.at?.line}:${reach.at?.column} ${reach.what}`, reach)

  const read = (what: string, how: How) => {
    if (entry === undefined) return
    const site = asking(how)
    if (site !== undefined) note({ kind: "read", what, ...site })
  }
  /** Refuses what the project does, whenever; with `always`, also what nobody of the project can be seen behind. */
  const act = (what: string, always = false) => {
    const site = asking("somehow")
    if (site === undefined && !always) return
    note({ kind: "act", what, ...(site ?? { file: entry ?? "" }) })
    throw new Refused(what)
  }
  const noteModule = (name: string, specifier: string | undefined, file: string) => {
    const site = asking("directly")
    note({
      kind: "module",
      what: name,
      file: site?.file ?? file,
      ...(site === undefined ? {} : { at: site.at }),
      ...(specifier === undefined ? {} : { specifier })
    })
  }
  const refuseModule = (name: string): never => {
    throw new Refused(`imports ${name}`)
  }

  NodeModuleStub.provide(refuseModule)
  install({
    act,
    read,
    refuseModule: (name, file) => {
      noteModule(name, undefined, file)
      refuseModule(name)
    }
  })
  // Effect takes the stack from some of its errors, to be fast, unless it can't. Here the stack is what tells the line.
  Object.defineProperty(Error, "stackTraceLimit", { value: 30, writable: false })

  const watchImports = (step: () => void) =>
    registerHooks({
      load: (url, context, next) => {
        const source = NodeModuleStub.sourceOf(url)
        return source === undefined ? next(url, context) : { source, format: "module", shortCircuit: true }
      },
      resolve: (specifier, context, next) => {
        step()
        const url = context.parentURL ?? ""
        const parent = url.startsWith("data:") ? entry : pathOf(url)
        if (isBuiltin(specifier)) {
          if (parent !== undefined && isOfProject(parent)) {
            noteModule(nodeName(specifier), specifier, parent)
            if (!context.conditions.includes("import")) refuseModule(nodeName(specifier))
            return { url: NodeModuleStub.urlOf(nodeName(specifier)), format: "module", shortCircuit: true }
          }
          if (network.has(nodeName(specifier))) guardNetwork(act)
          return next(specifier, context)
        }
        if (parent === undefined || !isOfProject(parent)) return next(specifier, context)
        let resolved: ReturnType<typeof next>
        try {
          resolved = next(specifier, context)
        } catch (error) {
          if (typeof error === "object" && error !== null) unresolved.set(error, { file: parent, specifier })
          throw error
        }
        const to = resolved.url.startsWith("file:") ? pathOf(resolved.url) : undefined
        if (to === undefined || !isOfProject(to)) {
          if (to !== undefined && !/^(effect|eventfold|@eventfold)(\/|$)/.test(specifier)) {
            packages.set(parent, new Map([...(packages.get(parent) ?? []), [resolved.url, specifier]]))
          }
          return resolved
        }
        const before = imports.get(parent)
        const known = before?.url === url ? before : { url, to: new Map<string, string>() }
        imports.set(parent, known)
        known.to.set(to, specifier)
        const isAnew = anew !== undefined && url.endsWith(anew.mark) && anew.files.has(to)
        return isAnew ? { ...resolved, url: resolved.url.replace(mark, "") + anew?.mark } : resolved
      }
    })

  return {
    watchImports: (step) => {
      Object.defineProperty(Error, "stackTraceLimit", { writable: true })
      watchImports(step)
    },
    during: async (file, load) => {
      entry = file
      try {
        return await load()
      } finally {
        entry = undefined
      }
    },
    take: () => {
      const taken = [...reached.values()]
      reached.clear()
      return taken
    },
    unresolved: (error) => (typeof error === "object" && error !== null ? unresolved.get(error) : undefined),
    get imports() {
      return new Map([...imports].map(([file, { to }]) => [file, to]))
    },
    packages,
    anew: (files) => {
      anew = { files, mark: `?eventfold=circle${++marks}` }
      return anew.mark
    }
  }
}

const nodeName = (specifier: string): string => `node:${specifier.replace(/^node:/, "")}`

interface Guards {
  readonly act: (what: string, always?: boolean) => void
  readonly read: (what: string, how: How) => void
  readonly refuseModule: (name: string, file: string) => void
}

type Args = ReadonlyArray<unknown>

const isFunction = (value: unknown): value is Function => typeof value === "function"

/** Puts a question before each call of a function, and each use of a class. */
const guarded = (original: Function, ask: (args: Args) => void): Function => {
  const value = new Proxy(original, {
    apply: (target, self: unknown, args) => {
      ask(args)
      return Reflect.apply(target, self, args)
    },
    construct: (target, args, newTarget) => {
      ask(args)
      return Reflect.construct(target, args, newTarget)
    }
  })
  const prototype: unknown = original.prototype
  if (typeof prototype === "object" && prototype !== null && Reflect.get(prototype, "constructor") === original) {
    // `date.constructor === Date` stays true.
    Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true })
  }
  return value
}

const guard = (owner: object, key: string, ask: (args: Args) => void): void => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  const original: unknown = descriptor?.value
  if (descriptor?.configurable !== true || !isFunction(original)) return
  Object.defineProperty(owner, key, { ...descriptor, value: guarded(original, ask) })
}

/** Puts a question before each reading of a property. */
const guardReading = (owner: object, key: string, ask: () => void): void => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  if (descriptor?.configurable !== true) return
  let { value }: { value?: unknown } = descriptor
  const { get, set } = descriptor
  Object.defineProperty(owner, key, {
    configurable: true,
    enumerable: descriptor.enumerable === true,
    get(this: unknown): unknown {
      ask()
      return get === undefined ? value : Reflect.apply(get, this, [])
    },
    set(this: unknown, next: unknown) {
      if (get === undefined) value = next
      else if (set !== undefined) Reflect.apply(set, this, [next])
    }
  })
}

const install = ({ act, read, refuseModule }: Guards): void => {
  guard(globalThis, "Date", (args) => {
    if (args.length === 0) read("reads the clock (new Date)", "at all")
  })
  guard(Date, "now", () => read("reads the clock (Date.now)", "at all"))
  guard(Object.getPrototypeOf(performance), "now", () => read("reads the clock (performance.now)", "at all"))
  guard(Math, "random", () => read("asks chance (Math.random)", "at all"))
  for (const key of ["getRandomValues", "randomUUID"]) {
    guard(Object.getPrototypeOf(globalThis.crypto), key, () => read(`asks chance (crypto.${key})`, "at all"))
  }
  for (const key of ["hrtime", "uptime"]) {
    guardReading(process, key, () => read(`reads the clock (process.${key})`, "directly"))
  }
  for (const key of environment) {
    guardReading(process, key, () => read(`reads the environment (process.${key})`, "directly"))
  }
  guardReading(globalThis, "navigator", () => read("reads the environment (navigator)", "directly"))
  for (const key of ["exit", "reallyExit", "abort"]) guard(process, key, () => act(`ends the process (process.${key})`))
  for (const key of ["kill", "chdir", "dlopen", "binding", "_linkedBinding"]) {
    guard(process, key, () => act(`calls process.${key}`))
  }
  guard(process, "getBuiltinModule", ([name]) => {
    const site = asking("directly")
    if (site !== undefined) refuseModule(nodeName(String(name)), site.file)
  })
  guard(globalThis, "fetch", () => act("opens a connection (fetch)"))
  // To get hold of the real one takes 50 ms, and nobody may use it here.
  Reflect.set(
    globalThis,
    "WebSocket",
    guarded(
      function WebSocket() {},
      () => act("opens a connection (WebSocket)", true)
    )
  )
}

const environment = (
  "env argv argv0 execArgv execPath cwd pid ppid platform arch version versions release config features title stdin " +
  "memoryUsage cpuUsage resourceUsage getuid umask"
).split(" ")

const network = new Set(["net", "tls", "http", "https", "http2", "dgram", "dns", "dns/promises"].map(nodeName))
let isNetworkGuarded = false

/** Packages may have modules of Node's, but open nothing either. Only where one asks for them: loading these takes a while. */
const guardNetwork = (act: Guards["act"]): void => {
  if (isNetworkGuarded) return
  isNetworkGuarded = true
  const net = process.getBuiltinModule("node:net")
  const dgram = process.getBuiltinModule("node:dgram")
  guard(net.Socket.prototype, "connect", () => act("opens a connection", true))
  guard(net.Server.prototype, "listen", () => act("listens for connections", true))
  for (const key of ["bind", "connect", "send"])
    guard(dgram.Socket.prototype, key, () => act("opens a connection", true))
}
