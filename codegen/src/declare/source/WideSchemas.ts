/**
 * Finds schemas whose TypeScript type is too wide: literals of type `string`, and brands whose name
 * has type `string`.
 *
 * Generated code has the types of the schemas at run time. The compiler compares them with the
 * static types, so it would report such a schema inside generated code. This only reads the source,
 * without a type checker, so it ignores expressions whose type is unknown.
 */
import type { Position, Problem } from "../../report/Diagnostic.ts"
import { bound } from "../../syntax/Module.ts"
import * as LiteralWidth from "./LiteralWidth.ts"
import { isBroadKeyword, nameOf, type Scope, type Variable } from "./LiteralWidth.ts"
import { placeOf, ts } from "../../syntax/Syntax.ts"

export interface WideSchema extends Problem {
  readonly at: Position
  /** `true` if an aggregate or a projection of this file uses it. */
  readonly isDeclared: boolean
  /** `true` if another file can import it. */
  readonly isExported: boolean
}

/**
 * Returns the local names of exports of a package, which can also be imported as modules of the
 * package.
 */
const namesOf = (file: ts.SourceFile, specifier: string, exported: RegExp): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((statement): ReadonlyArray<string> => {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return []
      const named = statement.importClause?.namedBindings
      if (named === undefined) return []
      const { text } = statement.moduleSpecifier
      if (ts.isNamespaceImport(named)) {
        // Only Effect has a door for each module.
        return specifier === "effect" && text.startsWith("effect/") && exported.test(text.slice("effect/".length))
          ? [named.name.text]
          : []
      }
      return text === specifier
        ? named.elements.flatMap(({ name, propertyName = name }) =>
            exported.test(propertyName.text) ? [name.text] : []
          )
        : []
    })
  )

/** Returns the name of the `Schema` function that is called. */
const calledOf = (node: ts.CallExpression, schemas: ReadonlySet<string>): string | undefined =>
  ts.isPropertyAccessExpression(node.expression) &&
  ts.isIdentifier(node.expression.expression) &&
  schemas.has(node.expression.expression.text)
    ? node.expression.name.text
    : undefined

/**
 * Returns the `Schema` function of the last step of an expression: `brand` in
 * `Schema.String.pipe(Schema.brand("Id"))`.
 */
const lastStep = (node: ts.Expression, schemas: ReadonlySet<string>): string | undefined => {
  if (ts.isParenthesizedExpression(node)) return lastStep(node.expression, schemas)
  if (!ts.isCallExpression(node)) return undefined
  const called = calledOf(node, schemas)
  if (called !== undefined) return called
  if (!ts.isPropertyAccessExpression(node.expression)) return undefined
  const { expression: owner, name } = node.expression
  const last = node.arguments.at(-1)
  if (name.text === "pipe" && last !== undefined) return lastStep(last, schemas)
  return name.text === "check" || name.text === "annotate" ? lastStep(owner, schemas) : undefined
}

/** Schemas that a wide type annotation hides. */
const hidden: Readonly<Record<string, string>> = {
  brand: "a brand",
  Literals: "a choice of literals",
  Literal: "a literal"
}

/**
 * Returns a type annotation that is wider than the brand or literals of its schema:
 * `Schema.Codec<string>`.
 */
const annotationOf = (
  { initializer, type }: ts.VariableDeclaration,
  schemas: ReadonlySet<string>
): { readonly type: ts.TypeNode; readonly what: string } | undefined => {
  const cast = initializer !== undefined && ts.isAsExpression(initializer) ? initializer : undefined
  const written = type ?? cast?.type
  const value = cast?.expression ?? initializer
  if (written === undefined || value === undefined || !ts.isTypeReferenceNode(written)) return undefined
  const [owner = "", name = ""] = nameOf(written.typeName).split(".")
  const [first] = written.typeArguments ?? []
  const isWide = schemas.has(owner) && (first === undefined ? name === "Top" : isBroadKeyword(first))
  const what = hidden[lastStep(value, schemas) ?? ""]
  return isWide && what !== undefined ? { type: written, what } : undefined
}

/** Maximum length of an expression in a message. */
const maxShownLetters = 40

