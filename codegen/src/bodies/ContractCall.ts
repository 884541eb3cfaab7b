/**
 * The call of a body's contract, such as `GiftCard.apply({ … })`, under any name that the file has
 * for the contract.
 *
 * Names are resolved through renamed imports, namespaces, constants, and files of the workspace
 * that re-export the contract. A name whose origin cannot be read (an alias of tsconfig.json, a
 * package) counts as the contract if it has the contract's name.
 */
import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import type { Body } from "../emit/BodyFiles.ts"
import { bound, type Module, type Target } from "../syntax/Module.ts"
import { candidates, resolveFrom } from "../syntax/Resolution.ts"
import { ts, unwrapped } from "../syntax/Syntax.ts"

/** Returns a parsed file of the workspace by its absolute path. */
export type ModuleAt = (path: string) => Module | undefined

/** Meaning of an expression at the top level of a file, with regard to the contract. */
type Meaning =
  | { readonly kind: "contract" }
  /** The function of the contract that takes handlers. */
  | { readonly kind: "function" }
  /** The exports of a file; of the contract's file if there is no module. */
  | { readonly kind: "exports"; readonly path: string; readonly module: Module | undefined }
  /**
   * An import whose file cannot be read. Only its exported name is known; `*` stands for all
   * exports.
   */
  | { readonly kind: "unread"; readonly name: string }
  | { readonly kind: "other" }

const other: Meaning = { kind: "other" }

/** Steps between a name and the contract that are followed. */
const maxSteps = 32

class Resolver {
  readonly #contractFile: string
  readonly #contract: string
  readonly #function: string
  readonly #moduleAt: ModuleAt

  constructor(path: string, { call, contract }: Pick<Body, "call" | "contract">, moduleAt: ModuleAt) {
    const [name = "", member = ""] = call.split(".")
    this.#contractFile = resolve(dirname(path), contract)
    this.#contract = name
    this.#function = member
    this.#moduleAt = moduleAt
  }

  /** Returns `true` if an expression is the function that takes handlers. */
  isFunction(path: string, module: Module, node: ts.Expression): boolean {
    return this.#expression(path, module, node, 0).kind === "function"
  }

  #expression(path: string, module: Module, node: ts.Expression, steps: number): Meaning {
    const inner = unwrapped(node)
    if (steps > maxSteps) return other
    if (inner !== undefined) return this.#expression(path, module, inner, steps + 1)
    if (ts.isIdentifier(node)) return this.#local(path, module, node.text, steps + 1)
    const name = ts.isPropertyAccessExpression(node)
      ? node.name.text
      : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
        ? node.argumentExpression.text
        : undefined
    if (name === undefined) return other
    const owner = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? node.expression : node
    return this.#member(this.#expression(path, module, owner, steps + 1), name, steps + 1)
  }

  #member(owner: Meaning, name: string, steps: number): Meaning {
    switch (owner.kind) {
      case "contract":
        return name === this.#function ? { kind: "function" } : other
      case "exports":
        return this.#exported(owner.path, owner.module, name, steps)
      case "unread":
        return this.#unread(owner.name === "*" ? name : "")
      default:
        return other
    }
  }

  #unread(name: string): Meaning {
    return name === this.#contract ? { kind: "contract" } : { kind: "unread", name }
  }

  #local(path: string, module: Module, name: string, steps: number): Meaning {
    const target = module.imports.get(name)
    if (target !== undefined) {
      const found = this.#target(path, target, steps)
      // A default export is known only by its name in this file.
      return found.kind === "unread" && found.name === "default" ? this.#unread(name) : found
    }
    const statement = module.declarations.get(name)
    if (statement === undefined) return this.#unread(name)
    if (ts.isExportAssignment(statement)) return this.#expression(path, module, statement.expression, steps + 1)
    if (!ts.isVariableStatement(statement)) return other
    for (const { initializer, name: pattern } of statement.declarationList.declarations) {
      if (initializer === undefined) continue
      const keys = keysTo(pattern, name)
      if (keys === undefined) continue
      const whole = this.#expression(path, module, initializer, steps + 1)
      return keys.reduce((owner, key) => this.#member(owner, key, steps + 1), whole)
    }
    return other
  }

  #target(path: string, { name, specifier }: Target, steps: number): Meaning {
    const to = resolveFrom(path, specifier, existsSync)
    if (to.kind !== "file") return this.#unread(name)
    const found = candidates(to.path).find((one) => one === this.#contractFile || existsSync(one))
    if (found === undefined) return this.#unread(name)
    const module = found === this.#contractFile ? undefined : this.#moduleAt(found)
    return name === "*" ? { kind: "exports", path: found, module } : this.#exported(found, module, name, steps + 1)
  }

  #exported(path: string, module: Module | undefined, name: string, steps: number): Meaning {
    if (steps > maxSteps) return other
    if (path === this.#contractFile) return name === this.#contract ? { kind: "contract" } : other
    if (module === undefined) return this.#unread(name)
    const found = module.exports.get(name)
    if (typeof found === "string") return this.#local(path, module, found, steps + 1)
    if (found !== undefined) return this.#target(path, found, steps + 1)
    for (const specifier of module.stars) {
      const meaning = this.#target(path, { specifier, name }, steps + 1)
      if (meaning.kind !== "other") return meaning
    }
    return other
  }
}

