/** Gives problems a place, and the model its doc comments: where meaning (evaluation) and text (syntax) meet. */
import { posix } from "node:path"
import type { Project } from "../../project/ConfigFile.ts"
import { type Code, codes, type Diagnostic, place, type Position } from "../../report/Diagnostic.ts"
import { outputOf } from "../../project/Folders.ts"
import type { Located } from "../Declared.ts"
import {
  contractSuffixes,
  folded,
  isComposed,
  isIdentifier,
  kebab,
  notComposed,
  notIdentifier,
  plural
} from "../../model/Names.ts"
import type * as Model from "../../model/Model.ts"
import { nearest } from "../../report/Suggestion.ts"
import type { FileSyntax, Place } from "../../syntax/Syntax.ts"
import type { WideSchema } from "./WideSchemas.ts"

export type Sources = ReadonlyMap<string, FileSyntax>

/** The place of a path, or of the nearest part of it that is written down. */
const placeAt = (sources: Sources, file: string, exported: string, path: ReadonlyArray<string>): Place | undefined => {
  const declaration = sources.get(file)?.declarations.get(exported)
  for (let length = path.length; length > 0; length--) {
    const place = declaration?.places.get(path.slice(0, length).join("."))
    if (place !== undefined) return place
  }
  return declaration
}

const positioned = (at: Position | undefined): { readonly at?: Position } => (at === undefined ? {} : { at })

/** Codes whose messages go on from the name of what is wrong. */
const named: ReadonlySet<Code> = new Set([
  codes.notStorable,
  codes.noType,
  codes.notSchema,
  codes.noValue,
  codes.inTheClear
])

/** Problems found by looking at declarations, each at its place. */
export const located = (problems: ReadonlyArray<Located>, sources: Sources): ReadonlyArray<Diagnostic> =>
  problems.map(({ code, exported, file, message, path }) => {
    const about = named.has(code) ? `${[exported, ...path].join(".")} ` : ""
    return { code, file, ...positioned(placeAt(sources, file, exported, path)?.at), message: about + message }
  })

/** Schemas that declarations are made of and whose type says less than they mean. */
export const wide = (
  sources: ReadonlyMap<string, FileSyntax & { readonly wide: ReadonlyArray<WideSchema> }>
): ReadonlyArray<Diagnostic> => {
  const imported = new Set(
    [...sources].flatMap(([file, { imports }]) =>
      imports.map(({ specifier }) => posix.normalize(posix.join(posix.dirname(file), specifier)))
    )
  )
  return [...sources].flatMap(([file, { wide }]) =>
    wide
      .filter(({ isDeclared, isExported }) => isDeclared || (isExported && imported.has(file)))
      .map(({ at, fix, message }) => ({ code: codes.wideSchema, file, at, message, fix }))
  )
}

/** Names that declarations may not have, and declarations that nothing exports. */
export const names = (domains: ReadonlyArray<Model.Domain>, sources: Sources): ReadonlyArray<Diagnostic> => {
  const found: Array<Diagnostic> = []
  for (const [file, { declarations }] of sources) {
    for (const [name, { at, exported, makes, places }] of declarations) {
      for (const kind of makes === undefined ? [] : ["events", "commands", "errors", "facts", "indexes"]) {
        const place = places.get(`${kind}.__proto__`)
        if (place === undefined) continue
        // When it runs, nothing of it is there to be found.
        const message = `__proto__ cannot be one of the ${kind}: JavaScript takes it for the object's prototype; call it something else`
        found.push({ code: codes.badName, file, at: place.at, message })
      }
      if (makes === undefined || exported) continue
      found.push({
        code: codes.notExported,
        file,
        at,
        message: `${name} is not exported, so nothing is generated for it; write \`export const ${name}\``
      })
    }
  }
  for (const domain of domains) {
    if (!isComposed(domain.name)) {
      const [first] = [...domain.aggregates, ...domain.projections]
      found.push({
        code: codes.badName,
        file: first?.file ?? domain.name,
        message: `its folder names the domain: ${notComposed(domain.name)}`
      })
    }
    const claim = claims(domain, sources, found)
    for (const { commands, errors, events, exported, facts, file, name } of domain.aggregates) {
      // Who has another's name has the name of its service, too.
      if (claim(declared, name, file, exported, [])) claim("services", plural(name), file, exported, [])
      if (name === "apply" || name === "decide")
        found.push(needed(name, file, placeAt(sources, file, exported, [])?.at))
      const own = claims(domain, sources, found, ` of ${name}`)
      for (const event of events) claim("events", event.name, file, exported, ["events", event.name])
      for (const [kind, members] of [
        ["events", events],
        ["commands", commands],
        ["errors", errors]
      ] as const) {
        for (const member of members) own("names", member.name, file, exported, [kind, member.name])
      }
      for (const fact of facts.filter(({ name }) => name === "now" || name === "commandId")) {
        found.push({
          code: codes.badName,
          file,
          ...positioned(placeAt(sources, file, exported, ["facts", fact.name])?.at),
          message: `every decision is given a fact ${fact.name} of Eventfold's own; call this one something else`
        })
      }
      for (const taken of [...contractSuffixes.map((suffix) => name + suffix), "decide"]) {
        const clash = [...events, ...commands, ...errors].find((member) => member.name === taken)
        if (clash === undefined) continue
        const at = ["events", "commands", "errors"].map(
          (kind) => sources.get(file)?.declarations.get(exported)?.places.get(`${kind}.${clash.name}`)?.at
        )
        found.push({
          code: codes.badName,
          file,
          ...positioned(at.find((one) => one !== undefined)),
          message: `${clash.name} is a name that the generated code of ${name} needs itself; choose another`
        })
      }
    }
    for (const { exported, file, name } of domain.projections) {
      claim(declared, name, file, exported, [])
      if (name === "project") found.push(needed(name, file, placeAt(sources, file, exported, [])?.at))
    }
    for (const { brands, name } of domain.values) {
      const taken = domain.aggregates.find(({ commands, errors, events }) =>
        [...events, ...commands, ...errors].some((member) => member.name === name)
      )
      if (brands.length === 0 || taken === undefined) continue
      const [home] = [...sources].flatMap(([file, { brands }]) =>
        brands.has(name) ? [{ file, at: brands.get(name)?.at }] : []
      )
      found.push({
        code: codes.badName,
        file: home?.file ?? taken.file,
        ...positioned(home?.at),
        message: `the brand ${name} has the name of an event, a command or an error of ${taken.name}; give one of them another name`
      })
    }
  }
  return found
}

