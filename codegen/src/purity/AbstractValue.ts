/**
 * Values as the analysis knows them without running code: what a value belongs to, which function
 * it is, and what it holds; and the scopes that functions close over.
 *
 * A value is the list of all candidates that an expression can result in. Values that cannot be
 * changed, such as numbers and strings, are not tracked, and neither is a new object that holds
 * nothing tracked: their list is empty.
 */
import type { ts } from "../syntax/Syntax.ts"
import type { GivenType } from "./GivenType.ts"
import type { SourceModule } from "./Program.ts"

export type Value = ReadonlyArray<AbstractValue>

/** A member. One of an object at the top level of a file is evaluated when it is first used. */
export type Member = Value | (() => Value)

/** An object that the analysed code created. The code may change it. */
export interface Own {
  readonly kind: "own"
  /** Global class of the instance, such as `Map`. */
  readonly made: string | undefined
  readonly of: Class | undefined
  readonly members: ReadonlyMap<string, Member>
  /** Elements, and members whose names are unknown. */
  readonly rest: Value
  /** Value that all other members are inherited or copied from. */
  readonly base: Value
}

/** A parameter of a handler, or a part of it. */
export interface Given {
  readonly kind: "given"
  /** Path in messages, such as `state.items`. */
  readonly label: string
  readonly type: GivenType | undefined
}

/** A value of a file's variable. It is kept between calls. */
export interface Kept {
  readonly kind: "kept"
  readonly label: string
  /** Variable of the file that holds the value. */
  readonly variable: string
  readonly what: Own | undefined
}

export interface Global {
  readonly kind: "global"
  /** Path, such as `Math.random`. */
  readonly path: string
}

/**
 * An import from an installed package, from Node or from generated code. Its code is not analysed.
 */
export interface Imported {
  readonly kind: "imported"
  readonly specifier: string
  readonly path: string
}

/** All exports of a file of the application. */
interface Namespace {
  readonly kind: "namespace"
  readonly file: string
}

/** A function that a package built from functions of the application, and that calls them. */
export interface Deferred {
  readonly kind: "deferred"
  readonly call: (args: Value) => Value
}

/** A method taken from a value, such as `items.push`. */
export interface Method {
  readonly kind: "method"
  readonly name: string
  readonly self: Value
}

export type AbstractValue = Own | Given | Kept | Global | Imported | Namespace | Deferred | Method | Closure | Class

/** The value of an expression whose result does not have to be tracked. */
export const nothing: Value = []

/** A variable. Each call of a function has cells of its own. */
export class Cell {
  readonly name: string
  /** `true` if the variable was created while a file was loaded, so that all calls share it. */
  readonly isKept: boolean
  constructor(name: string, isKept: boolean) {
    this.name = name
    this.isKept = isKept
  }
}

export interface Closure {
  readonly kind: "closure"
  readonly node: ts.FunctionLikeDeclaration
  readonly scope: Scope
  readonly name: string
}

export interface Class {
  readonly kind: "class"
  readonly node: ts.ClassLikeDeclaration
  readonly scope: Scope
  readonly name: string
}

/** A call that is being analysed. */
export interface Frame {
  readonly module: SourceModule
  /** Function or class that runs; none while a file is loaded. */
  readonly node: ts.Node | undefined
  /** `true` if the call happens while a file is loaded. */
  readonly loading: boolean
  readonly self: Cell
  readonly args: Value
  returns: Value
  /** Stores at each `break` and `continue` of the innermost loop. */
  jumps: Array<Store>
}

export class Scope {
  readonly parent: Scope | undefined
  readonly frame: Frame
  readonly #names = new Map<string, Cell>()
  constructor(parent: Scope | undefined, frame: Frame) {
    this.parent = parent
    this.frame = frame
  }
  /** Returns the variable of this scope, and creates it if there is none. */
  declare(name: string): Cell {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const cell = new Cell(name, this.frame.loading)
    this.#names.set(name, cell)
    return cell
  }
  find(name: string): Cell | undefined {
    return this.#names.get(name) ?? this.parent?.find(name)
  }
  /** `true` for the scope of a file. A function in it depends on its arguments only. */
  get isOfFile(): boolean {
    return this.parent === undefined
  }
}

/** Values of variables. A fork holds only the values that were set after a branch began. */
export class Store {
  readonly #before: Store | undefined
  readonly #values = new Map<Cell, Value>()
  constructor(before?: Store) {
    this.#before = before
  }
  get(cell: Cell): Value {
    return this.#values.get(cell) ?? this.#before?.get(cell) ?? nothing
  }
  set(cell: Cell, value: Value): void {
    this.#values.set(cell, value)
  }
  fork(): Store {
    return new Store(this)
  }
  /** Variables whose values were set after a branch began. */
  cellsSince(fork: Store): ReadonlyArray<Cell> {
    const before = this.#before
    return this === fork ? [] : [...this.#values.keys(), ...(before === undefined ? [] : before.cellsSince(fork))]
  }
}
