/**
 * Reads source files without a type checker: names, doc comments, positions and syntax errors.
 *
 * Only this module imports ts-morph, and it uses only the parser of the bundled compiler, so that
 * another parser would replace one file.
 */
import { ts } from "ts-morph"
import type { Position } from "../report/Diagnostic.ts"
import { symbolAt } from "../model/Names.ts"

export { ts } from "ts-morph"

/** Position and doc comment of a path of a declaration, such as `events.AccountOpened.owner`. */
export interface Place {
  readonly at: Position
  readonly doc?: string
}

export interface Declaration {
  readonly at: Position
  readonly doc?: string
  readonly exported: boolean
  /** Kind of the declaration, if its value is a call of `Aggregate.make` or `Projection.make`. */
  readonly makes?: "Aggregate" | "Projection"
  readonly places: ReadonlyMap<string, Place>
}

/** An import that exists at run time. Imports of types do not. */
export interface Import {
  readonly specifier: string
  /** Position of the specifier. */
  readonly at: Position
  /** Local names of the imports. */
  readonly names: ReadonlyArray<string>
}

export interface FileSyntax {
  /** Constants at the top level of the file, by name. */
  readonly declarations: ReadonlyMap<string, Declaration>
  /** Positions of brands, with the doc comments of their constants. */
  readonly brands: ReadonlyMap<string, Place>
  /** Imports at the top level of the file. */
  readonly imports: ReadonlyArray<Import>
  readonly errors: ReadonlyArray<{ readonly at: Position; readonly message: string }>
}

/** Parses a file. With syntax errors, it parses as much as possible. */
export const parse = (file: string, source: string): ts.SourceFile =>
  ts.createSourceFile(file, source, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)

export const positionOf = (file: ts.SourceFile, offset: number): Position => {
  const { character, line } = file.getLineAndCharacterOfPosition(offset)
  return { line: line + 1, column: character + 1 }
}

/** Returns the expression in parentheses or type syntax, which do nothing at run time. */
export const unwrapped = (node: ts.Node): ts.Expression | undefined =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isNonNullExpression(node) ||
  ts.isTypeAssertionExpression(node) ||
  ts.isExpressionWithTypeArguments(node)
    ? node.expression
    : undefined

/** Returns the position of a node, after its doc comments. */
export const placeOf = (file: ts.SourceFile, node: ts.Node): Position => positionOf(file, node.getStart(file))

/** Returns the text of the doc comment right before a node, without its stars. */
const docOf = (file: ts.SourceFile, node: ts.Node): string | undefined => {
  const comment = ts
    .getLeadingCommentRanges(file.text, node.getFullStart())
    ?.filter(({ pos }) => file.text.startsWith("/**", pos))
    .at(-1)
  if (comment === undefined) return undefined
  const lines = file.text
    .slice(comment.pos + 3, comment.end - 2)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
  const text = lines.join("\n").trim()
  return text === "" ? undefined : text
}

const place = (file: ts.SourceFile, node: ts.Node): Place => {
  const doc = docOf(file, node)
  return { at: placeOf(file, node), ...(doc === undefined ? {} : { doc }) }
}

type Constants = ReadonlyMap<string, ts.Expression>

/**
 * Returns the object literal that an expression is, wraps (`Schema.Struct({ … }).check(…)`) or
 * names.
 */
const objectOf = (
  expression: ts.Expression,
  constants: Constants,
  depth = 0
): ts.ObjectLiteralExpression | undefined => {
  if (depth > 8) return undefined
  const next = (inner: ts.Expression) => objectOf(inner, constants, depth + 1)
  if (ts.isObjectLiteralExpression(expression)) return expression
  if (
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isParenthesizedExpression(expression)
  ) {
    return next(expression.expression)
  }
  if (ts.isIdentifier(expression)) {
    const value = constants.get(expression.text)
    return value === undefined ? undefined : next(value)
  }
  if (ts.isCallExpression(expression)) {
    const [first] = expression.arguments
    const inner = first === undefined ? undefined : next(first)
    return (
      inner ??
      (ts.isPropertyAccessExpression(expression.expression) ? next(expression.expression.expression) : undefined)
    )
  }
  return undefined
}

const nameOf = (name: ts.PropertyName, constants?: Constants): string | undefined => {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text
  if (!ts.isComputedPropertyName(name)) return undefined
  const { expression } = name
  const value = ts.isIdentifier(expression) ? constants?.get(expression.text) : expression
  return value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined
}

const collect = (
  file: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  constants: Constants,
  prefix: string,
  places: Map<string, Place>,
  depth = 0
): void => {
  if (depth > 12) return
  let symbols = 0
  for (const property of object.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = objectOf(property.expression, constants)
      if (spread !== undefined) collect(file, spread, constants, prefix, places, depth + 1)
      continue
    }
    const name =
      nameOf(property.name, constants) ?? (ts.isComputedPropertyName(property.name) ? symbolAt(symbols++) : undefined)
    if (name === undefined) continue
    const path = prefix === "" ? name : `${prefix}.${name}`
    places.set(path, place(file, property))
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined
    const inner = value === undefined ? undefined : objectOf(value, constants)
    if (inner !== undefined) collect(file, inner, constants, path, places, depth + 1)
  }
}

const madeBy = (
  expression: ts.Expression
): { readonly makes: "Aggregate" | "Projection"; readonly spec: ts.Expression | undefined } | undefined => {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return undefined
  const { expression: owner, name } = expression.expression
  if (!ts.isIdentifier(owner) || name.text !== "make") return undefined
  if (owner.text !== "Aggregate" && owner.text !== "Projection") return undefined
  return { makes: owner.text, spec: expression.arguments[1] }
}

