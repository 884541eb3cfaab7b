/** Imports that inserted stubs need, apart from those that the file has. */
import type { Body, Handler } from "../emit/BodyFiles.ts"
import { bound } from "../syntax/Module.ts"
import { parse, ts } from "../syntax/Syntax.ts"

export interface Insertion {
  /** Offset in the old text: the insertion goes before the character there. */
  readonly at: number
  readonly text: string
}

interface Needed {
  readonly name: string
  readonly module: string
  readonly isType: boolean
}

const isTypeImport = (clause: ts.ImportClause): boolean => clause.phaseModifier === ts.SyntaxKind.TypeKeyword

const moduleOf = ({ moduleSpecifier }: ts.ImportDeclaration): string =>
  ts.isStringLiteralLike(moduleSpecifier) ? moduleSpecifier.text : ""

/** Returns the imports of a new body. They include all names of its stubs. */
const importsOf = (text: string): ReadonlyArray<Needed> =>
  parse("body.ts", text).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.namedBindings === undefined) return []
    const { importClause: clause } = statement
    const { namedBindings: named } = clause
    if (named === undefined || !ts.isNamedImports(named)) return []
    return named.elements.map(({ isTypeOnly, name }) => ({
      name: name.text,
      module: moduleOf(statement),
      isType: isTypeOnly || isTypeImport(clause)
    }))
  })

/** Returns all names at the top level of a file. */
const namesIn = (file: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((statement): ReadonlyArray<string> => {
      if (ts.isImportDeclaration(statement)) {
        const { name, namedBindings: named } = statement.importClause ?? {}
        const own = name === undefined ? [] : [name.text]
        if (named === undefined) return own
        return ts.isNamespaceImport(named)
          ? [...own, named.name.text]
          : [...own, ...named.elements.map((element) => element.name.text)]
      }
      if (ts.isVariableStatement(statement))
        return statement.declarationList.declarations.flatMap(({ name }) => bound(name))
      const isNamed =
        ts.isFunctionDeclaration(statement) ||
        ts.isClassDeclaration(statement) ||
        ts.isEnumDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement) ||
        ts.isInterfaceDeclaration(statement)
      return isNamed && statement.name !== undefined ? [statement.name.text] : []
    })
  )

/**
 * Returns the offset after the last import at which a new line splits no statement and no comment.
 */
const lineAfter = (file: ts.SourceFile, last: ts.ImportDeclaration): number | undefined => {
  const newline = file.text.indexOf("\n", last.getEnd())
  if (newline < 0) return undefined
  const at = newline + 1
  const isInside = file.statements.some((one) => one.getStart(file) < at && at < one.getEnd())
  const comments = ts.getTrailingCommentRanges(file.text, last.getEnd()) ?? []
  return isInside || comments.some(({ end, pos }) => pos < at && at < end) ? undefined : at
}

/**
 * Returns the name that a file has for an import of a module: another name, or a member of a
 * namespace.
 */
const localName = (file: ts.SourceFile, { isType, module, name }: Needed): string | undefined => {
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) || moduleOf(statement) !== module) continue
    const { importClause: clause } = statement
    if (clause?.namedBindings === undefined || (isTypeImport(clause) && !isType)) continue
    const { namedBindings: named } = clause
    if (ts.isNamespaceImport(named)) return `${named.name.text}.${name}`
    const found = named.elements.find(
      (element) => (element.propertyName ?? element.name).text === name && (isType || !element.isTypeOnly)
    )
    if (found !== undefined) return found.name.text
  }
  return undefined
}

/** Matches identifiers, and strings in quotes, which are left alone. */
const identifiers = /"[^"]*"|[\p{ID_Start}_$][\p{ID_Continue}$]*/gu

/** Returns a stub with the names that the file has for its imports. */
export const renamed = (file: ts.SourceFile, body: Body, { name, stub }: Handler): string => {
  const locals = new Map(importsOf(body.text).map((one) => [one.name, localName(file, one)]))
  // The name of the handler is a key, not an import.
  return name + stub.slice(name.length).replace(identifiers, (text) => locals.get(text) ?? text)
}

/** Returns the insertions that import the names of stubs. */
export const imports = (
  file: ts.SourceFile,
  body: Body,
  stubs: ReadonlyArray<string>,
  eol: string
): ReadonlyArray<Insertion> => {
  const said = new Set(stubs.flatMap((stub) => stub.match(identifiers) ?? []))
  const known = namesIn(file)
  // If the file imports a namespace, the stub says `E.Fold`, which needs no import.
  const needed = importsOf(body.text).filter(
    (one) => said.has(one.name) && !known.has(one.name) && localName(file, one) === undefined
  )
  const declarations = file.statements.filter(ts.isImportDeclaration)
  const last = declarations.at(-1)
  const quote = last?.moduleSpecifier.getText(file).startsWith("'") === true ? "'" : '"'
  const semicolon = last?.getText(file).endsWith(";") === true ? ";" : ""
  const found: Array<Insertion> = []
  const lines: Array<string> = []
  for (const module of new Set(needed.map((one) => one.module))) {
    const names = needed.filter((one) => one.module === module)
    const host = declarations.find((declaration) => {
      const { importClause: clause } = declaration
      const named = clause?.namedBindings
      return (
        clause !== undefined &&
        named !== undefined &&
        ts.isNamedImports(named) &&
        named.elements.length > 0 &&
        moduleOf(declaration) === module &&
        (!isTypeImport(clause) || names.every(({ isType }) => isType))
      )
    })
    const named = host?.importClause?.namedBindings
    if (host?.importClause !== undefined && named !== undefined && ts.isNamedImports(named)) {
      const inType = isTypeImport(host.importClause)
      const list = names.map(({ isType, name }) => (isType && !inType ? `type ${name}` : name)).join(", ")
      const { elements } = named
      const end = elements.hasTrailingComma ? elements.end : (elements.at(-1)?.getEnd() ?? elements.end)
      found.push({ at: end, text: elements.hasTrailingComma ? ` ${list},` : `, ${list}` })
    } else {
      const types = names.every(({ isType }) => isType)
      const list = names.map(({ isType, name }) => (isType && !types ? `type ${name}` : name)).join(", ")
      lines.push(`import ${types ? "type " : ""}{ ${list} } from ${quote}${module}${quote}${semicolon}`)
    }
  }
  if (lines.length === 0) return found
  if (last === undefined) {
    const at = /^\uFEFF?(?:#![^\n]*(?:\n|$))?/.exec(file.text)?.[0].length ?? 0
    return [...found, { at, text: lines.map((line) => line + eol).join("") }]
  }
  const at = lineAfter(file, last)
  return at === undefined
    ? [...found, { at: last.getEnd(), text: lines.map((line) => eol + line).join("") }]
    : [...found, { at, text: lines.map((line) => line + eol).join("") }]
}
