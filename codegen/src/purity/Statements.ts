/** Executes statements in order. Every branch is followed. */
import { bound } from "../syntax/Module.ts"
import { ts } from "../syntax/Syntax.ts"
import { bare, functionOf, named, siteOf } from "./Expressions.ts"
import { promise } from "./Impurity.ts"
import type { Completion, Machine } from "./Machine.ts"
import { nothing, Scope, type Store } from "./AbstractValue.ts"
import { iterated, join, meet } from "./ValueOperations.ts"

/**
 * Rounds of a loop that are followed. The second one sees what the first one added, and later ones
 * add nothing else.
 */
const followedRounds = 2

const worst = (completions: ReadonlyArray<Completion>): Completion =>
  completions.includes("next") ? "next" : completions.includes("jump") ? "jump" : "return"

/** Follows each branch, and joins the values after those that complete normally. */
const ways = (machine: Machine, runs: ReadonlyArray<() => Completion>): Completion => {
  const before = machine.store
  const ended = runs.map((run) => {
    machine.store = before.fork()
    const completion = run()
    return { completion, store: machine.store }
  })
  machine.store = before
  meet(
    before,
    ended.filter(({ completion }) => completion === "next").map(({ store }) => store)
  )
  return worst(ended.map(({ completion }) => completion))
}

const loop = (machine: Machine, scope: Scope, round: () => Completion, isSure = false): Completion => {
  const { frame } = scope
  for (let i = 0; i < followedRounds; i++) {
    const before = machine.store
    const jumps = frame.jumps
    frame.jumps = []
    const body = before.fork()
    machine.store = body
    const completion = round()
    const after: Array<Store> = [
      ...frame.jumps,
      ...(completion === "next" ? [body] : []),
      ...(isSure ? [] : [before.fork()])
    ]
    frame.jumps = jumps
    machine.store = before
    meet(before, after)
    if (isSure && after.length === 0) return completion
  }
  return "next"
}

const each = (machine: Machine, node: ts.ForOfStatement | ts.ForInStatement, scope: Scope): Completion => {
  const over = machine.evaluate(node.expression, scope)
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined && scope.frame.node === undefined) {
    machine.report(promise("await"), siteOf(scope, node))
  }
  const value = ts.isForOfStatement(node) ? iterated(over) : nothing
  return loop(machine, scope, () => {
    const inner = new Scope(scope, scope.frame)
    const { initializer } = node
    if (ts.isVariableDeclarationList(initializer)) {
      for (const { name } of initializer.declarations) machine.bind(name, value, inner)
    } else machine.assign(initializer, value, scope)
    return machine.execute([node.statement], inner)
  })
}

/** Returns the scope of `var`: that of the whole function. */
const outermost = (scope: Scope): Scope =>
  scope.parent === undefined || scope.parent.frame !== scope.frame || scope.parent.isOfFile
    ? scope
    : outermost(scope.parent)

const declare = (machine: Machine, list: ts.VariableDeclarationList, inner: Scope): void => {
  const scope = (list.flags & ts.NodeFlags.BlockScoped) === 0 ? outermost(inner) : inner
  for (const { initializer, name } of list.declarations) {
    const shown = ts.isIdentifier(name) ? name.text : "a function"
    // A pattern takes members, which are checked when they are bound. An alias is checked when it
    // is used.
    const value =
      initializer === undefined
        ? nothing
        : isAlias(name, initializer)
          ? machine.evaluate(initializer, scope, true)
          : named(machine, initializer, scope, shown)
    machine.bind(name, value, scope)
  }
}

/** `true` for `const { env } = process`: the members are checked, not the object. */
const isAlias = (name: ts.BindingName, initializer: ts.Expression): boolean =>
  !ts.isIdentifier(name) && !ts.isCallExpression(bare(initializer))

const chooses = (machine: Machine, node: ts.SwitchStatement, scope: Scope): Completion => {
  machine.evaluate(node.expression, scope)
  const { frame } = scope
  const inner = new Scope(scope, frame)
  hoist(
    node.caseBlock.clauses.flatMap(({ statements }) => [...statements]),
    inner,
    machine
  )
  const before = machine.store
  const jumps = frame.jumps
  frame.jumps = []
  const after: Array<Store> = []
  let falling: Store | undefined
  const completions: Array<Completion> = []
  for (const clause of node.caseBlock.clauses) {
    const entry = before.fork()
    if (falling !== undefined) meet(entry, [falling, entry.fork()])
    machine.store = entry
    if (ts.isCaseClause(clause)) machine.evaluate(clause.expression, inner)
    const completion = machine.execute(clause.statements, inner)
    falling = completion === "next" ? entry : undefined
    completions.push(completion)
  }
  after.push(...frame.jumps)
  if (falling !== undefined) after.push(falling)
  const isWhole = node.caseBlock.clauses.some((clause) => ts.isDefaultClause(clause))
  if (!isWhole) after.push(before.fork())
  frame.jumps = jumps
  machine.store = before
  meet(before, after)
  return after.length > 0 ? "next" : worst(completions)
}

