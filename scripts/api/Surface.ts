/**
 * The names that a package exports, from the emitted declarations, and their docstrings, from the
 * sources.
 */
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { ts } from "ts-morph"
import * as Docstring from "./Docstring.ts"

interface Name {
  readonly name: string
  readonly statements: ReadonlyArray<ts.Statement>
  readonly declaredAs: string
  /** Path of the module that declares the name, from the root, without extension. */
  readonly module: string
}

interface Section {
  readonly title: string
  readonly names: ReadonlyArray<Name>
}

const printer = ts.createPrinter({ removeComments: true })

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** Returns the names that a statement declares. */
const declaredNames = (statement: ts.Statement): ReadonlyArray<string> => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText(statement.getSourceFile()))
  }
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  return named && statement.name !== undefined ? [statement.name.text] : []
}

/**
 * `true` for a module of this workspace. Declarations of packages from the registry are not
 * emitted.
 */
const isOfWorkspace = (module: string): boolean => module.includes("/src/")

export class Surface {
  readonly problems: Array<string> = []
  readonly #root: string
  readonly #declarations: string
  readonly #files = new Map<string, ts.SourceFile>()
  readonly #doors: Array<{ readonly door: string; readonly sections: ReadonlyArray<Section> }> = []
  /** `module#name` of every exported name. */
  readonly #public = new Set<string>()

  /** Reads sources below `root`, and their declarations below `declarations`. */
  constructor(root: string, declarations: string) {
    this.#root = root
    this.#declarations = declarations
  }

