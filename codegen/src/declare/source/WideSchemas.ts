/**
 * Schemas whose type says less than they mean: literals that TypeScript takes for any string, brands that it does not know.
 *
 * Generated code is written from what schemas mean when they run, and is compared with their types by the compiler, which would
 * report such a schema inside of generated code. Read from the text alone: what a name of another kind is stays unsaid.
 */
import type { Position } from "../../report/Diagnostic.ts"
import { bound } from "../../syntax/Module.ts"
import { placeOf, ts } from "../../syntax/Syntax.ts"

export interface WideSchema {
  readonly at: Position
  readonly message: string
  readonly fix: string
  /** Whether an aggregate or a projection of this file is made of it. */
  readonly isDeclared: boolean
  /** Whether another file may import it. */
  readonly isExported: boolean
}

/** Whether TypeScript knows an expression's value from its type. */
type Width = "exact" | "wide" | "unknown"

interface Scope {
  readonly file: ts.SourceFile
  /** Variables at the top of the file. */
  readonly variables: ReadonlyMap<string, Variable>
  /** Parameters of the functions around a node. */
  readonly parameters: ReadonlyMap<string, ts.ParameterDeclaration>
}

interface Variable {
  readonly declaration: ts.VariableDeclaration
  readonly isConst: boolean
}

const nameOf = (name: ts.EntityName): string =>
  ts.isIdentifier(name) ? name.text : `${nameOf(name.left)}.${name.right.text}`

const isBroadKeyword = ({ kind }: ts.TypeNode): boolean =>
  kind === ts.SyntaxKind.StringKeyword ||
  kind === ts.SyntaxKind.NumberKeyword ||
  kind === ts.SyntaxKind.BooleanKeyword ||
  kind === ts.SyntaxKind.BigIntKeyword

/** The width of a value of a written type; of a list's type, that of what it holds. */
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

/** Methods of strings that give some string. */
const ofStrings =
  /^(toUpperCase|toLowerCase|trim|trimStart|trimEnd|replace|replaceAll|slice|substring|padStart|padEnd|repeat|concat|toString|normalize|join|charAt)$/
/** Methods of lists that give a list of the same members, or of some of them: at run time fewer than the type says. */
const ofSome = /^(filter|slice|concat|splice|toSpliced|with)$/
const inOrder = /^(sort|toSorted|reverse|toReversed)$/

const worst = (all: ReadonlyArray<Width>): Width =>
  all.includes("wide") ? "wide" : all.includes("unknown") ? "unknown" : "exact"

/** The width of one value, such as what `Schema.Literal` is given. */
const ofValue = (node: ts.Expression, scope: Scope, depth = 0): Width => {
  if (depth > 8) return "unknown"
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
    return worst([ofValue(node.whenTrue, scope, depth + 1), ofValue(node.whenFalse, scope, depth + 1)])
  }
  if (ts.isCallExpression(node)) {
    if (ts.isIdentifier(node.expression)) return node.expression.text === "String" ? "wide" : "unknown"
    if (ts.isPropertyAccessExpression(node.expression) && ofStrings.test(node.expression.name.text)) return "wide"
  }
  return "unknown"
}

/** The width of what a list holds; `isConst` where the compiler keeps the literals that are written in it. */
const ofList = (node: ts.Expression, scope: Scope, isConst: boolean, depth = 0): Width => {
  const next = (inner: ts.Expression, kept = isConst) => ofList(inner, scope, kept, depth + 1)
  if (depth > 8) return "unknown"
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
    return worst(parts)
  }
  if (isConstAssertion(node)) return next(node.expression, true)
  if (ts.isParenthesizedExpression(node)) return next(node.expression)
  if (ts.isSatisfiesExpression(node)) {
    // A list that is written right there takes over the type that it is said to satisfy.
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
  if (ofSome.test(name.text)) return next(owner) === "unknown" ? "unknown" : "wide"
  if (inOrder.test(name.text)) return next(owner)
  if (name.text === "map" && first !== undefined && ts.isArrowFunction(first) && !ts.isBlock(first.body)) {
    return ofValue(first.body, scope) === "wide" ? "wide" : "unknown"
  }
  return "unknown"
}

