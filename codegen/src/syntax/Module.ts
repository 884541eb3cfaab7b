/**
 * A source file as a fold sees it: its declarations, imports, exports, and the statements that run
 * on loading.
 */
import { parse, ts } from "./Syntax.ts"

export interface Target {
  readonly specifier: string
  /** Exported name, or `*` for all exports. */
  readonly name: string
}

export interface Module {
  readonly file: ts.SourceFile
  readonly declarations: ReadonlyMap<string, ts.Statement>
  readonly imports: ReadonlyMap<string, Target>
  /** Local names, or exports of other files, by exported name. */
  readonly exports: ReadonlyMap<string, string | Target>
  readonly stars: ReadonlyArray<string>
  /**
   * Statements that run when the file is loaded, besides declarations. They can change values that
   * the fold uses.
   */
  readonly effects: ReadonlyArray<ts.Statement>
  /** Specifiers of imports without names. Such files are imported for their effects. */
  readonly bare: ReadonlyArray<string>
}

/** Returns the names that a pattern declares. */
export const bound = (name: ts.BindingName): ReadonlyArray<string> =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(element.name)))

const textOf = (expression: ts.Expression): string => (ts.isStringLiteralLike(expression) ? expression.text : "")

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
const isDefault = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true

/** Reads a file. With syntax errors, it reads the part that parses. */
export const read = (path: string, source: string): Module => of(parse(path, source))

/** Reads a parsed file. */
export const of = (file: ts.SourceFile): Module => {
  const declarations = new Map<string, ts.Statement>()
  const imports = new Map<string, Target>()
  const exports = new Map<string, string | Target>()
  const stars: Array<string> = []
  const effects: Array<ts.Statement> = []
  const bare: Array<string> = []

  const importFrom = ({ importClause: clause, moduleSpecifier }: ts.ImportDeclaration) => {
    const specifier = textOf(moduleSpecifier)
    if (clause === undefined) return void bare.push(specifier)
    if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return
    if (clause.name !== undefined) imports.set(clause.name.text, { specifier, name: "default" })
    const { namedBindings: named } = clause
    if (named === undefined) return
    if (ts.isNamespaceImport(named)) return void imports.set(named.name.text, { specifier, name: "*" })
    for (const { isTypeOnly, name, propertyName } of named.elements) {
      if (!isTypeOnly) imports.set(name.text, { specifier, name: (propertyName ?? name).text })
    }
  }
  const exportFrom = ({ exportClause, isTypeOnly, moduleSpecifier }: ts.ExportDeclaration) => {
    if (isTypeOnly) return
    const specifier = moduleSpecifier === undefined ? undefined : textOf(moduleSpecifier)
    if (exportClause === undefined) return void (specifier !== undefined && stars.push(specifier))
    if (ts.isNamespaceExport(exportClause))
      return void exports.set(exportClause.name.text, { specifier: specifier ?? "", name: "*" })
    for (const { isTypeOnly, name, propertyName } of exportClause.elements) {
      const original = (propertyName ?? name).text
      if (!isTypeOnly) exports.set(name.text, specifier === undefined ? original : { specifier, name: original })
    }
  }
  const declare = (statement: ts.Statement, names: ReadonlyArray<string>) => {
    for (const name of names) {
      declarations.set(name, statement)
      if (isExported(statement)) exports.set(isDefault(statement) ? "default" : name, name)
    }
  }

  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) importFrom(statement)
    else if (ts.isExportDeclaration(statement)) exportFrom(statement)
    else if (ts.isExportAssignment(statement)) {
      declarations.set("default", statement)
      exports.set("default", "default")
    } else if (ts.isVariableStatement(statement)) {
      declare(
        statement,
        statement.declarationList.declarations.flatMap(({ name }) => bound(name))
      )
    } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      declare(statement, [statement.name?.text ?? "default"])
    } else if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) effects.push(statement)
  }
  return { file, declarations, imports, exports, stars, effects, bare }
}
