/** The static check of `eventfold check`: finds impure code that handlers reach. */
import path from "node:path"
import type { Project } from "../project/ConfigFile.ts"
import {
  codes,
  compare,
  type Diagnostic,
  place,
  type PathStep,
  type Position,
  sort,
  type Suppressed
} from "../report/Diagnostic.ts"
import { placeOf } from "../syntax/Syntax.ts"
import { argsWith, newFrame } from "./Calls.ts"
import type { Body } from "../emit/BodyFiles.ts"
import { outputOf } from "../project/Folders.ts"
import type { Domain } from "../model/Model.ts"
import * as Entries from "./Entries.ts"
import type { Entry, Group } from "./Entries.ts"
import type { Found, Site } from "./Findings.ts"
import { codeOf, fixes } from "./Impurity.ts"
import { Interpreter } from "./Interpreter.ts"
import type { Machine } from "./Machine.ts"
import { type Options, Program } from "./Program.ts"
import * as Suppression from "./Suppression.ts"
import { nothing, type AbstractValue, type Value } from "./AbstractValue.ts"
import { memberOf } from "./ValueOperations.ts"
import * as Writes from "./Writes.ts"

export interface Purity {
  readonly diagnostics: ReadonlyArray<Diagnostic>
  readonly suppressed: ReadonlyArray<Suppressed>
  /** All files that were read or looked for. */
  readonly files: ReadonlyArray<string>
}

/** An impurity and a handler that reaches it. */
interface Reached extends Found {
  readonly handler: string
  readonly of: Site
}

const positionOf = ({ module, node }: Site): Position => placeOf(module.file, node)

const isWithin = (inner: Site, outer: Site): boolean =>
  inner.module === outer.module && inner.node.pos >= outer.node.pos && inner.node.end <= outer.node.end

/** Returns the handlers of a group by name. */
const handlersOf = (
  machine: Machine,
  object: Value,
  { handlers, under }: Group,
  site: Site
): ReadonlyArray<readonly [name: string, functions: Value]> => {
  const group = under === undefined ? object : memberOf(object, under)
  const names = (value: Value): ReadonlyArray<string> =>
    value.flatMap((candidate) => {
      const what = candidate.kind === "kept" ? candidate.what : candidate.kind === "own" ? candidate : undefined
      return what === undefined ? [] : [...what.members.keys(), ...names(what.base)]
    })
  return [...new Set([...names(group), ...handlers])].map((name) => [name, machine.access(group, name, site)])
}

const quoted = (name: string, group: Group): string =>
  group.under === "invariants" ? `${group.name} ${JSON.stringify(name)}` : `${group.name} ${name}`

/**
 * Returns the site of a handler; for one that a package wrapped, the site of the object that holds
 * it.
 */
const siteOf = (candidate: AbstractValue, otherwise: Site): Site =>
  candidate.kind === "closure" ? { module: candidate.scope.frame.module, node: candidate.node } : otherwise

/** Finds all impurities that the handlers of an entry reach. */
const reach = (machine: Machine, { call, groups, module, object }: Entry): ReadonlyArray<Reached> => {
  const all: Array<Reached> = []
  const loaded = machine.findings.collect(() => machine.loaded(module, object))
  const whole: Site = { module, node: object }
  all.push(...loaded.found.map((found) => ({ ...found, handler: call, of: whole })))
  for (const group of groups) {
    const members = machine.findings.collect(() => handlersOf(machine, loaded.result, group, whole))
    all.push(...members.found.map((found) => ({ ...found, handler: call, of: whole })))
    for (const [name, functions] of members.result) {
      const given = argsWith(...group.given(name).map((one) => [one]))
      for (const one of functions) {
        const before = machine.store
        machine.store = before.fork()
        const of = siteOf(one, whole)
        const frame = newFrame(of.module, of.node, false, nothing)
        const { found } = machine.findings.collect(() => machine.call([one], loaded.result, given, of, frame))
        machine.store = before
        all.push(...found.map((one) => ({ ...one, handler: quoted(name, group), of })))
      }
    }
  }
  return all
}

/** Drops reads of variables that no function writes. */
const written = (program: Program, all: ReadonlyArray<Reached>): ReadonlyArray<Reached> => {
  const changed = new Set(
    all.flatMap(({ isRead, kind, variable }) =>
      kind === "kept" && isRead === undefined && variable !== undefined ? [variable] : []
    )
  )
  const wanted = all.some(({ isRead }) => isRead === true)
  const writes = new Map(wanted ? program.modules.flatMap((module) => [...Writes.read(program, module)]) : [])
  return all.flatMap((one): ReadonlyArray<Reached> => {
    if (one.isRead === undefined) return [one]
    const write = one.variable === undefined ? undefined : writes.get(one.variable)
    // A write that a handler reaches is reported instead.
    if (write === undefined || changed.has(one.variable ?? "")) return []
    const where = place({ file: write.module.shown, at: positionOf(write) })
    return [{ ...one, touched: `${one.touched}, which is kept between calls and changed at ${where}` }]
  })
}