  /** Adds the exports of a module, as a door of the package. */
  add(door: string, entry: string): void {
    const module = entry.replace(/\.ts$/, "")
    const namespaces: Array<Section> = []
    const file = this.#file(module)
    for (const statement of file.statements) {
      if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue
      if (!ts.isNamespaceExport(statement.exportClause)) continue
      const title = statement.exportClause.name.text
      namespaces.push({ title, names: this.#namesOf(this.#resolve(module, statement)) })
    }
    const own = this.#namesOf(module)
    const sections = [...(own.length === 0 ? [] : [{ title: "", names: own }]), ...namespaces]
    for (const { names } of sections)
      for (const { declaredAs, module } of names) this.#public.add(`${module}#${declaredAs}`)
    this.#doors.push({ door, sections })
  }

  /** Number of names. A name counts once for each namespace that exports it. */
  get size(): number {
    let size = 0
    for (const { sections } of this.#doors) for (const { names } of sections) size += names.length
    return size
  }

  report(name: string): string {
    const lines = [
      `# Public names of \`${name}\``,
      "",
      `${this.size} names. Written by \`node scripts/api.ts\`: renew it after a change of a public name, and review the difference.`
    ]
    for (const { door, sections } of this.#doors) {
      lines.push("", `## \`${door}\``)
      for (const { names, title } of sections) {
        if (title !== "") lines.push("", `### ${title}`)
        lines.push("", "```ts")
        for (const name of names) lines.push(...this.#textOf(name))
        lines.push("```")
        for (const name of names) this.#check(title === "" ? name.name : `${title}.${name.name}`, name)
      }
    }
    return `${lines.join("\n")}\n`
  }

  #file(module: string): ts.SourceFile {
    const known = this.#files.get(module)
    if (known !== undefined) return known
    const path = join(this.#declarations, `${module}.d.ts`)
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true)
    this.#files.set(module, file)
    return file
  }

  /** Resolves a specifier to the path of a module from the root, or to the name of a package. */
  #resolve(module: string, { moduleSpecifier }: ts.ExportDeclaration | ts.ImportDeclaration): string {
    const { text } = moduleSpecifier as ts.StringLiteral
    return text.startsWith(".") ? join(dirname(module), text.replace(/\.ts$/, "")) : text
  }

  #namesOf(module: string): ReadonlyArray<Name> {
    const names = new Map<string, Array<ts.Statement>>()
    const forwarded: Array<Name> = []
    const file = this.#file(module)
    for (const statement of file.statements) {
      if (ts.isExportDeclaration(statement)) {
        const clause = statement.exportClause
        if (clause === undefined) {
          const from = this.#resolve(module, statement)
          if (!isOfWorkspace(from)) throw new Error(`${module} exports all names of ${from}: export each by its name`)
          forwarded.push(...this.#namesOf(from))
          continue
        }
        if (!ts.isNamedExports(clause)) continue
        for (const { name, propertyName = name } of clause.elements) {
          if (statement.moduleSpecifier === undefined) {
            const statements = file.statements.filter((one) => declaredNames(one).includes(propertyName.text))
            if (statements.length > 0)
              forwarded.push({ name: name.text, declaredAs: propertyName.text, statements, module })
            else forwarded.push(this.#imported(module, propertyName.text, name.text))
          } else {
            const from = this.#resolve(module, statement)
            forwarded.push(this.#declared(from, propertyName.text, name.text))
          }
        }
      } else if (isExported(statement)) {
        for (const name of declaredNames(statement)) names.set(name, [...(names.get(name) ?? []), statement])
      }
    }
    const own = [...names].map(([name, statements]): Name => ({ name, declaredAs: name, statements, module }))
    return [...own, ...forwarded].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  #declared(module: string, declaredAs: string, name: string): Name {
    if (!isOfWorkspace(module)) return { name, statements: [], declaredAs, module }
    const found = this.#namesOf(module).find((one) => one.name === declaredAs)
    if (found === undefined) throw new Error(`${module} has no ${declaredAs}`)
    return { ...found, name }
  }

  #imported(module: string, local: string, name: string): Name {
    for (const statement of this.#file(module).statements) {
      if (!ts.isImportDeclaration(statement)) continue
      const bindings = statement.importClause?.namedBindings
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue
      const found = bindings.elements.find((one) => one.name.text === local)
      if (found === undefined) continue
      return this.#declared(this.#resolve(module, statement), (found.propertyName ?? found.name).text, name)
    }
    throw new Error(`${module} exports ${local}, which it neither declares nor imports`)
  }

  #textOf({ declaredAs, module, name, statements }: Name): ReadonlyArray<string> {
    if (statements.length === 0)
      return [`export { ${declaredAs}${name === declaredAs ? "" : ` as ${name}`} } from "${module}"`]
    const file = this.#file(module)
    return statements.map((statement) =>
      printer
        .printNode(ts.EmitHint.Unspecified, statement, file)
        .replace(/^export declare /, "export ")
        // The compiler writes types so that the module does not import by name.
        .replaceAll(/import\("[^"]+"\)\./g, "")
    )
  }

  #check(title: string, name: Name): void {
    if (!isOfWorkspace(name.module)) return
    const source = join(this.#root, `${name.module}.ts`)
    const where = `${relative(this.#root, source)}: ${title}`
    this.problems.push(...Docstring.problems(source, name.declaredAs).map((problem) => `${where} ${problem}`))
    for (const hidden of this.#hidden(name)) this.problems.push(`${where} shows ${hidden}, which no door exports`)
  }

  /** Returns `module#name` of a type of an internal module, and `undefined` for other types. */
  #importedType(module: string, { argument, qualifier }: ts.ImportTypeNode): string | undefined {
    if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return undefined
    const { text } = argument.literal
    const from = text.startsWith(".") ? join(dirname(module), text.replace(/\.ts$/, "")) : text
    return from.includes("/internal/") ? `${from}#${qualifier?.getText()}` : undefined
  }

  /** Finds names of internal modules that a declaration shows and no door exports. */
  #hidden({ module, statements }: Name): ReadonlySet<string> {
    const named = new Map<string, string>()
    const namespaces = new Map<string, string>()
    for (const statement of this.#file(module).statements) {
      if (!ts.isImportDeclaration(statement)) continue
      const from = this.#resolve(module, statement)
      const bindings = statement.importClause?.namedBindings
      if (bindings === undefined || !from.includes("/internal/")) continue
      if (ts.isNamespaceImport(bindings)) namespaces.set(bindings.name.text, from)
      else
        for (const { name, propertyName = name } of bindings.elements)
          named.set(name.text, `${from}#${propertyName.text}`)
    }
    const hidden = new Set<string>()
    const add = (origin: string | undefined, shown: string) => {
      if (origin !== undefined && !this.#public.has(origin)) hidden.add(shown)
    }
    const visit = (node: ts.Node): void => {
      if (ts.isQualifiedName(node) && ts.isIdentifier(node.left) && namespaces.has(node.left.text)) {
        return add(`${namespaces.get(node.left.text)}#${node.right.text}`, node.getText())
      }
      if (ts.isIdentifier(node)) add(named.get(node.text), node.text)
      if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
        add(
          namespaces.has(node.expression.text)
            ? `${namespaces.get(node.expression.text)}#${node.name.text}`
            : undefined,
          node.getText()
        )
      }
      if (ts.isImportTypeNode(node)) add(this.#importedType(module, node), node.getText())
      ts.forEachChild(node, visit)
    }
    for (const statement of statements) visit(statement)
    return hidden
  }
}
