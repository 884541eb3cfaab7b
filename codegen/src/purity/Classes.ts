/** Classes of the application: their members and their instances. */
import { ts } from "../syntax/Syntax.ts"
import { newFrame, noArgs } from "./Calls.ts"
import { functionOf, named, propertyName } from "./Expressions.ts"
import type { Site } from "./Findings.ts"
import type { Args, Machine } from "./Machine.ts"
import { type Class, type Frame, nothing, Scope, type AbstractValue, type Value } from "./AbstractValue.ts"
import { join, own, withMember } from "./ValueOperations.ts"

const memberNamed = (node: ts.ClassLikeDeclaration, name: string, isStatic: boolean) =>
  node.members.filter(
    (member) =>
      member.name !== undefined &&
      propertyName(member.name) === name &&
      (ts.canHaveModifiers(member) &&
        member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true) === isStatic
  )

const heritage = (machine: Machine, { node, scope }: Class): Value => {
  const extended = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
  return extended === undefined ? nothing : machine.evaluate(extended.expression, scope, true)
}

/** Returns a method or a field of a class. */
export const memberOfClass: (machine: Machine, ...rest: Parameters<Machine["memberOfClass"]>) => Value = (
  machine,
  one,
  name,
  isStatic,
  site
) => {
  const { node, scope } = one
  const setter = name.startsWith("set ") ? name.slice(4) : undefined
  for (const member of memberNamed(node, setter ?? name, isStatic)) {
    if (setter !== undefined) {
      if (ts.isSetAccessorDeclaration(member)) return functionOf(member, scope, setter)
    } else if (ts.isMethodDeclaration(member)) {
      if (member.body !== undefined) return functionOf(member, scope, `${one.name}.${name}`)
    } else if (ts.isGetAccessorDeclaration(member)) {
      return machine.call(
        functionOf(member, scope, `${one.name}.${name}`),
        [own({ of: one })],
        noArgs,
        site,
        scope.frame
      )
    } else if (ts.isPropertyDeclaration(member) && isStatic && member.initializer !== undefined) {
      const value = named(machine, member.initializer, scope, `${one.name}.${name}`)
      return scope.isOfFile
        ? value.map((candidate) =>
            candidate.kind === "own"
              ? {
                  kind: "kept",
                  label: `${one.name}.${name}`,
                  variable: `${scope.frame.module.path}#${one.name}`,
                  what: candidate
                }
              : candidate
          )
        : value
    }
  }
  const extended = heritage(machine, one)
  if (extended.length === 0 || setter !== undefined) return nothing
  return join(
    ...extended.map((base): Value => {
      if (base.kind === "class") return machine.memberOfClass(base, name, isStatic, site)
      return isStatic ? machine.access([base], name, site) : nothing
    })
  )
}

const instance = (machine: Machine, one: Class, args: Args, site: Site, from: Frame, self: Value): Value => {
  const { node, scope } = one
  const extended = heritage(machine, one)
  const constructor = node.members.find((member) => ts.isConstructorDeclaration(member) && member.body !== undefined)
  let value = self
  for (const base of extended) {
    if (base.kind === "class") value = instance(machine, base, args, site, from, value)
    else if (base.kind === "global") {
      // Reports what the global constructor touches: that of `Date` reads the clock.
      machine.construct([base], args, site, from)
      value = value.map((candidate) => (candidate.kind === "own" ? { ...candidate, made: base.path } : candidate))
    } else
      value = value.map((candidate) =>
        candidate.kind === "own" ? { ...candidate, base: join(...args.list, args.rest) } : candidate
      )
  }
  const frame = newFrame(scope.frame.module, node, machine.loading, nothing)
  const inner = new Scope(scope, frame)
  machine.store.set(frame.self, value)
  for (const member of node.members) {
    if (!ts.isPropertyDeclaration(member) || member.initializer === undefined) continue
    if (memberNamed(node, propertyName(member.name), true).includes(member)) continue
    const name = propertyName(member.name)
    const field = named(machine, member.initializer, inner, `${one.name}.${name}`)
    machine.store.set(frame.self, withMember(machine.store.get(frame.self), name, field))
  }
  value = machine.store.get(frame.self)
  if (constructor === undefined || !ts.isConstructorDeclaration(constructor)) return value
  const [closure] = functionOf(constructor, scope, `new ${one.name}`)
  if (closure?.kind !== "closure") return value
  const made = machine.callClosure(closure, value, args, site, from).self
  // `constructor(readonly x: …)` declares a field too.
  return constructor.parameters.reduce((so, { modifiers, name }, i) => {
    if (modifiers === undefined || !ts.isIdentifier(name)) return so
    return withMember(so, name.text, args.list[i] ?? args.rest)
  }, made)
}

/** Creates an instance. Its fields and its constructor are one step of a reported path. */
const made = (machine: Machine, one: Class, args: Args, site: Site): Value => {
  const frame = newFrame(one.scope.frame.module, one.node, machine.loading, nothing)
  const { found, result } = machine.findings.collect(() =>
    instance(machine, one, args, site, frame, [own({ of: one })])
  )
  machine.findings.replay(found, { what: "calls", name: `new ${one.name}`, site })
  return result
}

/** Constructs every candidate of a value. */
export const construct: (machine: Machine, ...rest: Parameters<Machine["construct"]>) => Value = (
  machine,
  callee,
  args,
  site,
  from
) => {
  const one = (candidate: AbstractValue): Value => {
    switch (candidate.kind) {
      case "class":
        return made(machine, candidate, args, site)
      case "closure":
        return machine.callClosure(candidate, [own()], args, site, from).self
      case "global":
        return machine.callGlobal(candidate.path, args, site, from, true)
      case "imported":
        return machine.callImported(candidate.specifier, candidate.path, nothing, args, site, from)
      default:
        return nothing
    }
  }
  return join(...callee.map(one))
}
