/** Plan of a compiled codec, as data. */
import type { SchemaAST } from "effect"
import type * as LeafTypes from "../../tables/LeafTypes.ts"

type Leaf = NonNullable<LeafTypes.Row["compiled"]>

/** Names of the transformations that compiled codecs know. */
export type Transform =
  | "same"
  | "numberOf"
  | "textOf"
  | "storedNumber"
  | "undefinedOf"
  | "nullOf"
  | "bigintOf"
  | "dateOfMillis"
  | "millisOf"
  | "optionOf"
  | "storedOption"
  | NonNullable<Leaf["form"]>["decode" | "encode"]

/**
 * A check that compiled code contains, or the index of one that it calls, in the list that it gets.
 */
export type Check = "nonEmpty" | "int" | "finite" | "natural" | "digits" | number

/** Kind of a value that needs no function of its own. */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | "bigint"
  | "null"
  | "undefined"
  | "any"
  | Leaf["kind"]
  /** Any value except null and undefined: an empty struct. */
  | "present"
  /** A finite number, or the name of an infinite one or NaN. */
  | "storedNumber"

/**
 * A node of a plan.
 *
 * @since 0.1.0
 * @category models
 */
export type Node =
  | { readonly is: Kind; readonly checks: ReadonlyArray<Check> }
  /** One of these literals, in JavaScript syntax. */
  | { readonly is: "literal"; readonly literals: ReadonlyArray<string>; readonly checks: ReadonlyArray<Check> }
  | { readonly is: "part"; readonly part: number }

/** A field of a struct. */
export interface Field {
  readonly name: string
  readonly optional: boolean
  readonly node: Node
  /**
   * Marks the tag of a stored event. `given`: the decoder sets it to the literal of its node, and
   * refuses an input that has it. `dropped`: the encoder checks it, and leaves it out.
   */
  readonly tag?: "dropped" | "given"
}

/** A node with the checks of its schema. */
export interface Checked {
  /** Checks of the input. */
  readonly before: ReadonlyArray<Check>
  /** Checks of the result. */
  readonly after: ReadonlyArray<Check>
}

/**
 * A part of a schema that gets its own function.
 *
 * @since 0.1.0
 * @category models
 */
export type Part =
  | (Checked & {
      readonly is: "struct"
      readonly fields: ReadonlyArray<Field>
      /** Other keys that are allowed, and their values. */
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

/** A member of the union of events or states, or the whole schema, that is left to Effect. */
export interface Other {
  /** Index in the union; undefined for the whole schema. */
  readonly member: number | undefined
  /** Path of the node that cannot be compiled. */
  readonly path: string
  readonly why: string
}

/** A check that compiled code calls, with its node. */
export interface CheckSite {
  readonly ast: SchemaAST.AST
  readonly check: SchemaAST.Filter<unknown>
}

/**
 * Plan of the code that decodes one schema, or the reasons that Effect decodes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan {
  readonly parts: ReadonlyArray<Part>
  /** Undefined if the whole schema is left to Effect. */
  readonly root: Node | undefined
  readonly others: ReadonlyArray<Other>
  /** Checks that the code calls, by the indexes in `parts`. */
  readonly checks: ReadonlyArray<CheckSite>
}
