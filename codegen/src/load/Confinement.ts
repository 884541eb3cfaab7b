/**
 * Prevents schema files from doing more than declare. Notes each access to the outside with its
 * place, and blocks side effects.
 *
 * There are two layers. The thread runs with Node's permission model, which blocks writes and new
 * processes in every case. The guards run before it: they know the call site, and they cover what
 * the model does not: imports of Node.js modules, connections, the clock, random numbers and the
 * environment.
 *
 * A read is noted and allowed, so that all of them are reported at once. A side effect throws.
 */
import { isBuiltin, registerHooks, type ResolveFnOutput, type ResolveHookContext } from "node:module"
import type { Position } from "../report/Diagnostic.ts"
import { isOfProject } from "../project/Ownership.ts"
import * as CallSite from "./CallSite.ts"
import { guardNetworkModule, install, nodeName } from "./Guards.ts"
import { editionSuffix, pathOf, withoutEdition } from "./ModuleUrl.ts"
import * as NodeModuleStub from "./NodeModuleStub.ts"

/** An access to the outside by a file of the project, while it was loaded. */
export interface Reach {
  /** An import of a Node.js module, a read, or a side effect. */
  readonly kind: "module" | "read" | "act"
  /** The name of the module, or a predicate: `node:fs`, `reads the clock (Date.now)`. */
  readonly what: string
  /** Absolute path. */
  readonly file: string
  readonly at?: Position
  /** The specifier of the import. The parser finds its place. */
  readonly specifier?: string
}

/** An import of a file that does not exist, or of a package that is not installed. */
export interface Unresolved {
  readonly file: string
  readonly specifier: string
}

/** Thrown for each blocked access, after it is noted. */
export class Refused extends Error {
  override readonly name = "Refused"
}

/** Imports of files: file → imported file or module → specifier. */
export type Imports = ReadonlyMap<string, ReadonlyMap<string, string>>

interface FileImports {
  readonly url: string
  readonly to: Map<string, string>
}

type Next = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput

const maxStackFrames = 30

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** Confines the thread that creates it, permanently. */
export class Confinement {
  readonly #reached = new Map<string, Reach>()
  readonly #unresolved = new WeakMap<object, Unresolved>()
  readonly #imports = new Map<string, FileImports>()
  readonly #packages = new Map<string, Map<string, string>>()
  #entry: string | undefined
  #reloaded: { readonly files: ReadonlySet<string>; readonly suffix: string } | undefined
  #reloads = 0

