/**
 * What is known of a value without running anything: whose it is, what calling it calls, what is in it.
 *
 * A value is all the things that it may be. Numbers, texts and whatever else can't be changed are no thing at all, and neither is
 * what is made anew and holds nothing that matters.
 */
import type { ts } from "../syntax/Syntax.ts"
import type { GivenType } from "./GivenType.ts"
import type { SourceModule } from "./Program.ts"

export type Value = ReadonlyArray<Thing>

/** A member of an object at the top of a file is not looked at before it is used. */
export type Member = Value | (() => Value)

/** Made by the code that is looked at: it may do with it what it likes. */
export interface Own {
  readonly kind: "own"
  /** The global class that it is an instance of: `Map`. */
  readonly made: string | undefined
  readonly of: Class | undefined
  readonly members: ReadonlyMap<string, Member>
  /** Elements, and members whose names are not known. */
  readonly rest: Value
  /** What it has all other members from. */
  readonly base: Value
}

/** A parameter of a handler, or a part of one. */
export interface Given {
  readonly kind: "given"
  /** Such as `state.items`. */
  readonly label: string
  readonly type: GivenType | undefined
}

/** Of a file, and there in the next call too. */
export interface Kept {
  readonly kind: "kept"
  readonly label: string
  /** The variable of the file that holds it. */
  readonly variable: string
  readonly what: Own | undefined
}

export interface Global {
  readonly kind: "global"
  /** Such as `Math.random`. */
  readonly path: string
}

/** Something of an installed package, of Node, or of generated code: not looked into. */
export interface Imported {
  readonly kind: "imported"
  readonly specifier: string
  readonly path: string
}

/** All exports of a file of the person's. */
interface Namespace {
  readonly kind: "namespace"
  readonly file: string
}

/** What a package made of functions of ours: it calls them when it is called. */
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

export type Thing = Own | Given | Kept | Global | Imported | Namespace | Deferred | Method | Closure | Class

export const nothing: Value = []

/** A variable; each call of a function has its own. */
export class Cell {
  readonly name: string
  /** Whether it is there since a file was loaded, and so in each call. */
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

/** A call that is being looked at. */
export interface Frame {
  readonly module: SourceModule
  /** What is run; nothing where a file is loaded. */
  readonly node: ts.Node | undefined
  /** Whether it is run while a file is loaded. */
  readonly loading: boolean
  readonly self: Cell
  readonly args: Value
  returns: Value
  /** What is known at each `break` and `continue` of the innermost loop. */
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
  /** A variable of this scope, made where there is none yet. */
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
  /** Whether it is that of a file, so that a function in it depends on its arguments alone. */
  get isOfFile(): boolean {
    return this.parent === undefined
  }
}

/** The values of variables, as far as they differ from those before a branch. */
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
