/** Names and what they stand for at a point of the program: branches fork what is known, and where they meet it is joined. */
import type { ts } from "../syntax/Syntax.ts"
import type { SourceModule } from "./Program.ts"
import { join, nothing, type Value } from "./AbstractValue.ts"

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
  #changed(since: Store): ReadonlyArray<Cell> {
    const before = this.#before
    return this === since ? [] : [...this.#values.keys(), ...(before === undefined ? [] : before.#changed(since))]
  }
  /** Takes over what is known after either of some branches, each forked from here. */
  meet(branches: ReadonlyArray<Store>): void {
    const cells = new Set(branches.flatMap((branch) => branch.#changed(this)))
    const values = [...cells].map((cell) => [cell, join(...branches.map((branch) => branch.get(cell)))] as const)
    for (const [cell, value] of values) this.set(cell, value)
  }
}