const argumentProblem = (called: string, argument: ts.Expression, scope: Scope): Problem | undefined => {
  const text = argument.getText(scope.file).replace(/\s+/g, " ")
  const what = text.length > maxShownLetters ? `${text.slice(0, maxShownLetters - 1)}…` : text
  if (called === "Literals" && LiteralWidth.ofList(argument, scope, true) === "wide") {
    const isName = ts.isIdentifier(argument) && scope.variables.has(argument.text)
    return {
      message: `the argument of Schema.Literals, ${what}, has a type that is wider than its values`,
      fix: isName
        ? `write the values of ${what} as literals, and add \`as const\` to the array`
        : 'write the values in place, `Schema.Literals(["a", "b"])`, or in an array with `as const`'
    }
  }
  if (called === "Literal" && LiteralWidth.ofValue(argument, scope) === "wide") {
    return {
      message: `the argument of Schema.Literal, ${what}, has a type that is wider than its value`,
      fix: "write the value in place, or in a constant without a type annotation"
    }
  }
  if (called === "brand" && LiteralWidth.ofValue(argument, scope) === "wide") {
    return {
      message: `the argument of Schema.brand, ${what}, has the type string, so TypeScript can't distinguish the brand`,
      fix: 'write the name in place, `Schema.brand("Id")`'
    }
  }
  return undefined
}

/** Returns the names that a top-level statement declares. */
const declaredBy = (statement: ts.Statement): ReadonlyArray<string> => {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => bound(name))
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  return isNamed && statement.name !== undefined ? [statement.name.text] : []
}

const mentions = (statement: ts.Statement): ReadonlySet<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(statement)
  return names
}

/** `true` if a node contains a call of `Aggregate.make` or `Projection.make`. */
const makes = (node: ts.Node, makers: ReadonlySet<string>): boolean =>
  (ts.isCallExpression(node) && calledOf(node, makers) === "make") ||
  (ts.forEachChild(node, (child) => makes(child, makers) || undefined) ?? false)

/** Returns the statements that aggregates and projections of the file depend on. */
const reachedIn = (file: ts.SourceFile): ReadonlySet<ts.Statement> => {
  const makers = namesOf(file, "eventfold", /^(Aggregate|Projection)$/)
  const reached = new Set(file.statements.filter((statement) => makes(statement, makers)))
  for (const statement of reached) {
    const names = mentions(statement)
    for (const other of file.statements) if (declaredBy(other).some((name) => names.has(name))) reached.add(other)
  }
  return reached
}

const isExported = (statement: ts.Statement, exports: ReadonlySet<string>): boolean =>
  (ts.canHaveModifiers(statement) &&
    statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true) ||
  declaredBy(statement).some((name) => exports.has(name))

/** Returns the local names in the export lists of a file. */
const exportedIn = (file: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((statement) =>
      ts.isExportDeclaration(statement) &&
      statement.moduleSpecifier === undefined &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map(({ name, propertyName = name }) => propertyName.text)
        : []
    )
  )

/** Finds all such schemas of a file. */
export const read = (file: ts.SourceFile): ReadonlyArray<WideSchema> => {
  const exports = exportedIn(file)
  const schemas = namesOf(file, "effect", /^Schema$/)
  if (schemas.size === 0) return []
  const variables = new Map<string, Variable>()
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
    for (const declaration of statement.declarationList.declarations)
      if (ts.isIdentifier(declaration.name)) variables.set(declaration.name.text, { declaration, isConst })
  }
  const reached = reachedIn(file)
  return file.statements.flatMap((statement) => {
    const found: Array<Problem & { readonly at: Position }> = []
    const visit = (node: ts.Node, parameters: Scope["parameters"]): void => {
      const scope: Scope = { file, variables, parameters }
      const [argument] = ts.isCallExpression(node) ? node.arguments : []
      const called = ts.isCallExpression(node) ? calledOf(node, schemas) : undefined
      const problem =
        called === undefined || argument === undefined ? undefined : argumentProblem(called, argument, scope)
      if (problem !== undefined && argument !== undefined) found.push({ at: placeOf(file, argument), ...problem })
      const annotation = ts.isVariableDeclaration(node) ? annotationOf(node, schemas) : undefined
      if (annotation !== undefined && ts.isVariableDeclaration(node)) {
        const type = annotation.type.getText(file)
        found.push({
          at: placeOf(file, annotation.type),
          message: `${node.name.getText(file)} is ${annotation.what}, but its type annotation, ${type}, is wider`,
          fix: "remove the type annotation"
        })
      }
      const own = ts.isFunctionLike(node)
        ? node.parameters.flatMap((one) => (ts.isIdentifier(one.name) ? [[one.name.text, one] as const] : []))
        : []
      const inner = own.length === 0 ? parameters : new Map([...parameters, ...own])
      ts.forEachChild(node, (child) => visit(child, inner))
    }
    visit(statement, new Map())
    const use = { isDeclared: reached.has(statement), isExported: isExported(statement, exports) }
    return found.map((one) => ({ ...one, ...use }))
  })
}
