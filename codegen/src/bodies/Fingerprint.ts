/**
 * The fingerprint of a fold: a hash of everything that `apply` can reach, by structure.
 *
 * Starts at one exported name and follows names: within a file to the statements that declare them, over imports to the other
 * file's export. Files of the workspace are followed; an installed package counts as its name and version. Generated files and
 * eventfold count as nothing: what they contain follows from the schema, whose shape is hashed beside this.
 */
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { type Module, read, type Target } from "../syntax/Module.ts"
import { resolveFrom } from "../syntax/Resolution.ts"
import { type Refer, structure } from "./Structure.ts"
import type { ts } from "../syntax/Syntax.ts"
import { textIfThere } from "../syntax/Texts.ts"

export interface Options {
  /** Files that are not on disk yet, by absolute path. */
  readonly overlay: ReadonlyMap<string, string>
  /** Absolute folders whose files count as nothing. */
  readonly generated: ReadonlyArray<string>
  /** The same as before for a file that is as before. */
  readonly remember?: <A>(kind: string, file: string, text: string, read: () => A) => A
}

/** What a statement does, and the names in it in their order: statements of a file that is as before are the same ones. */
interface Read {
  readonly text: string
  readonly names: ReadonlyArray<Parameters<Refer>>
}

const statements = new WeakMap<ts.Node, Read>()

const structureOf = (node: ts.Node, refer: Refer): string => {
  let known = statements.get(node)
  if (known === undefined) {
    const names: Array<Parameters<Refer>> = []
    known = { text: structure(node, (...name) => void names.push(name)), names }
    statements.set(node, known)
  }
  for (const name of known.names) refer(...name)
  return known.text
}

/** Fingerprints of one run: files are read once, whichever folds reach them. */
export const make = ({
  generated,
  overlay,
  remember = (_kind, _file, _text, read) => read()
}: Options): ((entry: string, name: string) => string) => {
  const modules = new Map<string, Module | undefined>()
  const textOf = (path: string): string | undefined => overlay.get(path) ?? textIfThere(path)
  const exists = (path: string): boolean => overlay.has(path) || existsSync(path)
  const moduleOf = (path: string): Module | undefined => {
    if (!modules.has(path)) {
      const text = /\.[cm]?[jt]s$/.test(path) ? textOf(path) : undefined
      modules.set(path, text === undefined ? undefined : remember("module", path, text, () => read(path, text)))
    }
    return modules.get(path)
  }
  const isGenerated = (path: string): boolean => generated.some((folder) => path.startsWith(`${folder}/`))

  return (entry, name) => {
    const parts: Array<string> = []
    /** Files by the order in which they are reached, so that no path is part of the hash. */
    const numbers = new Map<string, number>()
    const visited = new Set<string>()
    const pending: Array<readonly [path: string, name: string]> = []

    const follow = (from: string, { name, specifier }: Target): string => {
      if (/^eventfold(\/|$)/.test(specifier)) return ""
      const to = resolveFrom(from, specifier, exists)
      if (to.kind === "file" && isGenerated(to.path)) return ""
      if (to.kind === "package") return `${to.id} ${name}`
      if (!numbers.has(to.path)) numbers.set(to.path, numbers.size)
      pending.push([to.path, name])
      return `#${numbers.get(to.path)} ${name}`
    }

    const visit = (path: string, wanted: string): void => {
      const module = moduleOf(path)
      const number = numbers.get(path)
      const write = (text: string) => parts.push(`#${number} ${text}`)
      if (module === undefined) {
        write(`content ${textOf(path) ?? "missing"}`)
        return
      }
      const queue: Array<string> = []
      const refer = (name: string, member?: string) => {
        const target = module.imports.get(name)
        if (target !== undefined) {
          const one = target.name === "*" && member !== undefined ? { ...target, name: member } : target
          const key = `${path} import ${name} ${one.name}`
          if (visited.has(key)) return
          visited.add(key)
          const to = follow(path, one)
          if (to !== "") write(`${name} is ${to}`)
        } else if (module.declarations.has(name)) queue.push(name)
      }
      const once = (key: string, text: () => string) => {
        if (visited.has(`${path} ${key}`)) return
        visited.add(`${path} ${key}`)
        write(text())
      }
      // What runs on loading always counts, whichever export is wanted.
      for (const [at, effect] of module.effects.entries()) once(`effect ${at}`, () => structureOf(effect, refer))
      for (const specifier of module.bare)
        once(`load ${specifier}`, () => `load ${follow(path, { specifier, name: "*" })}`)
      const reexport = (name: string) => {
        const found = module.exports.get(name)
        if (found === undefined) {
          for (const specifier of module.stars)
            once(`star ${specifier} ${name}`, () => `${name} from ${follow(path, { specifier, name })}`)
        } else if (typeof found === "string") {
          once(`export ${name}`, () => `exports ${name} as ${found}`)
          refer(found)
        } else once(`export ${name}`, () => `exports ${name} as ${follow(path, found)}`)
      }
      if (wanted === "*") {
        for (const name of module.exports.keys()) reexport(name)
        for (const specifier of module.stars)
          once(`star ${specifier} *`, () => `all from ${follow(path, { specifier, name: "*" })}`)
      } else reexport(wanted)
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const statement = module.declarations.get(name)
        if (statement !== undefined) once(`statement ${statement.pos}`, () => structureOf(statement, refer))
      }
    }

    numbers.set(entry, 0)
    pending.push([entry, name])
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const key = next.join("#")
      if (visited.has(key)) continue
      visited.add(key)
      visit(...next)
    }
    const hash = createHash("sha256")
    for (const part of parts) hash.update(`${part}\0`)
    return hash.digest("hex").slice(0, 16)
  }
}