/** Aggregates, and projections, of one name in two domains that may have one store. */
export const shared = (
  domains: ReadonlyArray<Model.Domain>,
  { separateStores }: Project,
  sources: Sources
): ReadonlyArray<Diagnostic> => {
  const found: Array<Diagnostic> = []
  for (const kind of ["aggregates", "projections"] as const) {
    const taken = new Map<string, { readonly domain: string; readonly place: string }>()
    for (const domain of domains.filter(({ name }) => !separateStores.includes(name))) {
      for (const { exported, file, name } of domain[kind]) {
        const at = placeAt(sources, file, exported, [])?.at
        const before = taken.get(name)
        if (before === undefined) taken.set(name, { domain: domain.name, place: place({ file, ...positioned(at) }) })
        // Within a domain that is said already.
        else if (before.domain !== domain.name) {
          const why =
            kind === "aggregates"
              ? `in one store, its streams would be theirs, ${name}-…`
              : "one store keeps one projection of a name, and refuses the other"
          found.push({
            code: codes.sharedName,
            file,
            ...positioned(at),
            message: `the domain ${before.domain} has ${kind === "aggregates" ? "an aggregate" : "a projection"} ${name}, too, at ${before.place}: ${why}`,
            fix: `give one of them another name; or, if the domains have stores of their own, say so in eventfold.config.ts: \`separateStores: [${JSON.stringify(domain.name)}]\``
          })
        }
      }
    }
  }
  return found
}

/** Domains that the config says have stores of their own, and that are not there. */
export const noDomains = (
  domains: ReadonlyArray<Model.Domain>,
  { separateStores }: Project,
  placeOfOption: () => Position | undefined
): ReadonlyArray<Diagnostic> => {
  const names = domains.map(({ name }) => name)
  return separateStores
    .filter((one) => !names.includes(one))
    .map((one) => {
      const meant = nearest(one, names)
      return {
        code: codes.badConfig,
        file: "eventfold.config.ts",
        ...positioned(placeOfOption()),
        message: `\`separateStores\` names ${JSON.stringify(one)}, which is no domain`,
        fix: meant === undefined ? `take it out: the domains are ${names.join(", ")}` : `write ${JSON.stringify(meant)}`
      }
    })
}

/** Domains whose own code would come to the same files. */
export const bodies = (
  domains: ReadonlyArray<Model.Domain>,
  project: Project,
  placeOfOutput: () => Position | undefined
): ReadonlyArray<Diagnostic> => {
  const taken = new Map<string, string>()
  const found: Array<Diagnostic> = []
  for (const domain of domains) {
    for (const { name } of [...domain.aggregates, ...domain.projections]) {
      const file = posix.join(posix.dirname(outputOf(project, domain.name)), kebab(name))
      const before = taken.get(file)
      taken.set(file, before ?? domain.name)
      if (before === undefined || before === domain.name) continue
      found.push({
        code: codes.badConfig,
        file: "eventfold.config.ts",
        ...positioned(placeOfOutput()),
        message: `\`output\` puts your code for ${name} of ${before} and of ${domain.name} into the same files, ${file}.*`,
        fix: 'let `{domain}` stand further in front, as in "src/{domain}/generated", or give one of them another name'
      })
    }
  }
  return found
}

