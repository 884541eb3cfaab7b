/** Evaluates expressions, and reports what they touch. */
import { ts, unwrapped } from "../syntax/Syntax.ts"
import { access, global, isCallable, touch } from "./Access.ts"
import type { Site } from "./Findings.ts"
import { place, promise, textOfDate } from "./Impurity.ts"
import type { Args, Machine } from "./Machine.ts"
import { type Frame, nothing, type Scope, type Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"
import {
  holding,
  isFunction,
  iterated,
  join,
  keep,
  madeOf,
  memberOf,
  own,
  withMember,
  meet
} from "./ValueOperations.ts"

type Evaluate = (machine: Machine, node: ts.Expression, scope: Scope, isBase: boolean) => Value

export const siteOf = (scope: Scope, node: ts.Node): Site => ({ module: scope.frame.module, node })

/** Returns an expression without parentheses and type syntax, which do nothing at run time. */
export const bare = (node: ts.Expression): ts.Expression => {
  const inner = unwrapped(node)
  return inner === undefined ? node : bare(inner)
}

/** Returns the name of a member: `any` if it is computed, unless it is a literal. */
export const memberName = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string => {
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  const argument = bare(node.argumentExpression)
  return ts.isStringLiteralLike(argument) || ts.isNumericLiteral(argument) ? argument.text : any
}

export const isAccess = (node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression =>
  ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)

/** Returns the name of a property: `any` if it is computed, unless it is a literal. */
export const propertyName = (name: ts.PropertyName): string => {
  if (ts.isComputedPropertyName(name)) {
    const inner = bare(name.expression)
    return ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner) ? inner.text : any
  }
  return name.text
}

const evaluateName = (machine: Machine, node: ts.Identifier, scope: Scope, isBase: boolean): Value => {
  const name = node.text
  const cell = scope.find(name)
  if (cell !== undefined) {
    const value = machine.store.get(cell)
    return cell.isKept && !machine.loading ? keep(value, name, "") : value
  }
  if (name === "undefined" || name === "NaN" || name === "Infinity") return nothing
  const { args, module, node: running } = scope.frame
  if (name === "arguments" && running !== undefined) return holding(undefined, args)
  const site = siteOf(scope, node)
  const value = machine.variable(module, name, site) ?? global(name)
  return isBase ? value : touch(machine, value, site)
}

const evaluateAccess = (
  machine: Machine,
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  scope: Scope,
  isBase: boolean
): Value => {
  if (ts.isMetaProperty(node.expression)) {
    machine.report(place, siteOf(scope, node))
    return nothing
  }
  const owner = machine.evaluate(node.expression, scope, true)
  if (ts.isElementAccessExpression(node)) machine.evaluate(node.argumentExpression, scope)
  const value = access(machine, owner, memberName(node), siteOf(scope, node))
  return isBase ? value : touch(machine, value, siteOf(scope, node))
}

export const argsOf = (machine: Machine, nodes: ReadonlyArray<ts.Expression>, scope: Scope): Args => {
  const list: Array<Value> = []
  let rest: Value = nothing
  let isSpread = false
  for (const node of nodes) {
    if (ts.isSpreadElement(node)) {
      isSpread = true
      rest = join(rest, iterated(machine.evaluate(node.expression, scope)))
    } else if (isSpread) rest = join(rest, machine.evaluate(node, scope))
    else list.push(machine.evaluate(node, scope))
  }
  return { list, rest, nodes: isSpread ? nodes.slice(0, list.length) : nodes }
}

/** `true` if the analysed code may have created the value. */
const isOwn = (value: Value): boolean => value.some(({ kind }) => kind === "own")

