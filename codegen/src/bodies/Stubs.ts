/**
 * Stubs: handlers that `gen` created and that are not written yet. They compile, and fail with
 * their name when they run.
 */
import { codes, type Diagnostic } from "../report/Diagnostic.ts"
import { parse, placeOf, ts } from "../syntax/Syntax.ts"

/** The stubs of a body: the position of the first one, and their number. */
export interface Unwritten extends Diagnostic {
  readonly handlers: number
}

/** Returns the names that a file has for `Fold.notWritten` of Eventfold. */
const namesIn = (file: ts.SourceFile): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings === undefined || statement.moduleSpecifier.text !== "eventfold/generated") continue
    if (ts.isNamespaceImport(bindings)) names.add(`${bindings.name.text}.Fold.notWritten`)
    else {
      for (const { name, propertyName = name } of bindings.elements) {
        if (propertyName.text === "Fold") names.add(`${name.text}.notWritten`)
      }
    }
  }
  return names
}

const textOf = (node: ts.Expression): string =>
  ts.isIdentifier(node)
    ? node.text
    : ts.isPropertyAccessExpression(node)
      ? `${textOf(node.expression)}.${node.name.text}`
      : ""

/** Returns the calls of `notWritten` in a file, in order. */
const callsIn = (file: ts.SourceFile): ReadonlyArray<ts.CallExpression> => {
  const names = namesIn(file)
  if (names.size === 0) return []
  const found: Array<ts.CallExpression> = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && names.has(textOf(node.expression))) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Returns the handler that a stub names: `CardIssued` of "GiftCard.apply CardIssued". */
const handlerOf = ({ arguments: [argument] }: ts.CallExpression): string =>
  argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text.replace(/^\S+ /, "") : "a handler"

/** Reports the handlers of a body that are still stubs. */
export const find = (path: string, source: string): ReadonlyArray<Unwritten> => {
  if (!source.includes("notWritten")) return []
  const file = parse(path, source)
  const calls = callsIn(file)
  const [first] = calls
  if (first === undefined) return []
  const names = calls.map(handlerOf).join(", ")
  const message =
    calls.length === 1
      ? `has a handler that is not written yet: ${names}`
      : `has ${calls.length} handlers that are not written yet: ${names}`
  const fix = "write the handler; until then every call of it fails with this name"
  return [
    {
      code: codes.unwritten,
      severity: "warning",
      file: path,
      at: placeOf(file, first),
      message,
      fix,
      handlers: calls.length
    }
  ]
}
