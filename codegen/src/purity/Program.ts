/** Files of the application that handlers reach, and the origins of the names in them. */
import { existsSync } from "node:fs"
import { relative } from "node:path"
import { type Module, read, type Target } from "../syntax/Module.ts"
import { candidates, resolveFrom } from "../syntax/Resolution.ts"
import { textIfThere } from "../syntax/Texts.ts"

export interface SourceModule extends Module {
  /** Absolute. */
  readonly path: string
  /** Relative to the root, with `/`. */
  readonly shown: string
}

/** Origin of a name. */
export type Origin =
  | { readonly kind: "declared"; readonly module: SourceModule; readonly name: string }
  | { readonly kind: "namespace"; readonly module: SourceModule }
  /** From code that is not analysed. */
  | { readonly kind: "imported"; readonly specifier: string; readonly name: string }

export interface Options {
  readonly root: string
  /** Absolute folders of generated code, which is not analysed. */
  readonly generated: ReadonlyArray<string>
  readonly remember?: <A>(kind: string, file: string, text: string, read: () => A) => A
}

const isSource = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path)

export class Program {
  readonly root: string
  readonly #generated: ReadonlyArray<string>
  readonly #remember: NonNullable<Options["remember"]>
  readonly #modules = new Map<string, SourceModule | undefined>()
  /** Files that were requested, including missing ones. */
  readonly asked = new Set<string>()

  constructor({ generated, remember = (_kind, _file, _text, read) => read(), root }: Options) {
    this.root = root
    this.#generated = generated
    this.#remember = remember
  }

  /** Files that were read. */
  get modules(): ReadonlyArray<SourceModule> {
    return [...this.#modules.values()].filter((one) => one !== undefined)
  }

  module(path: string): SourceModule | undefined {
    if (!this.#modules.has(path)) {
      this.asked.add(path)
      const text = isSource(path) ? textIfThere(path) : undefined
      const module = text === undefined ? undefined : this.#remember("module", path, text, () => read(path, text))
      const shown = relative(this.root, path).replaceAll("\\", "/")
      this.#modules.set(path, module === undefined ? undefined : { ...module, path, shown })
    }
    return this.#modules.get(path)
  }

  #isFollowed(path: string, specifier: string): boolean {
    return (
      !/^(eventfold|@eventfold\/\w+)(\/|$)/.test(specifier) &&
      !path.includes("/node_modules/") &&
      !this.#generated.some((folder) => path.startsWith(`${folder}/`))
    )
  }

  /** Returns the file of the application that a specifier refers to. */
  #follow(from: SourceModule, specifier: string): SourceModule | undefined {
    const to = resolveFrom(from.path, specifier, existsSync)
    if (to.kind !== "file" || !this.#isFollowed(to.path, specifier)) return undefined
    for (const path of candidates(to.path)) {
      this.asked.add(path)
      if (isSource(path) && existsSync(path)) return this.module(path)
    }
    return undefined
  }

  #target(from: SourceModule, { name, specifier }: Target, seen: ReadonlySet<string>): Origin {
    const module = this.#follow(from, specifier)
    if (module === undefined) return { kind: "imported", specifier, name }
    return name === "*" ? { kind: "namespace", module } : this.#exported(module, name, seen)
  }

  #exported(module: SourceModule, name: string, seen: ReadonlySet<string>): Origin {
    const key = `${module.path} ${name}`
    const none: Origin = { kind: "imported", specifier: module.shown, name }
    // Files that re-export each other's names in a circle export none.
    if (seen.has(key)) return none
    const before = new Set([...seen, key])
    const found = module.exports.get(name)
    if (typeof found === "string") return this.#local(module, found, before) ?? none
    if (found !== undefined) return this.#target(module, found, before)
    for (const specifier of module.stars) {
      const to = this.#follow(module, specifier)
      const origin = to === undefined ? undefined : this.#exported(to, name, before)
      if (origin !== undefined && origin.kind !== "imported") return origin
    }
    return none
  }

  #local(module: SourceModule, name: string, seen: ReadonlySet<string>): Origin | undefined {
    const target = module.imports.get(name)
    if (target !== undefined) return this.#target(module, target, seen)
    return module.declarations.has(name) ? { kind: "declared", module, name } : undefined
  }

  /** Returns the origin of an export. */
  exported(module: SourceModule, name: string): Origin {
    return this.#exported(module, name, new Set())
  }

  /**
   * Returns the origin of a name at the top level of a file; none if the file does not declare it.
   */
  local(module: SourceModule, name: string): Origin | undefined {
    return this.#local(module, name, new Set())
  }
}
