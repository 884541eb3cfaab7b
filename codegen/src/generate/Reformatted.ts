/** Recognizes generated files that only a formatter changed. `gen` does not write them again. */
import { mayBeSame } from "../emit/Header.ts"
import { parse, ts } from "../syntax/Syntax.ts"
import { StoredJson } from "eventfold/tables"

/** `true` if two texts of a file differ only in their formatting. */
export const isSame = (path: string, existing: string, wanted: string): boolean => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  if (!mayBeSame(name, existing, wanted)) return false
  if (name.endsWith(".md")) return true
  return name.endsWith(".json")
    ? normalJson(existing) === normalJson(wanted)
    : syntaxOf(name, existing) === syntaxOf(name, wanted)
}

const normalJson = (text: string): string => {
  try {
    return JSON.stringify(StoredJson.parse(text))
  } catch {
    return text // Invalid JSON is compared as text.
  }
}

/** Returns the syntax tree of code as text, without parentheses, quotes and separators. */
const syntaxOf = (name: string, text: string): string => {
  const file = parse(name, text)
  const parts: Array<string> = []
  const names = new Map<ts.Node, string>()
  const visit = (node: ts.Node): void => {
    if (ts.isEmptyStatement(node)) return
    if (ts.isParenthesizedExpression(node)) return visit(node.expression)
    if (ts.isParenthesizedTypeNode(node)) return visit(node.type)
    if (isMember(node) && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)))
      names.set(node.name, node.name.text)
    // A key is equal with and without quotes.
    const key = names.get(node)
    if (key !== undefined) {
      parts.push(`(key ${JSON.stringify(key)})`)
      return
    }
    parts.push(`(${node.kind}`)
    // Numbers are compared by value: `1e3` equals `1E3`.
    if (ts.isNumericLiteral(node)) parts.push(` ${Number(node.text)}`)
    else if (ts.isIdentifier(node) || ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node))
      parts.push(` ${JSON.stringify(node.text)}`)
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node) || ts.isTypeOperatorNode(node))
      parts.push(` ${node.operator}`)
    else if (ts.isVariableDeclarationList(node)) parts.push(` ${node.flags & ts.NodeFlags.BlockScoped}`)
    else if (ts.isImportClause(node)) parts.push(` ${node.phaseModifier ?? ""}`)
    else if (ts.isImportSpecifier(node) || ts.isExportSpecifier(node) || ts.isExportDeclaration(node))
      parts.push(` ${node.isTypeOnly}`)
    ts.forEachChild(node, visit)
    parts.push(")")
  }
  visit(file)
  return parts.join("")
}

const isMember = (node: ts.Node): node is ts.PropertyAssignment | ts.PropertySignature =>
  ts.isPropertyAssignment(node) || ts.isPropertySignature(node)
