/** Checks that the docstring of a public name has all required tags. */
import { readFileSync } from "node:fs"
import { ts } from "ts-morph"

/** Categories of public names; CONTRIBUTING.md explains each. */
const categories = [
  "models",
  "constructors",
  "combinators",
  "accessors",
  "predicates",
  "options",
  "schemas",
  "services",
  "layers",
  "errors",
  "metrics",
  "conformance"
]

const files = new Map<string, ts.SourceFile>()

const fileOf = (path: string): ts.SourceFile => {
  const known = files.get(path)
  if (known !== undefined) return known
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true)
  files.set(path, file)
  return file
}

const namesOf = (statement: ts.Statement): ReadonlyArray<string> => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return named && statement.name !== undefined ? [statement.name.text] : []
}

const isValue = (statement: ts.Statement): boolean =>
  !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)

/** `true` for a constant that is a number or a string, whose docstring needs no example. */
const isLiteral = (statement: ts.Statement): boolean =>
  ts.isVariableStatement(statement) &&
  statement.declarationList.declarations.every(
    ({ initializer }) => initializer !== undefined && ts.isLiteralExpression(initializer)
  )

/** Finds problems in the docstring of a name that a source file declares. */
export const problems = (path: string, name: string): ReadonlyArray<string> => {
  const statements = fileOf(path).statements.filter((statement) => namesOf(statement).includes(name))
  const found: Array<string> = []
  // A value and a type with the same name share the docstring of the value.
  const statement = statements.find(isValue) ?? statements[0]
  if (statement === undefined) return [`is not declared in ${path}`]
  const [docs] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc).slice(-1)
  if (docs === undefined) return ["has no docstring"]
  const tags = new Map((docs.tags ?? []).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment) ?? ""]))
  if (!tags.has("since")) found.push("has no @since")
  const category = tags.get("category")?.trim()
  if (category === undefined) found.push("has no @category")
  else if (!categories.includes(category)) found.push(`has the unknown @category ${category}`)
  if (isValue(statement) && !isLiteral(statement) && !tags.has("example")) found.push("has no @example")
  return found
}
