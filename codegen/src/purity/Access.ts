/** Members of values, and the check of globals and imports that a handler must not touch. */
import { asGlobal, ofEffect, ofGlobal, ofImport, tidy } from "./Impurity.ts"
import type { Machine } from "./Machine.ts"
import type { Site } from "./Findings.ts"
import { nothing, type Own, type AbstractValue, type Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"
import { isFunction, join, keep, madeOf, memberOf } from "./ValueOperations.ts"

export const global = (path: string): Value => [{ kind: "global", path: tidy(path) }]

/** Returns an import of a package, or the global that it is another name of. */
export const imported = (specifier: string, path: string): Value => {
  const known = asGlobal(specifier, path)
  return known === undefined ? [{ kind: "imported", specifier, path }] : global(known)
}

const importedMember = (specifier: string, path: string, name: string): Value => {
  const from = path === "*" || (path === "default" && specifier.startsWith("node:")) ? "" : `${path}.`
  return imported(specifier, from + name)
}

/** Returns the property `constructor` of a value. */
const constructorOf = (candidate: AbstractValue): Value => {
  const made = madeOf([candidate])
  if (made.length > 0) return made.includes("Object") ? nothing : global(made[0]!)
  const of = candidate.kind === "own" ? candidate.of : candidate.kind === "kept" ? candidate.what?.of : undefined
  if (of !== undefined) return [of]
  return candidate.kind === "given" || candidate.kind === "kept" ? global("(constructor)") : nothing
}

const ofInstance = (machine: Machine, what: Own, name: string, site: Site): Value =>
  what.of === undefined ? nothing : machine.memberOfClass(what.of, name, false, site)

const isIndirect = /^(call|apply|bind)$/

const accessOne = (machine: Machine, candidate: AbstractValue, name: string, site: Site, isExact: boolean): Value => {
  switch (candidate.kind) {
    case "global": {
      const isPrototype = candidate.path.includes(".prototype.")
      if (isIndirect.test(name) && !isPrototype && /\./.test(candidate.path))
        return [{ kind: "method", name, self: [candidate] }]
      return global(`${candidate.path}.${name}`)
    }
    case "imported":
      if (isIndirect.test(name)) return [{ kind: "method", name, self: [candidate] }]
      return importedMember(candidate.specifier, candidate.path, name)
    case "namespace": {
      const module = machine.program.module(candidate.file)
      return module === undefined ? nothing : machine.exported(module, name, site)
    }
    case "class": {
      if (name === "prototype") return [{ kind: "method", name: "prototype", self: [candidate] }]
      return machine.memberOfClass(candidate, name, true, site)
    }
    case "closure":
    case "deferred":
    case "method":
      return isIndirect.test(name) ? [{ kind: "method", name, self: [candidate] }] : nothing
    case "own":
    case "kept": {
      const what = candidate.kind === "own" ? candidate : candidate.what
      if (what !== undefined && name !== any) {
        const isHere = what.members.has(name)
        const found = isHere ? memberOf([what], name) : ofInstance(machine, what, name, site)
        const inherited = isHere || found.length > 0 || !isExact ? found : machine.exact(what.base, name, site)
        if (isHere || inherited.length > 0) {
          return candidate.kind === "kept"
            ? keep(inherited, `${candidate.label}.${name}`, candidate.variable)
            : inherited
        }
      }
      if (name === "constructor") return constructorOf(candidate)
      return isExact ? nothing : memberOf([candidate], name)
    }
    case "given": {
      const known = candidate.type?.ofClass
      if (known !== undefined && name !== any) {
        const path = [...machine.program.modules].find(({ shown }) => shown === known.file)?.path
        const module = machine.program.module(path ?? `${machine.program.root}/${known.file}`)
        const one = module === undefined ? nothing : machine.exported(module, known.name, site)
        const found = one.flatMap((each) =>
          each.kind === "class" ? machine.memberOfClass(each, name, false, site) : []
        )
        if (found.length > 0) return found
      }
      if (name === "constructor") return constructorOf(candidate)
      return isExact ? nothing : memberOf([candidate], name)
    }
  }
}

export const access = (machine: Machine, value: Value, name: string, site: Site): Value =>
  join(...value.map((candidate) => accessOne(machine, candidate, name, site, false)))

export const exact = (machine: Machine, value: Value, name: string, site: Site): Value =>
  join(...value.map((candidate) => accessOne(machine, candidate, name, site, true)))

/**
 * Reports candidates that a handler must not touch. Returns the others, so that each is reported
 * once.
 */
export const touch = (machine: Machine, value: Value, site: Site): Value =>
  value.filter((candidate) => {
    const impurity =
      candidate.kind === "global"
        ? ofGlobal(candidate.path)
        : candidate.kind === "imported"
          ? ofImport(candidate.specifier, candidate.path)
          : undefined
    if (impurity !== undefined) machine.report(impurity, site)
    return impurity === undefined
  })

/** `true` if a candidate can be called. */
export const isCallable = (candidate: AbstractValue): boolean =>
  isFunction(candidate) || candidate.kind === "global" || candidate.kind === "imported"

/** `true` for a function of Effect that changes its argument. */
export const isMutableModule = (specifier: string, path: string): boolean => {
  const [part, name] = ofEffect(specifier, path)
  return (
    part.startsWith("Mutable") &&
    /^(set|remove|modify|modifyAt|update|clear|append|appendAll|prepend|prependAll|add|take|shift|pop|increment|decrement|toggle|getAndSet|getAndUpdate|setAndGet|updateAndGet)/.test(
      name
    )
  )
}

/**
 * Returns the functions of the application in an argument, including members: `{ onNone: () => …,
 * onSome: (x) => … }`.
 */
export const functionsIn = (value: Value): Value =>
  value.flatMap((candidate): Value => {
    if (
      candidate.kind === "closure" ||
      candidate.kind === "deferred" ||
      candidate.kind === "method" ||
      candidate.kind === "class"
    )
      return [candidate]
    if (candidate.kind !== "own") return []
    return join(...[...candidate.members.keys()].map((name) => memberOf([candidate], name)), candidate.rest).filter(
      isFunction
    )
  })