/** Reads a schema file. */
export const read = (name: string, source: string): FileSyntax => of(parse(name, source))

/** Reads a parsed schema file. */
export const of = (file: ts.SourceFile): FileSyntax => {
  const constants = new Map<string, ts.Expression>()
  const exports = new Set<string>()
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { initializer, name } of statement.declarationList.declarations) {
        if (ts.isIdentifier(name) && initializer !== undefined) constants.set(name.text, initializer)
      }
    } else if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const { name, propertyName } of statement.exportClause.elements) exports.add((propertyName ?? name).text)
    } else if (ts.isExportAssignment(statement) && ts.isIdentifier(statement.expression))
      exports.add(statement.expression.text)
  }
  const declarations = new Map<string, Declaration>()
  const brands = new Map<string, Place>()
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue
    const here = place(file, statement)
    const exported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
    for (const declaration of statement.declarationList.declarations) {
      if (!ts.isIdentifier(declaration.name) || declaration.initializer === undefined) continue
      const { text } = declaration.name
      const made = madeBy(declaration.initializer)
      const places = new Map<string, Place>()
      const spec = made === undefined ? declaration.initializer : made.spec
      const object = spec === undefined ? undefined : objectOf(spec, constants)
      if (object !== undefined) collect(file, object, constants, "", places)
      declarations.set(text, {
        ...here,
        exported: exported || exports.has(text),
        places,
        ...(made === undefined ? {} : { makes: made.makes })
      })
      // The doc comment of a constant describes its whole value, not a part of it.
      const visit = (node: ts.Node, isPart: boolean): void => {
        const [brand] =
          ts.isCallExpression(node) && /(^|\.)brand$/.test(node.expression.getText(file)) ? node.arguments : []
        if (brand !== undefined && ts.isStringLiteralLike(brand))
          brands.set(brand.text, { ...(isPart ? {} : here), at: placeOf(file, brand) })
        const within = isPart || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node)
        ts.forEachChild(node, (child) => visit(child, within))
      }
      visit(declaration.initializer, false)
    }
  }
  return { declarations, brands, imports: staticImports(file), errors: errorsOf(file) }
}

const namesOf = (clause: ts.ImportClause | undefined): ReadonlyArray<string> => {
  const { name, namedBindings } = clause ?? {}
  const all =
    namedBindings === undefined ? [] : ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements
  return [...(name === undefined ? [] : [name.text]), ...all.map((one) => one.name.text)]
}

const staticImports = (file: ts.SourceFile): ReadonlyArray<Import> =>
  file.statements.flatMap((statement): ReadonlyArray<Import> => {
    const isImport = ts.isImportDeclaration(statement)
    if (!isImport && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    const isTypeOnly = isImport
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly
    if (isTypeOnly || moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
    return [
      {
        specifier: moduleSpecifier.text,
        at: placeOf(file, moduleSpecifier),
        names: isImport ? namesOf(statement.importClause) : []
      }
    ]
  })

/** Finds `import("…")` and `require("…")` anywhere in a file. */
export const dynamicImports = (file: ts.SourceFile): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const { arguments: args, expression } = node
      const [first] = args
      const isImport = expression.kind === ts.SyntaxKind.ImportKeyword
      const isRequire = ts.isIdentifier(expression) && expression.text === "require"
      if ((isImport || isRequire) && first !== undefined) {
        // The position is known even if the specifier is computed at run time.
        const specifier = ts.isStringLiteralLike(first) ? first.text : ""
        found.push({ specifier, at: placeOf(file, first), names: [] })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** Finds the first `await` at the top level of a file. */
export const firstAwait = (file: ts.SourceFile): Position | undefined => {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isFunctionLike(node)) return undefined
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) return node
    return ts.forEachChild(node, visit)
  }
  const found = visit(file)
  return found === undefined ? undefined : placeOf(file, found)
}

/** Finds the default export of a file, and the positions of its keys. */
export const defaultExport = (
  name: string,
  source: string
): { readonly at: Position | undefined; readonly options: ReadonlyMap<string, Position> } => {
  const file = parse(name, source)
  const constants = new Map<string, ts.Expression>()
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { initializer, name } of statement.declarationList.declarations) {
      if (ts.isIdentifier(name) && initializer !== undefined) constants.set(name.text, initializer)
    }
  }
  const found = file.statements.find((statement) => ts.isExportAssignment(statement))
  const object = found === undefined ? undefined : objectOf(found.expression, constants)
  const options = (object?.properties ?? []).flatMap((property): ReadonlyArray<[string, Position]> => {
    const key = property.name === undefined ? undefined : nameOf(property.name)
    return key === undefined ? [] : [[key, placeOf(file, property)]]
  })
  return { at: found === undefined ? undefined : placeOf(file, found), options: new Map(options) }
}

/**
 * Returns the syntax errors of a file. The compiler keeps the list, but its public types do not
 * include it.
 */
export const errorsOf = (file: ts.SourceFile): FileSyntax["errors"] => {
  const found: unknown = Reflect.get(file, "parseDiagnostics")
  if (!Array.isArray(found)) throw new Error("the bundled TypeScript no longer lists syntax errors with a source file")
  return found.map(({ messageText, start }: ts.Diagnostic) => ({
    at: positionOf(file, start ?? 0),
    message: ts.flattenDiagnosticMessageText(messageText, " ")
  }))
}