  constructor() {
    NodeModuleStub.provide((name) => this.#refuseModule(name))
    install({
      act: (what, always) => this.#act(what, always),
      read: (what, depth) => this.#read(what, depth),
      refuseModule: (name, file) => {
        this.#noteModule(name, undefined, file)
        this.#refuseModule(name)
      }
    })
    // Effect omits the stack of some errors for speed, by setting the limit to 0. Here the stack
    // has the place to report.
    Object.defineProperty(Error, "stackTraceLimit", { value: maxStackFrames, writable: false })
  }

  /**
   * Begins to watch imports, and calls back at each. To be called after Effect was loaded, because
   * it slows down imports.
   */
  watchImports(onImport: () => void): void {
    Object.defineProperty(Error, "stackTraceLimit", { writable: true })
    registerHooks({
      load: (url, context, next) => {
        const source = NodeModuleStub.sourceOf(url)
        return source === undefined ? next(url, context) : { source, format: "module", shortCircuit: true }
      },
      resolve: (specifier, context, next) => {
        onImport()
        return this.#resolve(specifier, context, next)
      }
    })
  }

  /** Runs `load`. An access without a known call site is attributed to the file `entry`. */
  async during<A>(entry: string, load: () => Promise<A>): Promise<A> {
    this.#entry = entry
    try {
      return await load()
    } finally {
      this.#entry = undefined
    }
  }

  /** Returns the accesses since the last call. */
  take(): ReadonlyArray<Reach> {
    const taken = [...this.#reached.values()]
    this.#reached.clear()
    return taken
  }

  /** Returns the import that an error is about; `undefined` if the error has another cause. */
  unresolved(error: unknown): Unresolved | undefined {
    return isObject(error) ? this.#unresolved.get(error) : undefined
  }

  /** Imports between files of the project. */
  get imports(): Imports {
    return new Map([...this.#imports].map(([file, { to }]) => [file, to]))
  }

  /** Imports of modules of packages, by their URLs, except for Effect and Eventfold. */
  get packages(): Imports {
    return this.#packages
  }

  /** Makes files load again when one of them is imported with the returned suffix of its URL. */
  reload(files: ReadonlySet<string>): string {
    const suffix = editionSuffix(`cycle${++this.#reloads}`)
    this.#reloaded = { files, suffix }
    return suffix
  }

  #note(reach: Reach): void {
    this.#reached.set(`${reach.file}:${reach.at?.line}:${reach.at?.column} ${reach.what}`, reach)
  }

  #read(what: string, depth: CallSite.CallDepth): void {
    if (this.#entry === undefined) return
    const site = CallSite.find(depth)
    if (site !== undefined) this.#note({ kind: "read", what, ...site })
  }

  #act(what: string, always = false): void {
    const site = CallSite.find("node")
    if (site === undefined && !always) return
    this.#note({ kind: "act", what, ...(site ?? { file: this.#entry ?? "" }) })
    throw new Refused(what)
  }

  #noteModule(name: string, specifier: string | undefined, file: string): void {
    const site = CallSite.find("direct")
    this.#note({
      kind: "module",
      what: name,
      file: site?.file ?? file,
      ...(site === undefined ? {} : { at: site.at }),
      ...(specifier === undefined ? {} : { specifier })
    })
  }

  #refuseModule(name: string): never {
    throw new Refused(`imports ${name}`)
  }

  #resolve(specifier: string, context: ResolveHookContext, next: Next): ResolveFnOutput {
    const url = context.parentURL ?? ""
    const parent = url.startsWith("data:") ? this.#entry : pathOf(url)
    const isOwn = parent !== undefined && isOfProject(parent)
    if (isBuiltin(specifier)) {
      if (isOwn) return this.#resolveNodeModule(specifier, context, parent)
      guardNetworkModule(nodeName(specifier), { act: (what, always) => this.#act(what, always) })
    }
    if (!isOwn) return next(specifier, context)
    let resolved: ResolveFnOutput
    try {
      resolved = next(specifier, context)
    } catch (error) {
      if (isObject(error)) this.#unresolved.set(error, { file: parent, specifier })
      throw error
    }
    return this.#noteImport({ file: parent, url }, specifier, resolved)
  }

  /** Notes the import, and resolves to a stub, so that the rest of the file is checked, too. */
  #resolveNodeModule(specifier: string, context: ResolveHookContext, file: string): ResolveFnOutput {
    const name = nodeName(specifier)
    this.#noteModule(name, specifier, file)
    if (!context.conditions.includes("import")) this.#refuseModule(name)
    return { url: NodeModuleStub.urlOf(name), format: "module", shortCircuit: true }
  }

  #noteImport(
    parent: { readonly file: string; readonly url: string },
    specifier: string,
    resolved: ResolveFnOutput
  ): ResolveFnOutput {
    const to = resolved.url.startsWith("file:") ? pathOf(resolved.url) : undefined
    if (to === undefined || !isOfProject(to)) {
      if (to !== undefined && !/^(effect|eventfold|@eventfold)(\/|$)/.test(specifier)) {
        const before = this.#packages.get(parent.file) ?? []
        this.#packages.set(parent.file, new Map([...before, [resolved.url, specifier]]))
      }
      return resolved
    }
    const before = this.#imports.get(parent.file)
    const imports = before?.url === parent.url ? before : { url: parent.url, to: new Map<string, string>() }
    this.#imports.set(parent.file, imports)
    imports.to.set(to, specifier)
    const reloaded = this.#reloaded
    return reloaded !== undefined && parent.url.endsWith(reloaded.suffix) && reloaded.files.has(to)
      ? { ...resolved, url: withoutEdition(resolved.url) + reloaded.suffix }
      : resolved
  }
}
