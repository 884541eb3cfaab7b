/**
 * Impurities that were found, with the calls that lead to them. The findings of a function are
 * replayed at each of its calls.
 */
import type { ts } from "../syntax/Syntax.ts"
import type { Impurity } from "./Impurity.ts"
import type { SourceModule } from "./Program.ts"

/** A node of a file. */
export interface Site {
  readonly module: SourceModule
  readonly node: ts.Node
}

/** One step of the path from a handler. */
export interface Step {
  readonly what: "calls" | "reads"
  readonly name: string
  readonly site: Site
}

export interface Found extends Impurity {
  readonly site: Site
  /** Steps from the code whose findings are collected. */
  readonly path: ReadonlyArray<Step>
  /** Variable, for values that are kept between calls. */
  readonly variable?: string
  /** `true` for a read. It is a problem only if the variable is written. */
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

  /** Runs a function, and returns only what it found. */
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

  /** Reports findings again, with one more step before their path. */
  replay(found: ReadonlyArray<Found>, step?: Step): void {
    for (const one of found) this.report(step === undefined ? one : { ...one, path: [step, ...one.path] })
  }
}
