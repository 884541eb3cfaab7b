/** Members of values, and globals and imports that must not be touched. */
import { asGlobal, ofEffect, ofGlobal, ofImport, tidy } from "./Impurity.ts"
import type { Machine } from "./Machine.ts"
import type { Site } from "./Findings.ts"
import { nothing, type Own, type Thing, type Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"
import { isFunction, join, keep, madeOf, memberOf } from "./ValueOperations.ts"

export const global = (path: string): Value => [{ kind: "global", path: tidy(path) }]

/** Something of a package; what is a global under another name is that. */
export const imported = (specifier: string, path: string): Value => {
  const known = asGlobal(specifier, path)
  return known === undefined ? [{ kind: "imported", specifier, path }] : global(known)
}

const importedMember = (specifier: string, path: string, name: string): Value => {
  const from = path === "*" || (path === "default" && specifier.startsWith("node:")) ? "" : `${path}.`
  return imported(specifier, from + name)
}

/** What `constructor` of a value is. */
const constructorOf = (thing: Thing): Value => {
  const made = madeOf([thing])
  if (made.length > 0) return made.includes("Object") ? nothing : global(made[0]!)
  const of = thing.kind === "own" ? thing.of : thing.kind === "kept" ? thing.what?.of : undefined
  if (of !== undefined) return [of]
  return thing.kind === "given" || thing.kind === "kept" ? global("(constructor)") : nothing
}

const ofInstance = (machine: Machine, what: Own, name: string, site: Site): Value =>
  what.of === undefined ? nothing : machine.memberOfClass(what.of, name, false, site)

const isIndirect = /^(call|apply|bind)$/

const accessThing = (machine: Machine, thing: Thing, name: string, site: Site, isExact: boolean): Value => {
  switch (thing.kind) {
    case "global": {
      const isPrototype = thing.path.includes(".prototype.")
      if (isIndirect.test(name) && !isPrototype && /\./.test(thing.path))
        return [{ kind: "method", name, self: [thing] }]
      return global(`${thing.path}.${name}`)
    }
    case "imported":
      if (isIndirect.test(name)) return [{ kind: "method", name, self: [thing] }]
      return importedMember(thing.specifier, thing.path, name)
    case "namespace": {
      const module = machine.program.module(thing.file)
      return module === undefined ? nothing : machine.exported(module, name, site)
    }
    case "class": {
      if (name === "prototype") return [{ kind: "method", name: "prototype", self: [thing] }]
      return machine.memberOfClass(thing, name, true, site)
    }
    case "closure":
    case "deferred":
    case "method":
      return isIndirect.test(name) ? [{ kind: "method", name, self: [thing] }] : nothing
    case "own":
    case "kept": {
      const what = thing.kind === "own" ? thing : thing.what
      if (what !== undefined && name !== any) {
        const isHere = what.members.has(name)
        const found = isHere ? memberOf([what], name) : ofInstance(machine, what, name, site)
        const inherited = isHere || found.length > 0 || !isExact ? found : machine.exact(what.base, name, site)
        if (isHere || inherited.length > 0) {
          return thing.kind === "kept" ? keep(inherited, `${thing.label}.${name}`, thing.variable) : inherited
        }
      }
      if (name === "constructor") return constructorOf(thing)
      return isExact ? nothing : memberOf([thing], name)
    }
    case "given": {
      const known = thing.type?.ofClass
      if (known !== undefined && name !== any) {
        const path = [...machine.program.modules].find(({ shown }) => shown === known.file)?.path
        const module = machine.program.module(path ?? `${machine.program.root}/${known.file}`)
        const one = module === undefined ? nothing : machine.exported(module, known.name, site)
        const found = one.flatMap((each) =>
          each.kind === "class" ? machine.memberOfClass(each, name, false, site) : []
        )
        if (found.length > 0) return found
      }
      if (name === "constructor") return constructorOf(thing)
      return isExact ? nothing : memberOf([thing], name)
    }
  }
}

export const access = (machine: Machine, value: Value, name: string, site: Site): Value =>
  join(...value.map((thing) => accessThing(machine, thing, name, site, false)))

export const exact = (machine: Machine, value: Value, name: string, site: Site): Value =>
  join(...value.map((thing) => accessThing(machine, thing, name, site, true)))

/** Reports what a value stands for, if that must not be touched; gives back the rest of it, so that it is said once. */
export const touch = (machine: Machine, value: Value, site: Site): Value =>
  value.filter((thing) => {
    const impurity =
      thing.kind === "global"
        ? ofGlobal(thing.path)
        : thing.kind === "imported"
          ? ofImport(thing.specifier, thing.path)
          : undefined
    if (impurity !== undefined) machine.report(impurity, site)
    return impurity === undefined
  })

/** Whether something of a value can be called. */
export const isCallable = (thing: Thing): boolean =>
  isFunction(thing) || thing.kind === "global" || thing.kind === "imported"

/** Something of a package is changed by it. */
export const isMutableModule = (specifier: string, path: string): boolean => {
  const [part, name] = ofEffect(specifier, path)
  return (
    part.startsWith("Mutable") &&
    /^(set|remove|modify|modifyAt|update|clear|append|appendAll|prepend|prependAll|add|take|shift|pop|increment|decrement|toggle|getAndSet|getAndUpdate|setAndGet|updateAndGet)/.test(
      name
    )
  )
}

/** Functions of ours in what is handed to others, also as members: `{ onNone: () => …, onSome: (x) => … }`. */
export const functionsIn = (value: Value): Value =>
  value.flatMap((thing): Value => {
    if (thing.kind === "closure" || thing.kind === "deferred" || thing.kind === "method" || thing.kind === "class")
      return [thing]
    if (thing.kind !== "own") return []
    return join(...[...thing.members.keys()].map((name) => memberOf([thing], name)), thing.rest).filter(isFunction)
  })
