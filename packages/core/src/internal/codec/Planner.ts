/** Plans the compiled code of schemas, node by node, or finds why a node cannot be compiled. */
import { Schema, SchemaAST } from "effect"
import * as LeafForms from "./LeafForms.ts"
import * as StoredTag from "./StoredTag.ts"
import type { Check, Checked, CheckSite, Field, Kind, Node, Part } from "./PlanShape.ts"
import { isOption, kindsOf, transformOf } from "./Transforms.ts"

/** A node cannot be compiled. Has the reason and the path. */
export class Unplanned extends Error {
  readonly path: Array<string> = []
}
/** Ends the plan of a node, which is left to Effect. */
const leaveToEffect = (why: string): never => {
  throw new Unplanned(why)
}

/**
 * Returns the function of a check; undefined in a version of Effect with other checks, where all
 * codecs are left to Effect.
 */
const runOf = ({ checks }: SchemaAST.AST, index: number): unknown => {
  const check = checks?.[index]
  return check?._tag === "Filter" ? check.run : undefined
}
const encodingOf = (schema: Schema.Top): SchemaAST.AST =>
  Schema.toCodecJson(schema).ast.encoding?.[0].to ?? SchemaAST.never

/** Checks without arguments, which are the same function at each use; by the kind of the value. */
const spelledOut: Partial<Record<Kind, ReadonlyMap<unknown, Check>>> = {
  string: new Map<unknown, Check>([
    [runOf(Schema.NonEmptyString.ast, 0), "nonEmpty"],
    [runOf(encodingOf(Schema.BigInt), 0), "digits"]
  ]),
  number: new Map<unknown, Check>([
    [runOf(Schema.Int.ast, 0), "int"],
    [runOf(Schema.Finite.ast, 0), "finite"],
    [runOf(Schema.Natural.ast, 1), "natural"]
  ])
}

const storedNumber = encodingOf(Schema.Number)
const declared = new Map<unknown, Kind>(
  LeafForms.compiled.map(({ kind, name }) => {
    const { ast }: Schema.Top = Schema[name]
    return [SchemaAST.isDeclaration(ast) ? ast.run : undefined, kind]
  })
)

/** Maximum depth of nested recursions. */
const maxRecursionDepth = 16

/** Plans one schema, node by node. A node that is met again gets the same part. */
export class Planner {
  readonly parts: Array<Part> = []
  readonly checks: Array<CheckSite> = []
  readonly #nodes = new Map<SchemaAST.AST, Node>()
  readonly #decoded = new Map<SchemaAST.AST, Node>()
  /** Recursions that are being followed, and the number of parts when each began. */
  readonly #suspended = new Map<SchemaAST.AST, number>()

