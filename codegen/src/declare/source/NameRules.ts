/** Checks the names of declarations, and that all declarations are exported. */
import type * as Model from "../../model/Model.ts"
import {
  contractSuffixes,
  folded,
  isComposed,
  isIdentifier,
  notComposed,
  notIdentifier,
  plural
} from "../../model/Names.ts"
import { codes, type Diagnostic, place, type Position, positioned, type Problem } from "../../report/Diagnostic.ts"
import type { Path } from "../types/SchemaProblem.ts"
import { positionOf, type Sources } from "./Places.ts"

const badName = (file: string, at: Position | undefined, { fix, message }: Problem): Diagnostic => ({
  code: codes.badName,
  file,
  ...positioned(at),
  message,
  fix
})

/**
 * Declarations that are not exported, and names that JavaScript drops, so that they do not exist
 * when the file runs.
 */
const sourceProblems = (sources: Sources): ReadonlyArray<Diagnostic> => {
  const found: Array<Diagnostic> = []
  for (const [file, { declarations }] of sources) {
    for (const [name, { at, exported, makes, places }] of declarations) {
      if (makes === undefined) continue
      for (const kind of ["events", "commands", "errors", "facts", "indexes"]) {
        const place = places.get(`${kind}.__proto__`)
        if (place === undefined) continue
        const message = `__proto__ can't be a name in \`${kind}\`: JavaScript uses it for the prototype of an object`
        found.push(badName(file, place.at, { message, fix: "choose another name" }))
      }
      if (exported) continue
      const message = `${name} is not exported, so nothing is generated for it`
      found.push({ code: codes.notExported, file, at, message, fix: `write \`export const ${name}\`` })
    }
  }
  return found
}

const declarationKind = "aggregates and projections"

/** Names that are taken in a domain or in an aggregate, by their kind. */
class NameClaims {
  readonly #sources: Sources
  readonly #owner: string
  readonly #found: Array<Diagnostic>
  readonly #places = new Map<string, string>()

  constructor(sources: Sources, owner: string, found: Array<Diagnostic>) {
    this.#sources = sources
    this.#owner = owner
    this.#found = found
  }

  /**
   * Takes a name; returns `false` if it is taken already. Reports this, and names that are not
   * allowed in code.
   */
  claim(kind: string, name: string, { exported, file }: Declaration, path: Path = []): boolean {
    const at = positionOf(this.#sources, file, exported, path)
    // Files are named in kebab case, and some file systems ignore case.
    const key = `${kind} ${kind === declarationKind ? folded(name) : name}`
    const before = this.#places.get(key)
    if (before === undefined) this.#places.set(key, place({ file, ...positioned(at) }))
    else {
      const message = `${JSON.stringify(name)} is already one of the ${kind} of ${this.#owner}, at ${before}`
      this.#found.push({ code: codes.duplicate, file, ...positioned(at), message, fix: "rename one of them" })
    }
    if (kind !== "events" && kind !== "services" && !isIdentifier(name)) {
      this.#found.push(badName(file, at, notIdentifier(name)))
    }
    return before === undefined
  }
}

interface Declaration {
  readonly exported: string
  readonly file: string
}

/** Checks the names of one domain. */
class DomainNames {
  readonly #domain: Model.Domain
  readonly #sources: Sources
  readonly #claims: NameClaims
  readonly found: Array<Diagnostic> = []

  constructor(domain: Model.Domain, sources: Sources) {
    this.#domain = domain
    this.#sources = sources
    this.#claims = new NameClaims(sources, `the domain ${domain.name}`, this.found)
  }

  check(): ReadonlyArray<Diagnostic> {
    this.#checkDomain()
    for (const aggregate of this.#domain.aggregates) this.#checkAggregate(aggregate)
    for (const projection of this.#domain.projections) {
      this.#claims.claim(declarationKind, projection.name, projection)
      if (projection.name === "project") this.#reportBodyName(projection)
    }
    for (const value of this.#domain.values) this.#checkBrand(value)
    return this.found
  }

  #checkDomain(): void {
    const { aggregates, name, projections } = this.#domain
    if (isComposed(name)) return
    const [first] = [...aggregates, ...projections]
    const { fix, message } = notComposed(name)
    const problem = { message: `its folder is the name of the domain: ${message}`, fix }
    this.found.push(badName(first?.file ?? name, undefined, problem))
  }

  #checkAggregate(aggregate: Model.Aggregate): void {
    const { commands, errors, events, exported, facts, file, name } = aggregate
    // Aggregates with one name also have one service, which is not reported again.
    if (this.#claims.claim(declarationKind, name, aggregate)) this.#claims.claim("services", plural(name), aggregate)
    if (name === "apply" || name === "decide") this.#reportBodyName(aggregate)
    const own = new NameClaims(this.#sources, name, this.found)
    for (const event of events) this.#claims.claim("events", event.name, aggregate, ["events", event.name])
    for (const [kind, members] of [
      ["events", events],
      ["commands", commands],
      ["errors", errors]
    ] as const) {
      for (const member of members) own.claim("names", member.name, aggregate, [kind, member.name])
    }
    for (const fact of facts.filter(({ name }) => name === "now" || name === "commandId")) {
      const message = `the fact ${fact.name} is provided by Eventfold in every decision`
      const at = positionOf(this.#sources, file, exported, ["facts", fact.name])
      this.found.push(badName(file, at, { message, fix: "rename this fact" }))
    }
    this.#checkContractNames(aggregate)
  }

  /** Reports events, commands and errors with a name that the contract uses itself. */
  #checkContractNames({ commands, errors, events, exported, file, name }: Model.Aggregate): void {
    for (const taken of [...contractSuffixes.map((suffix) => name + suffix), "decide"]) {
      const clash = [...events, ...commands, ...errors].find((member) => member.name === taken)
      if (clash === undefined) continue
      const places = this.#sources.get(file)?.declarations.get(exported)?.places
      const at = ["events", "commands", "errors"].map((kind) => places?.get(`${kind}.${clash.name}`)?.at)
      const message = `${clash.name} is a name that the generated code of ${name} uses itself`
      const first = at.find((one) => one !== undefined)
      this.found.push(badName(file, first, { message, fix: "choose another name" }))
    }
  }

  #checkBrand({ brands, name }: Model.Value): void {
    const taken = this.#domain.aggregates.find(({ commands, errors, events }) =>
      [...events, ...commands, ...errors].some((member) => member.name === name)
    )
    if (brands.length === 0 || taken === undefined) return
    const [home] = [...this.#sources].flatMap(([file, { brands }]) =>
      brands.has(name) ? [{ file, at: brands.get(name)?.at }] : []
    )
    const message = `the brand ${name} has the name of an event, a command or an error of ${taken.name}`
    this.found.push(badName(home?.file ?? taken.file, home?.at, { message, fix: "rename one of them" }))
  }

  /** Reports a declaration with the name of a function that its body exports. */
  #reportBodyName({ exported, file, name }: Declaration & { readonly name: string }): void {
    const message = `${name} is a name that your own code needs beside the generated code`
    const at = positionOf(this.#sources, file, exported)
    this.found.push(badName(file, at, { message, fix: "choose another name" }))
  }
}

/** Reports names that are not allowed, and declarations that are not exported. */
export const problems = (domains: ReadonlyArray<Model.Domain>, sources: Sources): ReadonlyArray<Diagnostic> => [
  ...sourceProblems(sources),
  ...domains.flatMap((domain) => new DomainNames(domain, sources).check())
]
