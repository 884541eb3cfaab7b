/** What was found, and by which calls: a function that is called again finds the same again, by another way. */
import type { ts } from "../syntax/Syntax.ts"
import type { Impurity } from "./Impurity.ts"
import type { SourceModule } from "./Program.ts"

/** A place in a file. */
export interface Site {
  readonly module: SourceModule
  readonly node: ts.Node
}

/** One step on the way from a handler. */
export interface Step {
  readonly what: "calls" | "reads"
  readonly name: string
  readonly site: Site
}

export interface Found extends Impurity {
  readonly site: Site
  /** From where it is collected. */
  readonly path: ReadonlyArray<Step>
  /** Of kinds of state that is kept: the variable. */
  readonly variable?: string
  /** Whether it matters only where that variable is written. */
  readonly isRead?: true
}

const keyOf = ({ isRead, kind, site, variable }: Found): string =>
  `${site.module.path} ${site.node.getStart(site.module.file)} ${kind} ${isRead === true ? variable : ""}`

export class Findings {
  #found = new Map<string, Found>()

  report(found: Found): void {
    const key = keyOf(found)
    const known = this.#found.get(key)
    if (known === undefined || known.path.length > found.path.length) this.#found.set(key, found)
  }

  /** What is found meanwhile, apart from what was before. */
  collect<A>(run: () => A): { readonly result: A; readonly found: ReadonlyArray<Found> } {
    const before = this.#found
    this.#found = new Map()
    try {
      const result = run()
      return { result, found: [...this.#found.values()] }
    } finally {
      this.#found = before
    }
  }

  /** The same once more, a step further away. */
  replay(found: ReadonlyArray<Found>, step?: Step): void {
    for (const one of found) this.report(step === undefined ? one : { ...one, path: [step, ...one.path] })
  }
}