const evaluateCall: (machine: Machine, node: ts.CallExpression, scope: Scope) => Value = (machine, node, scope) => {
  const { frame } = scope
  const site = siteOf(scope, node)
  const callee = bare(node.expression)
  if (callee.kind === ts.SyntaxKind.ImportKeyword) {
    machine.report(promise("import()"), site)
    return nothing
  }
  if (callee.kind === ts.SyntaxKind.SuperKeyword) {
    argsOf(machine, node.arguments, scope)
    return nothing
  }
  if (!isAccess(callee)) {
    const called = machine.evaluate(callee, scope, true)
    return machine.call(called, nothing, argsOf(machine, node.arguments, scope), site, frame)
  }
  const isSuper = callee.expression.kind === ts.SyntaxKind.SuperKeyword
  const self = isSuper ? machine.store.get(frame.self) : machine.evaluate(callee.expression, scope, true)
  const name = memberName(callee)
  if (ts.isElementAccessExpression(callee)) machine.evaluate(callee.argumentExpression, scope)
  const at = ts.isPropertyAccessExpression(callee) ? siteOf(scope, callee.name) : site
  const sure = name === any ? access(machine, self, name, site) : machine.exact(self, name, site)
  const functions = sure.filter(isCallable)
  if (functions.length === 0) {
    const args = argsOf(machine, node.arguments, scope)
    // Functions of members whose names are unknown.
    const others = name === any ? nothing : memberOf(self, name).filter(isFunction)
    const made = madeOf(self)
    if (others.length > 0 && made.every((one) => one === "Object")) {
      return machine.call(others, self, args, site, frame)
    }
    if (machine.discarded.has(node)) machine.discarded.add(at.node)
    const result = machine.method(self, name, args, at, frame)
    put(machine, callee.expression, name, self, args, scope)
    return result
  }
  const args = argsOf(machine, node.arguments, scope)
  const results = functions.map((one) => {
    if (one.kind !== "closure") return machine.call([one], self, args, site, frame)
    const called = machine.callClosure(one, self, args, site, frame)
    if (isOwn(self) && called.self !== self) machine.update(callee.expression, scope, () => called.self)
    return called.value
  })
  return join(...results)
}

/**
 * Adds the arguments of a method such as `push` to the container, if the analysed code created it.
 */
const put = (machine: Machine, target: ts.Expression, name: string, self: Value, args: Args, scope: Scope): void => {
  if (!/^(push|unshift|splice|fill|set|add)$/.test(name) || !isOwn(self)) return
  // `map.set(key, value)` adds the value; the key is not an element.
  const [, value] = args.list
  const added = name === "set" && value !== undefined ? value : join(...args.list, args.rest)
  if (added.length > 0) machine.update(target, scope, (value) => withMember(value, any, added))
}

const evaluateNew = (machine: Machine, node: ts.NewExpression, scope: Scope): Value => {
  const callee = machine.evaluate(node.expression, scope, true)
  return machine.construct(callee, argsOf(machine, node.arguments ?? [], scope), siteOf(scope, node), scope.frame)
}

const textFrom = (machine: Machine, value: Value, site: Site): Value => {
  if (madeOf(value).includes("Date")) machine.report(textOfDate, site)
  return nothing
}

const assigning = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken
])

const evaluateBinary = (machine: Machine, node: ts.BinaryExpression, scope: Scope): Value => {
  const { kind } = node.operatorToken
  const { left, right } = node
  if (kind === ts.SyntaxKind.EqualsToken) {
    const value = machine.evaluate(right, scope)
    machine.assign(left, value, scope)
    return value
  }
  if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) {
    const before = machine.evaluate(left, scope)
    const isValue = assigning.has(kind)
    const value = isValue ? machine.maybe(() => machine.evaluate(right, scope)) : machine.evaluate(right, scope)
    const result = isValue ? join(before, value) : nothing
    machine.assign(left, result, scope)
    return result
  }
  switch (kind) {
    case ts.SyntaxKind.CommaToken:
      machine.discarded.add(bare(left))
      machine.evaluate(left, scope)
      return machine.evaluate(right, scope)
    case ts.SyntaxKind.InstanceOfKeyword:
      machine.evaluate(left, scope)
      machine.evaluate(right, scope, true)
      return nothing
    case ts.SyntaxKind.AmpersandAmpersandToken:
      machine.evaluate(left, scope)
      // If the left side is the result it is falsy, and such a value cannot be changed.
      return machine.maybe(() => machine.evaluate(right, scope))
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken: {
      const before = machine.evaluate(left, scope)
      return join(
        before,
        machine.maybe(() => machine.evaluate(right, scope))
      )
    }
    case ts.SyntaxKind.PlusToken: {
      const both = [machine.evaluate(left, scope), machine.evaluate(right, scope)]
      return textFrom(machine, join(...both), siteOf(scope, node))
    }
    default:
      if (!ts.isPrivateIdentifier(left)) machine.evaluate(left, scope)
      machine.evaluate(right, scope)
      return nothing
  }
}