/**
 * Returns the keys that lead to a name in a pattern: none for the name itself, `["apply"]` for `on`
 * in `{ apply: on }`.
 */
const keysTo = (pattern: ts.BindingName, name: string): ReadonlyArray<string> | undefined => {
  if (ts.isIdentifier(pattern)) return pattern.text === name ? [] : undefined
  if (ts.isArrayBindingPattern(pattern)) return undefined
  for (const { dotDotDotToken, name: inner, propertyName } of pattern.elements) {
    const key = propertyName ?? (ts.isIdentifier(inner) ? inner : undefined)
    if (dotDotDotToken !== undefined || key === undefined) continue
    if (!ts.isIdentifier(key) && !ts.isStringLiteralLike(key)) continue
    const rest = keysTo(inner, name)
    if (rest !== undefined) return [key.text, ...rest]
  }
  return undefined
}

/**
 * Returns the names that a node declares for the code in it: parameters, and declarations of a
 * block.
 */
const namesWithin = (node: ts.Node): ReadonlyArray<string> => {
  if (ts.isFunctionLike(node)) return node.parameters.flatMap(({ name }) => bound(name))
  if (ts.isCatchClause(node)) return node.variableDeclaration === undefined ? [] : bound(node.variableDeclaration.name)
  const loop = ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node)
  const list = loop ? node.initializer : undefined
  if (list !== undefined) {
    return ts.isVariableDeclarationList(list) ? list.declarations.flatMap(({ name }) => bound(name)) : []
  }
  return ts.isBlock(node) || ts.isCaseBlock(node) ? declaredIn(node) : []
}

const declaredIn = (block: ts.Block | ts.CaseBlock): ReadonlyArray<string> => {
  const statements = ts.isBlock(block) ? block.statements : block.clauses.flatMap((clause) => [...clause.statements])
  return statements.flatMap((statement): ReadonlyArray<string> => {
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) => bound(name))
    const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
    return isNamed && statement.name !== undefined ? [statement.name.text] : []
  })
}

/** Returns the name that an expression such as `C.Card.apply` begins with. */
const rootOf = (node: ts.Expression): string | undefined => {
  if (ts.isIdentifier(node)) return node.text
  const inner =
    unwrapped(node) ??
    (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) ? node.expression : undefined)
  return inner === undefined ? undefined : rootOf(inner)
}

/** Returns the statement that declares an export of a file. */
const statementOf = ({ declarations, exports }: Module, name: string): ts.Statement | undefined => {
  const local = exports.get(name)
  return typeof local === "string" ? declarations.get(local) : undefined
}

/**
 * Finds the call of the contract in a file, whose argument holds the handlers: the exported one, or
 * the first if none is exported.
 */
export const find = (
  path: string,
  module: Module,
  body: Pick<Body, "call" | "contract">,
  moduleAt: ModuleAt
): ts.CallExpression | undefined => {
  const resolver = new Resolver(path, body, moduleAt)
  const visit = (node: ts.Node, hidden: ReadonlySet<string>): ts.CallExpression | undefined => {
    if (ts.isCallExpression(node)) {
      const root = rootOf(node.expression)
      const isHidden = root !== undefined && hidden.has(root)
      if (!isHidden && resolver.isFunction(path, module, node.expression)) return node
    }
    const names = namesWithin(node)
    const inner = names.length === 0 ? hidden : new Set([...hidden, ...names])
    return ts.forEachChild(node, (child) => visit(child, inner))
  }
  const [, name = ""] = body.call.split(".")
  const exported = statementOf(module, name)
  return (exported === undefined ? undefined : visit(exported, new Set())) ?? visit(module.file, new Set())
}
