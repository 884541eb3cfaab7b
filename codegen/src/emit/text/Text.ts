/** Parts that all emitted files share: doc comments, imports and the width of lines. */
import { compare } from "../../report/Diagnostic.ts"
import { isIdentifier } from "../../model/Names.ts"

/** Columns of a line. */
export const width = 120

/** A generated file without its header: its name in the output folder, and its source. */
export interface Emitted {
  readonly name: string
  /** Source in the header, such as `schemas/bank/account.ts`. */
  readonly from: string
  readonly body: string
}

/** Writes a doc comment; an empty text if there is none. */
export const doc = (text: string | undefined, indent = ""): string => {
  if (text === undefined) return ""
  const safe = text.replaceAll("*/", "*\\/")
  const lines = safe.split("\n")
  return lines.length === 1 && indent.length + safe.length + 7 <= width
    ? `${indent}/** ${safe} */\n`
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`
}

/** Writes a heading between the parts of a file. */
export const section = (title: string): string => `// ---- ${title} ${"-".repeat(width - 9 - title.length)}\n`

interface Module {
  readonly names: Map<string, boolean>
}

/** Imports of one file, which are collected while its text is written. */
export class Imports {
  readonly #modules = new Map<string, Module>()
  /** Origins by local name; an empty text for names that the file declares. */
  readonly #taken: Map<string, string>

  /** @param declared Names that the file declares. */
  constructor(declared: Iterable<string> = []) {
    this.#taken = new Map([...declared].map((name) => [name, ""]))
  }
  /**
   * Imports a name as a value, and returns its local name: `local`, or another name if that is
   * taken.
   */
  value(module: string, name: string, local = name): string {
    return this.#add(module, name, true, local)
  }
  /** Imports a name as a type. */
  type(module: string, name: string, local = name): string {
    return this.#add(module, name, false, local)
  }
  #add(module: string, name: string, isValue: boolean, wanted: string): string {
    const local = this.#localOf(module, name, wanted)
    const imported = name === local ? name : `${name} as ${local}`
    const { names } = this.#modules.get(module) ?? { names: new Map<string, boolean>() }
    names.set(imported, isValue || names.get(imported) === true)
    this.#modules.set(module, { names })
    return local
  }
  #localOf(module: string, name: string, wanted: string): string {
    const from = `${name} of ${module}`
    // Names of packages are used everywhere in generated code, so names of the application are
    // renamed.
    const isFree = (local: string) =>
      this.#taken.get(local) === from || (!this.#taken.has(local) && (isIdentifier(local) || !module.startsWith(".")))
    let local = wanted
    for (let number = 2; !isFree(local); number++) local = `${wanted}${number}`
    this.#taken.set(local, from)
    return local
  }
  /**
   * Writes the imports: packages, then relative files. `first` goes before all others, with a
   * comment that gives the reason.
   */
  render(first?: { readonly module: string; readonly why: string }): string {
    const rank = (module: string) => (module === first?.module ? 0 : module.startsWith(".") ? 2 : 1)
    return [...this.#modules]
      .sort(([a], [b]) => rank(a) - rank(b) || compare(a, b))
      .map(([module, { names }]) => {
        const sorted = [...names].sort(([a], [b]) => compare(a, b))
        const types = sorted.every(([, isValue]) => !isValue)
        const list = sorted.map(([name, isValue]) => (types || isValue ? name : `type ${name}`))
        const head = types ? "import type" : "import"
        const line = `${head} { ${list.join(", ")} } from ${JSON.stringify(module)}`
        const wrapped = `${head} {\n${list.map((name) => `  ${name}`).join(",\n")}\n} from ${JSON.stringify(module)}`
        return (line.length <= width ? line : wrapped) + (module === first?.module ? ` // ${first.why}` : "")
      })
      .join("\n")
  }
}
