/**
 * Estimates from the source if TypeScript's type of an expression is a literal or wider, such as
 * `string`.
 */
import { ts } from "../../syntax/Syntax.ts"

/** `exact` if the type of an expression is a literal, `wide` if it is wider, such as `string`. */
export type Width = "exact" | "wide" | "unknown"

/**
 * A longer chain of variables and assertions is `unknown`. It ends the search in variables that
 * refer to each other.
 */
const maxDepth = 8

/** Names that an expression can refer to. */
export interface Scope {
  readonly file: ts.SourceFile
  /** Top-level variables of the file. */
  readonly variables: ReadonlyMap<string, Variable>
  /** Parameters of the enclosing functions. */
  readonly parameters: ReadonlyMap<string, ts.ParameterDeclaration>
}

export interface Variable {
  readonly declaration: ts.VariableDeclaration
  readonly isConst: boolean
}

export const nameOf = (name: ts.EntityName): string =>
  ts.isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`

export const isBroadKeyword = ({ kind }: ts.TypeNode): boolean =>
  kind === ts.SyntaxKind.StringKeyword ||
  kind === ts.SyntaxKind.NumberKeyword ||
  kind === ts.SyntaxKind.BooleanKeyword ||
  kind === ts.SyntaxKind.BigIntKeyword

/** Returns the width of a type annotation; of an array type, that of its elements. */
const ofType = (type: ts.TypeNode): Width => {
  if (isBroadKeyword(type)) return "wide"
  if (ts.isTypeOperatorNode(type)) return ofType(type.type)
  if (ts.isArrayTypeNode(type)) return ofType(type.elementType)
  if (ts.isTypeReferenceNode(type)) {
    const name = nameOf(type.typeName)
    const [first] = type.typeArguments ?? []
    if ((name === "Array" || name === "ReadonlyArray") && first !== undefined) return ofType(first)
  }
  return "unknown"
}

const isConstAssertion = (node: ts.Expression): node is ts.AsExpression =>
  ts.isAsExpression(node) && ts.isTypeReferenceNode(node.type) && nameOf(node.type.typeName) === "const"

const isLiteral = (node: ts.Expression): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isNumericLiteral(node) ||
  ts.isBigIntLiteral(node) ||
  node.kind === ts.SyntaxKind.TrueKeyword ||
  node.kind === ts.SyntaxKind.FalseKeyword ||
  (ts.isPrefixUnaryExpression(node) && isLiteral(node.operand))

/** String methods that return a `string`. */
const stringMethods =
  /^(toUpperCase|toLowerCase|trim|trimStart|trimEnd|replace|replaceAll|slice|substring|padStart|padEnd|repeat|concat|toString|normalize|join|charAt)$/
/**
 * Array methods that return some of the elements, so that the array has fewer members than its
 * type.
 */
const selectingMethods = /^(filter|slice|concat|splice|toSpliced|with)$/
const orderingMethods = /^(sort|toSorted|reverse|toReversed)$/

const widest = (all: ReadonlyArray<Width>): Width =>
  all.includes("wide") ? "wide" : all.includes("unknown") ? "unknown" : "exact"

/** Returns the width of a single value, such as the argument of `Schema.Literal`. */
export const ofValue = (node: ts.Expression, scope: Scope, depth = 0): Width => {
  if (depth > maxDepth) return "unknown"
  if (isLiteral(node)) return "exact"
  if (ts.isTemplateExpression(node)) return "wide"
  if (isConstAssertion(node) || ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node))
    return ofValue(node.expression, scope, depth + 1)
  if (ts.isAsExpression(node)) return ofType(node.type)
  if (ts.isIdentifier(node)) {
    const parameter = scope.parameters.get(node.text)
    if (parameter !== undefined) return parameter.type === undefined ? "unknown" : ofType(parameter.type)
    const variable = scope.variables.get(node.text)
    if (variable === undefined) return "unknown"
    const { initializer, type } = variable.declaration
    if (type !== undefined) return ofType(type)
    if (initializer === undefined) return "unknown"
    if (!variable.isConst) return isConstAssertion(initializer) ? "exact" : isLiteral(initializer) ? "wide" : "unknown"
    return ofValue(initializer, scope, depth + 1)
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return "wide"
  if (ts.isConditionalExpression(node)) {
    return widest([ofValue(node.whenTrue, scope, depth + 1), ofValue(node.whenFalse, scope, depth + 1)])
  }
  if (ts.isCallExpression(node)) {
    if (ts.isIdentifier(node.expression)) return node.expression.text === "String" ? "wide" : "unknown"
    if (ts.isPropertyAccessExpression(node.expression) && stringMethods.test(node.expression.name.text)) return "wide"
  }
  return "unknown"
}

/**
 * Returns the width of the elements of an array. If `isConst`, the compiler keeps the literals in
 * an array literal.
 */
export const ofList = (node: ts.Expression, scope: Scope, isConst: boolean, depth = 0): Width => {
  const next = (inner: ts.Expression, kept = isConst) => ofList(inner, scope, kept, depth + 1)
  if (depth > maxDepth) return "unknown"
  if (ts.isArrayLiteralExpression(node)) {
    const parts = node.elements.map((element) =>
      ts.isSpreadElement(element)
        ? next(element.expression, false)
        : isConst
          ? ofValue(element, scope)
          : isLiteral(element)
            ? "wide"
            : ofValue(element, scope) === "wide"
              ? "wide"
              : "unknown"
    )
    return widest(parts)
  }
  if (isConstAssertion(node)) return next(node.expression, true)
  if (ts.isParenthesizedExpression(node)) return next(node.expression)
  if (ts.isSatisfiesExpression(node)) {
    // The type after `satisfies` is the contextual type of an array literal, so a wide type widens
    // its elements.
    const isWidened = ts.isArrayLiteralExpression(node.expression) && ofType(node.type) === "wide"
    return isWidened ? "wide" : next(node.expression)
  }
  if (ts.isAsExpression(node)) return ofType(node.type)
  if (ts.isIdentifier(node)) {
    const parameter = scope.parameters.get(node.text)
    if (parameter !== undefined) return parameter.type === undefined ? "unknown" : ofType(parameter.type)
    const declaration = scope.variables.get(node.text)?.declaration
    if (declaration?.type !== undefined) return ofType(declaration.type)
    return declaration?.initializer === undefined ? "unknown" : next(declaration.initializer, false)
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return "unknown"
  const { expression: owner, name } = node.expression
  const [first] = node.arguments
  if (ts.isIdentifier(owner) && owner.text === "Object") {
    if (name.text === "keys") return "wide"
    return name.text === "values" && first !== undefined ? ofValues(first, scope) : "unknown"
  }
  if (name.text === "split") return "wide"
  if (selectingMethods.test(name.text)) return next(owner) === "unknown" ? "unknown" : "wide"
  if (orderingMethods.test(name.text)) return next(owner)
  if (name.text === "map" && first !== undefined && ts.isArrowFunction(first) && !ts.isBlock(first.body)) {
    return ofValue(first.body, scope) === "wide" ? "wide" : "unknown"
  }
  return "unknown"
}

/** Returns the width of the values of an object, as `Object.values` returns them. */
const ofValues = (node: ts.Expression, scope: Scope): Width => {
  if (ts.isIdentifier(node)) {
    const declaration = scope.variables.get(node.text)?.declaration
    return declaration?.type !== undefined || declaration?.initializer === undefined
      ? "unknown"
      : ofValues(declaration.initializer, scope)
  }
  if (!ts.isObjectLiteralExpression(node)) return "unknown"
  const isAllText = node.properties.every((one) => ts.isPropertyAssignment(one) && isLiteral(one.initializer))
  return isAllText ? "wide" : "unknown"
}