const closureOf = (
  node: ts.FunctionLikeDeclaration,
  scope: Scope,
  name = "a function"
): Extract<Value[number], { readonly kind: "closure" }> => ({ kind: "closure", node, scope, name })

export const functionOf = (node: ts.FunctionLikeDeclaration, scope: Scope, name: string): Value => [
  closureOf(node, scope, name)
]

/** Evaluates an initialiser. A function or a class in it gets the name of the variable. */
export const named = (machine: Machine, node: ts.Expression, scope: Scope, name: string): Value => {
  const inner = bare(node)
  if (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner)) return functionOf(inner, scope, name)
  if (ts.isClassExpression(inner)) return [{ ...machine.classOf(inner, scope), name }]
  return machine.evaluate(node, scope)
}

const evaluateObject = (machine: Machine, node: ts.ObjectLiteralExpression, scope: Scope): Value => {
  let members = new Map<string, Value | (() => Value)>()
  let base: Value = nothing
  let rest: Value = nothing
  // Members of an object at the top level of a file are evaluated when they are used.
  const lazy = (run: () => Value) => (scope.isOfFile ? machine.once(run) : run())
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = machine.evaluate(property.expression, scope)
      base = join(base, members.size === 0 ? nothing : [own({ members })], spread)
      members = new Map()
      continue
    }
    const name = propertyName(property.name)
    if (ts.isComputedPropertyName(property.name)) machine.evaluate(property.name.expression, scope)
    let value: Value | (() => Value)
    if (ts.isPropertyAssignment(property)) value = lazy(() => named(machine, property.initializer, scope, name))
    else if (ts.isShorthandPropertyAssignment(property)) value = lazy(() => machine.evaluate(property.name, scope))
    else if (ts.isGetAccessorDeclaration(property)) {
      const getter = functionOf(property, scope, name)
      const args: Args = { list: [], rest: nothing, nodes: [] }
      value = () => machine.call(getter, nothing, args, siteOf(scope, property), scope.frame)
    } else if (ts.isMethodDeclaration(property)) value = functionOf(property, scope, name)
    else if (ts.isSetAccessorDeclaration(property)) {
      members.set(`set ${name}`, functionOf(property, scope, name))
      continue
    } else continue
    if (name === any) rest = join(rest, typeof value === "function" ? value() : value)
    else members.set(name, value)
  }
  return [own({ made: "Object", members, base, rest })]
}

const evaluateArray = (machine: Machine, node: ts.ArrayLiteralExpression, scope: Scope): Value => {
  const members = new Map<string, Value>()
  let rest: Value = nothing
  let isSpread = false
  for (const [i, element] of node.elements.entries()) {
    if (ts.isSpreadElement(element)) {
      isSpread = true
      rest = join(rest, iterated(machine.evaluate(element.expression, scope)))
    } else if (isSpread) rest = join(rest, machine.evaluate(element, scope))
    else members.set(String(i), ts.isOmittedExpression(element) ? nothing : machine.evaluate(element, scope))
  }
  return [own({ made: "Array", members, rest })]
}

const regularExpression = (node: ts.RegularExpressionLiteral): Value =>
  // A regular expression with these flags keeps the position of its last match.
  /\/[a-z]*[gy][a-z]*$/.test(node.text) ? [own({ made: "RegExp" })] : nothing

