/**
 * Methods of built-in types by their names: what they change, what they call, and what they return.
 */
import { allOf, argsWith, at, writtenArgs } from "./Calls.ts"
import { ts } from "../syntax/Syntax.ts"
import { functionsIn } from "./Access.ts"
import type { Site } from "./Findings.ts"
import { ofMethod } from "./Impurity.ts"
import type { Args, Machine } from "./Machine.ts"
import { type Frame, nothing, type AbstractValue, type Value } from "./AbstractValue.ts"
import { held } from "./MemberName.ts"
import { copyOf, holding, inside, iterated, join, madeOf, memberOf } from "./ValueOperations.ts"

const ofArrays = /^(push|pop|shift|unshift|splice|sort|reverse|copyWithin|fill)$/
const ofCollections = /^(set|add|delete|clear|append)$/
const ofDates = /^set(UTC)?(Date|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|Time|Year)$/
const collections = /^(Map|Set|WeakMap|WeakSet|Date|URLSearchParams|.*Array|DataView|FormData|Headers)$/

/**
 * `true` if a method changes its owner. If the owner's type is unknown, the use of the result
 * decides.
 */
const changes = (machine: Machine, candidate: AbstractValue, name: string, site: Site): boolean => {
  if (candidate.kind !== "given" && candidate.kind !== "kept") return false
  const [made] = madeOf([candidate])
  if (ofArrays.test(name)) return made === undefined || made === "Array" || collections.test(made) || made === "Object"
  if (ofDates.test(name)) return made === undefined || made === "Date"
  if (made === "RegExp") return name === "test" || name === "exec"
  if (!ofCollections.test(name)) return false
  if (made !== undefined) return collections.test(made)
  // `money.add(other)` returns the sum and changes nothing.
  return name === "clear" || name === "delete" || machine.discarded.has(site.node)
}

/** Calls a function for any number of elements. */
const forEach = (machine: Machine, callback: Value, args: ReadonlyArray<Value>, site: Site, from: Frame): Value =>
  machine.maybe(() => machine.call(callback, nothing, argsWith(...args), site, from))

/** Follows a reduction: its function takes its own result in the next step. */
export const reduce = (
  machine: Machine,
  elements: Value,
  initial: Value,
  callback: Value,
  site: Site,
  from: Frame
): Value => {
  const first = forEach(machine, callback, [initial, elements], site, from)
  const second = forEach(machine, callback, [join(initial, first), elements], site, from)
  return join(initial, first, second)
}

const withCallback = (
  machine: Machine,
  self: Value,
  name: string,
  args: Args,
  site: Site,
  from: Frame
): Value | undefined => {
  const callback = functionsIn(at(args, 0)).concat(
    at(args, 0).filter(({ kind }) => kind === "imported" || kind === "global")
  )
  if (callback.length === 0) return undefined
  const made = madeOf(self)
  const elements = made.includes("Map") ? memberOf(self, held) : inside(self)
  switch (name) {
    case "map":
      return holding("Array", forEach(machine, callback, [elements, nothing, self], site, from))
    case "flatMap": {
      const results = forEach(machine, callback, [elements, nothing, self], site, from)
      return holding("Array", inside(results))
    }
    case "forEach":
      for (const one of callback) {
        if (one.kind === "closure" && one.node.body !== undefined && !ts.isBlock(one.node.body)) {
          machine.discarded.add(one.node.body)
        }
      }
      forEach(machine, callback, [elements, made.includes("Map") ? nothing : elements, self], site, from)
      return nothing
    case "filter":
      forEach(machine, callback, [elements, nothing, self], site, from)
      return holding("Array", elements)
    case "find":
    case "findLast":
      forEach(machine, callback, [elements, nothing, self], site, from)
      return elements
    case "some":
    case "every":
    case "findIndex":
    case "findLastIndex":
      forEach(machine, callback, [elements, nothing, self], site, from)
      return nothing
    case "reduce":
    case "reduceRight":
      return args.list.length > 1
        ? reduce(machine, elements, at(args, 1), callback, site, from)
        : reduce(machine, elements, elements, callback, site, from)
    case "sort":
      forEach(machine, callback, [elements, elements], site, from)
      return self
    case "toSorted":
      forEach(machine, callback, [elements, elements], site, from)
      return holding("Array", elements)
    case "pipe":
      return args.list.reduce((value, step) => machine.call(step, nothing, argsWith(value), site, from), self)
    case "replace":
    case "replaceAll":
      forEach(machine, callback, [], site, from)
      return nothing
    default: {
      const all = join(elements, self)
      const result = forEach(machine, callback, [all, all], site, from)
      return join(holding(undefined, result), copyOf(undefined, self))
    }
  }
}

export const method: (machine: Machine, ...rest: Parameters<Machine["method"]>) => Value = (
  machine,
  self,
  name,
  args,
  site,
  from
) => {
  const made = madeOf(self)
  const impurity = ofMethod(name, writtenArgs(args), made)
  if (impurity !== undefined) {
    machine.report(impurity, site)
    return nothing
  }
  const changed = self.filter((candidate) => changes(machine, candidate, name, site))
  if (changed.length > 0) machine.mutate(changed, `${name}()`, site)
  const called = withCallback(machine, self, name, args, site, from)
  if (called !== undefined) return called
  switch (name) {
    case "get":
      return made.includes("Map") ? memberOf(self, held) : inside(self)
    case "pop":
    case "shift":
    case "at":
    case "find":
    case "findLast":
    case "next":
      return inside(self)
    case "slice":
    case "splice":
    case "toSorted":
    case "toReversed":
      return holding("Array", inside(self))
    case "toSpliced":
    case "with":
      return holding("Array", inside(self), allOf(args))
    case "concat":
      return holding("Array", inside(self), allOf(args), inside(allOf(args)))
    case "flat":
      return holding("Array", inside(self), inside(inside(self)))
    case "values":
    case "keys":
      return holding("Iterator", made.includes("Map") ? memberOf(self, held) : inside(self))
    case "entries":
      return holding("Iterator", made.includes("Map") ? iterated(self) : holding("Array", inside(self)))
    case "[Symbol.iterator]":
      return holding("Iterator", iterated(self))
    case "sort":
    case "reverse":
    case "fill":
    case "copyWithin":
    case "add":
    case "set":
    case "valueOf":
      return self
    case "push":
    case "unshift":
    case "has":
    case "includes":
    case "indexOf":
    case "join":
    case "toString":
    case "toISOString":
    case "toJSON":
    case "localeCompare":
    case "getTime":
      return nothing
    default:
      return self.length === 0 ? nothing : copyOf(undefined, self, allOf(args))
  }
}