const tries = (machine: Machine, node: ts.TryStatement, scope: Scope): Completion => {
  const caught = node.catchClause
  const completion = ways(machine, [
    () => machine.execute(node.tryBlock.statements, new Scope(scope, scope.frame)),
    ...(caught === undefined
      ? []
      : [
          () => {
            // The block may have stopped at any point.
            machine.maybe(() => machine.execute(node.tryBlock.statements, new Scope(scope, scope.frame)))
            const inner = new Scope(scope, scope.frame)
            if (caught.variableDeclaration !== undefined) machine.bind(caught.variableDeclaration.name, nothing, inner)
            return machine.execute(caught.block.statements, inner)
          }
        ])
  ])
  if (node.finallyBlock === undefined) return completion
  const last = machine.execute(node.finallyBlock.statements, new Scope(scope, scope.frame))
  return last === "next" ? completion : last
}

const executeOne = (machine: Machine, node: ts.Statement, scope: Scope): Completion => {
  const { frame } = scope
  const block = (statement: ts.Statement) => () => machine.execute([statement], new Scope(scope, frame))
  if (ts.isExpressionStatement(node)) {
    machine.discarded.add(bare(node.expression))
    machine.evaluate(node.expression, scope)
    return "next"
  }
  if (ts.isVariableStatement(node)) {
    declare(machine, node.declarationList, scope)
    return "next"
  }
  if (ts.isReturnStatement(node)) {
    if (node.expression !== undefined) frame.returns = join(frame.returns, machine.evaluate(node.expression, scope))
    return "return"
  }
  if (ts.isIfStatement(node)) {
    machine.evaluate(node.expression, scope)
    const otherwise = node.elseStatement
    return ways(machine, [block(node.thenStatement), otherwise === undefined ? () => "next" : block(otherwise)])
  }
  if (ts.isBlock(node)) return machine.execute(node.statements, new Scope(scope, frame))
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) return each(machine, node, scope)
  if (ts.isForStatement(node)) {
    const inner = new Scope(scope, frame)
    const { initializer } = node
    if (initializer !== undefined) {
      if (ts.isVariableDeclarationList(initializer)) declare(machine, initializer, inner)
      else machine.evaluate(initializer, inner)
    }
    return loop(machine, inner, () => {
      if (node.condition !== undefined) machine.evaluate(node.condition, inner)
      const completion = machine.execute([node.statement], new Scope(inner, frame))
      if (node.incrementor !== undefined && completion === "next") {
        machine.discarded.add(bare(node.incrementor))
        machine.evaluate(node.incrementor, inner)
      }
      return completion
    })
  }
  if (ts.isWhileStatement(node)) {
    machine.evaluate(node.expression, scope)
    return loop(machine, scope, block(node.statement))
  }
  if (ts.isDoStatement(node)) {
    const completion = loop(machine, scope, block(node.statement), true)
    machine.evaluate(node.expression, scope)
    return completion
  }
  if (ts.isSwitchStatement(node)) return chooses(machine, node, scope)
  if (ts.isTryStatement(node)) return tries(machine, node, scope)
  if (ts.isThrowStatement(node)) {
    machine.evaluate(node.expression, scope)
    return "return"
  }
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
    frame.jumps.push(machine.store)
    return "jump"
  }
  if (ts.isLabeledStatement(node)) {
    const jumps = frame.jumps
    const completion = executeOne(machine, node.statement, scope)
    frame.jumps = jumps
    return completion === "jump" ? "next" : completion
  }
  if (ts.isClassDeclaration(node) && node.name !== undefined) {
    machine.store.set(scope.declare(node.name.text), [machine.classOf(node, scope)])
  }
  return "next"
}

/** Declares functions before the statements above them run. */
const hoist = (statements: ReadonlyArray<ts.Statement>, scope: Scope, machine: Machine): void => {
  for (const statement of statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined && statement.body !== undefined) {
      const { text } = statement.name
      machine.store.set(scope.declare(text), functionOf(statement, scope, text))
    } else if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) {
        for (const one of bound(name)) scope.declare(one)
      }
    } else if (ts.isClassDeclaration(statement) && statement.name !== undefined) scope.declare(statement.name.text)
  }
}

export const execute = (machine: Machine, statements: ReadonlyArray<ts.Statement>, scope: Scope): Completion => {
  hoist(statements, scope, machine)
  for (const statement of statements) {
    const completion = executeOne(machine, statement, scope)
    if (completion !== "next") return completion
  }
  return "next"
}
