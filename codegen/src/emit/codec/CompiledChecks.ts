/**
 * Conditions on single values as JavaScript: the text that is true for a valid value, and the text
 * that is true for an invalid one.
 */
import type { CodecPlan } from "eventfold/generated"
import * as LeafForms from "./LeafForms.ts"

/** One of several conditions that must all hold. */
export interface Condition {
  readonly holds: string
  readonly fails: string
  /** Parts of `fails`, if several must be true together. */
  readonly failing?: ReadonlyArray<string>
}

const condition = (holds: string, fails = `!${holds}`): Condition => ({ holds, fails })

const equals = (value: string, literal: string): Condition =>
  condition(`${value} === ${literal}`, `${value} !== ${literal}`)

const isTypeOf = (value: string, type: string): Condition =>
  condition(`typeof ${value} === "${type}"`, `typeof ${value} !== "${type}"`)

/** Returns the text that is true if all conditions hold. */
export const holds = (conditions: ReadonlyArray<Condition>): string =>
  conditions
    .map((one) => (conditions.length > 1 && one.holds.includes(" || ") ? `(${one.holds})` : one.holds))
    .join(" && ")

/** Returns the text that is true if at least one condition fails. */
export const fails = (conditions: ReadonlyArray<Condition>): string =>
  conditions
    .map((one) => (conditions.length > 1 && one.fails.includes(" && ") ? `(${one.fails})` : one.fails))
    .join(" || ")

/** Returns the condition that one of several alternatives holds. */
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
const leafGuards = Object.fromEntries(LeafForms.compiled.map(({ is, kind }) => [kind, is])) as Readonly<
  Record<LeafForms.Kind, string>
>

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

/** Checks of the values of a plan. */
export class CompiledChecks {
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
        // Not `<`, because NaN is not natural either.
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

  /**
   * Returns the conditions of a value that is read unchanged; none if conditions are not enough to
   * read it.
   */
  of(node: CodecPlan.Node, value: string, within: ReadonlyArray<number> = []): ReadonlyArray<Condition> | undefined {
    if (node.is === "literal") {
      return [either(node.literals.map((literal) => [equals(value, literal)])), ...this.checks(node.checks, value)]
    }
    if (node.is !== "part") {
      const all = [...kind(node.is, value), ...this.checks(node.checks, value)]
      // These checks also check that the value is a number.
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
