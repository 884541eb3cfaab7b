/**
 * The fingerprint of a fold: a hash of all code that `apply` can reach, by structure.
 *
 * It starts at one exported name and follows names: in a file to the statements that declare them,
 * and over imports to the export of the other file. Files of the workspace are followed; an
 * installed package counts as its name and version. Generated files and eventfold do not count:
 * their content follows from the schema, whose shape is hashed too.
 */
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { type Module, read, type Target } from "../syntax/Module.ts"
import { resolveFrom } from "../syntax/Resolution.ts"
import { type Refer, structure } from "./Structure.ts"
import type { ts } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

export interface Options {
  /** Texts of files that do not exist yet, by absolute path. */
  readonly overlay: ReadonlyMap<string, string>
  /** Absolute folders whose files do not count. */
  readonly generated: ReadonlyArray<string>
  /** Returns the earlier result for a file with the same text. */
  readonly remember?: <A>(kind: string, file: string, text: string, read: () => A) => A
}

/** Structure of a statement, and the names in it in their order. */
interface StatementStructure {
  readonly text: string
  readonly names: ReadonlyArray<Parameters<Refer>>
}

/** Structures by statement. A file that did not change keeps its statements. */
const structures = new WeakMap<ts.Node, StatementStructure>()

const structureOf = (node: ts.Node, refer: Refer): string => {
  let known = structures.get(node)
  if (known === undefined) {
    const names: Array<Parameters<Refer>> = []
    known = { text: structure(node, (...name) => void names.push(name)), names }
    structures.set(node, known)
  }
  for (const name of known.names) refer(...name)
  return known.text
}

/** Files of one run. Each is read once for all folds that reach it. */
class Files {
  readonly #overlay: ReadonlyMap<string, string>
  readonly #generated: ReadonlyArray<string>
  readonly #remember: NonNullable<Options["remember"]>
  readonly #modules = new Map<string, Module | undefined>()

  constructor({ generated, overlay, remember = (_kind, _file, _text, read) => read() }: Options) {
    this.#overlay = overlay
    this.#generated = generated
    this.#remember = remember
  }

  text(path: string): string | undefined {
    return this.#overlay.get(path) ?? textIfThere(path)
  }

  readonly exists = (path: string): boolean => this.#overlay.has(path) || existsSync(path)

  module(path: string): Module | undefined {
    if (!this.#modules.has(path)) {
      const text = /\.[cm]?[jt]s$/.test(path) ? this.text(path) : undefined
      const module = text === undefined ? undefined : this.#remember("module", path, text, () => read(path, text))
      this.#modules.set(path, module)
    }
    return this.#modules.get(path)
  }

  isGenerated(path: string): boolean {
    return this.#generated.some((folder) => path.startsWith(`${folder}/`))
  }
}

/** The code that one fold reaches. */
class ReachedCode {
  readonly #files: Files
  readonly #parts: Array<string> = []
  /** Files by the order in which they are reached, so that no path is part of the hash. */
  readonly #numbers = new Map<string, number>()
  readonly #visited = new Set<string>()
  readonly #pending: Array<readonly [path: string, name: string]> = []

  constructor(files: Files) {
    this.#files = files
  }

  fingerprint(entry: string, name: string): string {
    this.#numbers.set(entry, 0)
    this.#pending.push([entry, name])
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const [path, wanted] = next
      if (this.#isNew(`${path}#${wanted}`)) this.#visit(path, wanted)
    }
    const hash = createHash("sha256")
    for (const part of this.#parts) hash.update(`${part}\0`)
    return hash.digest("hex").slice(0, 16)
  }

  /** Returns `true` the first time that a key is passed. */
  #isNew(key: string): boolean {
    if (this.#visited.has(key)) return false
    this.#visited.add(key)
    return true
  }

  #write(path: string, text: string): void {
    this.#parts.push(`#${this.#numbers.get(path)} ${text}`)
  }

  /** Writes a part of a file the first time that it is reached. */
  #once(path: string, key: string, text: () => string): void {
    if (this.#isNew(`${path} ${key}`)) this.#write(path, text())
  }

  /**
   * Follows an import, and returns its target as a part of the hash; an empty text for one that
   * does not count.
   */
  #follow(from: string, { name, specifier }: Target): string {
    if (/^eventfold(\/|$)/.test(specifier)) return ""
    const to = resolveFrom(from, specifier, this.#files.exists)
    if (to.kind === "file" && this.#files.isGenerated(to.path)) return ""
    if (to.kind === "package") return `${to.id} ${name}`
    if (!this.#numbers.has(to.path)) this.#numbers.set(to.path, this.#numbers.size)
    this.#pending.push([to.path, name])
    return `#${this.#numbers.get(to.path)} ${name}`
  }

  #visit(path: string, wanted: string): void {
    const module = this.#files.module(path)
    if (module === undefined) {
      this.#write(path, `content ${this.#files.text(path) ?? "missing"}`)
      return
    }
    /** Declarations of the file that are reached, in order. */
    const queue: Array<string> = []
    const refer: Refer = (name, member) => this.#refer(path, module, queue, name, member)
    // Statements that run on loading always count, for every export.
    for (const [at, effect] of module.effects.entries())
      this.#once(path, `effect ${at}`, () => structureOf(effect, refer))
    for (const specifier of module.bare)
      this.#once(path, `load ${specifier}`, () => `load ${this.#follow(path, { specifier, name: "*" })}`)
    if (wanted === "*") {
      for (const name of module.exports.keys()) this.#export(path, module, name, refer)
      for (const specifier of module.stars)
        this.#once(path, `star ${specifier} *`, () => `all from ${this.#follow(path, { specifier, name: "*" })}`)
    } else this.#export(path, module, wanted, refer)
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const statement = module.declarations.get(name)
      if (statement !== undefined) this.#once(path, `statement ${statement.pos}`, () => structureOf(statement, refer))
    }
  }

  #refer(path: string, module: Module, queue: Array<string>, name: string, member: string | undefined): void {
    const target = module.imports.get(name)
    if (target === undefined) {
      if (module.declarations.has(name)) queue.push(name)
      return
    }
    const one = target.name === "*" && member !== undefined ? { ...target, name: member } : target
    if (!this.#isNew(`${path} import ${name} ${one.name}`)) return
    const to = this.#follow(path, one)
    if (to !== "") this.#write(path, `${name} is ${to}`)
  }

  #export(path: string, module: Module, name: string, refer: Refer): void {
    const found = module.exports.get(name)
    if (found === undefined) {
      for (const specifier of module.stars)
        this.#once(path, `star ${specifier} ${name}`, () => `${name} from ${this.#follow(path, { specifier, name })}`)
    } else if (typeof found === "string") {
      this.#once(path, `export ${name}`, () => `exports ${name} as ${found}`)
      refer(found)
    } else this.#once(path, `export ${name}`, () => `exports ${name} as ${this.#follow(path, found)}`)
  }
}

/**
 * Returns a function that computes the fingerprint of an exported name of a file. It reads each
 * file once.
 */
export const make = (options: Options): ((entry: string, name: string) => string) => {
  const files = new Files(options)
  return (entry, name) => new ReachedCode(files).fingerprint(entry, name)
}
