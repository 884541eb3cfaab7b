/** What the parts that read programs have in common: each asks the others through this, so that they need not import each other. */
import type { ts } from "../syntax/Syntax.ts"
import type { Findings, Site } from "./Findings.ts"
import type { Impurity } from "./Impurity.ts"
import type { Program, SourceModule } from "./Program.ts"
import type { Class, Closure, Frame, Scope, Store, Value } from "./AbstractValue.ts"

/** How a statement ends. */
export type Completion = "next" | "return" | "jump"

/** Arguments of a call. */
export interface Args {
  readonly list: ReadonlyArray<Value>
  /** Any that come after those. */
  readonly rest: Value
  /** As they are written, where they are. */
  readonly nodes: ReadonlyArray<ts.Expression>
}

export interface Machine {
  readonly program: Program
  readonly findings: Findings
  /** What variables are at this point. */
  store: Store
  /** Whether a file is being loaded, when its variables may be filled. */
  loading: boolean
  /** Calls whose results nobody uses: what they are for is what they do. */
  readonly discarded: WeakSet<ts.Node>

  /** A value; `isBase` where only a part of it is taken, which matters instead of the whole. */
  readonly evaluate: (node: ts.Expression, scope: Scope, isBase?: boolean) => Value
  readonly execute: (statements: ReadonlyArray<ts.Statement>, scope: Scope) => Completion
  /** Gives a pattern's names their values. */
  readonly bind: (name: ts.BindingName, value: Value, scope: Scope) => void
  /** Puts a value where an expression says. */
  readonly assign: (target: ts.Expression, value: Value, scope: Scope) => void
  /** The value of what an expression names is another one now, if it is a variable or a part of one. */
  readonly update: (target: ts.Expression, scope: Scope, change: (value: Value) => Value) => void
  /** A member of a value, and what it is taken from. */
  readonly access: (value: Value, name: string, site: Site) => Value
  /** The same, where it is sure to be of that name. */
  readonly exact: (value: Value, name: string, site: Site) => Value
  /** Reports what a value stands for, if that must not be touched; gives back the rest of it. */
  readonly touch: (value: Value, site: Site) => Value
  readonly report: (impurity: Impurity, site: Site, variable?: string) => void
  /** Something is changed: reports it unless it is the code's own. */
  readonly mutate: (value: Value, how: string, site: Site) => void
  readonly call: (callee: Value, self: Value, args: Args, site: Site, from: Frame) => Value
  readonly construct: (callee: Value, args: Args, site: Site, from: Frame) => Value
  /** A method of the language's own types, by its name. */
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
  /** A method or a field of a class. */
  readonly memberOfClass: (one: Class, name: string, isStatic: boolean, site: Site) => Value
  readonly classOf: (node: ts.ClassLikeDeclaration, scope: Scope) => Class
  /** What a name at the top of a file stands for. */
  readonly variable: (module: SourceModule, name: string, site: Site) => Value | undefined
  /** The value of an expression at the top of a file. */
  readonly loaded: (module: SourceModule, node: ts.Expression) => Value
  readonly exported: (module: SourceModule, name: string, site: Site) => Value
  /** A variable that is filled while its file is loaded. */
  readonly initialise: (module: SourceModule, name: string, change: (value: Value) => Value) => void
  /** Runs something as often as a file of it is asked for, and looks at it once. */
  readonly once: (run: () => Value) => () => Value
  /** Runs code that others may run, once, never or often. */
  readonly maybe: <A>(run: () => A) => A
  /** Runs something as it is run while its file is loaded. */
  readonly whileLoading: <A>(run: () => A) => A
}
