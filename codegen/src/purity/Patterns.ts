/** Targets of values: names, patterns and members of objects. */
import { ts } from "../syntax/Syntax.ts"
import { access, touch } from "./Access.ts"
import { bare, isAccess, memberName, named, propertyName, siteOf } from "./Expressions.ts"
import type { Machine } from "./Machine.ts"
import { nothing, type Scope, type Value } from "./AbstractValue.ts"
import { any } from "./MemberName.ts"
import { copyOf, holding, inside, join, memberOf, own, withMember } from "./ValueOperations.ts"

const taken = (machine: Machine, value: Value, name: string, node: ts.Node, scope: Scope): Value => {
  const site = siteOf(scope, node)
  return touch(machine, access(machine, value, name, site), site)
}

const orDefault = (machine: Machine, value: Value, initializer: ts.Expression | undefined, scope: Scope): Value =>
  initializer === undefined
    ? value
    : join(
        value,
        machine.maybe(() => named(machine, initializer, scope, "a function"))
      )

/** Binds the names of a pattern. */
export const bind = (machine: Machine, name: ts.BindingName, value: Value, scope: Scope): void => {
  if (ts.isIdentifier(name)) return void machine.store.set(scope.declare(name.text), value)
  for (const [i, element] of name.elements.entries()) {
    if (ts.isOmittedExpression(element)) continue
    const { dotDotDotToken: isRest, initializer, name: target, propertyName: from } = element
    if (isRest !== undefined) {
      const others = ts.isArrayBindingPattern(name) ? holding("Array", inside(value)) : copyOf("Object", value)
      bind(machine, target, others, scope)
      continue
    }
    const key = ts.isArrayBindingPattern(name)
      ? String(i)
      : from !== undefined
        ? propertyName(from)
        : ts.isIdentifier(target)
          ? target.text
          : any
    if (from !== undefined && ts.isComputedPropertyName(from)) machine.evaluate(from.expression, scope)
    bind(machine, target, orDefault(machine, taken(machine, value, key, element, scope), initializer, scope), scope)
  }
}

/**
 * Replaces the value of a name or of a part of it. It reports no change: only values of the
 * analysed code are updated.
 */
export const update = (
  machine: Machine,
  wrapped: ts.Expression,
  scope: Scope,
  change: (value: Value) => Value
): void => {
  const target = bare(wrapped)
  if (ts.isIdentifier(target)) {
    const cell = scope.find(target.text)
    if (cell !== undefined) machine.store.set(cell, change(machine.store.get(cell)))
    else if (machine.loading) machine.initialise(scope.frame.module, target.text, change)
    return
  }
  if (target.kind === ts.SyntaxKind.ThisKeyword) {
    const { self } = scope.frame
    return machine.store.set(self, change(machine.store.get(self)))
  }
  if (!isAccess(target)) return
  const name = memberName(target)
  update(machine, target.expression, scope, (owner) => withMember(owner, name, change(memberOf(owner, name))))
}

const assignMember = (
  machine: Machine,
  target: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  value: Value,
  scope: Scope
): void => {
  const owner = machine.evaluate(target.expression, scope, true)
  if (ts.isElementAccessExpression(target)) machine.evaluate(target.argumentExpression, scope)
  const name = memberName(target)
  const setters = machine.exact(owner, `set ${name}`, siteOf(scope, target)).filter(({ kind }) => kind === "closure")
  if (setters.length > 0) {
    const args = { list: [value], rest: nothing, nodes: [] }
    machine.call(setters, owner, args, siteOf(scope, target), scope.frame)
    return
  }
  machine.mutate(owner, name, siteOf(scope, target))
  update(machine, target.expression, scope, (before) => withMember(before, name, value))
}

/**
 * Assigns a value to the target that an expression names, and reports changes of kept or given
 * values.
 */
export const assign = (machine: Machine, wrapped: ts.Expression, value: Value, scope: Scope): void => {
  const target = bare(wrapped)
  if (ts.isIdentifier(target)) {
    const cell = scope.find(target.text)
    if (cell !== undefined) {
      if (cell.isKept && !machine.loading) {
        const touched = `${target.text}, which is kept between calls`
        machine.report({ kind: "kept", touched }, siteOf(scope, target))
      }
      return machine.store.set(cell, value)
    }
    const { module } = scope.frame
    const site = siteOf(scope, target)
    const origin = machine.program.local(module, target.text)
    if (machine.loading && origin !== undefined)
      return machine.initialise(module, target.text, (before) => join(before, value))
    const shown = origin === undefined ? `${target.text}, a global` : target.text
    const variable = origin?.kind === "declared" ? `${origin.module.path}#${origin.name}` : undefined
    const kept = `${shown}, which is kept between calls`
    return machine.report({ kind: "kept", touched: kept }, site, variable)
  }
  if (isAccess(target)) return assignMember(machine, target, value, scope)
  if (ts.isArrayLiteralExpression(target)) {
    for (const [i, element] of target.elements.entries()) {
      if (ts.isOmittedExpression(element)) continue
      if (ts.isSpreadElement(element)) assign(machine, element.expression, holding("Array", inside(value)), scope)
      else assign(machine, element, memberOf(value, String(i)), scope)
    }
    return
  }
  if (ts.isObjectLiteralExpression(target)) {
    for (const property of target.properties) {
      if (ts.isSpreadAssignment(property)) assign(machine, property.expression, [own({ base: value })], scope)
      else if (ts.isShorthandPropertyAssignment(property)) {
        assign(machine, property.name, taken(machine, value, property.name.text, property, scope), scope)
      } else if (ts.isPropertyAssignment(property)) {
        const name = propertyName(property.name)
        assign(machine, property.initializer, taken(machine, value, name, property, scope), scope)
      }
    }
    return
  }
  if (ts.isBinaryExpression(target)) {
    // A default in a pattern.
    const other = machine.maybe(() => machine.evaluate(target.right, scope))
    assign(machine, target.left, join(value, other), scope)
  }
}
