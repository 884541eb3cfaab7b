/**
 * Variables of files that functions write. A handler that reads one of them depends on earlier
 * calls.
 */
import { bound } from "../syntax/Module.ts"
import { ts } from "../syntax/Syntax.ts"
import { bare, isAccess } from "./Expressions.ts"
import type { Site } from "./Findings.ts"
import type { Program, SourceModule } from "./Program.ts"

const ofArrays = /^(push|pop|shift|unshift|splice|sort|reverse|copyWithin|fill)$/
const ofCollections = /^(set|add|delete|clear)$/

/** Returns the outermost name of a written expression, and the member that is written. */
const rootOf = (
  node: ts.Expression,
  member?: string
): { readonly name: ts.Identifier; readonly member: string | undefined } | undefined => {
  const inner = bare(node)
  if (ts.isIdentifier(inner)) return { name: inner, member }
  if (!isAccess(inner)) return undefined
  return rootOf(inner.expression, ts.isPropertyAccessExpression(inner) ? inner.name.text : undefined)
}

const targets = (node: ts.Node): ReadonlyArray<ts.Expression> => {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment ? [node.left] : []
  }
  if (ts.isPostfixUnaryExpression(node)) return [node.operand]
  if (ts.isPrefixUnaryExpression(node)) {
    const isUpdate = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken
    return isUpdate ? [node.operand] : []
  }
  if (ts.isDeleteExpression(node)) return [node.expression]
  if (!ts.isCallExpression(node)) return []
  const { arguments: args, expression } = node
  if (!ts.isPropertyAccessExpression(expression)) return []
  const { expression: owner, name } = expression
  const [first] = args
  if (ts.isIdentifier(owner) && owner.text === "Object")
    return name.text === "assign" && first !== undefined ? [first] : []
  return ofArrays.test(name.text) ? [owner] : []
}

/**
 * Returns the owner of a method such as `add`, which changes a built-in collection. Other types may
 * return a new value instead.
 */
const collection = (node: ts.Node): ts.Expression | undefined => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  return ofCollections.test(node.expression.name.text) ? node.expression.expression : undefined
}

/** `true` if a variable of a file is initialised with a built-in collection. */
const isCollection = ({ declarations }: SourceModule, name: string): boolean => {
  const statement = declarations.get(name)
  if (statement === undefined || !ts.isVariableStatement(statement)) return false
  return statement.declarationList.declarations.some(({ initializer, name: declared }) => {
    const made = initializer === undefined ? undefined : bare(initializer)
    return (
      bound(declared).includes(name) &&
      made !== undefined &&
      ts.isNewExpression(made) &&
      ts.isIdentifier(made.expression) &&
      /^(Weak)?(Map|Set)$/.test(made.expression.text)
    )
  })
}

/** Returns the names that a function or a block declares. */
const ownNames = (node: ts.Node): ReadonlyArray<string> => {
  if (ts.isVariableDeclaration(node) || ts.isParameter(node)) return bound(node.name)
  const { name } = node as { readonly name?: ts.Node }
  if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && name !== undefined && ts.isIdentifier(name)) {
    return [name.text]
  }
  return []
}

/** Finds the writes in functions of a file, by the variable that they change. */
export const read = (program: Program, module: SourceModule): ReadonlyMap<string, Site> => {
  const found = new Map<string, Site>()
  const note = (target: ts.Expression, hidden: ReadonlySet<string>, isSure: boolean) => {
    const root = rootOf(target)
    if (root === undefined || hidden.has(root.name.text)) return
    const origin = program.local(module, root.name.text)
    const declared =
      origin?.kind === "namespace" && root.member !== undefined ? program.exported(origin.module, root.member) : origin
    if (declared?.kind !== "declared") return
    if (!isSure && !isCollection(declared.module, declared.name)) return
    const variable = `${declared.module.path}#${declared.name}`
    if (!found.has(variable)) found.set(variable, { module, node: target })
  }
  const within = (node: ts.Node): ReadonlyArray<string> => {
    const names = [...ownNames(node)]
    ts.forEachChild(node, (child) => {
      names.push(...within(child))
    })
    return names
  }
  const visit = (node: ts.Node, hidden: ReadonlySet<string> | undefined): void => {
    let inner = hidden
    // Code outside of functions runs once, while the file is loaded.
    if (ts.isFunctionLike(node) && hidden === undefined)
      inner = new Set(within(node).filter((name) => !isOf(node, name)))
    if (inner !== undefined) {
      for (const target of targets(node)) note(target, inner, true)
      // A call whose result is unused is made for its effect.
      const statement = ts.isExpressionStatement(node) ? collection(bare(node.expression)) : undefined
      if (statement !== undefined) note(statement, inner, true)
      const used = collection(node)
      if (used !== undefined) note(used, inner, false)
    }
    ts.forEachChild(node, (child) => visit(child, inner))
  }
  /** `true` if a name is that of the function. A function does not hide its own name. */
  const isOf = (node: ts.Node, name: string) => ts.isFunctionDeclaration(node) && node.name?.text === name
  visit(module.file, undefined)
  return found
}
