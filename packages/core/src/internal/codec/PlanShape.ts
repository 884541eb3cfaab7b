/** What a plan of straight code is, as data. */
import type { SchemaAST } from "effect"
import type * as LeafTypes from "../../tables/LeafTypes.ts"
import type { Transform } from "./Transforms.ts"

/**
 * A check that code spells out, or the place of one that is called: an entry of the list that the code is given.
 *
 * @since 0.1.0
 * @category models
 */
export type Check = "nonEmpty" | "int" | "finite" | "natural" | "digits" | number

/**
 * What a value is, where that can be seen without a function of its own.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | "bigint"
  | "null"
  | "undefined"
  | "any"
  | LeafTypes.Kind
  /** Anything but null and undefined: an empty struct. */
  | "present"
  /** A finite number, or the name of one that is not. */
  | "storedNumber"

/**
 * A node of a plan.
 *
 * @since 0.1.0
 * @category models
 */
export type Node =
  | { readonly is: Kind; readonly checks: ReadonlyArray<Check> }
  /** One of these literals, as JavaScript writes them. */
  | { readonly is: "literal"; readonly literals: ReadonlyArray<string>; readonly checks: ReadonlyArray<Check> }
  | { readonly is: "part"; readonly part: number }

/**
 * A field of a struct.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly name: string
  readonly optional: boolean
  readonly node: Node
}

/**
 * A node with the checks of its schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Checked {
  /** Checks on what is given. */
  readonly before: ReadonlyArray<Check>
  /** Checks on what was made of it. */
  readonly after: ReadonlyArray<Check>
}

/**
 * What has a function of its own.
 *
 * @since 0.1.0
 * @category models
 */
export type Part =
  | (Checked & {
      readonly is: "struct"
      readonly fields: ReadonlyArray<Field>
      /** Any other keys that fit, and their values. */
      readonly entries?: { readonly key: ReadonlyArray<Check>; readonly value: Node }
    })
  | (Checked & {
      readonly is: "list"
      readonly elements: ReadonlyArray<Omit<Field, "name">>
      readonly rest?: Node
    })
  | (Checked & { readonly is: "union"; readonly members: ReadonlyArray<Node> })
  | (Checked & { readonly is: "option"; readonly value: Node })
  | {
      readonly is: "encoded"
      readonly from: Node
      readonly steps: ReadonlyArray<{ readonly by: Transform; readonly to: Node }>
    }

/**
 * A member of the union that events or states are, or the whole, that is left to Effect.
 *
 * @since 0.1.0
 * @category models
 */
export interface Other {
  /** Its place in the union; none for the whole. */
  readonly member: number | undefined
  /** Where in it is what straight code can't do, and what that is. */
  readonly path: string
  readonly why: string
}

/**
 * Plan of a compiled codec.
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan {
  readonly parts: ReadonlyArray<Part>
  /** None where all is left to Effect. */
  readonly root: Node | undefined
  readonly others: ReadonlyArray<Other>
}

/**
 * A check that is called, with the node that it stands on.
 *
 * @since 0.1.0
 * @category models
 */
export interface CheckSite {
  readonly ast: SchemaAST.AST
  readonly check: SchemaAST.Filter<unknown>
}

/**
 * A plan, or the reason that a schema has none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Planned {
  readonly plan: Plan
  readonly checks: ReadonlyArray<CheckSite>
}