  /** Plans how a node is decoded from its stored form. */
  node(ast: SchemaAST.AST): Node {
    if (ast.encoding === undefined) return this.#plain(ast)
    const known = this.#nodes.get(ast)
    if (known !== undefined) return known
    const { encoding } = ast
    return this.#part(this.#nodes, ast, () => {
      const from = this.node(encoding[encoding.length - 1]!.to)
      const steps = encoding.map((link, index) => {
        const by = transformOf(link) ?? leaveToEffect("a transformation of your own")
        const to = index === 0 ? this.#plain(ast) : this.node(encoding[index - 1]!.to)
        return { by, to }
      })
      steps.reverse()
      let before = from
      for (const { by, to } of steps) {
        const { takes } = kindsOf(by)
        if (!takes.includes("anything") && !takes.includes(before.is))
          leaveToEffect("a transformation of another type than its own")
        before = to
      }
      return { is: "encoded", from, steps }
    })
  }

  /** Runs a step; if a node cannot be compiled, drops the parts that the step began. */
  within<A>(make: () => A): A | Unplanned {
    const [parts, checks] = [this.parts.length, this.checks.length]
    try {
      return make()
    } catch (error) {
      if (!(error instanceof Unplanned)) throw error
      this.parts.length = parts
      this.checks.length = checks
      this.#suspended.clear()
      for (const known of [this.#nodes, this.#decoded]) {
        for (const [ast, node] of known) if (node.is === "part" && node.part >= parts) known.delete(ast)
      }
      return error
    }
  }

  #part(known: Map<SchemaAST.AST, Node>, ast: SchemaAST.AST, make: () => Part): Node {
    const part = this.parts.length
    const node: Node = { is: "part", part }
    // Known before its inner parts are planned, because they can refer to it.
    known.set(ast, node)
    this.parts.push({ is: "union", members: [], before: [], after: [] })
    this.parts[part] = make()
    return node
  }

  #at<A>(key: string, make: () => A): A {
    try {
      return make()
    } catch (error) {
      if (error instanceof Unplanned) error.path.unshift(key)
      throw error
    }
  }

  #checks(ast: SchemaAST.AST, checks: SchemaAST.Checks | undefined, kind?: Kind): ReadonlyArray<Check> {
    return (checks ?? []).flatMap((check): ReadonlyArray<Check> => {
      if (check._tag === "FilterGroup") return this.#checks(ast, check.checks, kind)
      const known = kind === undefined ? undefined : spelledOut[kind]?.get(check.run)
      if (known !== undefined) return [known]
      const index = this.checks.findIndex((site) => site.ast === ast && site.check === check)
      return [index === -1 ? this.checks.push({ ast, check }) - 1 : index]
    })
  }

  #checked(ast: SchemaAST.Objects | SchemaAST.Arrays | SchemaAST.Union | SchemaAST.Declaration): Checked {
    return { before: this.#checks(ast, ast.encodingChecks), after: this.#checks(ast, ast.checks) }
  }

  /** Plans a node without its encoding. */
  #plain(ast: SchemaAST.AST): Node {
    const leaf = (is: Kind): Node => ({ is, checks: this.#checks(ast, ast.checks, is) })
    const literals = (values: ReadonlyArray<SchemaAST.LiteralValue>): Node => ({
      is: "literal",
      literals: [...new Set(values.map(literalText))],
      checks: this.#checks(ast, ast.checks)
    })
    switch (ast._tag) {
      case "String":
        return leaf("string")
      case "Number":
        return leaf("number")
      case "Boolean":
        return leaf("boolean")
      case "BigInt":
        return leaf("bigint")
      case "Null":
        return leaf("null")
      case "Undefined":
        return leaf("undefined")
      case "Any":
      case "Unknown":
        return leaf("any")
      case "Literal":
        return literals([ast.literal])
      case "Enum":
        return literals(ast.enums.map(([, value]) => value))
      case "Declaration":
        return this.#declaration(ast)
      case "Objects":
      case "Arrays":
      case "Union":
      case "Suspend":
        return this.#composite(ast)
      default:
        return leaveToEffect(`a schema of ${ast._tag}`)
    }
  }

  #declaration(ast: SchemaAST.Declaration): Node {
    const kind = declared.get(ast.run)
    if (kind !== undefined) {
      // Neither changes the value, so it is equal before and after.
      const { after, before } = this.#checked(ast)
      return { is: kind, checks: [...before, ...after] }
    }
    const [value] = ast.typeParameters
    if (value === undefined || !isOption(ast)) return leaveToEffect("a class, or a type that Eventfold does not know")
    return (
      this.#decoded.get(ast) ??
      this.#part(this.#decoded, ast, () => ({ is: "option", value: this.node(value), ...this.#checked(ast) }))
    )
  }

  #composite(ast: SchemaAST.Objects | SchemaAST.Arrays | SchemaAST.Union | SchemaAST.Suspend): Node {
    const known = this.#decoded.get(ast)
    if (known !== undefined) return known
    switch (ast._tag) {
      case "Suspend": {
        const before = this.#suspended.get(ast)
        if (before === this.parts.length) leaveToEffect("a recursion that never ends in a value")
        // Through some types, Effect derives another schema at every step, and never returns to an
        // earlier one.
        if (this.#suspended.size > maxRecursionDepth)
          leaveToEffect("a recursion without end, through a type with parameters")
        this.#suspended.set(ast, this.parts.length)
        const node = this.node(ast.thunk())
        if (before === undefined) this.#suspended.delete(ast)
        return node
      }
      case "Union":
        return this.#union(ast)
      case "Arrays":
        return this.#list(ast)
      case "Objects":
        return this.#struct(ast)
    }
  }

  #union(ast: SchemaAST.Union): Node {
    if (ast.options?.mode === "oneOf") leaveToEffect("a union of which just one member has to fit")
    if (storedNumber._tag === "Union" && ast.types === storedNumber.types && ast.checks === undefined) {
      return { is: "storedNumber", checks: this.#checks(ast, ast.encodingChecks) }
    }
    return this.#part(this.#decoded, ast, () => ({
      is: "union",
      members: ast.types.map((type) => this.node(type)),
      ...this.#checked(ast)
    }))
  }

  #list(ast: SchemaAST.Arrays): Node {
    if (ast.rest.length > 1) leaveToEffect("elements after the rest of an array")
    const [rest] = ast.rest
    return this.#part(this.#decoded, ast, () => ({
      is: "list",
      elements: ast.elements.map((element, index) => ({
        optional: SchemaAST.isOptional(element),
        node: this.#at(String(index), () => this.node(element))
      })),
      ...(rest === undefined ? {} : { rest: this.#at("…", () => this.node(rest)) }),
      ...this.#checked(ast)
    }))
  }

  #struct(ast: SchemaAST.Objects): Node {
    const [entry] = ast.indexSignatures
    if (ast.propertySignatures.length === 0 && entry === undefined) {
      const { after, before } = this.#checked(ast)
      return { is: "present", checks: [...before, ...after] }
    }
    if (ast.indexSignatures.length > 1) leaveToEffect("several kinds of keys")
    return this.#part(this.#decoded, ast, () => ({
      is: "struct",
      fields: ast.propertySignatures.map(({ name, type }): Field => {
        if (typeof name !== "string" || name === "__proto__") return leaveToEffect(`a field called ${String(name)}`)
        const tag = StoredTag.actionOf(type)
        if (tag !== undefined) return { name, optional: false, node: this.#tagNode(type, tag), tag }
        return { name, optional: SchemaAST.isOptional(type), node: this.#at(name, () => this.node(type)) }
      }),
      ...(entry === undefined ? {} : { entries: this.#at("[…]", () => this.#entries(entry)) }),
      ...this.#checked(ast)
    }))
  }

  /** Plans the literal of a tag, which is its decoded form. */
  #tagNode(type: SchemaAST.AST, tag: "dropped" | "given"): Node {
    return this.#plain(tag === "given" ? type : (type.encoding?.[0].to ?? type))
  }

  #entries({ parameter, type }: SchemaAST.IndexSignature): {
    readonly key: ReadonlyArray<Check>
    readonly value: Node
  } {
    if (parameter._tag !== "String" || parameter.encoding !== undefined)
      return leaveToEffect("keys that are no plain strings")
    return { key: this.#checks(parameter, parameter.checks, "string"), value: this.node(type) }
  }
}

/** Writes a literal in JavaScript syntax. */
export const literalText = (value: SchemaAST.LiteralValue): string => {
  if (typeof value === "string") return JSON.stringify(value)
  return typeof value === "bigint" ? `${value}n` : String(value)
}
