/** Calls of the person's own functions and classes. */
import { ts } from "../Syntax.ts"
import { touch } from "./Access.ts"
import { functionOf, named, propertyName, siteOf } from "./Expressions.ts"
import { type Argument, ofCall, ofWhole, promise } from "./Impurity.ts"
import type { Site } from "./Findings.ts"
import type { Args, Machine } from "./Machine.ts"
import { Cell, type Class, type Closure, type Frame, Scope } from "./Scope.ts"
import { holding, inside, join, nothing, type Own, own, type Thing, type Value, withMember } from "./Thing.ts"

export const noArgs: Args = { list: [], rest: nothing, nodes: [] }

export const argsWith = (...list: ReadonlyArray<Value>): Args => ({ list, rest: nothing, nodes: [] })

/** Whether a place is in the code that is being run: a callback that is written where it is handed over. */
const isWithin = (site: Site, frame: Frame): boolean =>
  frame.node !== undefined &&
  site.module === frame.module &&
  site.node.pos >= frame.node.pos &&
  site.node.end <= frame.node.end

/** The first `await` of a function itself. */
const firstAwait = (body: ts.Node): ts.Node | undefined => {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isFunctionLike(node)) return undefined
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) return node
    return ts.forEachChild(node, visit)
  }
  return visit(body)
}

const asyncOf = (node: ts.FunctionLikeDeclaration): ts.Node | undefined =>
  ts.canHaveModifiers(node) ? node.modifiers?.find(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) : undefined

const isGenerator = (node: ts.FunctionLikeDeclaration): boolean =>
  "asteriskToken" in node && node.asteriskToken !== undefined

export const newFrame = (module: Frame["module"], node: ts.Node | undefined, loading: boolean, args: Value): Frame => ({
  module,
  node,
  loading,
  args,
  self: new Cell("this", loading),
  returns: nothing,
  jumps: []
})

/** Runs a function's body once with these arguments. */
export const run = (
  machine: Machine,
  { node, scope }: Closure,
  self: Value,
  args: Args
): { readonly value: Value; readonly self: Value } => {
  const { body } = node
  if (body === undefined) return { value: nothing, self }
  const frame = newFrame(scope.frame.module, node, machine.loading, join(...args.list, args.rest))
  // An arrow function has the `this` of where it is written.
  const isArrow = ts.isArrowFunction(node)
  const inner = new Scope(scope, isArrow ? { ...frame, self: scope.frame.self } : frame)
  if (!isArrow) machine.store.set(frame.self, self)
  for (const [i, { dotDotDotToken, initializer, name }] of node.parameters.entries()) {
    const given = args.list[i] ?? args.rest
    if (dotDotDotToken !== undefined) {
      machine.bind(name, holding("Array", ...args.list.slice(i), args.rest), inner)
      continue
    }
    const isLeftOut = initializer !== undefined && (args.list[i] === undefined || given.length === 0)
    const otherwise = isLeftOut ? machine.maybe(() => named(machine, initializer, inner, "a function")) : nothing
    machine.bind(name, join(given, otherwise), inner)
  }
  const async = asyncOf(node)
  if (async !== undefined) {
    machine.report(
      promise(firstAwait(body) === undefined ? "async" : "await"),
      siteOf(inner, firstAwait(body) ?? async)
    )
  }
  if (ts.isBlock(body)) {
    machine.execute(body.statements, inner)
  } else {
    const value = machine.evaluate(body, inner)
    inner.frame.returns = join(inner.frame.returns, value)
  }
  const value = inner.frame.returns
  for (const thing of value) if (thing.kind === "global") touch(machine, [thing], siteOf(inner, node))
  return {
    value: async === undefined && !isGenerator(node) ? value : holding(undefined, value),
    self: isArrow ? self : machine.store.get(frame.self)
  }
}

/** Whether a call is a step on the way: what is written where it is called is not. */
export const isStep = (closure: Closure, from: Frame): boolean =>
  !isWithin({ module: closure.scope.frame.module, node: closure.node }, from)