const verb = ({ isRead, kind }: Found): string =>
  isRead === true ? "reads" : kind === "given" || kind === "kept" ? "changes" : "touches"

const stepsOf = ({ handler, of, path }: Reached): ReadonlyArray<PathStep> => [
  { what: "by", name: handler, file: of.module.shown, at: positionOf(of) },
  ...path.map(({ name, site, what }) => ({ what, name, file: site.module.shown, at: positionOf(site) }))
]

/** Creates one diagnostic for each site and code, of the handler with the shortest path. */
const diagnosticsOf = (all: ReadonlyArray<Reached>): ReadonlyArray<Diagnostic> => {
  const places = new Map<string, Array<Reached>>()
  for (const one of all) {
    const key = `${one.site.module.path} ${place({ file: "", at: positionOf(one.site) })} ${codeOf[one.kind]}`
    places.set(key, [...(places.get(key) ?? []), one])
  }
  return [...places.values()].map((some): Diagnostic => {
    const first = some.reduce((best, one) => (one.path.length < best.path.length ? one : best))
    const others = new Set(some.map(({ handler }) => handler)).size - 1
    const more = others === 0 ? "" : ` (as ${others === 1 ? "does one more handler" : `do ${others} more handlers`})`
    const isOwn = isWithin(first.site, first.of)
    return {
      code: codeOf[first.kind],
      file: first.site.module.shown,
      at: positionOf(first.site),
      message: `${first.handler} ${verb(first)} ${first.touched}${more}`,
      fix: fixes[first.kind],
      ...(isOwn ? {} : { path: stepsOf(first) })
    }
  })
}

/** Separates findings that comments accept, and reports comments that accept nothing. */
const suppress = (
  program: Program,
  found: ReadonlyArray<Diagnostic>
): { readonly left: ReadonlyArray<Diagnostic>; readonly suppressed: ReadonlyArray<Suppressed> } => {
  const comments = program.modules.flatMap((module) => Suppression.read(module))
  const used = new Set<Suppression.Suppression>()
  const suppressed: Array<Suppressed> = []
  const left = found.filter((one) => {
    const comment = comments.find(({ module, of }) => module.shown === one.file && of === one.at?.line)
    if (comment === undefined) return true
    used.add(comment)
    if (comment.reason === "") return true
    suppressed.push({ ...one, reason: comment.reason })
    return false
  })
  const wrong = comments.flatMap((comment): ReadonlyArray<Diagnostic> => {
    const at = { line: comment.line, column: comment.column }
    const where = { file: comment.module.shown, at }
    if (!used.has(comment)) {
      const message = "eventfold-pure suppresses nothing: no handler reaches impure code there"
      return [
        { ...where, code: codes.needless, message, fix: "remove the comment, or move it to the line that it is for" }
      ]
    }
    if (comment.reason !== "") return []
    const message = "eventfold-pure gives no reason, and suppresses nothing"
    return [
      {
        ...where,
        code: codes.reason,
        message,
        fix: "state why the result is the same in each replay: `// eventfold-pure: …`"
      }
    ]
  })
  return { left: [...left, ...wrong], suppressed }
}

/** Checks the code that the entries reach. */
export const check = (program: Program, entries: ReadonlyArray<Entry>): Purity => {
  const machine = new Interpreter(program)
  const all = entries.flatMap((entry) => reach(machine, entry))
  const { left, suppressed } = suppress(program, diagnosticsOf(written(program, all)))
  return {
    diagnostics: sort(left),
    suppressed: [...suppressed].sort((a, b) => compare(a.file, b.file) || (a.at?.line ?? 0) - (b.at?.line ?? 0)),
    files: [...program.asked]
  }
}

/** Checks the bodies of a project and the invariants of its declarations. */
export const ofProject = (
  project: Project,
  domains: ReadonlyArray<Domain>,
  bodies: ReadonlyArray<{
    readonly path: string
    readonly body: Pick<Body, "call" | "contract">
    readonly domain: string
  }>,
  remember?: Options["remember"]
): Purity => {
  const { root } = project
  const generated = domains.map(({ name }) => path.join(root, outputOf(project, name)))
  const program = new Program({ root, generated, ...(remember === undefined ? {} : { remember }) })
  const declared = domains.map((domain): Entries.Declared => ({ domain, model: domains }))
  const entries = [
    ...bodies.flatMap(({ body, domain, path: file }) => {
      const module = program.module(path.join(root, file))
      return module === undefined ? [] : Entries.ofBody(module, body, (path) => program.module(path), declared, domain)
    }),
    ...declared.flatMap((one) =>
      one.domain.aggregates.flatMap((aggregate) =>
        Entries.ofInvariants(aggregate, one, (path) => program.module(path), root)
      )
    )
  ]
  return check(program, entries)
}
