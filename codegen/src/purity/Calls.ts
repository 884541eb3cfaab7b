/** Calls of the application's functions. */
import { ts } from "../syntax/Syntax.ts"
import { touch } from "./Access.ts"
import { named, siteOf } from "./Expressions.ts"
import { type Argument, ofCall, ofWhole, promise } from "./Impurity.ts"
import type { Site } from "./Findings.ts"
import type { Args, Machine } from "./Machine.ts"
import {
  Cell,
  type Closure,
  type Frame,
  nothing,
  type Own,
  Scope,
  type AbstractValue,
  type Value
} from "./AbstractValue.ts"
import { holding, inside, join } from "./ValueOperations.ts"

export const noArgs: Args = { list: [], rest: nothing, nodes: [] }

export const argsWith = (...list: ReadonlyArray<Value>): Args => ({ list, rest: nothing, nodes: [] })

/**
 * `true` if a site is inside of the function that runs, as a callback is that is written in the
 * call that takes it.
 */
const isWithin = (site: Site, frame: Frame): boolean =>
  frame.node !== undefined &&
  site.module === frame.module &&
  site.node.pos >= frame.node.pos &&
  site.node.end <= frame.node.end

/** Finds the first `await` of a function, apart from functions within it. */
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

/** Follows the body of a function once with these arguments. */
export const run = (
  machine: Machine,
  { node, scope }: Closure,
  self: Value,
  args: Args
): { readonly value: Value; readonly self: Value } => {
  const { body } = node
  if (body === undefined) return { value: nothing, self }
  const frame = newFrame(scope.frame.module, node, machine.loading, join(...args.list, args.rest))
  // An arrow function has the `this` of the enclosing function.
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
  for (const candidate of value) if (candidate.kind === "global") touch(machine, [candidate], siteOf(inner, node))
  return {
    value: async === undefined && !isGenerator(node) ? value : holding(undefined, value),
    self: isArrow ? self : machine.store.get(frame.self)
  }
}

/**
 * `true` if a call is a step of a reported path. A function that is written inside of its caller is
 * not.
 */
export const isStep = (closure: Closure, from: Frame): boolean =>
  !isWithin({ module: closure.scope.frame.module, node: closure.node }, from)

const literal = (node: ts.Expression | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined

/** Returns the object literals of a value. */
const objectsIn = (value: Value): ReadonlyArray<Own> =>
  value.flatMap((candidate) => {
    const what = candidate.kind === "kept" ? candidate.what : candidate
    return what?.kind === "own" && what.made === "Object" ? [what] : []
  })

/** Describes arguments by the expressions in the call. */
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
  // Nothing is known about the arguments of a spread.
  const unknown: Argument = { text: undefined, isNone: false, isObject: false, lacks: () => false }
  return rest.length > 0 || nodes.length > list.length ? [...known, unknown] : known
}

/** Reports globals that are passed to code that is not analysed. */
export const escape = (machine: Machine, args: Args, site: Site): void => {
  for (const [i, value] of args.list.entries()) {
    for (const candidate of value) {
      const impurity = candidate.kind === "global" ? ofWhole(candidate.path) : undefined
      const node = args.nodes[i]
      if (impurity !== undefined) machine.report(impurity, node === undefined ? site : { ...site, node })
    }
  }
}

/** Calls every candidate of a value. */
export const call: (machine: Machine, ...rest: Parameters<Machine["call"]>) => Value = (
  machine,
  callee,
  self,
  args,
  site,
  from
) => {
  const one = (candidate: AbstractValue): Value => {
    switch (candidate.kind) {
      case "closure":
        return machine.callClosure(candidate, self, args, site, from).value
      case "global":
        return machine.callGlobal(candidate.path, args, site, from, false)
      case "imported":
        return machine.callImported(candidate.specifier, candidate.path, self, args, site, from)
      case "deferred":
        return candidate.call(join(...args.list, args.rest))
      case "method":
        return indirectly(machine, candidate.name, candidate.self, args, site, from)
      default:
        return nothing
    }
  }
  return join(...callee.map(one))
}

/**
 * Calls a function by `f.call(self, …)` or `f.apply(self, […])`; `f.bind(self)` returns the
 * function.
 */
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

export const impurityOfCall = (path: string, args: Args, isNew: boolean) => ofCall(path, writtenArgs(args), isNew)

export const allOf = (args: Args): Value => join(...args.list, args.rest)

export const at = (args: Args, i: number): Value => args.list[i] ?? args.rest
