/**
 * Follows programs as they would run. It tracks only the part of a value that matters: what the
 * value belongs to.
 */
import type { ts } from "../syntax/Syntax.ts"
import { type Class, type Closure, type Frame, nothing, type Scope, Store, type Value } from "./AbstractValue.ts"
import * as Access from "./Access.ts"
import * as Calls from "./Calls.ts"
import * as Classes from "./Classes.ts"
import * as Expressions from "./Expressions.ts"
import { Findings, type Found, type Site } from "./Findings.ts"
import * as Globals from "./Globals.ts"
import type { Impurity } from "./Impurity.ts"
import type { Args, Completion, Machine } from "./Machine.ts"
import * as Methods from "./Methods.ts"
import { mutate } from "./Mutation.ts"
import * as Packages from "./Packages.ts"
import * as Patterns from "./Patterns.ts"
import type { Program, SourceModule } from "./Program.ts"
import * as Statements from "./Statements.ts"
import { keyOf, meet, volatileMark } from "./ValueOperations.ts"
import * as Variables from "./Variables.ts"

/** Calls of a function within its own call that are followed. */
const maxRecursions = 2

/**
 * Calls of a handler that are followed. After them, a function that was followed before is skipped.
 */
const maxFollowedCalls = 2_000

interface Called {
  readonly value: Value
  readonly self: Value
}

interface Collected<A> {
  readonly result: A
  readonly found: ReadonlyArray<Found>
}

export class Interpreter implements Machine {
  readonly program: Program
  readonly findings = new Findings()
  readonly discarded = new WeakSet<ts.Node>()
  loading = false
  store: Store
  readonly #variables = Variables.make()
  /** Values of the variables of files. */
  readonly #loadedStore = new Store()
  /** Functions whose calls are followed at the moment, with the number of those calls. */
  readonly #running = new Map<ts.Node, number>()
  /** Functions that were followed since the outermost call began. */
  readonly #followed = new Set<ts.Node>()
  readonly #results = new Map<string, Collected<Called>>()
  /** Nested calls that are followed at the moment. */
  #depth = 0
  /** Calls since the outermost call began. */
  #calls = 0
  /** Calls that were not followed. */
  #skippedCalls = 0

  constructor(program: Program) {
    this.program = program
    this.store = this.#loadedStore
  }

  evaluate(node: ts.Expression, scope: Scope, isBase = false): Value {
    return Expressions.evaluate(this, node, scope, isBase)
  }

  execute(statements: ReadonlyArray<ts.Statement>, scope: Scope): Completion {
    return Statements.execute(this, statements, scope)
  }

  bind(name: ts.BindingName, value: Value, scope: Scope): void {
    Patterns.bind(this, name, value, scope)
  }

  assign(target: ts.Expression, value: Value, scope: Scope): void {
    Patterns.assign(this, target, value, scope)
  }

  update(target: ts.Expression, scope: Scope, change: (value: Value) => Value): void {
    Patterns.update(this, target, scope, change)
  }

  access(value: Value, name: string, site: Site): Value {
    return Access.access(this, value, name, site)
  }

  exact(value: Value, name: string, site: Site): Value {
    return Access.exact(this, value, name, site)
  }

  touch(value: Value, site: Site): Value {
    return Access.touch(this, value, site)
  }

  report(impurity: Impurity, site: Site, variable?: string): void {
    this.findings.report({ ...impurity, site, path: [], ...(variable === undefined ? {} : { variable }) })
  }

  mutate(value: Value, how: string, site: Site): void {
    mutate(this, value, how, site)
  }

  call(callee: Value, self: Value, args: Args, site: Site, from: Frame): Value {
    return Calls.call(this, callee, self, args, site, from)
  }

  construct(callee: Value, args: Args, site: Site, from: Frame): Value {
    return Classes.construct(this, callee, args, site, from)
  }

  method(self: Value, name: string, args: Args, site: Site, from: Frame): Value {
    return Methods.method(this, self, name, args, site, from)
  }

  callImported(specifier: string, path: string, self: Value, args: Args, site: Site, from: Frame): Value {
    return Packages.callImported(this, specifier, path, self, args, site, from)
  }

  callGlobal(path: string, args: Args, site: Site, from: Frame, isNew: boolean): Value {
    return Globals.callGlobal(this, path, args, site, from, isNew)
  }

  memberOfClass(one: Class, name: string, isStatic: boolean, site: Site): Value {
    return Classes.memberOfClass(this, one, name, isStatic, site)
  }

  classOf(node: ts.ClassLikeDeclaration, scope: Scope): Class {
    return { kind: "class", node, scope, name: node.name?.text ?? "a class" }
  }

  variable(module: SourceModule, name: string, site: Site): Value | undefined {
    return Variables.read(this, this.#variables, module, name, site)
  }

  loaded(module: SourceModule, node: ts.Expression): Value {
    return Variables.evaluateIn(this, this.#variables, module, node)
  }

  exported(module: SourceModule, name: string, site: Site): Value {
    return Variables.ofOrigin(this, this.#variables, this.program.exported(module, name), site)
  }

  initialise(module: SourceModule, name: string, change: (value: Value) => Value): void {
    Variables.initialise(this, this.#variables, module, name, change)
  }

  once(run: () => Value): () => Value {
    let known: Collected<Value> | undefined
    return () => {
      known ??= this.findings.collect(() => this.whileLoading(run))
      this.findings.replay(known.found)
      return known.result
    }
  }

  maybe<A>(run: () => A): A {
    const before = this.store
    const after = before.fork()
    this.store = after
    const result = run()
    this.store = before
    meet(before, [after, before.fork()])
    return result
  }

  whileLoading<A>(run: () => A): A {
    const { loading, store } = this
    this.loading = true
    // A loaded value stays, even if the branch that read it first does not go on.
    this.store = this.#loadedStore
    try {
      return run()
    } finally {
      this.loading = loading
      this.store = store
    }
  }

  callClosure(closure: Closure, self: Value, args: Args, site: Site, from: Frame): Called {
    const { name, node, scope } = closure
    if (this.#depth === 0) {
      this.#calls = 0
      this.#followed.clear()
    }
    this.#calls++
    const isSkipped =
      (this.#running.get(node) ?? 0) >= maxRecursions || (this.#calls > maxFollowedCalls && this.#followed.has(node))
    if (isSkipped) {
      this.#skippedCalls++
      return { value: nothing, self }
    }
    this.#followed.add(node)
    const keys = [self, args.rest, ...args.list].map((value) => keyOf(value)).join(" ; ")
    const key = `${this.loading} ${keyOf([closure])} ${keys}`
    // The result of a function within a function depends on variables of the outer one.
    const known = key.includes(volatileMark) ? undefined : this.#results.get(key)
    const skippedBefore = this.#skippedCalls
    const { found, result } = known ?? this.findings.collect(() => this.#follow(closure, self, args))
    // A result is reused only if all calls in it were followed.
    if (known === undefined && scope.isOfFile && this.#skippedCalls === skippedBefore) {
      this.#results.set(key, { found, result })
    }
    this.findings.replay(found, Calls.isStep(closure, from) ? { what: "calls", name, site } : undefined)
    return result
  }

  #follow(closure: Closure, self: Value, args: Args): Called {
    const before = this.#running.get(closure.node) ?? 0
    this.#running.set(closure.node, before + 1)
    this.#depth++
    try {
      return Calls.run(this, closure, self, args)
    } finally {
      this.#depth--
      this.#running.set(closure.node, before)
    }
  }
}