const branch = (machine: Machine, runs: ReadonlyArray<() => Value>): Value => {
  const before = machine.store
  const stores = runs.map(() => before.fork())
  const values = runs.map((run, i) => {
    machine.store = stores[i]!
    return run()
  })
  machine.store = before
  meet(before, stores)
  return join(...values)
}

const isUpdate = (node: ts.Expression): node is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression =>
  ts.isPostfixUnaryExpression(node) ||
  (ts.isPrefixUnaryExpression(node) &&
    (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken))

const children = (machine: Machine, node: ts.Node, scope: Scope): Value => {
  ts.forEachChild(node, (child) => {
    if (ts.isExpression(child)) machine.evaluate(child, scope)
    else if (ts.isTemplateSpan(child)) children(machine, child, scope)
  })
  return nothing
}

const returned = (frame: Frame, value: Value): void => {
  frame.returns = join(frame.returns, value)
}

export const evaluate: Evaluate = (machine, wrapped, scope, isBase) => {
  const node = bare(wrapped)
  const again = (one: ts.Expression) => machine.evaluate(one, scope)
  if (ts.isIdentifier(node)) return evaluateName(machine, node, scope, isBase)
  if (isAccess(node)) return evaluateAccess(machine, node, scope, isBase)
  if (ts.isCallExpression(node)) return evaluateCall(machine, node, scope)
  if (ts.isNewExpression(node)) return evaluateNew(machine, node, scope)
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) {
    return functionOf(node, scope, node.name?.text ?? "a function")
  }
  if (ts.isObjectLiteralExpression(node)) return evaluateObject(machine, node, scope)
  if (ts.isArrayLiteralExpression(node)) return evaluateArray(machine, node, scope)
  if (ts.isBinaryExpression(node)) return evaluateBinary(machine, node, scope)
  if (ts.isConditionalExpression(node)) {
    again(node.condition)
    return branch(machine, [() => again(node.whenTrue), () => again(node.whenFalse)])
  }
  if (isUpdate(node)) {
    machine.assign(node.operand, nothing, scope)
    return nothing
  }
  if (ts.isDeleteExpression(node)) {
    machine.assign(node.expression, nothing, scope)
    return nothing
  }
  if (ts.isAwaitExpression(node)) {
    // An `await` of a function is reported when the function is called.
    if (scope.frame.node === undefined) machine.report(promise("await"), siteOf(scope, node))
    return again(node.expression)
  }
  if (ts.isYieldExpression(node)) {
    const value = node.expression === undefined ? nothing : again(node.expression)
    returned(scope.frame, value)
    return value
  }
  if (ts.isTemplateExpression(node)) {
    for (const { expression } of node.templateSpans) textFrom(machine, again(expression), siteOf(scope, expression))
    return nothing
  }
  if (ts.isTaggedTemplateExpression(node)) {
    const spans = ts.isTemplateExpression(node.template) ? node.template.templateSpans : []
    const args = argsOf(
      machine,
      spans.map(({ expression }) => expression),
      scope
    )
    const list = [nothing, ...args.list]
    return machine.call(
      machine.evaluate(node.tag, scope, true),
      nothing,
      { ...args, list },
      siteOf(scope, node),
      scope.frame
    )
  }
  if (ts.isClassExpression(node)) return [machine.classOf(node, scope)]
  if (node.kind === ts.SyntaxKind.ThisKeyword) return machine.store.get(scope.frame.self)
  if (ts.isRegularExpressionLiteral(node)) return regularExpression(node)
  if (ts.isMetaProperty(node)) {
    machine.report(place, siteOf(scope, node))
    return nothing
  }
  if (ts.isVoidExpression(node)) machine.discarded.add(bare(node.expression))
  if (ts.isTypeOfExpression(node)) {
    machine.evaluate(node.expression, scope, true)
    return nothing
  }
  return children(machine, node, scope)
}