const literal = (node: ts.Expression | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined

/** Objects that are written down. */
const objectsIn = (value: Value): ReadonlyArray<Own> =>
  value.flatMap((thing) => {
    const what = thing.kind === "kept" ? thing.what : thing
    return what?.kind === "own" && what.made === "Object" ? [what] : []
  })

/** What is known of arguments by how they are written. */
export const writtenArgs = ({ list, nodes, rest }: Args): ReadonlyArray<Argument> => {
  const known = list.map((value, i): Argument => {
    const node = nodes[i]
    const isArray = node !== undefined && ts.isArrayLiteralExpression(node)
    return {
      text: literal(node),
      isNone:
        (isArray && node.elements.length === 0) ||
        (node !== undefined && ts.isIdentifier(node) && node.text === "undefined"),
      isObject: objectsIn(value).length > 0,
      lacks: (field) =>
        objectsIn(value).length > 0 &&
        objectsIn(value).every(({ base, members, rest }) => base.length + rest.length === 0 && !members.has(field))
    }
  })
  // Of those that are spread in nothing is known.
  const unknown: Argument = { text: undefined, isNone: false, isObject: false, lacks: () => false }
  return rest.length > 0 || nodes.length > list.length ? [...known, unknown] : known
}

/** What is handed to code that is not looked into. */
export const escape = (machine: Machine, args: Args, site: Site): void => {
  for (const [i, value] of args.list.entries()) {
    for (const thing of value) {
      const impurity = thing.kind === "global" ? ofWhole(thing.path) : undefined
      const node = args.nodes[i]
      if (impurity !== undefined) machine.report(impurity, node === undefined ? site : { ...site, node })
    }
  }
}

/** Calls whatever a value may be. */
export const call: (machine: Machine, ...rest: Parameters<Machine["call"]>) => Value = (
  machine,
  callee,
  self,
  args,
  site,
  from
) => {
  const one = (thing: Thing): Value => {
    switch (thing.kind) {
      case "closure":
        return machine.callClosure(thing, self, args, site, from).value
      case "global":
        return machine.callGlobal(thing.path, args, site, from, false)
      case "imported":
        return machine.callImported(thing.specifier, thing.path, self, args, site, from)
      case "deferred":
        return thing.call(join(...args.list, args.rest))
      case "method":
        return indirectly(machine, thing.name, thing.self, args, site, from)
      default:
        return nothing
    }
  }
  return join(...callee.map(one))
}

/** `f.call(self, …)`, `f.apply(self, […])`, `f.bind(self)`. */
const indirectly = (machine: Machine, name: string, callee: Value, args: Args, site: Site, from: Frame): Value => {
  const [self = args.rest, second = args.rest, ...more] = args.list
  if (name === "bind") return callee
  const [, ...nodes] = args.nodes
  const passed: Args =
    name === "apply"
      ? { list: [], rest: inside(second), nodes: [] }
      : { list: args.list.length > 1 ? [second, ...more] : [], rest: args.rest, nodes }
  return machine.call(callee, self, passed, site, from)
}

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

/** A method or a field of a class. */
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
        ? value.map((thing) =>
            thing.kind === "own"
              ? {
                  kind: "kept",
                  label: `${one.name}.${name}`,
                  variable: `${scope.frame.module.path}#${one.name}`,
                  what: thing
                }
              : thing
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

const instance = (machine: Machine, one: Class, of: Class, args: Args, site: Site, from: Frame, self: Value): Value => {
  const { node, scope } = one
  const extended = heritage(machine, one)
  const constructor = node.members.find((member) => ts.isConstructorDeclaration(member) && member.body !== undefined)
  let value = self
  for (const base of extended) {
    if (base.kind === "class") value = instance(machine, base, of, args, site, from, value)
    else if (base.kind === "global") {
      const made = machine.construct([base], args, site, from)
      value = join(
        ...value.map((thing) => (thing.kind === "own" ? [{ ...thing, made: base.path }] : [thing])),
        ...made.map(() => nothing)
      )
    } else
      value = value.map((thing) => (thing.kind === "own" ? { ...thing, base: join(...args.list, args.rest) } : thing))
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
  // `constructor(readonly x: …)` is a field, too.
  return constructor.parameters.reduce((so, { modifiers, name }, i) => {
    if (modifiers === undefined || !ts.isIdentifier(name)) return so
    return withMember(so, name.text, args.list[i] ?? args.rest)
  }, made)
}

/** A new instance; its fields and its constructor are one step on the way. */
const made = (machine: Machine, one: Class, args: Args, site: Site): Value => {
  const frame = newFrame(one.scope.frame.module, one.node, machine.loading, nothing)
  const { found, result } = machine.findings.collect(() =>
    instance(machine, one, one, args, site, frame, [own({ of: one })])
  )
  machine.findings.replay(found, { what: "calls", name: `new ${one.name}`, site })
  return result
}

/** `new` of whatever a value may be. */
export const construct: (machine: Machine, ...rest: Parameters<Machine["construct"]>) => Value = (
  machine,
  callee,
  args,
  site,
  from
) => {
  const one = (thing: Thing): Value => {
    switch (thing.kind) {
      case "class":
        return made(machine, thing, args, site)
      case "closure":
        return machine.callClosure(thing, [own()], args, site, from).self
      case "global":
        return machine.callGlobal(thing.path, args, site, from, true)
      case "imported":
        return machine.callImported(thing.specifier, thing.path, nothing, args, site, from)
      default:
        return nothing
    }
  }
  return join(...callee.map(one))
}

export const impurityOfCall = (path: string, args: Args, isNew: boolean) => ofCall(path, writtenArgs(args), isNew)

export const allOf = (args: Args): Value => join(...args.list, args.rest)

export const at = (args: Args, i: number): Value => args.list[i] ?? args.rest
