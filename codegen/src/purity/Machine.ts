/**
 * The interface between the parts of the interpreter. They call each other through it, so that they
 * do not import each other.
 */
import type { ts } from "../syntax/Syntax.ts"
import type { Findings, Site } from "./Findings.ts"
import type { Impurity } from "./Impurity.ts"
import type { Program, SourceModule } from "./Program.ts"
import type { Class, Closure, Frame, Scope, Store, Value } from "./AbstractValue.ts"

/**
 * The end of a statement: the next one follows, the function returns, or a loop continues or ends.
 */
export type Completion = "next" | "return" | "jump"

/** Arguments of a call. */
export interface Args {
  readonly list: ReadonlyArray<Value>
  /** Further arguments, such as those of a spread. */
  readonly rest: Value
  /** Expressions of the arguments, if they are written in the call. */
  readonly nodes: ReadonlyArray<ts.Expression>
}

export interface Machine {
  readonly program: Program
  readonly findings: Findings
  /** Values of variables at the current point. */
  store: Store
  /** `true` while a file is loaded: its variables may be set then. */
  loading: boolean
  /** Calls whose result is unused. They are made for their effect. */
  readonly discarded: WeakSet<ts.Node>

  /**
   * Evaluates an expression. With `isBase`, only a member of the value is used, so that the member
   * is checked, not the value.
   */
  readonly evaluate: (node: ts.Expression, scope: Scope, isBase?: boolean) => Value
  readonly execute: (statements: ReadonlyArray<ts.Statement>, scope: Scope) => Completion
  /** Binds the names of a pattern. */
  readonly bind: (name: ts.BindingName, value: Value, scope: Scope) => void
  /** Assigns a value to the target that an expression names. */
  readonly assign: (target: ts.Expression, value: Value, scope: Scope) => void
  /** Replaces the value that an expression names, if it is a variable or a part of a variable. */
  readonly update: (target: ts.Expression, scope: Scope, change: (value: Value) => Value) => void
  /** Returns a member of a value, including members whose names are unknown. */
  readonly access: (value: Value, name: string, site: Site) => Value
  /** Returns a member of a value only if it certainly has this name. */
  readonly exact: (value: Value, name: string, site: Site) => Value
  /** Reports candidates that a handler must not touch, and returns the others. */
  readonly touch: (value: Value, site: Site) => Value
  readonly report: (impurity: Impurity, site: Site, variable?: string) => void
  /** Reports a change of a value, unless the analysed code created the value. */
  readonly mutate: (value: Value, how: string, site: Site) => void
  readonly call: (callee: Value, self: Value, args: Args, site: Site, from: Frame) => Value
  readonly construct: (callee: Value, args: Args, site: Site, from: Frame) => Value
  /** Calls a method of a built-in type by its name. */
  readonly method: (self: Value, name: string, args: Args, site: Site, from: Frame) => Value
  readonly callImported: (specifier: string, path: string, self: Value, args: Args, site: Site, from: Frame) => Value
  readonly callGlobal: (path: string, args: Args, site: Site, from: Frame, isNew: boolean) => Value
  readonly callClosure: (
    closure: Closure,
    self: Value,
    args: Args,
    site: Site,
    from: Frame
  ) => { readonly value: Value; readonly self: Value }
  /** Returns a method or a field of a class. */
  readonly memberOfClass: (one: Class, name: string, isStatic: boolean, site: Site) => Value
  readonly classOf: (node: ts.ClassLikeDeclaration, scope: Scope) => Class
  /**
   * Returns the value of a name at the top level of a file; none if the file does not declare the
   * name.
   */
  readonly variable: (module: SourceModule, name: string, site: Site) => Value | undefined
  /** Evaluates an expression at the top level of a file. */
  readonly loaded: (module: SourceModule, node: ts.Expression) => Value
  readonly exported: (module: SourceModule, name: string, site: Site) => Value
  /** Sets a variable of a file, or a part of it, while the file is loaded. */
  readonly initialise: (module: SourceModule, name: string, change: (value: Value) => Value) => void
  /**
   * Returns a function that runs `run` once, while its file is loaded, and reports its findings at
   * each call.
   */
  readonly once: (run: () => Value) => () => Value
  /** Follows code that runs any number of times, or never. */
  readonly maybe: <A>(run: () => A) => A
  /** Follows code as it runs while its file is loaded. */
  readonly whileLoading: <A>(run: () => A) => A
}