/** What a body exports is called that. */
const needed = (name: string, file: string, at: Position | undefined): Diagnostic => ({
  code: codes.badName,
  file,
  ...positioned(at),
  message: `${name} is a name that your own code needs beside what is generated; choose another`
})

/** What aggregates and projections are called where they must not share a name. */
const declared = "aggregates and projections"

/** Takes note of names; the second of a kind, and one that cannot stand in code, is a problem. */
const claims = (
  { name: domain }: Model.Domain,
  sources: Sources,
  found: Array<Diagnostic>,
  of = ` of the domain ${domain}`
) => {
  const taken = new Map<string, string>()
  return (kind: string, name: string, file: string, exported: string, path: ReadonlyArray<string>): boolean => {
    const at = placeAt(sources, file, exported, path)?.at
    const here = `${file}${at === undefined ? "" : `:${at.line}:${at.column}`}`
    // Files are named in kebab case, and some file systems do not tell cases apart.
    const key = `${kind} ${kind === declared ? folded(name) : name}`
    const before = taken.get(key)
    if (before !== undefined) {
      const message = `${JSON.stringify(name)} is already one of the ${kind}${of}, at ${before}; give one of them another name`
      found.push({ code: codes.duplicate, file, ...positioned(at), message })
    } else taken.set(key, here)
    if (kind !== "events" && kind !== "services" && !isIdentifier(name)) {
      found.push({ code: codes.badName, file, ...positioned(at), message: notIdentifier(name) })
    }
    return before === undefined
  }
}

/** The model with the doc comments of the schema files on everything that has one. */
export const withDocs = (model: Model.Model, sources: Sources): Model.Model => {
  const described = <A extends object>(value: A, doc: string | undefined): A =>
    doc === undefined ? value : { ...value, doc }
  const docAt = (file: string, exported: string, path: ReadonlyArray<string>) =>
    sources.get(file)?.declarations.get(exported)?.places.get(path.join("."))?.doc
  const brands = new Map([...sources.values()].flatMap(({ brands }) => [...brands]))
  const all = new Map(
    [...sources].flatMap(([file, { declarations }]) =>
      [...declarations].map(([name, one]) => [name, { file, one }] as const)
    )
  )

  const fields = (
    list: ReadonlyArray<Model.Field>,
    file: string,
    exported: string,
    path: ReadonlyArray<string>
  ): ReadonlyArray<Model.Field> =>
    list.map((field) => {
      const here = [...path, field.name]
      return described({ ...field, type: type(field.type, file, exported, here) }, docAt(file, exported, here))
    })
  const type = (one: Model.Type, file: string, exported: string, path: ReadonlyArray<string>): Model.Type =>
    one.kind === "struct" ? { ...one, fields: fields(one.fields, file, exported, path) } : one
  const member = <M extends Model.Member>(
    one: M,
    file: string,
    exported: string,
    kind: string,
    under: ReadonlyArray<string> = []
  ): M =>
    described(
      { ...one, fields: fields(one.fields, file, exported, [kind, one.name, ...under]) },
      docAt(file, exported, [kind, one.name])
    )
  const top = (file: string, exported: string) => sources.get(file)?.declarations.get(exported)?.doc

  return {
    ...model,
    domains: model.domains.map((domain) => ({
      ...domain,
      values: domain.values.map((value) => {
        if (value.brands.length > 0) return described(value, brands.get(value.name)?.doc)
        const home = all.get(value.name)
        return home === undefined
          ? value
          : described({ ...value, type: type(value.type, home.file, value.name, []) }, home.one.doc)
      }),
      aggregates: domain.aggregates.map((one) => {
        const { exported, file } = one
        const documented: Model.Aggregate = {
          ...one,
          state: type(one.state, file, exported, ["state"]),
          events: one.events.map((event) => member(event, file, exported, "events")),
          errors: one.errors.map((error) => member(error, file, exported, "errors")),
          commands: one.commands.map((command) => member(command, file, exported, "commands", ["payload"])),
          facts: fields(one.facts, file, exported, ["facts"])
        }
        return described(documented, top(file, exported))
      }),
      projections: domain.projections.map((one) => {
        const { exported, file, key } = one
        const documented: Model.Projection = {
          ...one,
          key: key === "streamId" ? key : type(key, file, exported, ["key"]),
          row: type(one.row, file, exported, ["row"])
        }
        return described(documented, top(file, exported))
      })
    }))
  }
}
