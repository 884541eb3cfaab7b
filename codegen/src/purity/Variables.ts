/** Values of names at the top level of files. Each is computed once, as on loading its file. */
import { bound } from "../syntax/Module.ts"
import { literally, wordEnd } from "../model/Names.ts"
import { ts } from "../syntax/Syntax.ts"
import { imported } from "./Access.ts"
import { newFrame } from "./Calls.ts"
import { functionOf, named } from "./Expressions.ts"
import type { Found, Site } from "./Findings.ts"
import type { Machine } from "./Machine.ts"
import type { Origin, SourceModule } from "./Program.ts"
import { nothing, Scope, type Value } from "./AbstractValue.ts"
import { join, keep } from "./ValueOperations.ts"

interface Variable {
  value: Value
  found: ReadonlyArray<Found>
  readonly isConstant: boolean
}

export interface Variables {
  readonly scopes: Map<string, Scope>
  readonly known: Map<string, Variable>
}

export const make = (): Variables => ({ scopes: new Map(), known: new Map() })

/** Returns the outermost scope of a file. It holds no names: this module looks them up. */
const scopeOf = ({ scopes }: Variables, module: SourceModule): Scope => {
  const known = scopes.get(module.path)
  if (known !== undefined) return known
  const scope = new Scope(undefined, newFrame(module, undefined, true, nothing))
  scopes.set(module.path, scope)
  return scope
}

const declared = (
  machine: Machine,
  module: SourceModule,
  name: string,
  statement: ts.Statement,
  scope: Scope
): Value => {
  if (ts.isFunctionDeclaration(statement)) return functionOf(statement, scope, name)
  if (ts.isClassDeclaration(statement)) return [machine.classOf(statement, scope)]
  if (ts.isExportAssignment(statement)) return named(machine, statement.expression, scope, "the default export")
  if (!ts.isVariableStatement(statement)) return nothing
  const declaration = statement.declarationList.declarations.find((one) => bound(one.name).includes(name))
  if (declaration?.initializer === undefined) return nothing
  if (ts.isIdentifier(declaration.name)) return named(machine, declaration.initializer, scope, name)
  // Names of a pattern become variables of a scope of their own.
  const inner = new Scope(scope, scope.frame)
  const isWhole = !ts.isCallExpression(declaration.initializer)
  machine.bind(declaration.name, machine.evaluate(declaration.initializer, scope, isWhole), inner)
  const cell = inner.find(name)
  return cell === undefined ? nothing : machine.store.get(cell)
}

const isLet = (statement: ts.Statement): boolean =>
  ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) === 0

/** `true` if a statement that runs on loading mentions a variable. */
const mentions = (module: SourceModule, statement: ts.Statement, name: string): boolean =>
  new RegExp(`(?<![\\p{ID_Continue}$.])${literally(name)}${wordEnd}`, "u").test(
    module.file.text.slice(statement.pos, statement.end)
  )

const load = (machine: Machine, variables: Variables, module: SourceModule, name: string): Variable => {
  const id = `${module.path}#${name}`
  const known = variables.known.get(id)
  if (known !== undefined) return known
  const statement = module.declarations.get(name)
  const fresh: Variable = { value: nothing, found: [], isConstant: statement === undefined || !isLet(statement) }
  // Files can need each other's values in a circle.
  variables.known.set(id, fresh)
  if (statement === undefined) return fresh
  const scope = scopeOf(variables, module)
  fresh.found = machine.findings.collect(() =>
    machine.whileLoading(() => {
      fresh.value = join(fresh.value, declared(machine, module, name, statement, scope))
      const effects = module.effects.filter((effect) => mentions(module, effect, name))
      if (effects.length > 0) machine.execute(effects, new Scope(scope, scope.frame))
    })
  ).found
  return fresh
}

const isFilled = (value: Value): boolean =>
  value.every(({ kind }) => kind === "closure" || kind === "class" || kind === "global" || kind === "imported")

const ofDeclared = (machine: Machine, variables: Variables, module: SourceModule, name: string, site: Site): Value => {
  const { found, isConstant, value } = load(machine, variables, module, name)
  machine.findings.replay(found, { what: "reads", name, site })
  const variable = `${module.path}#${name}`
  // A file that is loaded reads a variable once. Only later calls can see another value.
  if (machine.loading) return value
  if (!isConstant || value.length === 0 || !isFilled(value)) {
    machine.findings.report({ kind: "kept", touched: name, site, path: [], variable, isRead: true })
  }
  return keep(value, name, variable)
}

export const ofOrigin = (machine: Machine, variables: Variables, origin: Origin, site: Site): Value => {
  switch (origin.kind) {
    case "declared":
      return ofDeclared(machine, variables, origin.module, origin.name, site)
    case "namespace":
      return [{ kind: "namespace", file: origin.module.path }]
    case "imported":
      return imported(origin.specifier, origin.name)
  }
}

/** Returns the value of a name at the top level of a file; none if the file does not declare it. */
export const read = (
  machine: Machine,
  variables: Variables,
  module: SourceModule,
  name: string,
  site: Site
): Value | undefined => {
  const origin = machine.program.local(module, name)
  return origin === undefined ? undefined : ofOrigin(machine, variables, origin, site)
}

/** Sets a variable of a file, or a part of it, while the file is loaded. */
export const initialise = (
  machine: Machine,
  variables: Variables,
  module: SourceModule,
  name: string,
  change: (value: Value) => Value
): void => {
  const origin = machine.program.local(module, name)
  const known = origin?.kind === "declared" ? variables.known.get(`${origin.module.path}#${origin.name}`) : undefined
  if (known !== undefined) known.value = change(known.value)
}

/** Evaluates an expression at the top level of a file. */
export const evaluateIn = (
  machine: Machine,
  variables: Variables,
  module: SourceModule,
  node: ts.Expression
): Value => {
  return machine.whileLoading(() => machine.evaluate(node, scopeOf(variables, module)))
}