/** The width of what an object holds, as `Object.values` gives it. */
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

/** The names that a file has for some exports of a package, each of which is a module of its own, too. */
const namesOf = (file: ts.SourceFile, specifier: string, exported: RegExp): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((statement): ReadonlyArray<string> => {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return []
      const named = statement.importClause?.namedBindings
      if (named === undefined) return []
      const { text } = statement.moduleSpecifier
      if (ts.isNamespaceImport(named)) {
        return text.startsWith(`${specifier}/`) && exported.test(text.slice(specifier.length + 1))
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

/** The function of `Schema` that a call is of. */
const calledOf = (node: ts.CallExpression, schemas: ReadonlySet<string>): string | undefined =>
  ts.isPropertyAccessExpression(node.expression) &&
  ts.isIdentifier(node.expression.expression) &&
  schemas.has(node.expression.expression.text)
    ? node.expression.name.text
    : undefined

/** A call of `Schema` that the last step of an expression is: `brand` in `Schema.String.pipe(Schema.brand("Id"))`. */
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

const literals: Readonly<Record<string, string>> = {
  brand: "a brand",
  Literals: "a choice of literals",
  Literal: "a literal"
}

/** A written type that says less than a brand or literals do: `Schema.Codec<string>`. */
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
  const what = literals[lastStep(value, schemas) ?? ""]
  return isWide && what !== undefined ? { type: written, what } : undefined
}

const argumentProblem = (
  called: string,
  argument: ts.Expression,
  scope: Scope
): Pick<WideSchema, "message" | "fix"> | undefined => {
  const shown = argument.getText(scope.file).replace(/\s+/g, " ")
  const what = shown.length > 40 ? `${shown.slice(0, 39)}…` : shown
  if (called === "Literals" && ofList(argument, scope, true) === "wide") {
    const isName = ts.isIdentifier(argument) && scope.variables.has(argument.text)
    return {
      message: `Schema.Literals is given ${what}, whose values TypeScript doesn't know: to it, each is any string or number`,
      fix: isName
        ? `write \`as const\` after the list that ${what} is, with its values written down`
        : 'write the values down, `Schema.Literals(["a", "b"])`, or keep them in a list with `as const`'
    }
  }
  if (called === "Literal" && ofValue(argument, scope) === "wide") {
    return {
      message: `Schema.Literal is given ${what}, whose value TypeScript doesn't know: to it, that is any string or number`,
      fix: "write the value down, or keep it in a constant without a type of its own"
    }
  }
  if (called === "brand" && ofValue(argument, scope) === "wide") {
    return {
      message: `Schema.brand is given ${what}, whose type is string: TypeScript doesn't know which brand that is`,
      fix: 'write the name down, `Schema.brand("Id")`, where the schema is declared'
    }
  }
  return undefined
}

/** The names that a statement declares at the top of a file. */
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

/** Whether a node is, or holds, a call of `Aggregate.make` or `Projection.make`. */
const makes = (node: ts.Node, makers: ReadonlySet<string>): boolean =>
  (ts.isCallExpression(node) && calledOf(node, makers) === "make") ||
  (ts.forEachChild(node, (child) => makes(child, makers) || undefined) ?? false)

/** The statements that aggregates and projections of the file are made of. */
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

/** The names in the lists of exports of a file. */
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

/** Every such schema of a file. */
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
    const found: Array<Pick<WideSchema, "at" | "message" | "fix">> = []
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
          message: `${node.name.getText(file)} is ${annotation.what}, and its written type, ${type}, doesn't say so`,
          fix: "leave the type out, so that TypeScript takes that of the schema"
        })
      }
      const own = ts.isFunctionLike(node)
        ? node.parameters.flatMap((one) => (ts.isIdentifier(one.name) ? [[one.name.text, one] as const] : []))
        : []
      const inner = own.length === 0 ? parameters : new Map([...parameters, ...own])
      ts.forEachChild(node, (child) => visit(child, inner))
    }
    visit(statement, new Map())
    const where = { isDeclared: reached.has(statement), isExported: isExported(statement, exports) }
    return found.map((one) => ({ ...one, ...where }))
  })
}
