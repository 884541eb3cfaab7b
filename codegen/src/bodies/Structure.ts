/**
 * The structure of code as text: names, literals and operators count; types, comments, layout and
 * quotes do not.
 */
import { ts, unwrapped } from "../syntax/Syntax.ts"

/**
 * Receives each name that can refer to a declaration, with the member that is read from it, if any.
 */
export type Refer = (name: string, member?: string) => void

/** Returns the structure of a node. */
export const structure = (node: ts.Node, refer: Refer): string => {
  const parts: Array<string> = []
  visit(node, parts, refer)
  return parts.join("")
}

/** Nodes that leave no trace when types are stripped. */
const isTypeOnly = (node: ts.Node): boolean =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isTypeParameterDeclaration(node) ||
  (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword) ||
  (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) ||
  modifiers.has(node.kind)

const modifiers = new Set([
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.OverrideKeyword,
  ts.SyntaxKind.AbstractKeyword
])

const visit = (node: ts.Node, parts: Array<string>, refer: Refer): void => {
  if (isTypeOnly(node)) return
  const inner = unwrapped(node)
  if (inner !== undefined) return visit(inner, parts, refer)
  const child = (one: ts.Node | undefined) => {
    if (one !== undefined) visit(one, parts, refer)
  }
  if (ts.isIdentifier(node)) {
    refer(node.text)
    parts.push(`(name ${node.text})`)
    return
  }
  if (ts.isPropertyAccessExpression(node)) {
    parts.push(`(${node.questionDotToken === undefined ? "get" : "maybe get"} ${JSON.stringify(node.name.text)} `)
    if (ts.isIdentifier(node.expression)) {
      refer(node.expression.text, node.name.text)
      parts.push(`(name ${node.expression.text})`)
    } else child(node.expression)
    parts.push(")")
    return
  }
  if (ts.isPropertyAssignment(node) && (ts.isIdentifier(node.name) || ts.isStringLiteralLike(node.name))) {
    parts.push(`(key ${JSON.stringify(node.name.text)} `)
    child(node.initializer)
    parts.push(")")
    return
  }
  if (ts.isParameter(node)) {
    parts.push(node.dotDotDotToken === undefined ? "(parameter " : "(parameters ")
    child(node.name)
    child(node.initializer)
    parts.push(")")
    return
  }
  // By name: the compiler's numbers change between versions.
  parts.push(`(${ts.isStringLiteralLike(node) ? "text" : ts.SyntaxKind[node.kind]} `)
  if (ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node)) parts.push(JSON.stringify(node.text))
  if (ts.isPrivateIdentifier(node)) parts.push(node.text)
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
    parts.push(ts.tokenToString(node.operator) ?? "")
  ts.forEachChild(node, (one) => {
    visit(one, parts, refer)
  })
  parts.push(")")
}
