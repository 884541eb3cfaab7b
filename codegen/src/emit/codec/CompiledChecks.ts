/** Conditions on single values, as JavaScript: what has to be true of one, and what must not. */
import type { CodecPlan } from "eventfold/generated"
import { LeafTypes } from "eventfold/tables"

/** One of several conditions that have to hold together. */
export interface Condition {
  readonly holds: string
  readonly fails: string
  /** What all has to be so for it to fail, where that is several things. */
  readonly failing?: ReadonlyArray<string>
}

const condition = (holds: string, fails = `!${holds}`): Condition => ({ holds, fails })

const equals = (value: string, literal: string): Condition =>
  condition(`${value} === ${literal}`, `${value} !== ${literal}`)

const isTypeOf = (value: string, type: string): Condition =>
  condition(`typeof ${value} === "${type}"`, `typeof ${value} !== "${type}"`)

/** All have to hold. */
export const holds = (conditions: ReadonlyArray<Condition>): string =>
  conditions
    .map((one) => (conditions.length > 1 && one.holds.includes(" || ") ? `(${one.holds})` : one.holds))
    .join(" && ")

/** One at least does not. */
export const fails = (conditions: ReadonlyArray<Condition>): string =>
  conditions
    .map((one) => (conditions.length > 1 && one.fails.includes(" && ") ? `(${one.fails})` : one.fails))
    .join(" || ")

/** One of these alternatives has to hold. */
const either = (alternatives: ReadonlyArray<ReadonlyArray<Condition>>): Condition => {
  const parenthesized = (text: string, operator: string) => (text.includes(operator) ? `(${text})` : text)
  const failing = alternatives.map((each) => parenthesized(fails(each), " || "))
  return {
    holds: alternatives.map((each) => parenthesized(holds(each), " && ")).join(" || "),
    fails: failing.join(" && "),
    failing
  }
}

/** Functions of `Leaf` that recognise values of leaf types, by kind. */
const leafGuards = Object.fromEntries(
  LeafTypes.compiled.map(({ compiled }) => [compiled.kind, compiled.is])
) as Readonly<Record<LeafTypes.Kind, string>>

const kind = (is: CodecPlan.Kind, value: string): ReadonlyArray<Condition> => {
  switch (is) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return [isTypeOf(value, is)]
    case "null":
    case "undefined":
      return [equals(value, is)]
    case "any":
      return []
    case "present":
      return [
        condition(`${value} !== null`, `${value} === null`),
        condition(`${value} !== undefined`, `${value} === undefined`)
      ]
    case "storedNumber":
      return [condition(`number(${value}) !== invalid`, `number(${value}) === invalid`)]
    default:
      return [condition(`${leafGuards[is]}(${value})`)]
  }
}

/** Tests of values: needs the plan, for unions, and what its called checks are named. */
export class Tests {
  readonly #parts: ReadonlyArray<CodecPlan.Part>
  readonly #names: ReadonlyArray<string>

  constructor(parts: ReadonlyArray<CodecPlan.Part>, names: ReadonlyArray<string>) {
    this.#parts = parts
    this.#names = names
  }

  check(check: CodecPlan.Check, value: string): Condition {
    switch (check) {
      case "nonEmpty":
        return condition(`${value} !== ""`, `${value} === ""`)
      case "int":
        return condition(`Number.isSafeInteger(${value})`)
      case "finite":
        return condition(`Number.isFinite(${value})`)
      case "natural":
        // Not `<`: what is no number at all is not natural either.
        return condition(`${value} >= 0`, `!(${value} >= 0)`)
      case "digits":
        return condition(`bigint(${value}) !== invalid`, `bigint(${value}) === invalid`)
      default:
        return condition(`!${this.#names[check]}(${value})`, `${this.#names[check]}(${value})`)
    }
  }

  checks(checks: ReadonlyArray<CodecPlan.Check>, value: string): ReadonlyArray<Condition> {
    return checks.map((check) => this.check(check, value))
  }

  /** What has to be true of a value that passes as it is; none where it takes more than conditions to tell. */
  of(node: CodecPlan.Node, value: string, within: ReadonlyArray<number> = []): ReadonlyArray<Condition> | undefined {
    if (node.is === "literal") {
      return [either(node.literals.map((literal) => [equals(value, literal)])), ...this.checks(node.checks, value)]
    }
    if (node.is !== "part") {
      const all = [...kind(node.is, value), ...this.checks(node.checks, value)]
      // Both say that it is a number, and of which kind.
      return node.checks[0] === "int" || node.checks[0] === "finite" ? all.slice(1) : all
    }
    const part = this.#parts[node.part]
    if (part === undefined || within.includes(node.part)) return undefined
    const inside = [...within, node.part]
    if (part.is === "encoded") {
      if (part.steps.some(({ by }) => by !== "same")) return undefined
      return all([part.from, ...part.steps.map(({ to }) => to)].map((each) => this.of(each, value, inside)))
    }
    if (part.is !== "union") return undefined
    const members = part.members.map((member) => this.of(member, value, inside))
    const tests = members.flatMap((member) => (member === undefined ? [] : [member]))
    if (tests.length < members.length || tests.length === 0 || tests.some(({ length }) => length === 0))
      return undefined
    return [either(tests), ...this.checks([...part.before, ...part.after], value)]
  }
}

const all = (tests: ReadonlyArray<ReadonlyArray<Condition> | undefined>): ReadonlyArray<Condition> | undefined => {
  const known = tests.flatMap((test) => (test === undefined ? [] : [test]))
  return known.length === tests.length ? known.flat() : undefined
}
